/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Conditions as people write them, rightly and wrongly. */

#include "profile/condition.h"

#include <string.h>

typedef struct
{
  const char *text;
  ConditionStatistic statistic;
  double share;
  const char *name;
  ConditionOperator op;
  gboolean is_ratio;
  double value;
} GoodCase;

static const GoodCase good[] = {
  { "p99(fetch_posts) > 1.2x", CONDITION_QUANTILE, .99, "fetch_posts", CONDITION_ABOVE, TRUE, 1.2 },
  { " p99.9 ( a b ) >= 300ms ", CONDITION_QUANTILE, .999, "a b", CONDITION_AT_LEAST, FALSE, 3e8 },
  { "avg(x)<20%", CONDITION_AVG, 0, "x", CONDITION_BELOW, TRUE, 1.2 },
  { "mean(x) <= -10%", CONDITION_AVG, 0, "x", CONDITION_AT_MOST, TRUE, .9 },
  { "median(x) > 2s", CONDITION_QUANTILE, .5, "x", CONDITION_ABOVE, FALSE, 2e9 },
  { "max(operator()) > 1.5us", CONDITION_MAX, 0, "operator()", CONDITION_ABOVE, FALSE, 1500 },
  { "total('a) or (b') > 1m", CONDITION_TOTAL, 0, "a) or (b", CONDITION_ABOVE, FALSE, 60e9 },
  { "count(\"fetch_*\") > 10", CONDITION_COUNT, 0, "fetch_*", CONDITION_ABOVE, FALSE, 10 },
  { "count(x) > 2x", CONDITION_COUNT, 0, "x", CONDITION_ABOVE, TRUE, 2 },
  { "P50(X) > 1ns", CONDITION_QUANTILE, .5, "X", CONDITION_ABOVE, FALSE, 1 },
  { "p100(x) > 3µs", CONDITION_QUANTILE, 1, "x", CONDITION_ABOVE, FALSE, 3000 },
};

static gboolean
note (gpointer data, const ConditionComparison *comparison, gboolean *ret_holds, GError **error)
{
  *(const ConditionComparison **)data = comparison;
  *ret_holds = TRUE;
  return TRUE;
}

static void
test_good (gconstpointer data)
{
  const GoodCase *expected = data;
  const ConditionComparison *comparison = NULL;
  g_autoptr (GError) error = NULL;
  Condition *condition = condition_parse (expected->text, &error);
  gboolean holds;

  g_assert_no_error (error);
  g_assert_true (condition_evaluate (condition, note, &comparison, &holds, &error));
  g_assert_cmpint (comparison->statistic, ==, expected->statistic);
  g_assert_cmpfloat_with_epsilon (comparison->share, expected->share, 1e-12);
  g_assert_cmpstr (comparison->name, ==, expected->name);
  g_assert_cmpint (comparison->op, ==, expected->op);
  g_assert_cmpint (comparison->is_ratio, ==, expected->is_ratio);
  g_assert_cmpfloat_with_epsilon (comparison->value, expected->value, 1e-6);
  condition_free (condition);
}

typedef struct
{
  const char *text;
  const char *says;
  guint at;
} BadCase;

