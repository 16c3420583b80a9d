/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include <csv.h>

#define NAME_COLUMN G_MAXUINT
#define PLACE_COLUMN (G_MAXUINT - 1)
#define PROGRAM_COLUMN (G_MAXUINT - 2)
#define NAME_WIDTH 300
#define PLACE_WIDTH 200

/* ---- Rows -------------------------------------------------------------------------------------- */

struct _ProfileItem
{
  GObject parent_instance;
  ProfileData *data;
  InspectorProfileTable of;
  guint index;
  char *key;
};

G_DEFINE_TYPE (ProfileItem, profile_item, G_TYPE_OBJECT)

static guint changed_signal;

static void
profile_item_finalize (GObject *object)
{
  ProfileItem *self = PROFILE_ITEM (object);

  profile_data_unref (self->data);
  g_free (self->key);
  G_OBJECT_CLASS (profile_item_parent_class)->finalize (object);
}

static void
profile_item_class_init (ProfileItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = profile_item_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
profile_item_init (ProfileItem *self)
{
}

const InspectorProfileRow *
profile_item_get_row (ProfileItem *self)
{
  return inspector_figures_get_row (self->data->figures, self->of, self->index);
}

static void
set_item (ProfileItem *self, ProfileData *data, InspectorProfileTable of, guint index)
{
  profile_data_ref (data);
  profile_data_unref (self->data);
  self->data = data;
  self->of = of;
  self->index = index;
  g_signal_emit (self, changed_signal, 0);
}

static char *
dup_key (const InspectorProfileRow *row)
{
  return g_strdup_printf ("%d\n%s\n%s\n%s", row->pid, row->name, row->what, row->place);
}

/* (transfer full): a number as people read it; "" for none */
static char *
format_figure (InspectorFigureUnit unit, gint64 figure)
{
  if (figure == 0)
    return g_strdup ("");
  switch (unit)
    {
    case INSPECTOR_FIGURE_DURATION:
      return inspector_format_duration (figure);
    case INSPECTOR_FIGURE_SHARE:
      return g_strdup_printf ("%.1f %%", (double)figure / 10000);
    case INSPECTOR_FIGURE_COUNT:
      break;
    }
  return inspector_format_count ((guint64)figure);
}

/* ---- The table --------------------------------------------------------------------------------- */

struct _ProfileTable
{
  UiSession *session;
  InspectorProfileTable of;
  GtkWidget *view;
  GtkColumnViewColumn *program_column;
  GtkColumnViewColumn *figure_columns[INSPECTOR_PROFILE_MAX_COLUMNS]; /* (transfer none) */
  GListStore *store;
  GtkSortListModel *sorted;
  GtkSingleSelection *selection;
  guint n_minor;
};

typedef struct
{
  InspectorProfileTable of;
  guint column;
  UiSession *session;
} Cell;

static void
fill_name (GtkWidget *box, const InspectorProfileRow *row)
{
  GtkWidget *name = gtk_widget_get_first_child (box);
  GtkWidget *what = gtk_widget_get_next_sibling (name);
  GtkWidget *advice = gtk_widget_get_next_sibling (what);
  gboolean says_more = *row->what != '\0' && g_strcmp0 (row->what, row->name) != 0;

  gtk_label_set_text (GTK_LABEL (name), row->name);
  gtk_label_set_text (GTK_LABEL (what), says_more ? row->what : "");
  gtk_widget_set_visible (what, says_more);
  gtk_widget_set_visible (advice, *row->advice != '\0');
  gtk_widget_set_tooltip_text (advice, row->advice);
  gtk_widget_set_tooltip_text (box, says_more ? row->what : row->name);
}

static void
fill (GtkListItem *list_item, const Cell *cell, ProfileItem *item)
{
  const InspectorProfileRow *row = profile_item_get_row (item);
  GtkWidget *child = gtk_list_item_get_child (list_item);
  const InspectorProfileColumn *columns;
  g_autofree char *text = NULL;
  guint n;

  if (row == NULL)
    return;
  switch (cell->column)
    {
    case NAME_COLUMN:
      fill_name (child, row);
      break;
    case PLACE_COLUMN:
      gtk_label_set_text (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (child))), row->place);
      gtk_widget_set_tooltip_text (child, row->place);
      gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      row->place, -1);
      gtk_widget_set_visible (child, *row->place != '\0');
      break;
    case PROGRAM_COLUMN:
      gtk_label_set_text (GTK_LABEL (child),
                          inspector_figures_get_program (item->data->figures, row->program));
      break;
    default:
      columns = inspector_profile_table_get_columns (cell->of, &n);
      text = format_figure (columns[cell->column].unit, row->figures[cell->column]);
      gtk_label_set_text (GTK_LABEL (child), text);
    }
}

