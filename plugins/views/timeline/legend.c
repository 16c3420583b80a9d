/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "legend.h"

#include <glib/gi18n-lib.h>

#include <named-button.h>
#include <state-paint.h>
#include <waits.h>

#define MAX_WIDTH_CHARS 62

/* What has a colour whatever is waited for. */
static const InspectorState states[] = { INSPECTOR_STATE_RUNNING, INSPECTOR_STATE_READY,
                                         INSPECTOR_STATE_UNKNOWN };

/* How a wait is told from others for the same. */
static const struct
{
  InspectorState state;
  InspectorFamily family;
  const char *meaning;
} variants[] = {
  { INSPECTOR_STATE_WAITING, INSPECTOR_FAMILY_NETWORK, N_ ("it waits for what ends by itself") },
  { INSPECTOR_STATE_RESTING, INSPECTOR_FAMILY_NETWORK,
    N_ ("it listens, watches or repeats, or waits for something to do: paler") },
  { INSPECTOR_STATE_BLOCKED, INSPECTOR_FAMILY_NETWORK,
    N_ ("its thread stands still, or only its own process can end it: red") },
};

static const char *const gestures[] = {
  N_ ("Where much happens in one place all of it is stacked, each as high as it lasted; what was "
      "blocked is never too small to be seen."),
  N_ ("Drag to move; hold Shift to select a stretch of time, Ctrl to zoom into one, Alt to "
      "measure."),
  N_ ("The wheel scrolls; with Ctrl it zooms at the pointer, with Shift it moves in time."),
  N_ ("Whole arrows lead to the selected task from what woke it, broken ones from it to what it "
      "woke."),
  N_ ("F1 shows all keys."),
};

static GtkWidget *
new_text (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
new_paragraph (const char *text)
{
  GtkWidget *label = new_text (text, NULL);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), MAX_WIDTH_CHARS);
  return label;
}

static void
add_look (GtkGrid *grid, int row, const UiStateLook *look, const char *name, const char *meaning)
{
  gtk_grid_attach (grid, ui_look_swatch_new (look), 0, row, 1, 1);
  gtk_grid_attach (grid, new_text (name, NULL), 1, row, 1, 1);
  gtk_grid_attach (grid, new_text (meaning, "dim-label"), 2, row, 1, 1);
}

static void
add_heading (GtkGrid *grid, int row, const char *text)
{
  gtk_grid_attach (grid, new_text (text, "heading"), 0, row, 3, 1);
}

static GtkWidget *
new_grid (void)
{
  GtkWidget *grid = gtk_grid_new ();
  int row = 0;

  gtk_grid_set_row_spacing (GTK_GRID (grid), 4);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 9);
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    add_look (GTK_GRID (grid), row++, ui_state_get_look (states[i]), ui_state_get_name (states[i]),
              _ (ui_state_get_look (states[i])->meaning));
  add_heading (GTK_GRID (grid), row++, _ ("Waits, by what is waited for"));
  for (guint family = INSPECTOR_FAMILY_NONE + 1; family < INSPECTOR_N_FAMILIES; family++)
    add_look (GTK_GRID (grid), row++, ui_family_get_look ((InspectorFamily)family),
              ui_family_get_name ((InspectorFamily)family),
              _ (ui_family_get_look ((InspectorFamily)family)->meaning));
  add_heading (GTK_GRID (grid), row++, _ ("And by how: here for the network"));
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      UiStateLook look = ui_part_get_look (variants[i].state, variants[i].family);

      add_look (GTK_GRID (grid), row++, &look, ui_state_get_name (variants[i].state),
                _ (variants[i].meaning));
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What the colours mean"), -1);
  return grid;
}

/* A popover of GTK 4.8 asks for its height as if it had the width of its shadow, too, and cuts lines off; what
 * scrolls says how high it likes to be, whatever it is asked for. */
static GtkWidget *
new_scrolled (GtkWidget *child)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), child);
  return scrolled;
}

GtkWidget *
timeline_legend_new (void)
{
  GtkWidget *button = gtk_menu_button_new (), *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  gtk_box_append (GTK_BOX (box), new_grid ());
  for (guint i = 0; i < G_N_ELEMENTS (gestures); i++)
    gtk_box_append (GTK_BOX (box), new_paragraph (_ (gestures[i])));
  gtk_popover_set_child (GTK_POPOVER (popover), new_scrolled (box));
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "help-about-symbolic");
  gtk_widget_add_css_class (button, "flat");
  ui_named_button_set (button, _ ("What the colours and the pointer do"));
  return button;
}
