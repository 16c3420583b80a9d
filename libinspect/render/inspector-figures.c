/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A profile as tables for views: the same words as text and HTML have, and the numbers as numbers. */

#include "config.h"

#include <glib/gi18n-lib.h>
#include "render/profile-text.h"
#include "session/inspector-profile-private.h"

#define MILLION 1000000

struct _InspectorFigures
{
  GObject parent_instance;
  GStringChunk *texts;
  GPtrArray *programs, *titles, *notes;     /* of programs */
  GArray *rows[INSPECTOR_PROFILE_N_TABLES]; /* InspectorProfileRow */
  GArray *charts;                           /* InspectorProfileChart */
};

G_DEFINE_TYPE (InspectorFigures, inspector_figures, G_TYPE_OBJECT)

static void
chart_clear (gpointer data)
{
  g_free ((gpointer)((InspectorProfileChart *)data)->bars);
}

static void
inspector_figures_finalize (GObject *object)
{
  InspectorFigures *self = INSPECTOR_FIGURES (object);

  for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
    g_array_unref (self->rows[i]);
  g_array_unref (self->charts);
  g_ptr_array_unref (self->programs);
  g_ptr_array_unref (self->titles);
  g_ptr_array_unref (self->notes);
  g_string_chunk_free (self->texts);
  G_OBJECT_CLASS (inspector_figures_parent_class)->finalize (object);
}

static void
inspector_figures_class_init (InspectorFiguresClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_figures_finalize;
}

