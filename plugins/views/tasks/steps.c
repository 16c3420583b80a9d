/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "steps.h"

#include <string.h>
#include <glib/gi18n-lib.h>

/* Of a task that did more, the latest alone are looked at. */
#define MAX_SPANS 512u
#define MAX_BACK 64u
/* Of tasks of one name that have ended, so many of the latest are looked at, among so many tasks. */
#define MAX_ENDED 48u
#define MAX_TRACKS 8192u
#define KEPT_US (2 * G_TIME_SPAN_SECOND)
#define MAX_WAY 32u

typedef struct
{
  const char *functions[MAX_WAY];
  guint n;
} Way;

typedef struct
{
  GArray *ways; /* Way */
  gint64 read_us;
} Kept;

struct _TasksWays
{
  GHashTable *by_name; /* word: Kept */
};

static void
kept_free (gpointer data)
{
  Kept *kept = data;

  g_array_unref (kept->ways);
  g_free (kept);
}

TasksWays *
tasks_ways_new (void)
{
  TasksWays *self = g_new0 (TasksWays, 1);

  self->by_name = g_hash_table_new_full (NULL, NULL, NULL, kept_free);
  return self;
}

void
tasks_ways_free (TasksWays *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->by_name);
  g_free (self);
}

/* ---- What one task did -------------------------------------------------------------------------- */

typedef struct
{
  InspectorHistory *history;
  TasksWords *words;
  guint track;
  guint32 program;
} Task;

static gboolean
is_step (const InspectorSpan *span)
{
  return span->kind != 0 &&
         (span->state == INSPECTOR_STATE_WAITING || span->state == INSPECTOR_STATE_SLEEPING ||
          span->state == INSPECTOR_STATE_BLOCKED);
}

/* Oldest first. @ret_is_cut: there was more before. */
static guint
list_spans (const Task *task, gint64 at_ns, InspectorSpan *spans, gboolean *ret_is_cut)
{
  InspectorTrack info;
  guint n = 0;

  *ret_is_cut = FALSE;
  if (!inspector_history_get_track (task->history, task->track, &info))
    return 0;
  if (info.n_spans <= MAX_SPANS)
    return inspector_history_get_spans (task->history, task->track, info.begin_ns, at_ns + 1, spans,
                                        MAX_SPANS);
  for (gint64 at = at_ns; n < MAX_BACK; n++)
    {
      InspectorSpan *span = &spans[MAX_BACK - 1 - n];

      if (!inspector_history_get_state_at (task->history, task->track, at, span))
        break;
      at = span->begin_ns - 1;
    }
  *ret_is_cut = n == MAX_BACK;
  memmove (spans, spans + MAX_BACK - n, n * sizeof *spans);
  return n;
}

/* "fetch_posts at request.c:88" */
static const char *
get_function (const Task *task, guint32 location)
{
  const char *place =
      tasks_words_get (task->words,
                       tasks_words_read_place (task->words, task->track, task->program, location))
          ->text;
  const char *at = strstr (place, " at ");
  g_autofree char *function = at != NULL ? g_strndup (place, at - place) : g_strdup (place);

  return g_intern_string (*function != '\0' ? function : "?");
}

static void
add_step (TasksSteps *self, const Task *task, const InspectorSpan *span, gint64 at_ns)
{
  const TasksStep step = {
    .function = get_function (task, span->location),
    .kind = inspector_history_get_kind (task->history, task->track, span->kind),
    .duration_ns = MIN (span->end_ns, at_ns) - span->begin_ns,
    .count = 1,
  };
  TasksStep *last = self->n > 0 ? &self->steps[self->n - 1] : NULL;

  if (last != NULL && last->function == step.function)
    {
      last->duration_ns += step.duration_ns;
      last->count++;
      last->kind = step.kind;
      return;
    }
  if (self->n == TASKS_STEPS_MAX)
    {
      memmove (self->steps, self->steps + 1, (TASKS_STEPS_MAX - 1) * sizeof *self->steps);
      self->n--;
      self->n_earlier++;
    }
  self->steps[self->n++] = step;
}

/* ---- What others did next ------------------------------------------------------------------------ */

/* FALSE: it was too long to be like another. */
static gboolean
read_way (const Task *task, gint64 end_ns, Way *way)
{
  g_autofree InspectorSpan *spans = g_new (InspectorSpan, MAX_SPANS);
  gboolean is_cut;
  guint n = list_spans (task, end_ns, spans, &is_cut);

  way->n = 0;
  for (guint i = 0; i < n; i++)
    {
      const char *function = is_step (&spans[i]) ? get_function (task, spans[i].location) : NULL;

      if (function == NULL || (way->n > 0 && way->functions[way->n - 1] == function))
        continue;
      if (way->n == MAX_WAY)
        return FALSE;
      way->functions[way->n++] = function;
    }
  return !is_cut && way->n > 0;
}

static GArray *
read_ways (const Task *like, guint32 name)
{
  GArray *ways = g_array_new (FALSE, FALSE, sizeof (Way));
  guint n = tasks_words_get_n_named (like->words);

  for (guint i = 0; i < MIN (n, MAX_TRACKS) && ways->len < MAX_ENDED; i++)
    {
      const guint track = n - 1 - i;
      const Task task = { like->history, like->words, track, like->program };
      InspectorTrack info;
      Way way;

      if (tasks_words_get (like->words, tasks_words_get_name (like->words, track))->group != name ||
          !inspector_history_get_track (like->history, track, &info) || info.end_ns == G_MAXINT64)
        continue;
      if (read_way (&task, info.end_ns, &way))
        g_array_append_val (ways, way);
    }
  return ways;
}

