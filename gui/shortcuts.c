/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* The window of shortcuts: a section of the app's own, and one of each view. */

#include "commands.h"

#include <glib/gi18n-lib.h>

/* Only what GtkBuilder reads is divided into columns by GTK 4.8: what is added to a section by code stands below each
 * other, higher than any screen. A group is in one column, however many rows it has; two columns are a page; and a section
 * of several pages has a switch that GTK complains about. So groups and sections are divided here. */
#define MAX_HEIGHT "17" /* rows of a column, with the title of each group: some 700 pixels */
#define ROWS_OF_GROUP 15u
#define ROWS_OF_SECTION 28u

typedef struct
{
  GString *text;
  const char *id, *title; /* of the section */
  guint n_sections;       /* of that title */
  guint n_in_section, n_in_group;
  const char *group; /* NULL: none is open */
} Writing;

static void
end_group (Writing *self)
{
  if (self->group != NULL)
    g_string_append (self->text, "</object></child>");
  self->group = NULL;
  self->n_in_group = 0;
}

static void
end_section (Writing *self)
{
  end_group (self);
  if (self->n_sections > 0)
    g_string_append (self->text, "</object></child>");
  self->n_in_section = 0;
}

static void
begin_section (Writing *self)
{
  g_autofree char *words = NULL, *title = NULL, *id = NULL;

  end_section (self);
  self->n_sections++;
  /* Translators: of a list of shortcuts that is too long for one page, its second one: "Timeline (2)" */
  title = self->n_sections > 1 ? g_strdup_printf (_ ("%s (%u)"), self->title, self->n_sections)
                               : g_strdup (self->title);
  id = self->n_sections > 1 ? g_strdup_printf ("%s-%u", self->id, self->n_sections)
                            : g_strdup (self->id);
  words = g_markup_printf_escaped (
      "<child><object class=\"GtkShortcutsSection\"><property name=\"section-name\">%s</property>"
      "<property name=\"title\">%s</property><property name=\"max-height\">" MAX_HEIGHT
      "</property>",
      id, title);
  g_string_append (self->text, words);
}

static void
begin_group (Writing *self, const char *title)
{
  g_autofree char *words = g_markup_printf_escaped (
      "<child><object class=\"GtkShortcutsGroup\"><property name=\"title\">%s</property>", title);

  g_string_append (self->text, words);
  self->group = title;
}

static void
add_shortcut (Writing *self, const char *group, const char *title, const char *keys)
{
  g_autoptr (GString) accelerators = g_string_new (keys);
  g_autofree char *words = NULL;

  if (self->n_sections == 0 || self->n_in_section >= ROWS_OF_SECTION)
    begin_section (self);
  if (self->group != group || self->n_in_group >= ROWS_OF_GROUP)
    {
      end_group (self);
      begin_group (self, group);
    }
  self->n_in_section++;
  self->n_in_group++;
  g_string_replace (accelerators, "|", " ", 0);
  words = g_markup_printf_escaped (
      "<child><object class=\"GtkShortcutsShortcut\"><property name=\"title\">%s</property>"
      "<property name=\"accelerator\">%s</property></object></child>",
      title, accelerators->str);
  g_string_append (self->text, words);
}

static void
add_app (GString *text)
{
  Writing writing = { .text = text, .id = "app", .title = _ ("Everywhere") };
  guint n;
  const UiCommand *commands = ui_commands_get (&n);

  for (guint i = 0; i < n; i++)
    if (commands[i].keys != NULL)
      add_shortcut (&writing, _ (commands[i].group), _ (commands[i].label), commands[i].keys);
  end_section (&writing);
}

static gboolean
has_keys (const UiView *view)
{
  if (UI_VIEW_HAS (view->table, commands))
    for (const InspectViewCommand *command = view->table->commands; command->id != NULL; command++)
      if (command->keys != NULL)
        return TRUE;
  return FALSE;
}

static void
add_view (GString *text, const UiView *view)
{
  const char *name = ui_view_translate (view->table, view->plugin->name);
  Writing writing = { .text = text, .id = view->plugin->id, .title = name };

  if (!has_keys (view))
    return;
  for (const InspectViewCommand *command = view->table->commands; command->id != NULL; command++)
    if (command->keys != NULL)
      add_shortcut (&writing, name, ui_view_translate (view->table, command->label), command->keys);
  end_section (&writing);
}

GtkWidget *
ui_commands_new_shortcuts (UiWindow *window)
{
  g_autoptr (GString) text =
      g_string_new ("<interface><object class=\"GtkShortcutsWindow\" id=\"shortcuts\">");
  g_autoptr (GtkBuilder) builder = NULL;
  UiSessionPage *page = ui_window_get_session_page (window);
  UiViewSlot *slot = page != NULL ? ui_session_page_get_slot (page) : NULL;
  const UiView *view = slot != NULL ? ui_view_slot_get_view (slot) : NULL;
  GPtrArray *views = ui_views_get ();
  GtkWidget *shortcuts;

  add_app (text);
  for (guint i = 0; i < views->len; i++)
    add_view (text, views->pdata[i]);
  g_string_append (text, "</object></interface>");
  builder = gtk_builder_new_from_string (text->str, (gssize)text->len);
  shortcuts = GTK_WIDGET (gtk_builder_get_object (builder, "shortcuts"));
  /* What the view in front can do is a choice away; that of the app is what one looks for first where there is none. */
  g_object_set (shortcuts, "modal", TRUE, "transient-for", window, "section-name",
                view != NULL && has_keys (view) ? view->plugin->id : "app", NULL);
  return shortcuts;
}