static void
on_item_changed (ProfileItem *item, GtkListItem *list_item)
{
  fill (list_item, g_object_get_data (G_OBJECT (list_item), "cell"), item);
}

static void
on_place_clicked (GtkButton *button, GtkListItem *list_item)
{
  const Cell *cell = g_object_get_data (G_OBJECT (list_item), "cell");
  const InspectorProfileRow *row = profile_item_get_row (gtk_list_item_get_item (list_item));

  if (row != NULL)
    ui_session_show_place (cell->session, row->place);
}

static GtkWidget *
new_label (float xalign, const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_label_set_ellipsize (GTK_LABEL (label),
                           xalign > 0 ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
new_name (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *name = new_label (0, NULL), *what = new_label (0, "dim-label");
  GtkWidget *advice = gtk_image_new_from_icon_name ("dialog-information-symbolic");

  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (what, TRUE);
  gtk_widget_set_halign (what, GTK_ALIGN_FILL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (advice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("There is a suggestion"), -1);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), what);
  gtk_box_append (GTK_BOX (box), advice);
  return box;
}

static GtkWidget *
new_place (GtkListItem *list_item)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *label = new_label (0, "caption");

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_START);
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_widget_add_css_class (button, "link");
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect (button, "clicked", G_CALLBACK (on_place_clicked), list_item);
  return button;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, Cell *cell)
{
  GtkWidget *child;

  g_object_set_data (G_OBJECT (list_item), "cell", cell);
  if (cell->column == NAME_COLUMN)
    child = new_name ();
  else if (cell->column == PLACE_COLUMN)
    child = new_place (list_item);
  else
    child = new_label (cell->column == PROGRAM_COLUMN ? 0 : 1, "numeric");
  gtk_list_item_set_child (list_item, child);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item, Cell *cell)
{
  ProfileItem *item = gtk_list_item_get_item (list_item);

  fill (list_item, cell, item);
  g_signal_connect (item, "changed", G_CALLBACK (on_item_changed), list_item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *list_item, Cell *cell)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item), on_item_changed,
                                        list_item);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Cell *cell = data;
  const InspectorProfileRow *x = profile_item_get_row (PROFILE_ITEM ((gpointer)a));
  const InspectorProfileRow *y = profile_item_get_row (PROFILE_ITEM ((gpointer)b));
  int order = 0;

  if (x == NULL || y == NULL)
    return GTK_ORDERING_EQUAL;
  if (cell->column == NAME_COLUMN)
    order = g_utf8_collate (x->name, y->name);
  else if (cell->column == PLACE_COLUMN)
    order = g_utf8_collate (x->place, y->place);
  else if (cell->column == PROGRAM_COLUMN)
    order = (int)x->program - (int)y->program;
  else
    order = x->figures[cell->column] < y->figures[cell->column]   ? -1
            : x->figures[cell->column] > y->figures[cell->column] ? 1
                                                                  : 0;
  return gtk_ordering_from_cmpfunc (order);
}

