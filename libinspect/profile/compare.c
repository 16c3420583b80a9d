/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "profile/compare.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* As few recordings on each side make 1 in 20 the most unlikely order of all. */
#define MIN_RUNS 3
/* All ways to deal so many recordings to two sides are counted; of more, so many ways at random. */
#define MAX_WAYS 200000
#define SIGNIFICANT 0.05
#define NORMAL_95 1.96
#define MIN_MEAN 30 /* samples from which on the mean of any distribution is about normal */

/* ---- Rows ----------------------------------------------------------------------------------- */

static void
histogram_free (gpointer data)
{
  histogram_clear (data);
  g_free (data);
}

static void
row_free (gpointer data)
{
  CompareRow *row = data;

  for (guint i = 0; i < COMPARE_N_SIDES; i++)
    {
      histogram_clear (&row->all[i]);
      g_ptr_array_unref (row->runs[i]);
    }
  finding_place_clear (&row->place);
  g_free (row->key);
  g_free (row->name);
  g_free (row->kind);
  g_free (row->what);
  g_free (row);
}

Compare *
compare_new (void)
{
  Compare *compare = g_new0 (Compare, 1);

  compare->rows = g_ptr_array_new_with_free_func (row_free);
  return compare;
}

void
compare_free (Compare *compare)
{
  g_ptr_array_unref (compare->rows);
  g_free (compare);
}

static CompareRow *
get_row (Compare *compare, char *key)
{
  CompareRow *row;

  for (guint i = 0; i < compare->rows->len; i++)
    {
      row = g_ptr_array_index (compare->rows, i);
      if (g_str_equal (row->key, key))
        {
          g_free (key);
          return row;
        }
    }
  row = g_new0 (CompareRow, 1);
  row->key = key;
  for (guint i = 0; i < COMPARE_N_SIDES; i++)
    row->runs[i] = g_ptr_array_new_with_free_func (histogram_free);
  g_ptr_array_add (compare->rows, row);
  return row;
}

static void
add_run (CompareRow *row, CompareSide side, guint run, const Histogram *from)
{
  while (row->runs[side]->len <= run)
    g_ptr_array_add (row->runs[side], g_new0 (Histogram, 1));
  histogram_merge (g_ptr_array_index (row->runs[side], run), from);
  histogram_merge (&row->all[side], from);
}

static void
set_place (CompareRow *row, const FindingPlace *place)
{
  finding_place_clear (&row->place);
  row->place.function = g_strdup (place->function);
  row->place.where = g_strdup (place->where);
  row->place.text = g_strdup (place->text);
}

/* Lines move from one version of a program to the next; functions and kinds stay. */
static void
add_operation (Compare *compare, CompareSide side, const ProfileResultOperation *operation)
{
  const char *name =
      operation->place.function != NULL ? operation->place.function : operation->kind;
  CompareRow *row =
      get_row (compare, g_strdup_printf ("%u %s %s", (guint)operation->of, name, operation->kind));

  if (row->name == NULL)
    {
      row->name = g_strdup (name);
      row->of = operation->of;
      row->kind = g_strdup (operation->kind);
      row->what = g_strdup (operation->what);
    }
  set_place (row, &operation->place);
  add_run (row, side, compare->n_runs[side], &operation->durations);
}

static void
add_tasks (Compare *compare, CompareSide side, const ProfileResultTasks *tasks)
{
  CompareRow *row;

  if (tasks->lifetimes.count == 0)
    return;
  row = get_row (compare, g_strdup_printf ("task %s", tasks->name));
  if (row->name == NULL)
    {
      row->name = g_strdup_printf ("task %s", tasks->name);
      row->is_tasks = TRUE;
    }
  set_place (row, &tasks->place);
  add_run (row, side, compare->n_runs[side], &tasks->lifetimes);
}

