/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-before.h"

/* A program that changes faster than it can be read is never seen as a whole. */
#define MAX_FIRST_LOOKS 3

struct _ProbeBefore
{
  GHashTable *serials; /* id -> its serial */
  guint n_looks;
  gboolean is_complete;
};

ProbeBefore *
probe_before_new (void)
{
  ProbeBefore *self = g_new0 (ProbeBefore, 1);

  self->serials = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return self;
}

void
probe_before_free (ProbeBefore *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->serials);
  g_free (self);
}

static gboolean
was_there (const ProbeBefore *self, const InspectorProbeTask *task)
{
  const guint64 *serial = g_hash_table_lookup (self->serials, &task->id);

  return serial != NULL && *serial == task->serial;
}

void
probe_before_keep (ProbeBefore *self, GArray *tasks, guint first, gboolean is_whole)
{
  guint n = first;

  for (guint i = first; i < tasks->len; i++)
    {
      InspectorProbeTask *task = &g_array_index (tasks, InspectorProbeTask, i);

      if (!self->is_complete)
        g_hash_table_insert (self->serials, g_memdup2 (&task->id, sizeof task->id),
                             g_memdup2 (&task->serial, sizeof task->serial));
      else if (!was_there (self, task))
        continue;
      g_array_index (tasks, InspectorProbeTask, n++) = *task;
    }
  g_array_set_size (tasks, n);
  self->is_complete = self->is_complete || is_whole || ++self->n_looks >= MAX_FIRST_LOOKS;
}