static GtkColumnViewColumn *
add_column (ProfileTable *self, const char *title, guint column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) made = gtk_column_view_column_new (title, factory);
  g_autoptr (GtkCustomSorter) sorter = NULL;
  Cell *cell = g_new0 (Cell, 1);

  *cell = (Cell){ self->of, column, self->session };
  g_object_set_data_full (G_OBJECT (factory), "cell", cell, g_free);
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), cell);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), cell);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), cell);
  sorter = gtk_custom_sorter_new (compare, g_memdup2 (cell, sizeof *cell), g_free);
  gtk_column_view_column_set_sorter (made, GTK_SORTER (sorter));
  gtk_column_view_column_set_resizable (made, TRUE);
  if (column == NAME_COLUMN)
    gtk_column_view_column_set_fixed_width (made, NAME_WIDTH);
  else if (column == PLACE_COLUMN)
    gtk_column_view_column_set_fixed_width (made, PLACE_WIDTH);
  else if (column < INSPECTOR_PROFILE_MAX_COLUMNS)
    self->figure_columns[column] = made;
  gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), made);
  return made;
}

static void
add_columns (ProfileTable *self)
{
  const InspectorProfileColumn *columns;
  guint n;

  columns = inspector_profile_table_get_columns (self->of, &n);
  add_column (self, _ ("name"), NAME_COLUMN);
  if (self->of != INSPECTOR_PROFILE_PATHS)
    add_column (self, _ ("place"), PLACE_COLUMN);
  for (guint i = 0; i < n; i++)
    add_column (self, columns[i].label, i);
  self->program_column = add_column (self, _ ("program"), PROGRAM_COLUMN);
}

ProfileTable *
profile_table_new (UiSession *session, InspectorProfileTable of)
{
  ProfileTable *self = g_new0 (ProfileTable, 1);

  self->session = session;
  self->of = of;
  self->view = gtk_column_view_new (NULL);
  self->store = g_list_store_new (PROFILE_TYPE_ITEM);
  add_columns (self);
  self->sorted = gtk_sort_list_model_new (
      G_LIST_MODEL (g_object_ref (self->store)),
      g_object_ref (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (self->view))));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->sorted)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), GTK_SELECTION_MODEL (self->selection));
  gtk_column_view_set_show_column_separators (GTK_COLUMN_VIEW (self->view), FALSE);
  gtk_widget_add_css_class (self->view, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  inspector_profile_table_get_title (of), -1);
  return self;
}

void
profile_table_free (ProfileTable *self)
{
  g_object_unref (self->store);
  g_object_unref (self->sorted);
  g_object_unref (self->selection);
  g_free (self);
}

GtkWidget *
profile_table_get_widget (ProfileTable *self)
{
  return self->view;
}

/* ---- What is in it ----------------------------------------------------------------------------- */

static GHashTable *
take_items (ProfileTable *self)
{
  GHashTable *items = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->store)); i++)
    {
      ProfileItem *item = g_list_model_get_item (G_LIST_MODEL (self->store), i);

      g_hash_table_replace (items, item->key, item);
    }
  return items;
}

static ProfileItem *
get_item (GHashTable *before, ProfileData *data, InspectorProfileTable of, guint index)
{
  g_autofree char *key = dup_key (inspector_figures_get_row (data->figures, of, index));
  ProfileItem *item = g_hash_table_lookup (before, key);

  if (item != NULL)
    {
      g_object_ref (item);
      g_hash_table_remove (before, key);
    }
  else
    {
      item = g_object_new (PROFILE_TYPE_ITEM, NULL);
      item->key = g_steal_pointer (&key);
    }
  set_item (item, data, of, index);
  return item;
}

static gboolean
are_the_same (ProfileTable *self, GPtrArray *items)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->store));

  for (guint i = 0; n == items->len && i < n; i++)
    {
      g_autoptr (ProfileItem) item = g_list_model_get_item (G_LIST_MODEL (self->store), i);

      if (item != items->pdata[i])
        return FALSE;
    }
  return n == items->len;
}

