/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Slower, faster, or chance: of samples whose distribution is known. */

#include "profile/compare.h"

#include <math.h>
#include <string.h>

#define MS(n) ((gint64)((n)*1000000))

static Compare *
new_compare (void)
{
  return compare_new ();
}

/* A recording of one operation: @n samples, about as log-normal as programs are. */
static void
add_recording (Compare *compare, CompareSide side, const char *name, guint n, double median_ms,
               GRand *random)
{
  ProfileResult *result = profile_result_new ();
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (profile_result_unref);
  ProfileResultOperation *operation = g_new0 (ProfileResultOperation, 1);

  operation->name = g_strdup (name);
  operation->place.function = g_strdup (name);
  operation->place.where = g_strdup ("a.c:1");
  operation->kind = g_strdup ("t.wait");
  for (guint i = 0; i < n; i++)
    {
      /* The sum of twelve is about normal. */
      double normal = -6;

      for (guint j = 0; j < 12; j++)
        normal += g_rand_double (random);
      histogram_add (&operation->durations, MS (median_ms * exp (normal * 0.5)));
    }
  g_ptr_array_add (result->operations, operation);
  g_ptr_array_add (results, result);
  compare_add (compare, side, results);
}

static CompareVerdict
verdict (const Compare *compare, ConditionStatistic statistic, double share)
{
  return compare_test (compare, g_ptr_array_index (compare->rows, 0), statistic, share);
}

static void
test_samples (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  Compare *compare = new_compare ();

  add_recording (compare, COMPARE_BEFORE, "f", 2000, 100, random);
  add_recording (compare, COMPARE_AFTER, "f", 2000, 130, random);
  g_assert_false (compare_is_by_runs (compare));
  g_assert_cmpint (verdict (compare, CONDITION_QUANTILE, .5), ==, COMPARE_SLOWER);
  g_assert_cmpint (verdict (compare, CONDITION_AVG, 0), ==, COMPARE_SLOWER);
  /* Nothing is known of how the largest of all is distributed. */
  g_assert_cmpint (verdict (compare, CONDITION_MAX, 0), ==, COMPARE_UNKNOWN);
  compare_free (compare);

  compare = new_compare ();
  add_recording (compare, COMPARE_BEFORE, "f", 2000, 130, random);
  add_recording (compare, COMPARE_AFTER, "f", 2000, 100, random);
  g_assert_cmpint (verdict (compare, CONDITION_QUANTILE, .5), ==, COMPARE_FASTER);
  compare_free (compare);
}

/* Of a hundred comparisons of a thing with itself no more than a few may find a change: intervals that
 * do not meet are much rarer than 1 in 20. */
static void
test_no_false_alarm (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  guint n_found = 0;

  for (guint i = 0; i < 100; i++)
    {
      Compare *compare = new_compare ();

      add_recording (compare, COMPARE_BEFORE, "f", 400, 100, random);
      add_recording (compare, COMPARE_AFTER, "f", 400, 100, random);
      n_found += verdict (compare, CONDITION_QUANTILE, .5) != COMPARE_CHANCE;
      n_found += verdict (compare, CONDITION_QUANTILE, .95) != COMPARE_CHANCE;
      compare_free (compare);
    }
  g_assert_cmpuint (n_found, <=, 6);
}

static void
test_too_few (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  Compare *compare = new_compare ();

  add_recording (compare, COMPARE_BEFORE, "f", 50, 100, random);
  add_recording (compare, COMPARE_AFTER, "f", 50, 1000, random);
  g_assert_cmpint (verdict (compare, CONDITION_QUANTILE, .5), ==, COMPARE_SLOWER);
  g_assert_cmpint (verdict (compare, CONDITION_QUANTILE, .99), ==, COMPARE_UNKNOWN);
  compare_free (compare);
}

static void
add_runs (Compare *compare, CompareSide side, const double *medians, guint n)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4);

  for (guint i = 0; i < n; i++)
    add_recording (compare, side, "f", 1, medians[i], random);
}

/* Three against three: all of the second above all of the first is 1 way of 20; one that is not, 2. */
static void
test_runs (void)
{
  static const double low[] = { 10, 11, 12 }, high[] = { 20, 21, 22 }, mixed[] = { 20, 21, 1 };
  Compare *compare = new_compare ();

  add_runs (compare, COMPARE_BEFORE, low, 3);
  add_runs (compare, COMPARE_AFTER, high, 3);
  g_assert_true (compare_is_by_runs (compare));
  g_assert_cmpint (verdict (compare, CONDITION_AVG, 0), ==, COMPARE_SLOWER);
  compare_free (compare);

  compare = new_compare ();
  add_runs (compare, COMPARE_BEFORE, high, 3);
  add_runs (compare, COMPARE_AFTER, low, 3);
  g_assert_cmpint (verdict (compare, CONDITION_AVG, 0), ==, COMPARE_FASTER);
  compare_free (compare);

  compare = new_compare ();
  add_runs (compare, COMPARE_BEFORE, low, 3);
  add_runs (compare, COMPARE_AFTER, mixed, 3);
  g_assert_cmpint (verdict (compare, CONDITION_AVG, 0), ==, COMPARE_CHANCE);
  compare_free (compare);
}

