/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "causes.h"

/* Read at a time. */
#define CHUNK 4096u
/* Looking back begins with so little time, and doubles it. */
#define FIRST_LOOK_NS G_GINT64_CONSTANT (1000000)

typedef struct
{
  guint64 number;
  gint64 from_ns, to_ns;
  gboolean forth;
} Query;

void
timeline_causes_free (TimelineCauses *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->causes);
  g_free (self);
}

/* ---- All causes of a stretch of time ---------------------------------------------------------------- */

/* Returns: FALSE: that is enough */
typedef gboolean (*CauseFunc) (const InspectorCause *cause, gpointer data);

/* Causes of one instant may fill more than a chunk: then those of the next nanosecond come next, and what
 * is left of them is not looked at. */
static void
for_each (InspectorHistory *history, gint64 from_ns, gint64 to_ns, GCancellable *cancellable,
          CauseFunc func, gpointer data)
{
  g_autofree InspectorCause *chunk = g_new (InspectorCause, CHUNK);

  while (from_ns < to_ns && !g_cancellable_is_cancelled (cancellable))
    {
      guint n = inspector_history_get_causes (history, from_ns, to_ns, chunk, CHUNK), end = n;

      /* The last instant is read again as a whole, unless it is all there is. */
      while (n == CHUNK && end > 0 && chunk[end - 1].at_ns == chunk[n - 1].at_ns)
        end--;
      end = end > 0 ? end : n;
      for (guint i = 0; i < end; i++)
        if (!func (&chunk[i], data))
          return;
      if (n < CHUNK)
        return;
      from_ns = end < n ? chunk[end].at_ns : chunk[n - 1].at_ns + 1;
    }
}

static gboolean
collect (const InspectorCause *cause, gpointer data)
{
  TimelineCauses *self = data;

  if (cause->from != self->number && cause->to != self->number)
    return TRUE;
  if (self->causes->len < TIMELINE_MAX_CAUSES)
    g_array_append_val (self->causes, *cause);
  self->n++;
  return TRUE;
}

static void
find (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Query *query = data;
  TimelineCauses *self = g_new0 (TimelineCauses, 1);

  self->number = query->number;
  self->from_ns = query->from_ns;
  self->to_ns = query->to_ns;
  self->causes = g_array_new (FALSE, FALSE, sizeof (InspectorCause));
  for_each (source, query->from_ns, query->to_ns, cancellable, collect, self);
  g_task_return_pointer (task, self, (GDestroyNotify)timeline_causes_free);
}

static void
run (InspectorHistory *history, const Query *query, GTaskThreadFunc func, GCancellable *cancellable,
     GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (history, cancellable, callback, data);

  g_task_set_task_data (task, g_memdup2 (query, sizeof *query), g_free);
  g_task_run_in_thread (task, func);
}

void
timeline_causes_find_async (InspectorHistory *history, guint64 number, gint64 from_ns, gint64 to_ns,
                            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  run (history, &(Query){ number, from_ns, to_ns, TRUE }, find, cancellable, callback, data);
}

TimelineCauses *
timeline_causes_find_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/* ---- One cause -------------------------------------------------------------------------------------- */

typedef struct
{
  const Query *query;
  InspectorCause found;
  gboolean is_found;
} Step;

static gboolean
look (const InspectorCause *cause, gpointer data)
{
  Step *step = data;

  if ((step->query->forth ? cause->from : cause->to) != step->query->number)
    return TRUE;
  step->found = *cause;
  step->is_found = TRUE;
  /* The next one, or the last one. */
  return !step->query->forth;
}

static void
step (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Query *query = data;
  Step at = { .query = query };
  gint64 first_ns, last_ns, to_ns = query->from_ns + 1;

  if (!inspector_history_get_range (source, &first_ns, &last_ns))
    first_ns = last_ns = to_ns;
  if (query->forth)
    for_each (source, query->from_ns, last_ns + 1, cancellable, look, &at);
  for (gint64 width_ns = FIRST_LOOK_NS; !query->forth && !at.is_found && to_ns > first_ns &&
                                        !g_cancellable_is_cancelled (cancellable);
       width_ns *= 2)
    {
      gint64 from_ns = MAX (to_ns - width_ns, first_ns);

      for_each (source, from_ns, to_ns, cancellable, look, &at);
      to_ns = from_ns;
    }
  g_task_return_pointer (task, at.is_found ? g_memdup2 (&at.found, sizeof at.found) : NULL, g_free);
}

void
timeline_causes_step_async (InspectorHistory *history, guint64 number, gint64 from_ns,
                            gboolean forth, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer data)
{
  run (history, &(Query){ number, from_ns, 0, forth }, step, cancellable, callback, data);
}

gboolean
timeline_causes_step_finish (GAsyncResult *result, InspectorCause *ret_cause)
{
  g_autofree InspectorCause *found = g_task_propagate_pointer (G_TASK (result), NULL);

  if (found != NULL)
    *ret_cause = *found;
  return found != NULL;
}