void
compare_add (Compare *compare, CompareSide side, const GPtrArray *results)
{
  for (guint i = 0; i < results->len; i++)
    {
      const ProfileResult *result = g_ptr_array_index (results, i);

      for (guint j = 0; j < result->operations->len; j++)
        add_operation (compare, side, g_ptr_array_index (result->operations, j));
      for (guint j = 0; j < result->tasks->len; j++)
        add_tasks (compare, side, g_ptr_array_index (result->tasks, j));
    }
  compare->n_runs[side]++;
}

gboolean
compare_is_by_runs (const Compare *compare)
{
  return compare->n_runs[COMPARE_BEFORE] >= MIN_RUNS && compare->n_runs[COMPARE_AFTER] >= MIN_RUNS;
}

/* ---- Figures -------------------------------------------------------------------------------- */

static double
get_of_histogram (const Histogram *histogram, ConditionStatistic statistic, double share)
{
  switch (statistic)
    {
    case CONDITION_AVG:
      return histogram_get_mean (histogram);
    case CONDITION_QUANTILE:
      return (double)histogram_get_quantile (histogram, share);
    case CONDITION_MAX:
      return (double)histogram->max;
    case CONDITION_TOTAL:
      return (double)histogram->sum;
    case CONDITION_COUNT:
      break;
    }
  return (double)histogram->count;
}

double
compare_get (const Compare *compare, const CompareRow *row, CompareSide side,
             ConditionStatistic statistic, double share)
{
  double value = get_of_histogram (&row->all[side], statistic, share);

  if (statistic == CONDITION_TOTAL || statistic == CONDITION_COUNT)
    return value / (double)MAX (compare->n_runs[side], 1);
  return value;
}

/* ---- Recordings as wholes ------------------------------------------------------------------- */

static guint
get_runs (const Compare *compare, const CompareRow *row, CompareSide side,
          ConditionStatistic statistic, double share, double *ret_values)
{
  guint n = 0;

  for (guint i = 0; i < compare->n_runs[side]; i++)
    {
      const Histogram empty = { 0 };
      const Histogram *run =
          i < row->runs[side]->len ? g_ptr_array_index (row->runs[side], i) : &empty;

      /* Where it did not run it took no time that could be compared. */
      if (run->count > 0 || statistic == CONDITION_COUNT || statistic == CONDITION_TOTAL)
        ret_values[n++] = get_of_histogram (run, statistic, share);
    }
  return n;
}

static double
sum_of (const double *values, guint n)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += values[i];
  return sum;
}

/* Of all ways to choose @n_left more from @values[@from] on, how many have a sum of at least @limit. */
typedef struct
{
  const double *values;
  guint n;
  double limit;
  guint64 n_ways, n_beyond;
} Ways;

static void
count_ways (Ways *ways, guint from, guint n_left, double sum)
{
  if (n_left == 0)
    {
      ways->n_ways++;
      ways->n_beyond += sum >= ways->limit;
      return;
    }
  for (guint i = from; i + n_left <= ways->n; i++)
    count_ways (ways, i + 1, n_left - 1, sum + ways->values[i]);
}

static void
try_ways (Ways *ways, guint n_chosen)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (ways->n);
  g_autofree double *values = g_memdup2 (ways->values, ways->n * sizeof *ways->values);

  /* The one that there was is one of them. */
  ways->n_ways = ways->n_beyond = 1;
  while (ways->n_ways < MAX_WAYS / 10)
    {
      for (guint i = 0; i < n_chosen; i++)
        {
          guint j = (guint)g_rand_int_range (random, (gint32)i, (gint32)ways->n);
          double swapped = values[i];

          values[i] = values[j];
          values[j] = swapped;
        }
      ways->n_ways++;
      ways->n_beyond += sum_of (values, n_chosen) >= ways->limit;
    }
}

static double
count_of_ways (guint n, guint chosen)
{
  return exp (lgamma (n + 1.0) - lgamma (chosen + 1.0) - lgamma (n - chosen + 1.0));
}

/* Were the recordings of one kind, any way to deal them to both sides would be as likely. How many
 * have a second side as slow as it is, or slower? */
