/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model.h"

#define NOWHERE G_MAXUINT
/* Lines that the list is told of at once, while it has fewer rows than it keeps. */
#define STRIDE 24u
#define ENOUGH 240u
#define FRAME_MS 12
/* Rows that are not seen, and are read at once. */
#define UNSEEN_AT_ONCE 24u

struct _TasksModel
{
  GObject parent_instance;
  TasksTable *table;
  guint n_lines;    /* as far as the list was told */
  GPtrArray *items; /* TasksItem; not owned: each takes itself out */
  guint64 selected;
  TasksWays *ways;
  guint first, last;   /* that are seen */
  guint stride_source; /* the list does not know of all lines yet */
  GPtrArray *unread;   /* TasksItem: rows that are not seen, and show what was */
  guint unread_source;
};

struct _TasksItem
{
  GObject parent_instance;
  TasksModel *model;
  guint position;
  /* The wait that was read. */
  char *waits_for;
  guint waits_track;
  gint64 waits_since_ns, waits_at_ns;
};

enum
{
  PICKED,
  TOGGLED,
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- Items -------------------------------------------------------------------------------------- */

G_DEFINE_TYPE (TasksItem, tasks_item, G_TYPE_OBJECT)

static void
tasks_item_dispose (GObject *object)
{
  TasksItem *self = TASKS_ITEM (object);

  if (self->model != NULL)
    g_ptr_array_remove_fast (self->model->items, self);
  g_clear_object (&self->model);
  g_clear_pointer (&self->waits_for, g_free);
  G_OBJECT_CLASS (tasks_item_parent_class)->dispose (object);
}

static void
tasks_item_class_init (TasksItemClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tasks_item_dispose;
  signals[CHANGED] = g_signal_new ("changed", TASKS_TYPE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
tasks_item_init (TasksItem *self)
{
}

guint
tasks_item_get_position (TasksItem *self)
{
  return self->position;
}

TasksModel *
tasks_item_get_model (TasksItem *self)
{
  return self->model;
}

gboolean
tasks_item_is_there (TasksItem *self)
{
  return self->position < tasks_table_get_n_lines (self->model->table);
}

const char *
tasks_item_get_waits_for (TasksItem *self)
{
  const TasksRow *row;

  if (self->waits_for == NULL || !tasks_item_is_there (self))
    return NULL;
  row = tasks_table_get_row (self->model->table, self->position);
  return row->track == self->waits_track && row->said.since_ns == self->waits_since_ns
             ? self->waits_for
             : NULL;
}

gboolean
tasks_item_is_waits_for_old (TasksItem *self)
{
  return tasks_item_get_waits_for (self) == NULL || self->waits_at_ns != self->model->table->at_ns;
}

void
tasks_item_set_waits_for (TasksItem *self, const char *text)
{
  const TasksRow *row;

  if (!tasks_item_is_there (self))
    return;
  self->waits_at_ns = self->model->table->at_ns;
  if (g_strcmp0 (tasks_item_get_waits_for (self), text) == 0)
    return;
  row = tasks_table_get_row (self->model->table, self->position);
  g_free (self->waits_for);
  self->waits_for = g_strdup (text);
  self->waits_track = row->track;
  self->waits_since_ns = row->said.since_ns;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* ---- The list ----------------------------------------------------------------------------------- */

static GType
get_item_type (GListModel *list)
{
  return TASKS_TYPE_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  return TASKS_MODEL (list)->n_lines;
}

static gpointer
get_item (GListModel *list, guint position)
{
  TasksModel *self = TASKS_MODEL (list);
  TasksItem *item;

  if (position >= self->n_lines)
    return NULL;
  for (guint i = 0; i < self->items->len; i++)
    if (((TasksItem *)self->items->pdata[i])->position == position)
      return g_object_ref (self->items->pdata[i]);
  item = g_object_new (TASKS_TYPE_ITEM, NULL);
  item->model = g_object_ref (self);
  item->position = position;
  g_ptr_array_add (self->items, item);
  return item;
}

static void
init_list (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

/* ---- The selection ------------------------------------------------------------------------------ */

static gboolean
is_selected (GtkSelectionModel *list, guint position)
{
  TasksModel *self = TASKS_MODEL (list);

  return self->selected != 0 && position < tasks_table_get_n_lines (self->table) &&
         tasks_table_get_key (self->table, position) == self->selected;
}

static GtkBitset *
get_selection_in_range (GtkSelectionModel *list, guint position, guint n_items)
{
  GtkBitset *set = gtk_bitset_new_empty ();
  guint n = MIN (tasks_table_get_n_lines (TASKS_MODEL (list)->table), TASKS_MODEL (list)->n_lines);

  for (guint i = position; i < n && i - position < n_items; i++)
    if (is_selected (list, i))
      {
        gtk_bitset_add (set, i);
        break;
      }
  return set;
}

static gboolean
select_item (GtkSelectionModel *list, guint position, gboolean unselect_rest)
{
  TasksModel *self = TASKS_MODEL (list);

  if (position < tasks_table_get_n_lines (self->table))
    g_signal_emit (self, signals[PICKED], 0, tasks_table_get_key (self->table, position));
  return TRUE;
}

static gboolean
unselect_item (GtkSelectionModel *list, guint position)
{
  TasksModel *self = TASKS_MODEL (list);

  if (is_selected (list, position))
    g_signal_emit (self, signals[PICKED], 0, G_GUINT64_CONSTANT (0));
  return TRUE;
}

static void
init_selection (GtkSelectionModelInterface *interface)
{
  interface->is_selected = is_selected;
  interface->get_selection_in_range = get_selection_in_range;
  interface->select_item = select_item;
  interface->unselect_item = unselect_item;
}

/* ---- Life --------------------------------------------------------------------------------------- */

G_DEFINE_TYPE_WITH_CODE (TasksModel, tasks_model, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list)
                             G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL, init_selection))

static void
tasks_model_dispose (GObject *object)
{
  TasksModel *self = TASKS_MODEL (object);

  g_clear_handle_id (&self->stride_source, g_source_remove);
  g_clear_handle_id (&self->unread_source, g_source_remove);
  /* Each of them has the model. */
  g_ptr_array_set_size (self->unread, 0);
  G_OBJECT_CLASS (tasks_model_parent_class)->dispose (object);
}

static void
tasks_model_finalize (GObject *object)
{
  TasksModel *self = TASKS_MODEL (object);

  g_ptr_array_unref (self->unread);
  tasks_table_unref (self->table);
  g_ptr_array_unref (self->items);
  tasks_ways_free (self->ways);
  G_OBJECT_CLASS (tasks_model_parent_class)->finalize (object);
}

static void
tasks_model_class_init (TasksModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tasks_model_dispose;
  G_OBJECT_CLASS (klass)->finalize = tasks_model_finalize;
  signals[PICKED] = g_signal_new ("picked", TASKS_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
  signals[TOGGLED] = g_signal_new ("toggled", TASKS_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);
}

static void
tasks_model_init (TasksModel *self)
{
  self->items = g_ptr_array_new ();
  self->ways = tasks_ways_new ();
  self->unread = g_ptr_array_new_with_free_func (g_object_unref);
  self->last = ENOUGH / 4;
}

TasksModel *
tasks_model_new (void)
{
  return g_object_new (TASKS_TYPE_MODEL, NULL);
}

TasksWays *
tasks_model_get_ways (TasksModel *self)
{
  return self->ways;
}

TasksTable *
tasks_model_get_table (TasksModel *self)
{
  return self->table;
}

/* ---- Changes ------------------------------------------------------------------------------------ */

GPtrArray *
tasks_model_list_items (TasksModel *self)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->items->len; i++)
    g_ptr_array_add (items, g_object_ref (self->items->pdata[i]));
  return items;
}

static gboolean
on_unread (gpointer data)
{
  TasksModel *self = data;

  for (guint i = 0; i < UNSEEN_AT_ONCE && self->unread->len > 0; i++)
    {
      g_autoptr (TasksItem) item =
          g_ptr_array_steal_index_fast (self->unread, self->unread->len - 1);

      g_signal_emit (item, signals[CHANGED], 0);
    }
  if (self->unread->len > 0)
    return G_SOURCE_CONTINUE;
  self->unread_source = 0;
  return G_SOURCE_REMOVE;
}

void
tasks_model_set_window (TasksModel *self, guint first, guint last)
{
  self->first = first;
  self->last = last;
}

/* What is said of tasks has changed, though they are the same: those on the screen are read again. */
static void
refresh (TasksModel *self)
{
  g_autoptr (GPtrArray) items = tasks_model_list_items (self);

  g_ptr_array_set_size (self->unread, 0);
  for (guint i = 0; i < items->len; i++)
    {
      TasksItem *item = items->pdata[i];

      if (item->position >= self->first && item->position <= self->last)
        g_signal_emit (item, signals[CHANGED], 0);
      else
        g_ptr_array_add (self->unread, g_object_ref (item));
    }
  if (self->unread->len > 0 && self->unread_source == 0)
    self->unread_source = g_idle_add_full (G_PRIORITY_LOW, on_unread, self, NULL);
}

/* Items keep their lines where these stay; those of lines that went stand for nothing. */
static void
move_items (TasksModel *self, const TasksChange *change)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      TasksItem *item = self->items->pdata[i];

      if (item->position == NOWHERE || item->position < change->position)
        continue;
      if (item->position < change->position + change->n_removed)
        item->position = NOWHERE;
      else
        item->position += change->n_added - change->n_removed;
    }
}