static const BadCase bad[] = {
  { "", "a statistic is missing", 1 },
  { "   ", "a statistic is missing", 4 },
  { "p99", "a '(' is missing", 4 },
  { "p99(x", "no ')'", 5 },
  { "p99('x) > 1x", "quotes", 5 },
  { "p99('x' y) > 1x", "after the name", 9 },
  { "p99() > 1x", "name of an operation is missing", 5 },
  { "foo(x) > 1x", "'foo' is no statistic", 1 },
  { "p101(x) > 1x", "'p101' is no statistic", 1 },
  { "p(x) > 1x", "'p' is no statistic", 1 },
  { "p99(x) 1x", "> >= < <=", 8 },
  { "p99(x) == 1x", "> >= < <=", 8 },
  { "p99(x) >", "a number is missing", 9 },
  { "p99(x) > x", "a number is missing", 10 },
  { "p99(x) > nan", "a number is missing", 10 },
  { "p99(x) > 1e999x", "a number is missing", 10 },
  { "p99(x) > 3", "no unit", 11 },
  { "p99(x) > 3 ms", "no unit", 11 },
  { "p99(x) > 3h", "'h' is no unit", 11 },
  { "p99(x) < -200%", "less than 100 %", 14 },
  { "count(x) > 3ms", "unit of a count", 13 },
  { "p99(x) > 1x and", "a statistic is missing", 16 },
  { "p99(x) > 1x, p50(x) > 1x", "no unit", 11 },
  { "p99(x) > 1x nonsense", "'nonsense' is too much", 13 },
  { "p99(x) > 1x order", "'order' is too much", 13 },
  { "(p99(x) > 1x", "a ')' is missing", 13 },
  { "p99(x) > 1x)", "')' is too much", 12 },
  { "p99(\xff) > 1x", "not valid UTF-8", 0 },
};

static void
test_bad (gconstpointer data)
{
  const BadCase *expected = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *at = g_strdup_printf ("(at character %u)", expected->at);

  g_assert_null (condition_parse (expected->text, &error));
  g_assert_nonnull (error);
  if (strstr (expected->text, ", p50") == NULL)
    g_assert_nonnull (strstr (error->message, expected->says));
  if (expected->at > 0 && strstr (expected->text, ", p50") == NULL)
    g_assert_nonnull (strstr (error->message, at));
  g_assert_null (strchr (error->message, '\n'));
}

/* A comparison holds when its name is "t". */
static gboolean
by_name (gpointer data, const ConditionComparison *comparison, gboolean *ret_holds, GError **error)
{
  guint *n = data;

  (*n)++;
  *ret_holds = g_str_equal (comparison->name, "t");
  return TRUE;
}

static void
assert_value (const char *text, gboolean expected, guint n_asked)
{
  g_autoptr (GError) error = NULL;
  Condition *condition = condition_parse (text, &error);
  gboolean holds = !expected;
  guint n = 0;

  g_assert_no_error (error);
  g_assert_true (condition_evaluate (condition, by_name, &n, &holds, &error));
  g_assert_cmpint (holds, ==, expected);
  g_assert_cmpuint (n, ==, n_asked);
  condition_free (condition);
}

static void
test_joined (void)
{
#define T "p50(t) > 1x"
#define F "p50(f) > 1x"
  assert_value (T, TRUE, 1);
  assert_value (T " and " F, FALSE, 2);
  assert_value (F " or " T, TRUE, 2);
  assert_value (T " or " T " and " F, TRUE, 3);
  assert_value ("(" T " or " T ") and " F, FALSE, 3);
  assert_value (F "&&" T "||" T, TRUE, 3);
  assert_value ("((" T "))", TRUE, 1);
}

static void
test_depth (void)
{
  g_autofree char *deep = g_strnfill (100000, '(');
  g_autoptr (GError) error = NULL;

  g_assert_null (condition_parse (deep, &error));
  g_assert_nonnull (strstr (error->message, "too deep"));
}

static void
test_limits (void)
{
  const ConditionComparison above = { .op = CONDITION_ABOVE, .is_ratio = TRUE, .value = 1.2 };
  const ConditionComparison at_most = { .op = CONDITION_AT_MOST, .value = 5 };

  g_assert_false (condition_compare (&above, 120, 100));
  g_assert_true (condition_compare (&above, 121, 100));
  g_assert_true (condition_compare (&at_most, 5, 0));
  g_assert_false (condition_compare (&at_most, 6, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *path = g_strdup_printf ("/condition/is-read/%u", i);

      g_test_add_data_func (path, &good[i], test_good);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = g_strdup_printf ("/condition/says-what-is-wrong-and-where/%u", i);

      g_test_add_data_func (path, &bad[i], test_bad);
    }
  g_test_add_func ("/condition/and-binds-closer-than-or", test_joined);
  g_test_add_func ("/condition/parentheses-have-a-limit", test_depth);
  g_test_add_func ("/condition/limits", test_limits);
  return g_test_run ();
}
