/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "toolbar.h"

#include <glib/gi18n-lib.h>

#include <choice.h>
#include <named-button.h>

#include "legend.h"

static const char *const groupings[] = {
  [TIMELINE_GROUP_NONE] = N_ ("Not grouped"),
  [TIMELINE_GROUP_PARENT] = N_ ("Below their parents"),
  [TIMELINE_GROUP_THREAD] = N_ ("By thread"),
  [TIMELINE_GROUP_RUNTIME] = N_ ("By runtime"),
  [TIMELINE_GROUP_PROGRAM] = N_ ("By process"),
};

static const char *const orders[] = {
  [TIMELINE_ORDER_BEGIN] = N_ ("As they came"),
  [TIMELINE_ORDER_NAME] = N_ ("By name"),
  [TIMELINE_ORDER_BLOCKED] = N_ ("Longest blocked"),
  [TIMELINE_ORDER_WAITING] = N_ ("Longest waiting"),
  [TIMELINE_ORDER_RUNNING] = N_ ("Longest running"),
  [TIMELINE_ORDER_LIFE] = N_ ("Longest alive"),
};

G_STATIC_ASSERT (G_N_ELEMENTS (groupings) == TIMELINE_GROUP_LAST + 1);
G_STATIC_ASSERT (G_N_ELEMENTS (orders) == TIMELINE_ORDER_LAST + 1);

/* Commands that have a button: those that people look for before they know a key. */
static const struct
{
  const char *icon;
  const char *action;
  const char *name;
} buttons[] = {
  { "zoom-out-symbolic", "view.zoom-out", N_ ("Zoom out") },
  { "zoom-in-symbolic", "view.zoom-in", N_ ("Zoom in") },
  { "zoom-fit-best-symbolic", "view.fit", N_ ("Fit the selection; again: everything") },
  { "go-previous-symbolic", "view.go-back", N_ ("Go back to what was shown before") },
  { "view-pin-symbolic", "view.pin", N_ ("Pin the selected task to the top, or let it go") },
};

static GtkWidget *
new_choice (const char *const *texts, guint n, const char *name)
{
  g_autofree const char **translated = g_new (const char *, n);

  for (guint i = 0; i < n; i++)
    translated[i] = _ (texts[i]);
  return ui_choice_new (translated, n, name);
}

static void
on_grouping (GtkDropDown *choice, GParamSpec *pspec, TimelineScene *scene)
{
  timeline_rows_set_grouping (timeline_scene_get_rows (scene),
                              (TimelineGrouping)gtk_drop_down_get_selected (choice));
  timeline_scene_rows_changed (scene);
}

static void
on_order (GtkDropDown *choice, GParamSpec *pspec, TimelineScene *scene)
{
  timeline_rows_set_order (timeline_scene_get_rows (scene),
                           (TimelineOrder)gtk_drop_down_get_selected (choice));
  timeline_scene_rows_changed (scene);
}

/* ---- The menu ------------------------------------------------------------------------------------ */

/* Sections are set apart by rows without an action. */
static const struct
{
  const char *action;
  const char *label;
} entries[] = {
  { "view.pin", N_ ("_Pin to the top, or let go") },
  { "view.hide", N_ ("_Hide") },
  { "view.show-hidden", N_ ("Show hidden tasks _again") },
  { "view.move-up", N_ ("Move _up") },
  { "view.move-down", N_ ("Move _down") },
  { "view.fold", N_ ("F_old or unfold") },
  { NULL },
  { "view.fit", N_ ("_Fit the selected time or task") },
  { "view.fit-all", N_ ("Fit _everything") },
  { "view.select-span", N_ ("_Select the time of what it does") },
  { "view.next-span", N_ ("_Next thing that it does") },
  { "view.previous-span", N_ ("What it did _before") },
  { NULL },
  { "view.waker", N_ ("What _woke it") },
  { "view.woken", N_ ("What it woke _then") },
  { "view.show-source", N_ ("Source of what _it does") },
  { "view.copy", N_ ("_Copy what it does, as text") },
  { "win.mark", N_ ("_Mark this instant, or take its mark away") },
  { NULL },
  { "view.higher", N_ ("Higher _rows") },
  { "view.lower", N_ ("_Lower rows") },
  { "view.patterns", N_ ("Patterns o_ver the colours") },
};

GMenuModel *
timeline_toolbar_new_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) section = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      if (entries[i].action != NULL)
        {
          g_menu_append (section, _ (entries[i].label), entries[i].action);
          continue;
        }
      g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
      g_object_unref (section);
      section = g_menu_new ();
    }
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
  return G_MENU_MODEL (menu);
}

static GtkWidget *
new_menu_button (void)
{
  g_autoptr (GMenuModel) menu = timeline_toolbar_new_menu ();
  GtkWidget *button = gtk_menu_button_new ();

  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_widget_add_css_class (button, "flat");
  ui_named_button_set (button, _ ("What can be done with the selected task"));
  return button;
}

/* ---- The bar ------------------------------------------------------------------------------------- */

/* They may have been changed by keys, or by what was kept. */
static void
on_changed (TimelineScene *scene, guint change, GtkWidget *bar)
{
  GtkDropDown *grouping = g_object_get_data (G_OBJECT (bar), "grouping");
  GtkDropDown *order = g_object_get_data (G_OBJECT (bar), "order");

  if ((change & TIMELINE_CHANGED_ROWS) == 0)
    return;
  g_signal_handlers_block_by_func (grouping, on_grouping, scene);
  g_signal_handlers_block_by_func (order, on_order, scene);
  gtk_drop_down_set_selected (grouping,
                              timeline_rows_get_grouping (timeline_scene_get_rows (scene)));
  gtk_drop_down_set_selected (order, timeline_rows_get_order (timeline_scene_get_rows (scene)));
  g_signal_handlers_unblock_by_func (grouping, on_grouping, scene);
  g_signal_handlers_unblock_by_func (order, on_order, scene);
}

GtkWidget *
timeline_toolbar_new (TimelineScene *scene, GtkWidget *searchbar)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  GtkWidget *grouping =
      new_choice (groupings, G_N_ELEMENTS (groupings), _ ("How tasks are grouped"));
  GtkWidget *order = new_choice (orders, G_N_ELEMENTS (orders), _ ("In which order they stand"));

  gtk_box_append (GTK_BOX (bar), grouping);
  gtk_box_append (GTK_BOX (bar), order);
  gtk_widget_set_hexpand (searchbar, TRUE);
  gtk_box_append (GTK_BOX (bar), searchbar);
  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    {
      GtkWidget *button = ui_named_button_new (buttons[i].icon, _ (buttons[i].name));

      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), buttons[i].action);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_focus_on_click (button, FALSE);
      gtk_box_append (GTK_BOX (bar), button);
    }
  gtk_box_append (GTK_BOX (bar), new_menu_button ());
  gtk_box_append (GTK_BOX (bar), timeline_legend_new ());
  gtk_widget_add_css_class (bar, "toolbar");
  g_object_set_data (G_OBJECT (bar), "grouping", grouping);
  g_object_set_data (G_OBJECT (bar), "order", order);
  g_signal_connect_object (grouping, "notify::selected", G_CALLBACK (on_grouping), scene, 0);
  g_signal_connect_object (order, "notify::selected", G_CALLBACK (on_order), scene, 0);
  g_signal_connect_object (scene, "changed", G_CALLBACK (on_changed), bar, 0);
  return bar;
}