/* More recordings than all ways can be counted of: drawn at random, the same each time. */
static void
test_many_runs (void)
{
  double before[14], after[14];
  Compare *compare = new_compare ();

  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    {
      before[i] = 100 + (i * 7) % 14;
      after[i] = 110 + (i * 5) % 14;
    }
  add_runs (compare, COMPARE_BEFORE, before, 14);
  add_runs (compare, COMPARE_AFTER, before, 14);
  g_assert_cmpint (verdict (compare, CONDITION_AVG, 0), ==, COMPARE_CHANCE);
  compare_free (compare);

  compare = new_compare ();
  add_runs (compare, COMPARE_BEFORE, before, 14);
  add_runs (compare, COMPARE_AFTER, after, 14);
  g_assert_cmpint (verdict (compare, CONDITION_COUNT, 0), ==, COMPARE_CHANCE);
  compare_free (compare);
}

/* ---- Conditions ----------------------------------------------------------------------------- */

static gboolean
holds (Compare *compare, const char *text, gboolean even_chance, char **ret_error)
{
  g_autoptr (GArray) outcomes = g_array_new (FALSE, FALSE, sizeof (CompareOutcome));
  g_autoptr (GError) error = NULL;
  Condition *condition = condition_parse (text, &error);
  gboolean value = FALSE;

  g_assert_no_error (error);
  if (!compare_check (compare, condition, even_chance, outcomes, &value, &error))
    {
      g_assert_nonnull (ret_error);
      *ret_error = g_strdup (error->message);
    }
  condition_free (condition);
  return value;
}

static void
test_conditions (void)
{
  static const double low[] = { 10, 11, 12 }, high[] = { 20, 21, 22 }, mixed[] = { 40, 41, 1 };
  Compare *slower = new_compare (), *chance = new_compare ();
  g_autofree char *error = NULL;

  add_runs (slower, COMPARE_BEFORE, low, 3);
  add_runs (slower, COMPARE_AFTER, high, 3);
  add_runs (chance, COMPARE_BEFORE, low, 3);
  add_runs (chance, COMPARE_AFTER, mixed, 3);
  g_assert_true (holds (slower, "avg(f) > 1.5x", FALSE, NULL));
  g_assert_false (holds (slower, "avg(f) > 3x", FALSE, NULL));
  g_assert_true (holds (slower, "avg(?) > 1.5x and count(f) >= 1", FALSE, NULL));
  /* It is beyond the limit, and may be so by chance. */
  g_assert_false (holds (chance, "avg(f) > 1.5x", FALSE, NULL));
  g_assert_true (holds (chance, "avg(f) > 1.5x", TRUE, NULL));
  /* A limit in time needs no second side. */
  g_assert_true (holds (chance, "max(f) > 20ms", FALSE, NULL));
  g_assert_false (holds (slower, "avg(g) > 1x", FALSE, &error));
  g_assert_nonnull (strstr (error, "no operation is called 'g'"));
  compare_free (slower);
  compare_free (chance);
}

static void
test_one_side (void)
{
  static const double low[] = { 10 };
  Compare *compare = new_compare ();
  g_autofree char *error = NULL;

  add_runs (compare, COMPARE_BEFORE, low, 1);
  compare->n_runs[COMPARE_AFTER]++;
  g_assert_false (holds (compare, "avg(f) > 1.5x", FALSE, &error));
  g_assert_nonnull (strstr (error, "did not end once on the second side"));
  g_assert_true (holds (compare, "count(f) < 1", FALSE, NULL));
  compare_free (compare);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compare/samples-tell-slower-from-faster", test_samples);
  g_test_add_func ("/compare/the-same-is-no-change", test_no_false_alarm);
  g_test_add_func ("/compare/too-few-samples-are-said", test_too_few);
  g_test_add_func ("/compare/three-recordings-are-compared-as-wholes", test_runs);
  g_test_add_func ("/compare/many-recordings", test_many_runs);
  g_test_add_func ("/compare/conditions-need-more-than-chance", test_conditions);
  g_test_add_func ("/compare/condition-on-what-is-not-there", test_one_side);
  return g_test_run ();
}