static void
inspector_figures_init (InspectorFigures *self)
{
  self->texts = g_string_chunk_new (4096);
  self->programs = g_ptr_array_new ();
  self->titles = g_ptr_array_new ();
  self->notes = g_ptr_array_new ();
  for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
    self->rows[i] = g_array_new (FALSE, TRUE, sizeof (InspectorProfileRow));
  self->charts = g_array_new (FALSE, TRUE, sizeof (InspectorProfileChart));
  g_array_set_clear_func (self->charts, chart_clear);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

#define DURATIONS(count_label)                                                                     \
  { "count", count_label, INSPECTOR_FIGURE_COUNT },                                                \
      { "total_ns", N_ ("in all"), INSPECTOR_FIGURE_DURATION },                                    \
      { "share", N_ ("share"), INSPECTOR_FIGURE_SHARE },                                           \
      { "mean_ns", N_ ("average"), INSPECTOR_FIGURE_DURATION },                                    \
      { "p50_ns", N_ ("p50"), INSPECTOR_FIGURE_DURATION },                                         \
      { "p95_ns", N_ ("p95"), INSPECTOR_FIGURE_DURATION },                                         \
      { "p99_ns", N_ ("p99"), INSPECTOR_FIGURE_DURATION },                                         \
  {                                                                                                \
    "max_ns", N_ ("longest"), INSPECTOR_FIGURE_DURATION                                            \
  }
#define N_DURATIONS 8

static const struct
{
  const char *title;
  guint n_columns;
  InspectorProfileColumn columns[INSPECTOR_PROFILE_MAX_COLUMNS];
} tables[INSPECTOR_PROFILE_N_TABLES] = {
  [INSPECTOR_PROFILE_OPERATIONS] = { N_ ("Operations, by what they took in all"),
                                     N_DURATIONS + 4,
                                     { DURATIONS (N_ ("times")),
                                       { "failed", N_ ("failed"), INSPECTOR_FIGURE_COUNT },
                                       { "cancelled", N_ ("cancelled"), INSPECTOR_FIGURE_COUNT },
                                       { "pending", N_ ("not over"), INSPECTOR_FIGURE_COUNT },
                                       { "oldest_ns", N_ ("for so long"),
                                         INSPECTOR_FIGURE_DURATION } } },
  [INSPECTOR_PROFILE_TASKS] = { N_ ("Tasks, by where they began"),
                                N_DURATIONS + 4,
                                { DURATIONS (N_ ("ended")),
                                  { "running_ns", N_ ("running"), INSPECTOR_FIGURE_DURATION },
                                  { "waiting_ns", N_ ("waiting"), INSPECTOR_FIGURE_DURATION },
                                  { "failed", N_ ("failed"), INSPECTOR_FIGURE_COUNT },
                                  { "pending", N_ ("not over"), INSPECTOR_FIGURE_COUNT } } },
  [INSPECTOR_PROFILE_LOCKS] = { N_ ("Locks that were waited for"),
                                N_DURATIONS + 4,
                                { DURATIONS (N_ ("waits")),
                                  { "held_ns", N_ ("held longest"), INSPECTOR_FIGURE_DURATION },
                                  { "most_waiting", N_ ("most waiting"), INSPECTOR_FIGURE_COUNT },
                                  { "pending", N_ ("not over"), INSPECTOR_FIGURE_COUNT },
                                  { "oldest_ns", N_ ("for so long"),
                                    INSPECTOR_FIGURE_DURATION } } },
  [INSPECTOR_PROFILE_POOLS] = { N_ ("Thread pools, by how long jobs waited for a thread"),
                                N_DURATIONS + 4,
                                { DURATIONS (N_ ("jobs")),
                                  { "ran_p95_ns", N_ ("p95 of running"),
                                    INSPECTOR_FIGURE_DURATION },
                                  { "most_running", N_ ("most running"), INSPECTOR_FIGURE_COUNT },
                                  { "most_queued", N_ ("most queued"), INSPECTOR_FIGURE_COUNT },
                                  { "full_ns", N_ ("full"), INSPECTOR_FIGURE_DURATION } } },
  [INSPECTOR_PROFILE_CALLBACKS] = { N_ ("Callbacks, the one that kept its loop longest first"),
                                    N_DURATIONS + 2,
                                    { DURATIONS (N_ ("times")),
                                      { "long", N_ ("too long"), INSPECTOR_FIGURE_COUNT },
                                      { "open_ns", N_ ("still running"),
                                        INSPECTOR_FIGURE_DURATION } } },
  [INSPECTOR_PROFILE_WAKES] = { N_ ("Tasks, by what they did when they were woken"),
                                8,
                                { { "polls", N_ ("polls"), INSPECTOR_FIGURE_COUNT },
                                  { "idle_polls", N_ ("without progress"), INSPECTOR_FIGURE_COUNT },
                                  { "idle_share", N_ ("share"), INSPECTOR_FIGURE_SHARE },
                                  { "wakes", N_ ("wake-ups told"), INSPECTOR_FIGURE_COUNT },
                                  { "self_wakes", N_ ("by itself"), INSPECTOR_FIGURE_COUNT },
                                  { "delay_p50_ns", N_ ("p50 until it ran"),
                                    INSPECTOR_FIGURE_DURATION },
                                  { "delay_p99_ns", N_ ("p99 until it ran"),
                                    INSPECTOR_FIGURE_DURATION },
                                  { "delay_max_ns", N_ ("longest"), INSPECTOR_FIGURE_DURATION } } },
  [INSPECTOR_PROFILE_PATHS] = { N_ ("Hot paths"),
                                3,
                                { { "tasks", N_ ("tasks"), INSPECTOR_FIGURE_COUNT },
                                  { "share", N_ ("share"), INSPECTOR_FIGURE_SHARE },
                                  { "total_ns", N_ ("in all"), INSPECTOR_FIGURE_DURATION } } },
};

const char *
inspector_profile_table_get_title (InspectorProfileTable table)
{
  g_return_val_if_fail ((guint)table < INSPECTOR_PROFILE_N_TABLES, NULL);
  return _ (tables[table].title);
}

/* The language is that of the process, and stays. */
const InspectorProfileColumn *
inspector_profile_table_get_columns (InspectorProfileTable table, guint *ret_n)
{
  static InspectorProfileColumn translated[INSPECTOR_PROFILE_N_TABLES]
                                          [INSPECTOR_PROFILE_MAX_COLUMNS];
  static gsize is_translated;

  g_return_val_if_fail ((guint)table < INSPECTOR_PROFILE_N_TABLES, NULL);

  if (g_once_init_enter (&is_translated))
    {
      for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
        for (guint j = 0; j < tables[i].n_columns; j++)
          {
            translated[i][j] = tables[i].columns[j];
            translated[i][j].label = _ (tables[i].columns[j].label);
          }
      g_once_init_leave (&is_translated, 1);
    }
  *ret_n = tables[table].n_columns;
  return translated[table];
}

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct
{
  InspectorFigures *figures;
  const ProfileResult *result;
  guint program;
} Builder;

static const char *
keep (const Builder *self, const char *text)
{
  return text != NULL && *text != '\0' ? g_string_chunk_insert_const (self->figures->texts, text)
                                       : "";
}

static const char *
keep_taken (const Builder *self, char *text)
{
  const char *kept = keep (self, text);

  g_free (text);
  return kept;
}

static char *
join_taken (char *first, char *second)
{
  g_autofree char *one = first, *other = second;

  if (one == NULL || *one == '\0' || other == NULL || *other == '\0')
    return g_strdup (one != NULL && *one != '\0' ? one : other);
  return g_strjoin ("\n", one, other, NULL);
}

/* Borrowed until the next one is added. */
static InspectorProfileRow *
add_row (const Builder *self, InspectorProfileTable table, const char *name,
         const FindingPlace *place, const ProfileAdvice *advice, const ProfileExample *worst)
{
  GArray *rows = self->figures->rows[table];
  InspectorProfileRow *row;

  g_array_set_size (rows, rows->len + 1);
  row = &g_array_index (rows, InspectorProfileRow, rows->len - 1);
  row->program = self->program;
  row->pid = self->result->pid;
  row->name = keep (self, name);
  row->what = row->details = "";
  row->advice = keep (self, advice != NULL ? advice->text : NULL);
  row->place = keep (self, place != NULL ? place->text : NULL);
  row->file = keep (self, place != NULL ? place->file : NULL);
  row->line = place != NULL ? place->line : 0;
  row->task = worst != NULL ? worst->task : 0;
  row->at_ns = row->task != 0 ? worst->begin_ns : 0;
  row->took_ns = row->task != 0 ? worst->ns : 0;
  return row;
}

static gint64
get_share (gint64 part, gint64 whole)
{
  return whole > 0 ? (gint64)((double)part / (double)whole * MILLION + 0.5) : 0;
}

/* @whole: of which the sum is a share */
static void
set_durations (InspectorProfileRow *row, const Histogram *durations, gint64 whole)
{
  static const double shares[] = { 0.5, 0.95, 0.99 };

  row->figures[0] = (gint64)durations->count;
  row->figures[1] = durations->sum;
  row->figures[2] = get_share (durations->sum, whole);
  row->figures[3] = (gint64)histogram_get_mean (durations);
  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    row->figures[4 + i] = histogram_get_quantile (durations, shares[i]);
  row->figures[7] = durations->max;
}

#define SUM(rows, type, field)                                                                     \
  __extension__({                                                                                  \
    gint64 sum_ = 0;                                                                               \
    for (guint i_ = 0; i_ < (rows)->len; i_++)                                                     \
      sum_ += ((const type *)g_ptr_array_index (rows, i_))->field.sum;                             \
    sum_;                                                                                          \
  })

static void
add_operations (const Builder *self)
{
  gint64 whole = SUM (self->result->operations, ProfileResultOperation, durations);

  for (guint i = 0; i < self->result->operations->len; i++)
    {
      const ProfileResultOperation *from = g_ptr_array_index (self->result->operations, i);
      InspectorProfileRow *row = add_row (self, INSPECTOR_PROFILE_OPERATIONS, from->name,
                                          &from->place, from->advice, &from->worst);

      row->what = keep (self, from->what);
      row->details = keep_taken (self, export_profile_operation_detail (from));
      /* A lock has a table of its own; whoever waits for one now is no detail. */
      row->is_minor = !export_profile_shows_operation (from) &&
                      (from->n_pending == 0 || from->of == PROFILE_OPERATION_SLEEP);
      set_durations (row, &from->durations, whole);
      row->figures[N_DURATIONS] = (gint64)from->n_failed;
      row->figures[N_DURATIONS + 1] = (gint64)from->n_cancelled;
      row->figures[N_DURATIONS + 2] = (gint64)from->n_pending;
      row->figures[N_DURATIONS + 3] = from->oldest_ns;
    }
}

static void
add_tasks (const Builder *self)
{
  gint64 whole = SUM (self->result->tasks, ProfileResultTasks, lifetimes);

  for (guint i = 0; i < self->result->tasks->len; i++)
    {
      const ProfileResultTasks *from = g_ptr_array_index (self->result->tasks, i);
      InspectorProfileRow *row = add_row (self, INSPECTOR_PROFILE_TASKS, from->name, &from->place,
                                          from->advice, &from->worst);

      row->details = keep_taken (self, join_taken (export_profile_tasks_figures (from),
                                                   export_profile_tasks_shares (from)));
      row->is_minor = !export_profile_shows_tasks (from);
      set_durations (row, &from->lifetimes, whole);
      row->figures[N_DURATIONS] = from->running_ns;
      row->figures[N_DURATIONS + 1] = from->waiting_ns;
      row->figures[N_DURATIONS + 2] = (gint64)from->n_failed;
      row->figures[N_DURATIONS + 3] = (gint64)(from->n_seen - MIN (from->n_ended, from->n_seen));
    }
}

static void
add_wakes (const Builder *self)
{
  for (guint i = 0; i < self->result->tasks->len; i++)
    {
      const ProfileResultTasks *from = g_ptr_array_index (self->result->tasks, i);
      InspectorProfileRow *row;

      if (from->n_polls == 0)
        continue;
      row = add_row (self, INSPECTOR_PROFILE_WAKES, from->name, &from->place, from->advice,
                     &from->worst);
      row->is_minor = from->n_wakes == 0 && from->n_idle_polls == 0 && from->delays.count == 0;
      row->figures[0] = (gint64)from->n_polls;
      row->figures[1] = (gint64)from->n_idle_polls;
      row->figures[2] = get_share (row->figures[1], row->figures[0]);
      row->figures[3] = (gint64)from->n_wakes;
      row->figures[4] = (gint64)from->n_self_wakes;
      row->figures[5] = histogram_get_quantile (&from->delays, 0.5);
      row->figures[6] = histogram_get_quantile (&from->delays, 0.99);
      row->figures[7] = from->delays.max;
    }
}

static void
add_locks (const Builder *self)
{
  gint64 whole = SUM (self->result->locks, ProfileResultLock, waits);

  for (guint i = 0; i < self->result->locks->len; i++)
    {
      const ProfileResultLock *from = g_ptr_array_index (self->result->locks, i);
      const ProfileResultPlace *waiter =
          from->waiting->len > 0 ? g_ptr_array_index (from->waiting, 0) : NULL;
      InspectorProfileRow *row =
          add_row (self, INSPECTOR_PROFILE_LOCKS, from->name,
                   waiter != NULL ? &waiter->place : NULL, from->advice, &from->worst);

      row->details = keep_taken (
          self, join_taken (export_profile_lock_figures (from), export_profile_holding (from)));
      set_durations (row, &from->waits, whole);
      row->figures[N_DURATIONS] = from->holds.max;
      row->figures[N_DURATIONS + 1] = from->most_waiting;
      row->figures[N_DURATIONS + 2] = (gint64)from->n_pending;
      row->figures[N_DURATIONS + 3] = from->oldest_ns;
    }
}

static void
add_pools (const Builder *self)
{
  gint64 whole = SUM (self->result->pools, ProfileResultPool, waits);

  for (guint i = 0; i < self->result->pools->len; i++)
    {
      const ProfileResultPool *from = g_ptr_array_index (self->result->pools, i);
      const ProfileResultPlace *jobs =
          from->jobs->len > 0 ? g_ptr_array_index (from->jobs, 0) : NULL;
      g_autofree char *name = export_profile_pool_name (from);
      InspectorProfileRow *row = add_row (self, INSPECTOR_PROFILE_POOLS, name,
                                          jobs != NULL ? &jobs->place : NULL, from->advice, NULL);

      row->details = keep_taken (self, export_profile_pool_figures (from));
      set_durations (row, &from->waits, whole);
      row->figures[N_DURATIONS] = histogram_get_quantile (&from->runs, 0.95);
      row->figures[N_DURATIONS + 1] = from->most_running;
      row->figures[N_DURATIONS + 2] = from->most_queued;
      row->figures[N_DURATIONS + 3] = from->full_ns;
    }
}

static void
add_callbacks (const Builder *self)
{
  gint64 whole = SUM (self->result->callbacks, ProfileResultCallback, own);

  for (guint i = 0; i < self->result->callbacks->len; i++)
    {
      const ProfileResultCallback *from = g_ptr_array_index (self->result->callbacks, i);
      InspectorProfileRow *row =
          add_row (self, INSPECTOR_PROFILE_CALLBACKS, export_profile_callback_name (from),
                   &from->place, from->advice, &from->worst);
      char *details = export_profile_callback_detail (from);

      for (guint j = 0; from->stack != NULL && from->stack[j] != NULL; j++)
        details = join_taken (details, export_profile_callback_frame (from, j));
      row->details = keep_taken (self, details);
      row->is_minor = !export_profile_shows_callback (from);
      set_durations (row, &from->own, whole);
      row->figures[N_DURATIONS] = (gint64)from->n_long;
      row->figures[N_DURATIONS + 1] = from->open_ns;
    }
}

static void
add_paths (const Builder *self)
{
  for (guint i = 0; i < self->result->paths->len; i++)
    {
      const ProfileResultPath *from = g_ptr_array_index (self->result->paths, i);
      g_autofree char *name = export_profile_path (from);
      InspectorProfileRow *row = add_row (self, INSPECTOR_PROFILE_PATHS, name, NULL, NULL, NULL);

      row->figures[0] = (gint64)from->count;
      row->figures[1] = (gint64)(from->share * MILLION + 0.5);
      row->figures[2] = from->total_ns;
    }
}

/* ---- Charts ---------------------------------------------------------------------------------- */

static void
add_chart (const Builder *self, const char *title, const Histogram *histogram,
           const ProfileAdvice *advice)
{
  g_autoptr (GArray) bars = export_profile_bars (histogram);
  InspectorProfileBar *kept = g_new0 (InspectorProfileBar, MAX (bars->len, 1));
  InspectorProfileChart chart = { .program = self->program,
                                  .title = keep (self, title),
                                  .advice = keep (self, advice != NULL ? advice->text : NULL),
                                  .n_bars = bars->len,
                                  .bars = kept };

  chart.figures = keep_taken (self, export_profile_figures (histogram));
  for (guint i = 0; i < bars->len; i++)
    {
      const ExportProfileBar *bar = &g_array_index (bars, ExportProfileBar, i);

      kept[i] = (InspectorProfileBar){ keep (self, bar->label), bar->count, bar->is_gap };
    }
  if (histogram->count > 0)
    g_array_append_val (self->figures->charts, chart);
  else
    chart_clear (&chart);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void
add_program (const Builder *self)
{
  g_ptr_array_add (self->figures->programs,
                   (gpointer)keep_taken (self, export_profile_program (self->result)));
  g_ptr_array_add (self->figures->titles,
                   (gpointer)keep_taken (self, export_profile_title (self->result)));
  g_ptr_array_add (self->figures->notes,
                   (gpointer)keep_taken (self, join_taken (export_profile_lost (self->result),
                                                           export_profile_full (self->result))));
  add_operations (self);
  add_tasks (self);
  add_locks (self);
  add_pools (self);
  add_callbacks (self);
  add_wakes (self);
  add_paths (self);
  add_chart (self, _ ("Callbacks, each by itself"), &self->result->polls, NULL);
  add_chart (self, _ ("From being woken to running"), &self->result->delays, NULL);
  add_chart (self, _ ("Timers, how late"), &self->result->lateness, self->result->late_advice);
}

InspectorFigures *
inspector_profile_build_figures (InspectorProfile *profile)
{
  InspectorFigures *self;
  const GPtrArray *results;

  g_return_val_if_fail (INSPECTOR_IS_PROFILE (profile), NULL);

  self = g_object_new (INSPECTOR_TYPE_FIGURES, NULL);
  results = inspector_profile_peek_results (profile);
  for (guint i = 0; i < results->len; i++)
    add_program (&(Builder){ self, g_ptr_array_index (results, i), i });
  return self;
}

/* ---- What they say --------------------------------------------------------------------------- */

guint
inspector_figures_get_n_programs (InspectorFigures *self)
{
  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), 0);
  return self->titles->len;
}