static void
select_item (ProfileTable *self, const ProfileItem *wanted)
{
  GListModel *rows = G_LIST_MODEL (self->sorted);

  for (guint i = 0; wanted != NULL && i < g_list_model_get_n_items (rows); i++)
    {
      g_autoptr (ProfileItem) item = g_list_model_get_item (rows, i);

      if (item == wanted)
        gtk_single_selection_set_selected (self->selection, i);
    }
}

/* What no row has a number for takes no room. */
static void
show_columns (ProfileTable *self, GPtrArray *items)
{
  guint64 used = 0;

  for (guint i = 0; i < items->len; i++)
    for (guint j = 0; j < INSPECTOR_PROFILE_MAX_COLUMNS; j++)
      used |= (guint64)(profile_item_get_row (items->pdata[i])->figures[j] != 0) << j;
  for (guint j = 0; j < INSPECTOR_PROFILE_MAX_COLUMNS; j++)
    if (self->figure_columns[j] != NULL)
      gtk_column_view_column_set_visible (self->figure_columns[j], (used >> j & 1) != 0);
}

void
profile_table_set_data (ProfileTable *self, ProfileData *data, guint program,
                        ProfileTableFlags flags)
{
  g_autoptr (GHashTable) before = take_items (self);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  ProfileItem *chosen = profile_table_get_selected (self);
  g_autoptr (ProfileItem) selected = chosen != NULL ? g_object_ref (chosen) : NULL;
  const InspectorProfileRow *row;

  self->n_minor = 0;
  for (guint i = 0; (row = inspector_figures_get_row (data->figures, self->of, i)) != NULL; i++)
    {
      if (program != G_MAXUINT && row->program != program)
        continue;
      self->n_minor += row->is_minor;
      if (!row->is_minor || (flags & PROFILE_ALL_ROWS) != 0)
        g_ptr_array_add (items, get_item (before, data, self->of, i));
    }
  if (!are_the_same (self, items))
    {
      g_list_store_splice (self->store, 0, g_list_model_get_n_items (G_LIST_MODEL (self->store)),
                           items->pdata, items->len);
      select_item (self, selected);
    }
  else if (gtk_sort_list_model_get_sorter (self->sorted) != NULL)
    gtk_sorter_changed (gtk_sort_list_model_get_sorter (self->sorted), GTK_SORTER_CHANGE_DIFFERENT);
  show_columns (self, items);
  gtk_column_view_column_set_visible (self->program_column,
                                      program == G_MAXUINT &&
                                          inspector_figures_get_n_programs (data->figures) > 1);
}

guint
profile_table_get_n_rows (ProfileTable *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->store));
}

guint
profile_table_get_n_minor (ProfileTable *self)
{
  return self->n_minor;
}

ProfileItem *
profile_table_get_selected (ProfileTable *self)
{
  return gtk_single_selection_get_selected_item (self->selection);
}

GtkSingleSelection *
profile_table_get_selection (ProfileTable *self)
{
  return self->selection;
}

/* ---- CSV --------------------------------------------------------------------------------------- */

char *
profile_table_dup_csv (ProfileTable *self)
{
  static const char *const texts[] = { "name", "waits_for", "place", "pid", "suggestion" };
  GString *csv = g_string_new (NULL);
  const InspectorProfileColumn *columns;
  guint n;

  columns = inspector_profile_table_get_columns (self->of, &n);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    ui_csv_append (csv, texts[i]);
  for (guint i = 0; i < n; i++)
    ui_csv_append (csv, columns[i].id);
  ui_csv_end_line (csv);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->sorted)); i++)
    {
      g_autoptr (ProfileItem) item = g_list_model_get_item (G_LIST_MODEL (self->sorted), i);
      const InspectorProfileRow *row = profile_item_get_row (item);

      ui_csv_append (csv, row->name);
      ui_csv_append (csv, row->what);
      ui_csv_append (csv, row->place);
      ui_csv_append_number (csv, row->pid);
      ui_csv_append (csv, row->advice);
      for (guint j = 0; j < n; j++)
        ui_csv_append_number (csv, row->figures[j]);
      ui_csv_end_line (csv);
    }
  return g_string_free (csv, FALSE);
}
