/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "list.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include <scroll-start.h>

#include "cells.h"

#define LAYOUT_MS 50

struct _TasksList
{
  GtkWidget parent_instance;
  TasksModel *model;
  GtkWidget *scrolled, *list;
  GtkColumnViewColumn *columns[TASKS_N_COLUMNS];
  GSimpleActionGroup *actions;
  gboolean is_loading;
  guint scroll_source, scroll_position;
  gboolean is_early; /* it was tried once */
  guint asked;       /* the column whose order was asked for first */
};

enum
{
  SORT_CHANGED,
  ACTIVATED,
  MENU,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (TasksList, tasks_list, GTK_TYPE_WIDGET)

/* ---- What it is sorted by ----------------------------------------------------------------------- */

typedef struct
{
  TasksList *owner;
  guint column;
} ColumnSorter;

/* Nothing is sorted by it: the one that is asked first is that of the column that was clicked, and what
 * comes of it tells the direction. (Which they are cannot be read from GTK before 4.10.) */
static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const ColumnSorter *sorter = data;

  if (sorter->owner->asked == TASKS_N_COLUMNS)
    sorter->owner->asked = sorter->column;
  return -1;
}

void
tasks_list_get_sort (TasksList *self, TasksSort *sort, gboolean *is_descending)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->list));
  GtkOrdering order;

  self->asked = TASKS_N_COLUMNS;
  order = gtk_sorter_compare (sorter, self, self->list);
  *sort = self->asked < TASKS_N_COLUMNS ? tasks_columns[self->asked].sort : TASKS_SORT_ID;
  *is_descending = self->asked < TASKS_N_COLUMNS && order == GTK_ORDERING_LARGER;
}

static void
on_sorter_changed (GtkSorter *sorter, GtkSorterChange change, TasksList *self)
{
  if (!self->is_loading)
    g_signal_emit (self, signals[SORT_CHANGED], 0);
}

/* ---- Columns ------------------------------------------------------------------------------------ */

/* GTK 4.8 keeps room for a column of a fixed width that is not shown. */
static void
set_shown (GtkColumnViewColumn *column, guint i, gboolean is_shown)
{
  gtk_column_view_column_set_fixed_width (column, is_shown ? tasks_columns[i].width : -1);
  gtk_column_view_column_set_visible (column, is_shown);
}

static void
on_show_column (GSimpleAction *action, GVariant *state, gpointer data)
{
  set_shown (data, tasks_columns_find (g_action_get_name (G_ACTION (action))),
             g_variant_get_boolean (state));
  g_simple_action_set_state (action, state);
}

static GMenuModel *
new_header_menu (void)
{
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    {
      g_autofree char *action = g_strconcat ("columns.", tasks_columns[i].id, NULL);

      g_menu_append (menu, _ (tasks_columns[i].title), action);
    }
  return G_MENU_MODEL (menu);
}

static void
add_column (TasksList *self, guint i, GMenuModel *menu)
{
  const TasksColumn *said = &tasks_columns[i];
  ColumnSorter *sorter = g_new (ColumnSorter, 1);
  GtkColumnViewColumn *column =
      gtk_column_view_column_new (_ (said->title), tasks_cells_new_factory (i));
  g_autoptr (GtkSorter) order = NULL;
  g_autoptr (GSimpleAction) action =
      g_simple_action_new_stateful (said->id, NULL, g_variant_new_boolean (said->is_shown));

  *sorter = (ColumnSorter){ self, i };
  order = GTK_SORTER (gtk_custom_sorter_new (compare, sorter, g_free));
  /* Steps are shown, and not compared. */
  if (said->dup_text != NULL)
    gtk_column_view_column_set_sorter (column, order);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, said->width < 0);
  set_shown (column, i, said->is_shown);
  gtk_column_view_column_set_header_menu (column, menu);
  g_signal_connect (action, "change-state", G_CALLBACK (on_show_column), column);
  g_action_map_add_action (G_ACTION_MAP (self->actions), G_ACTION (action));
  gtk_column_view_append_column (GTK_COLUMN_VIEW (self->list), column);
  self->columns[i] = column;
}

static void
show_column (TasksList *self, guint i, gboolean is_shown)
{
  g_action_group_change_action_state (G_ACTION_GROUP (self->actions), tasks_columns[i].id,
                                      g_variant_new_boolean (is_shown));
}

/* ---- What is saved ------------------------------------------------------------------------------ */

static guint
find_column (TasksList *self, GtkColumnViewColumn *column)
{
  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    if (self->columns[i] == column)
      return i;
  return TASKS_N_COLUMNS;
}