static double
get_chance (const double *values, guint n, guint n_after)
{
  const double *after = values + (n - n_after);
  double sum = sum_of (after, n_after);
  /* What is as slow differs in its last bits with the order of adding. */
  Ways ways = { values, n, sum - fabs (sum) * 1e-12, 0, 0 };

  if (count_of_ways (n, n_after) <= MAX_WAYS)
    count_ways (&ways, 0, n_after, 0);
  else
    try_ways (&ways, n_after);
  return (double)ways.n_beyond / (double)ways.n_ways;
}

static CompareVerdict
test_runs (const Compare *compare, const CompareRow *row, ConditionStatistic statistic,
           double share)
{
  guint n_all = compare->n_runs[COMPARE_BEFORE] + compare->n_runs[COMPARE_AFTER];
  g_autofree double *values = g_new (double, n_all);
  guint n_before = get_runs (compare, row, COMPARE_BEFORE, statistic, share, values);
  guint n_after = get_runs (compare, row, COMPARE_AFTER, statistic, share, values + n_before);

  if (n_before < MIN_RUNS || n_after < MIN_RUNS)
    return COMPARE_UNKNOWN;
  if (get_chance (values, n_before + n_after, n_after) <= SIGNIFICANT)
    return COMPARE_SLOWER;
  for (guint i = 0; i < n_before + n_after; i++)
    values[i] = -values[i];
  if (get_chance (values, n_before + n_after, n_after) <= SIGNIFICANT)
    return COMPARE_FASTER;
  return COMPARE_CHANCE;
}

/* ---- Samples within recordings -------------------------------------------------------------- */

typedef struct
{
  double low, high;
} Interval;

/* Between which samples the quantile of all that there could have been lies, in 95 of 100 cases,
 * whatever their distribution: by the binomial distribution of how many lie below it. */
static gboolean
get_interval (const Histogram *histogram, ConditionStatistic statistic, double share,
              Interval *ret_interval)
{
  double n = (double)histogram->count;
  double middle = n * share, spread = NORMAL_95 * sqrt (n * share * (1 - share));

  if (statistic == CONDITION_AVG)
    {
      double mean = histogram_get_mean (histogram);
      double variance = n > 1 ? (histogram->squares - n * mean * mean) / (n - 1) : 0;
      double error = NORMAL_95 * sqrt (MAX (variance, 0) / MAX (n, 1));

      *ret_interval = (Interval){ mean - error, mean + error };
      return n >= MIN_MEAN;
    }
  if (statistic != CONDITION_QUANTILE || floor (middle - spread) < 1 ||
      ceil (middle + spread) + 1 > n)
    return FALSE;
  *ret_interval = (Interval){
    (double)histogram_get_rank (histogram, (guint64)floor (middle - spread)) *
        (1 - HISTOGRAM_MAX_ERROR),
    (double)histogram_get_rank (histogram, (guint64)ceil (middle + spread) + 1) *
        (1 + HISTOGRAM_MAX_ERROR),
  };
  return TRUE;
}

static CompareVerdict
test_samples (const CompareRow *row, ConditionStatistic statistic, double share)
{
  Interval before, after;

  if (!get_interval (&row->all[COMPARE_BEFORE], statistic, share, &before) ||
      !get_interval (&row->all[COMPARE_AFTER], statistic, share, &after))
    return COMPARE_UNKNOWN;
  if (after.low > before.high)
    return COMPARE_SLOWER;
  if (after.high < before.low)
    return COMPARE_FASTER;
  return COMPARE_CHANCE;
}

CompareVerdict
compare_test (const Compare *compare, const CompareRow *row, ConditionStatistic statistic,
              double share)
{
  return compare_is_by_runs (compare) ? test_runs (compare, row, statistic, share)
                                      : test_samples (row, statistic, share);
}

/* ---- Conditions ----------------------------------------------------------------------------- */

typedef struct
{
  const Compare *compare;
  gboolean even_chance;
  GArray *outcomes;
} Check;

