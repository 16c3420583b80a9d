/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "help.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "commands.h"

#define WIDTH 520
#define HEIGHT 600

/* What holds for all views. */
static const char every_view[] =
    N_ ("All views look at the same instant and the same task. Drag on the strip below to look at "
        "another instant, and with Shift to select a stretch of time; Ctrl+Space follows what "
        "happens. Ctrl+Shift+P finds every command by its name.");
static const char no_view[] =
    N_ ("Launch a program, and what its tasks do is shown while it runs; nothing of it is changed. "
        "Or open a recording that “async-inspect run --record” has made: drop it on the window.\n\n"
        "A line on top says what is wrong, and goes there. The views show why.");

static void
add_paragraphs (GtkWidget *box, const char *text)
{
  g_auto (GStrv) paragraphs = g_strsplit (text, "\n\n", -1);

  for (guint i = 0; paragraphs[i] != NULL; i++)
    {
      GtkWidget *label = gtk_label_new (paragraphs[i]);

      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_selectable (GTK_LABEL (label), TRUE);
      gtk_box_append (GTK_BOX (box), label);
    }
}

static void
add_keys (GtkWidget *box, UiViewSlot *slot)
{
  const InspectView *table = ui_view_slot_get_view (slot)->table;
  GtkWidget *group;

  if (!UI_VIEW_HAS (table, commands) || table->commands[0].id == NULL)
    return;
  group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("What it can do"));
  for (const InspectViewCommand *command = table->commands; command->id != NULL; command++)
    {
      GtkWidget *row = adw_action_row_new ();
      g_autofree char *title = g_markup_escape_text (ui_view_translate (table, command->label), -1);

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
      if (command->keys != NULL)
        {
          g_autofree char *keys = ui_commands_dup_keys_label (command->keys);
          GtkWidget *label = gtk_label_new (keys);

          gtk_widget_add_css_class (label, "dim-label");
          adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
        }
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
    }
  gtk_box_append (GTK_BOX (box), group);
}

static GtkWidget *
new_content (UiViewSlot *slot)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  const UiView *view = slot != NULL ? ui_view_slot_get_view (slot) : NULL;

  gtk_widget_add_css_class (box, "help");
  if (view == NULL)
    {
      add_paragraphs (box, _ (no_view));
      return box;
    }
  add_paragraphs (box, ui_view_translate (view->table, view->plugin->summary));
  if (UI_VIEW_HAS (view->table, help))
    add_paragraphs (box, ui_view_translate (view->table, view->table->help));
  add_keys (box, slot);
  add_paragraphs (box, _ (every_view));
  return box;
}

void
ui_help_show (UiWindow *window, UiViewSlot *slot)
{
  const UiView *view = slot != NULL ? ui_view_slot_get_view (slot) : NULL;
  GtkWidget *dialog = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_window_set_title (GTK_WINDOW (dialog),
                        view != NULL ? ui_view_translate (view->table, view->plugin->name)
                                     : _ ("How to begin"));
  gtk_window_set_transient_for (GTK_WINDOW (dialog), GTK_WINDOW (window));
  gtk_window_set_modal (GTK_WINDOW (dialog), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (dialog), WIDTH, HEIGHT);
  adw_clamp_set_child (ADW_CLAMP (clamp), new_content (slot));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), clamp);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), scrolled);
  adw_window_set_content (ADW_WINDOW (dialog), box);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys), gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                                                        gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (dialog, keys);
  /* Else the first paragraph has the focus, and is shown as selected; here keys scroll it. */
  gtk_widget_set_focusable (scrolled, TRUE);
  gtk_window_set_focus (GTK_WINDOW (dialog), scrolled);
  gtk_window_present (GTK_WINDOW (dialog));
}