void
tasks_list_save_state (TasksList *self, GKeyFile *state, const char *group)
{
  GListModel *columns = gtk_column_view_get_columns (GTK_COLUMN_VIEW (self->list));
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  int widths[TASKS_N_COLUMNS];
  gboolean is_descending;
  TasksSort sort;

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      guint found = find_column (self, column);

      if (found == TASKS_N_COLUMNS || !gtk_column_view_column_get_visible (column))
        continue;
      widths[ids->len] = gtk_column_view_column_get_fixed_width (column);
      g_ptr_array_add (ids, (gpointer)tasks_columns[found].id);
    }
  g_key_file_set_string_list (state, group, "columns", (const char *const *)ids->pdata, ids->len);
  g_key_file_set_integer_list (state, group, "widths", widths, ids->len);
  tasks_list_get_sort (self, &sort, &is_descending);
  g_key_file_set_string (state, group, "sort",
                         self->asked < TASKS_N_COLUMNS ? tasks_columns[self->asked].id : "");
  g_key_file_set_boolean (state, group, "descending", is_descending);
}

static void
load_columns (TasksList *self, GKeyFile *state, const char *group)
{
  gsize n_widths = 0;
  g_auto (GStrv) ids = g_key_file_get_string_list (state, group, "columns", NULL, NULL);
  g_autofree int *widths = g_key_file_get_integer_list (state, group, "widths", &n_widths, NULL);
  guint place = 0;

  if (ids == NULL || tasks_columns_find (ids[0]) == TASKS_N_COLUMNS)
    return;
  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    show_column (self, i, FALSE);
  for (guint i = 0; ids[i] != NULL; i++)
    {
      guint found = tasks_columns_find (ids[i]);

      if (found == TASKS_N_COLUMNS || gtk_column_view_column_get_visible (self->columns[found]))
        continue;
      show_column (self, found, TRUE);
      if (i < n_widths && widths[i] >= 20 && widths[i] <= 4000)
        gtk_column_view_column_set_fixed_width (self->columns[found], widths[i]);
      gtk_column_view_insert_column (GTK_COLUMN_VIEW (self->list), place++, self->columns[found]);
    }
}

void
tasks_list_load_state (TasksList *self, GKeyFile *state, const char *group)
{
  g_autofree char *sort = g_key_file_get_string (state, group, "sort", NULL);
  guint found = tasks_columns_find (sort);

  self->is_loading = TRUE;
  load_columns (self, state, group);
  if (found < TASKS_N_COLUMNS)
    gtk_column_view_sort_by_column (GTK_COLUMN_VIEW (self->list), self->columns[found],
                                    g_key_file_get_boolean (state, group, "descending", NULL)
                                        ? GTK_SORT_DESCENDING
                                        : GTK_SORT_ASCENDING);
  self->is_loading = FALSE;
  g_signal_emit (self, signals[SORT_CHANGED], 0);
}

/* ---- Keys and clicks ---------------------------------------------------------------------------- */

/* The list inside, which has the actions. */
static GtkWidget *
get_rows (TasksList *self)
{
  GtkWidget *child = gtk_widget_get_first_child (self->list);

  while (child != NULL && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

/* A list that has no size yet cannot be scrolled: it gets one in the next frame. */
static gboolean
on_layout (gpointer data)
{
  TasksList *self = data;

  self->scroll_source = 0;
  tasks_list_scroll_to (self, self->scroll_position);
  return G_SOURCE_REMOVE;
}

void
tasks_list_scroll_to (TasksList *self, guint position)
{
  GtkWidget *rows = get_rows (self);

  g_clear_handle_id (&self->scroll_source, g_source_remove);
  if (rows == NULL || gtk_widget_get_height (rows) == 0 || !gtk_widget_get_mapped (rows))
    {
      self->scroll_position = position;
      self->scroll_source = self->is_early ? 0 : g_timeout_add (LAYOUT_MS, on_layout, self);
      self->is_early = TRUE;
      return;
    }
  self->is_early = FALSE;
  if (rows != NULL && position < g_list_model_get_n_items (G_LIST_MODEL (self->model)))
    gtk_widget_activate_action (rows, "list.scroll-to-item", "u", position);
}

static TasksItem *
find_item (GtkWidget *widget, GtkWidget *until)
{
  for (; widget != NULL && widget != until; widget = gtk_widget_get_parent (widget))
    if (tasks_cells_get_item (widget) != NULL)
      return tasks_cells_get_item (widget);
  return NULL;
}

/* A row has its cells as children, and they what the factory made. */
static TasksItem *
find_item_below (GtkWidget *widget)
{
  GtkWidget *child;

  if (widget == NULL || tasks_cells_get_item (widget) != NULL)
    return tasks_cells_get_item (widget);
  for (child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      TasksItem *item = find_item_below (child);

      if (item != NULL)
        return item;
    }
  return NULL;
}

static void
emit_menu (TasksList *self, TasksItem *item, double x, double y)
{
  guint position = tasks_item_get_position (item);

  if (!tasks_item_is_there (item))
    return;
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->model), position, TRUE);
  g_signal_emit (self, signals[MENU], 0, position, x, y);
}

