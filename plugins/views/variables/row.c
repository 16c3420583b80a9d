/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "row.h"

struct _VariablesRow
{
  GObject parent_instance;
  Value *value;
  GListStore *parts;
};

static guint changed_signal;

G_DEFINE_TYPE (VariablesRow, variables_row, G_TYPE_OBJECT)

static void
variables_row_finalize (GObject *object)
{
  VariablesRow *self = VARIABLES_ROW (object);

  value_free (self->value);
  g_object_unref (self->parts);
  G_OBJECT_CLASS (variables_row_parent_class)->finalize (object);
}

static void
variables_row_class_init (VariablesRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = variables_row_finalize;
  changed_signal = g_signal_new ("changed", VARIABLES_TYPE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
variables_row_init (VariablesRow *self)
{
  self->parts = g_list_store_new (VARIABLES_TYPE_ROW);
}

static Value *
copy (const Value *value)
{
  Value *self = value_new (value->name, value->text, value->type);

  self->key = g_strdup (value->key);
  self->before = g_strdup (value->before);
  self->change = value->change;
  self->task = value->task;
  g_free (self->place);
  self->place = g_strdup (value->place);
  return self;
}

static gboolean
is_same (const Value *a, const Value *b)
{
  return g_str_equal (a->name, b->name) && g_str_equal (a->text, b->text) &&
         g_str_equal (a->type, b->type) && g_str_equal (a->place, b->place) &&
         a->change == b->change && g_strcmp0 (a->before, b->before) == 0 && a->task == b->task;
}

static void
update (VariablesRow *self, const Value *value)
{
  variables_rows_update (self->parts, value->parts);
  if (is_same (self->value, value))
    return;
  value_free (self->value);
  self->value = copy (value);
  g_signal_emit (self, changed_signal, 0);
}

static VariablesRow *
row_new (const Value *value)
{
  VariablesRow *self = g_object_new (VARIABLES_TYPE_ROW, NULL);

  self->value = copy (value);
  variables_rows_update (self->parts, value->parts);
  return self;
}

const Value *
variables_row_get_value (VariablesRow *self)
{
  return self->value;
}

GListModel *
variables_row_get_parts (VariablesRow *self)
{
  return G_LIST_MODEL (self->parts);
}

/* A row that had no parts is made anew when it gets some: the list has asked it once. */
static gboolean
can_become (VariablesRow *self, const Value *value)
{
  return g_str_equal (value_get_key (self->value), value_get_key (value)) &&
         (g_list_model_get_n_items (G_LIST_MODEL (self->parts)) > 0) == (value->parts->len > 0);
}

static guint
find_row (GListStore *store, const Value *value, guint from)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (store));

  for (guint i = from; i < n; i++)
    {
      g_autoptr (VariablesRow) row = g_list_model_get_item (G_LIST_MODEL (store), i);

      if (can_become (row, value))
        return i;
    }
  return G_MAXUINT;
}

void
variables_rows_update (GListStore *store, GPtrArray *parts)
{
  guint n_items;

  for (guint i = 0; i < parts->len; i++)
    {
      guint at = find_row (store, parts->pdata[i], i);
      g_autoptr (VariablesRow) row = NULL;

      if (at == G_MAXUINT)
        {
          row = row_new (parts->pdata[i]);
          g_list_store_insert (store, i, row);
          continue;
        }
      if (at > i)
        g_list_store_splice (store, i, at - i, NULL, 0);
      row = g_list_model_get_item (G_LIST_MODEL (store), i);
      update (row, parts->pdata[i]);
    }
  n_items = g_list_model_get_n_items (G_LIST_MODEL (store));
  if (n_items > parts->len)
    g_list_store_splice (store, parts->len, n_items - parts->len, NULL, 0);
}
