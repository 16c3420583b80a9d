/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Percentiles from counters: how far they may be off, and what is exact. */

#include "profile/histogram.h"

#include <math.h>
#include <stdlib.h>

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return x < y ? -1 : x > y;
}

static void
assert_near (gint64 value, gint64 expected)
{
  gint64 allowed = (gint64)((double)expected * HISTOGRAM_MAX_ERROR) + 1;

  g_assert_cmpint (llabs (value - expected), <=, allowed);
}

static void
test_empty (void)
{
  Histogram histogram = { 0 };

  g_assert_cmpint (histogram_get_quantile (&histogram, 0.99), ==, 0);
  g_assert_cmpfloat (histogram_get_mean (&histogram), ==, 0);
  g_assert_cmpuint (histogram_count_between (&histogram, 0, G_MAXINT64), ==, 0);
  histogram_clear (&histogram);
}

static void
test_small_is_exact (void)
{
  Histogram histogram = { 0 };

  for (gint64 i = 0; i < 64; i++)
    histogram_add (&histogram, i);
  for (guint64 i = 1; i <= 64; i++)
    g_assert_cmpint (histogram_get_rank (&histogram, i), ==, (gint64)i - 1);
  histogram_clear (&histogram);
}

/* 95 of 100 is the 95th, not the 96th, though 0.95 is no binary number. */
static void
test_nearest_rank (void)
{
  Histogram histogram = { 0 };

  for (gint64 i = 1; i <= 60; i++)
    histogram_add (&histogram, i);
  g_assert_cmpint (histogram_get_quantile (&histogram, 0.5), ==, 30);
  g_assert_cmpint (histogram_get_quantile (&histogram, 0.95), ==, 57);
  g_assert_cmpint (histogram_get_quantile (&histogram, 0), ==, 1);
  g_assert_cmpint (histogram_get_quantile (&histogram, 1), ==, 60);
  g_assert_cmpint (histogram_get_quantile (&histogram, 7), ==, 60);
  histogram_clear (&histogram);
}

/* Against sorted values, over twelve powers of ten. */
static void
test_error_is_bounded (void)
{
  enum
  {
    N = 20000
  };
  g_autofree gint64 *values = g_new (gint64, N);
  g_autoptr (GRand) random = g_rand_new_with_seed (4711);
  Histogram histogram = { 0 };
  gint64 sum = 0;

  for (guint i = 0; i < N; i++)
    {
      values[i] = (gint64)pow (10, g_rand_double_range (random, 0, 12));
      sum += values[i];
      histogram_add (&histogram, values[i]);
    }
  qsort (values, N, sizeof *values, compare);
  for (guint i = 1; i <= N; i += 7)
    assert_near (histogram_get_rank (&histogram, i), values[i - 1]);
  g_assert_cmpint (histogram.min, ==, values[0]);
  g_assert_cmpint (histogram.max, ==, values[N - 1]);
  g_assert_cmpint (histogram.sum, ==, sum);
  g_assert_cmpint (histogram_get_rank (&histogram, N), ==, values[N - 1]);
  histogram_clear (&histogram);
}

static void
test_merge_is_adding (void)
{
  Histogram a = { 0 }, b = { 0 }, both = { 0 };

  for (gint64 i = 1; i < 5000; i += 3)
    {
      histogram_add (i % 2 == 0 ? &a : &b, i * i);
      histogram_add (&both, i * i);
    }
  histogram_merge (&a, &b);
  g_assert_cmpuint (a.count, ==, both.count);
  g_assert_cmpint (a.min, ==, both.min);
  for (guint i = 0; i <= 100; i++)
    g_assert_cmpint (histogram_get_quantile (&a, i / 100.0), ==,
                     histogram_get_quantile (&both, i / 100.0));
  histogram_clear (&a);
  histogram_clear (&b);
  histogram_clear (&both);
}

static void
test_octaves_are_exact (void)
{
  Histogram histogram = { 0 };

  histogram_add (&histogram, 1023);
  histogram_add (&histogram, 1024);
  histogram_add (&histogram, 4095);
  histogram_add (&histogram, 4096);
  g_assert_cmpuint (histogram_count_between (&histogram, 0, 1024), ==, 1);
  g_assert_cmpuint (histogram_count_between (&histogram, 1024, 4096), ==, 2);
  g_assert_cmpuint (histogram_count_between (&histogram, 4096, 8192), ==, 1);
  histogram_clear (&histogram);
}

/* A clock that runs backwards, a wait from before the world: nothing is written out of bounds. */
static void
test_hostile_values (void)
{
  Histogram histogram = { 0 };

  histogram_add (&histogram, -5);
  histogram_add (&histogram, G_MININT64);
  histogram_add (&histogram, G_MAXINT64);
  histogram_add (&histogram, G_MAXINT64);
  g_assert_cmpint (histogram.min, ==, 0);
  g_assert_cmpint (histogram.max, ==, G_MAXINT64);
  g_assert_cmpint (histogram.sum, ==, G_MAXINT64);
  g_assert_cmpint (histogram_get_rank (&histogram, 2), ==, 0);
  g_assert_cmpint (histogram_get_rank (&histogram, 3), >, G_GINT64_CONSTANT (1) << 60);
  histogram_clear (&histogram);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/histogram/empty-says-nothing", test_empty);
  g_test_add_func ("/histogram/small-values-are-exact", test_small_is_exact);
  g_test_add_func ("/histogram/percentiles-are-of-the-nearest-rank", test_nearest_rank);
  g_test_add_func ("/histogram/error-is-below-what-is-stated", test_error_is_bounded);
  g_test_add_func ("/histogram/merging-is-adding", test_merge_is_adding);
  g_test_add_func ("/histogram/octaves-are-exact", test_octaves_are_exact);
  g_test_add_func ("/histogram/hostile-values", test_hostile_values);
  return g_test_run ();
}