static GArray *
get_ways (TasksWays *self, const Task *like, guint32 name)
{
  gint64 now_us = g_get_monotonic_time ();
  Kept *kept;

  name = tasks_words_get (like->words, name)->group;
  kept = g_hash_table_lookup (self->by_name, GUINT_TO_POINTER (name));
  if (kept == NULL || now_us - kept->read_us > KEPT_US)
    {
      kept = g_new (Kept, 1);
      *kept = (Kept){ read_ways (like, name), now_us };
      g_hash_table_insert (self->by_name, GUINT_TO_POINTER (name), kept);
    }
  return kept->ways;
}

static gboolean
begins_so (const Way *way, const Way *mine)
{
  return way->n >= mine->n &&
         memcmp (way->functions, mine->functions, mine->n * sizeof *mine->functions) == 0;
}

static gboolean
is_same (const Way *a, const Way *b)
{
  return a->n == b->n && begins_so (a, b);
}

/* The way that most of those went that began as this one; nothing where they mostly ended here. */
static void
foretell (TasksSteps *self, GArray *ways, const Way *mine)
{
  const Way *best = NULL;
  guint most = 0;

  for (guint i = 0; i < ways->len; i++)
    {
      const Way *way = &g_array_index (ways, Way, i);
      guint n = 0;

      if (!begins_so (way, mine))
        continue;
      for (guint k = 0; k < ways->len; k++)
        n += is_same (&g_array_index (ways, Way, k), way);
      if (n > most)
        {
          most = n;
          best = way;
        }
    }
  for (guint i = mine->n; best != NULL && i < best->n && self->n_next < TASKS_STEPS_MAX; i++)
    self->next[self->n_next++] = best->functions[i];
  self->seen_in = self->n_next > 0 ? most : 0;
}

void
tasks_steps_read (TasksSteps *self, InspectorHistory *history, TasksWords *words, TasksWays *ways,
                  guint track, guint32 name, gint64 at_ns)
{
  g_autofree InspectorSpan *spans = g_new (InspectorSpan, MAX_SPANS);
  Task task = { history, words, track };
  InspectorRow row;
  Way mine;
  guint n;

  memset (self, 0, sizeof *self);
  if (inspector_history_get_rows (history, track, 1, at_ns, &row) == 0)
    return;
  task.program = row.program;
  n = list_spans (&task, at_ns, spans, &self->is_cut);
  for (guint i = 0; i < n; i++)
    if (is_step (&spans[i]))
      add_step (self, &task, &spans[i], at_ns);
  if (n > 0 && is_step (&spans[n - 1]) && spans[n - 1].end_ns > at_ns)
    self->waits = spans[n - 1].state;
  if (name == 0 || row.state == INSPECTOR_STATE_NONE || self->is_cut || self->n == 0)
    return;
  if (read_way (&task, at_ns, &mine))
    foretell (self, get_ways (ways, &task, name), &mine);
}

/* ---- As text ------------------------------------------------------------------------------------ */

static void
add_line (GString *text, const char *mark, const TasksStep *step)
{
  g_autofree char *duration = inspector_format_duration (step->duration_ns);

  g_string_append_printf (text, "%s%s  %s  %s  %s", text->len > 0 ? "\n" : "", mark, step->function,
                          duration, step->kind);
  if (step->count > 1)
    g_string_append_printf (text, "  × %u", step->count);
}

char *
tasks_steps_to_text (const TasksSteps *self)
{
  GString *text = g_string_new (NULL);

  if (self->is_cut || self->n_earlier > 0)
    g_string_append (text, _ ("earlier steps are not listed"));
  for (guint i = 0; i < self->n; i++)
    add_line (text,
              i + 1 == self->n && self->waits != INSPECTOR_STATE_NONE ? _ ("waiting") : _ ("done"),
              &self->steps[i]);
  for (guint i = 0; i < self->n_next; i++)
    g_string_append_printf (text, "\n%s  %s", _ ("not yet"), self->next[i]);
  if (self->n_next > 0)
    {
      g_autofree char *seen = g_strdup_printf (
          g_dngettext (GETTEXT_PACKAGE, "inferred: seen in %u earlier task of this name",
                       "inferred: seen in %u earlier tasks of this name", self->seen_in),
          self->seen_in);

      g_string_append_printf (text, "\n%s", seen);
    }
  return g_string_free (text, FALSE);
}

char *
tasks_steps_dup_summary (const TasksSteps *self)
{
  gboolean waits = self->waits != INSPECTOR_STATE_NONE;
  guint n_done = self->n + self->n_earlier - waits;
  g_autofree char *done = g_strdup_printf (_ ("%u done"), n_done);
  g_autofree char *waiting =
      waits ? g_strdup_printf (_ (", waiting in %s"), self->steps[self->n - 1].function)
            : g_strdup ("");
  g_autofree char *next =
      self->n_next > 0 ? g_strdup_printf (_ (", %u to come"), self->n_next) : g_strdup ("");

  return self->n > 0 ? g_strconcat (done, waiting, next, NULL) : g_strdup ("");
}