static void
on_secondary (GtkGestureClick *gesture, int n, double x, double y, TasksList *self)
{
  GtkWidget *picked = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  TasksItem *item = find_item (picked, GTK_WIDGET (self));

  if (item == NULL && picked != NULL && picked != GTK_WIDGET (self))
    item = find_item_below (picked);
  if (item == NULL)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  emit_menu (self, item, x, y);
}

static GtkWidget *
get_focus (TasksList *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && gtk_widget_is_ancestor (focus, get_rows (self)) ? focus : NULL;
}

static void
show_menu_of_focus (TasksList *self, GtkWidget *focus, TasksItem *item)
{
  double x = 0, y = 0;

  gtk_widget_translate_coordinates (focus, GTK_WIDGET (self), 40,
                                    gtk_widget_get_height (focus) / 2.0, &x, &y);
  emit_menu (self, item, x, y);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers,
        TasksList *self)
{
  GtkWidget *focus = get_focus (self);
  TasksItem *item = find_item_below (focus);
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  TasksTable *table = tasks_model_get_table (self->model);
  guint16 flags;

  if (item == NULL || !tasks_item_is_there (item) ||
      (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  flags = tasks_table_get_line (table, tasks_item_get_position (item))->flags;
  if (key == GDK_KEY_Menu || (key == GDK_KEY_F10 && (modifiers & GDK_SHIFT_MASK) != 0))
    show_menu_of_focus (self, focus, item);
  else if ((flags & TASKS_LINE_HAS_CHILDREN) != 0 &&
           ((key == (is_rtl ? GDK_KEY_Left : GDK_KEY_Right) && (flags & TASKS_LINE_IS_OPEN) == 0) ||
            (key == (is_rtl ? GDK_KEY_Right : GDK_KEY_Left) && (flags & TASKS_LINE_IS_OPEN) != 0)))
    tasks_model_toggle (self->model, tasks_item_get_position (item));
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static void
on_activate (GtkColumnView *list, guint position, TasksList *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0, position);
}

/* ---- What is seen ------------------------------------------------------------------------------- */

/* Rows are of one height. */
static void
on_scrolled (GtkAdjustment *vertical, TasksList *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  double upper = gtk_adjustment_get_upper (vertical), value = gtk_adjustment_get_value (vertical),
         page = gtk_adjustment_get_page_size (vertical);

  if (upper > 0 && n > 0)
    tasks_model_set_window (self->model, (guint)(value / upper * n),
                            (guint)((value + page) / upper * n) + 1);
}

/* ---- The widget --------------------------------------------------------------------------------- */

static gboolean
tasks_list_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (TASKS_LIST (widget)->list);
}

static void
tasks_list_dispose (GObject *object)
{
  TasksList *self = TASKS_LIST (object);

  g_clear_handle_id (&self->scroll_source, g_source_remove);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_object (&self->model);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (tasks_list_parent_class)->dispose (object);
}

static void
tasks_list_class_init (TasksListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tasks_list_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = tasks_list_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  signals[SORT_CHANGED] = g_signal_new ("sort-changed", TASKS_TYPE_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
  signals[ACTIVATED] = g_signal_new ("activated", TASKS_TYPE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[MENU] = g_signal_new ("menu", TASKS_TYPE_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
tasks_list_init (TasksList *self)
{
}

static void
add_controllers (TasksList *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (on_secondary), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

GtkWidget *
tasks_list_new (TasksModel *model)
{
  TasksList *self = g_object_new (TASKS_TYPE_LIST, NULL);
  g_autoptr (GMenuModel) menu = new_header_menu ();

  self->model = g_object_ref (model);
  self->actions = g_simple_action_group_new ();
  self->list = gtk_column_view_new (GTK_SELECTION_MODEL (g_object_ref (model)));
  gtk_column_view_set_reorderable (GTK_COLUMN_VIEW (self->list), TRUE);
  gtk_widget_add_css_class (self->list, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Tasks"), -1);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "columns", G_ACTION_GROUP (self->actions));
  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    add_column (self, i, menu);
  self->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), self->list);
  gtk_widget_set_vexpand (self->scrolled, TRUE);
  ui_scroll_start_keep (self->scrolled);
  for (guint i = 0; i < 2; i++)
    g_signal_connect_object (
        gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scrolled)),
        i == 0 ? "changed" : "value-changed", G_CALLBACK (on_scrolled), self, 0);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
  g_signal_connect (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->list)), "changed",
                    G_CALLBACK (on_sorter_changed), self);
  g_signal_connect (self->list, "activate", G_CALLBACK (on_activate), self);
  add_controllers (self);
  return GTK_WIDGET (self);
}
