/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-told.h"

#include <string.h>

#define ID_MASK ((G_GUINT64_CONSTANT (1) << 48) - 1)

struct _ProbeTold
{
  const ModelTarget *model; /* (nullable) */
  GHashTable *kinds;        /* "uv" -> GArray of the numbers of its kinds of await */
};

static void
array_free (gpointer data)
{
  g_array_unref (data);
}

ProbeTold *
probe_told_new (void)
{
  ProbeTold *self = g_new0 (ProbeTold, 1);

  self->kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, array_free);
  return self;
}

void
probe_told_free (ProbeTold *self)
{
  g_hash_table_unref (self->kinds);
  g_free (self);
}

/* From outside it may not show which kind it is: a timeout that will be over when it has fired looks like one that
 * repeats. */
static char *
dup_runtime (const char *kind)
{
  return g_strndup (kind, strcspn (kind, "."));
}

static void
add_kind (ProbeTold *self, const ModelKind *kind)
{
  g_autofree char *runtime = dup_runtime (kind->name);
  GArray *numbers = g_hash_table_lookup (self->kinds, runtime);
  guint64 number = kind->number;

  if (numbers == NULL)
    {
      numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
      g_hash_table_insert (self->kinds, g_steal_pointer (&runtime), numbers);
    }
  g_array_append_val (numbers, number);
}

void
probe_told_update (ProbeTold *self, const ModelTarget *model)
{
  self->model = model;
  g_hash_table_remove_all (self->kinds);
  for (guint i = 0; model != NULL && i < model->kinds->len; i++)
    {
      const ModelKind *kind = model->kinds->pdata[i];

      if (kind != NULL && kind->of == INSPECT_KIND_AWAIT)
        add_kind (self, kind);
    }
}

const ModelAwait *
probe_told_find (const ProbeTold *self, const InspectorProbeAwait *await)
{
  g_autofree char *runtime = dup_runtime (await->kind->name);
  const GArray *numbers = g_hash_table_lookup (self->kinds, runtime);

  for (guint i = 0; numbers != NULL && i < numbers->len; i++)
    {
      guint64 object = g_array_index (numbers, guint64, i) << 48 | (await->id & ID_MASK);
      const ModelAwait *found = model_table_find (&self->model->awaits, object);

      /* What was seen from outside has that id, too. */
      if (found != NULL && found->ring != MODEL_OUTSIDE_RING)
        return found;
    }
  return NULL;
}

gboolean
probe_told_has (const ProbeTold *self, const InspectorProbeTask *task)
{
  for (guint i = 0; i < task->n_awaits; i++)
    if (probe_told_find (self, &task->awaits[i]) == NULL)
      return FALSE;
  return task->n_awaits > 0;
}