/* What would be compared is there. */
static gboolean
can_compare (const CompareRow *row, const ConditionComparison *comparison, GError **error)
{
  gboolean needs_time =
      comparison->statistic != CONDITION_COUNT && comparison->statistic != CONDITION_TOTAL;
  gboolean has_before = row->all[COMPARE_BEFORE].count > 0;
  gboolean has_after = row->all[COMPARE_AFTER].count > 0;

  if ((has_after || !needs_time) && (has_before || !comparison->is_ratio))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               has_before ? _ ("'%s' cannot be told: %s did not end once on the second side")
                          : _ ("'%s' cannot be told: %s did not end once on the first side"),
               comparison->text, row->name);
  return FALSE;
}

static gboolean
check_row (Check *check, const CompareRow *row, const ConditionComparison *comparison,
           gboolean *ret_holds, GError **error)
{
  CompareOutcome outcome = { .row = row, .comparison = comparison };
  gboolean wants_more = comparison->op == CONDITION_ABOVE || comparison->op == CONDITION_AT_LEAST;

  if (!can_compare (row, comparison, error))
    return FALSE;
  outcome.before =
      compare_get (check->compare, row, COMPARE_BEFORE, comparison->statistic, comparison->share);
  outcome.after =
      compare_get (check->compare, row, COMPARE_AFTER, comparison->statistic, comparison->share);
  outcome.is_beyond = condition_compare (comparison, outcome.after, outcome.before);
  outcome.verdict = compare_test (check->compare, row, comparison->statistic, comparison->share);
  /* A limit in time is what it is; that one side is more than the other may be chance. */
  outcome.holds =
      outcome.is_beyond && (check->even_chance || !comparison->is_ratio ||
                            outcome.verdict == (wants_more ? COMPARE_SLOWER : COMPARE_FASTER));
  g_array_append_val (check->outcomes, outcome);
  *ret_holds = *ret_holds || outcome.holds;
  return TRUE;
}

/* A name stands for what its function waits for, and for its timeouts only where there is nothing
 * else. */
static gboolean
is_meant (const CompareRow *row, GPatternSpec *pattern, gboolean with_sleeps)
{
  return g_pattern_spec_match_string (pattern, row->name) &&
         (row->is_tasks || (row->of == PROFILE_OPERATION_SLEEP) == with_sleeps);
}

/* Of several that are meant, those count that can be compared; there has to be one. */
static guint
check_rows (Check *check, const ConditionComparison *comparison, gboolean with_sleeps,
            gboolean *ret_holds, GError **error)
{
  g_autoptr (GPatternSpec) pattern = g_pattern_spec_new (comparison->name);
  guint n = 0;

  for (guint i = 0; i < check->compare->rows->len; i++)
    {
      const CompareRow *row = g_ptr_array_index (check->compare->rows, i);

      if (!is_meant (row, pattern, with_sleeps))
        continue;
      n += check_row (check, row, comparison, ret_holds,
                      error != NULL && *error == NULL ? error : NULL);
    }
  if (n > 0)
    g_clear_error (error);
  return n;
}

static gboolean
check_comparison (gpointer data, const ConditionComparison *comparison, gboolean *ret_holds,
                  GError **error)
{
  GError *failure = NULL;

  *ret_holds = FALSE;
  if (check_rows (data, comparison, FALSE, ret_holds, &failure) > 0 ||
      (failure == NULL && check_rows (data, comparison, TRUE, ret_holds, &failure) > 0))
    return TRUE;
  if (failure == NULL)
    failure = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _ ("'%s' cannot be told: no operation is called '%s' on either side; "
                              "tasks are called 'task NAME'"),
                           comparison->text, comparison->name);
  g_propagate_error (error, failure);
  return FALSE;
}

gboolean
compare_check (const Compare *compare, const Condition *condition, gboolean even_chance,
               GArray *outcomes, gboolean *ret_holds, GError **error)
{
  Check check = { compare, even_chance, outcomes };

  return condition_evaluate (condition, check_comparison, &check, ret_holds, error);
}