static void
tell (TasksModel *self, const TasksChange *change)
{
  move_items (self, change);
  self->n_lines += change->n_added - change->n_removed;
  g_list_model_items_changed (G_LIST_MODEL (self), change->position, change->n_removed,
                              change->n_added);
}

static void
stride (TasksModel *self)
{
  guint n = tasks_table_get_n_lines (self->table);

  if (self->n_lines > n)
    {
      guint left = self->n_lines > ENOUGH ? MAX (n, ENOUGH)
                                          : MAX (n, self->n_lines - MIN (STRIDE, self->n_lines));

      tell (self, &(TasksChange){ left, self->n_lines - left, 0 });
    }
  else
    {
      guint n_more = self->n_lines < ENOUGH ? MIN (STRIDE, n - self->n_lines) : n - self->n_lines;

      tell (self, &(TasksChange){ self->n_lines, 0, n_more });
    }
}

static gboolean
on_stride (gpointer data)
{
  TasksModel *self = data;

  stride (self);
  if (self->n_lines != tasks_table_get_n_lines (self->table))
    return G_SOURCE_CONTINUE;
  self->stride_source = 0;
  return G_SOURCE_REMOVE;
}

/* Its rows stay, and show other lines; there are fewer of them, or more, in the next frames. */
static void
replace_lines (TasksModel *self)
{
  guint n = tasks_table_get_n_lines (self->table);

  if (n != self->n_lines)
    stride (self);
  if (n != self->n_lines && self->stride_source == 0)
    self->stride_source = g_timeout_add (FRAME_MS, on_stride, self);
  else if (n == self->n_lines)
    g_clear_handle_id (&self->stride_source, g_source_remove);
}