const char *
inspector_figures_get_program (InspectorFigures *self, guint program)
{
  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), NULL);
  return program < self->programs->len ? self->programs->pdata[program] : NULL;
}

const char *
inspector_figures_get_title (InspectorFigures *self, guint program)
{
  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), NULL);
  return program < self->titles->len ? self->titles->pdata[program] : NULL;
}

const char *
inspector_figures_get_note (InspectorFigures *self, guint program)
{
  const char *note;

  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), NULL);
  note = program < self->notes->len ? self->notes->pdata[program] : "";
  return *note != '\0' ? note : NULL;
}

guint
inspector_figures_get_n_rows (InspectorFigures *self, InspectorProfileTable table)
{
  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), 0);
  g_return_val_if_fail ((guint)table < INSPECTOR_PROFILE_N_TABLES, 0);
  return self->rows[table]->len;
}

const InspectorProfileRow *
inspector_figures_get_row (InspectorFigures *self, InspectorProfileTable table, guint index)
{
  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), NULL);
  g_return_val_if_fail ((guint)table < INSPECTOR_PROFILE_N_TABLES, NULL);
  return index < self->rows[table]->len
             ? &g_array_index (self->rows[table], InspectorProfileRow, index)
             : NULL;
}

guint
inspector_figures_get_n_charts (InspectorFigures *self)
{
  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), 0);
  return self->charts->len;
}

const InspectorProfileChart *
inspector_figures_get_chart (InspectorFigures *self, guint index)
{
  g_return_val_if_fail (INSPECTOR_IS_FIGURES (self), NULL);
  return index < self->charts->len ? &g_array_index (self->charts, InspectorProfileChart, index)
                                   : NULL;
}