void
tasks_model_set_table (TasksModel *self, TasksTable *table)
{
  guint n_before = tasks_table_get_n_lines (self->table), n = tasks_table_get_n_lines (table);
  gboolean is_little = self->stride_source == 0 && (n <= n_before + STRIDE || n_before >= ENOUGH) &&
                       (n_before <= n + STRIDE || n >= ENOUGH);

  tasks_table_ref (table);
  g_clear_pointer (&self->table, tasks_table_unref);
  self->table = table;
  /* While the list is told of one change after the other, items that are made meanwhile stand for places
   * that later changes move; what they show is read when all is done. */
  for (guint i = 0; is_little && i < table->changes->len; i++)
    tell (self, &g_array_index (table->changes, TasksChange, i));
  if (!is_little)
    replace_lines (self);
  refresh (self);
  if (self->n_lines > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), 0, self->n_lines);
}

void
tasks_model_set_selected (TasksModel *self, guint64 key)
{
  if (self->selected == key)
    return;
  self->selected = key;
  if (self->n_lines > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), 0, self->n_lines);
}

void
tasks_model_toggle (TasksModel *self, guint position)
{
  if (position < tasks_table_get_n_lines (self->table) &&
      (tasks_table_get_line (self->table, position)->flags & TASKS_LINE_HAS_CHILDREN) != 0)
    g_signal_emit (self, signals[TOGGLED], 0, tasks_table_get_key (self->table, position));
}

guint64
tasks_model_get_selected (TasksModel *self)
{
  return self->selected;
}
