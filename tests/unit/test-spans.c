/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The columns of what a task did: sums over any stretch of time are exact, and may be asked for while
 * more is added. */

#include "model/spans.h"

#include <string.h>

#define STRIDE MODEL_N_SPAN_STATES

typedef struct
{
  gint64 at_ns;
  ModelSpanState state;
} Change;

/* The same, by counting. */
static void
count (const Change *changes, guint n, gint64 from_ns, gint64 to_ns, gint64 now_ns, gint64 *ret_ns)
{
  memset (ret_ns, 0, STRIDE * sizeof *ret_ns);
  for (guint i = 0; i < n; i++)
    {
      gint64 end_ns = i + 1 < n ? changes[i + 1].at_ns : now_ns;
      gint64 common_ns = MIN (end_ns, to_ns) - MAX (changes[i].at_ns, from_ns);

      if (common_ns > 0)
        ret_ns[changes[i].state] += common_ns;
    }
}

/* Each differs from the one before, or it would be none. */
static ModelSpans *
make_random (Change *changes, guint n, GRand *rand)
{
  ModelSpans *spans = model_spans_new ();
  gint64 at_ns = 1000;

  for (guint i = 0; i < n; i++)
    {
      ModelSpanState before = i > 0 ? changes[i - 1].state : MODEL_SPAN_NONE;

      changes[i].at_ns = at_ns += g_rand_int_range (rand, 1, 100);
      changes[i].state =
          (ModelSpanState)((before + (guint)g_rand_int_range (rand, 1, STRIDE)) % STRIDE);
      model_spans_add (spans, at_ns, changes[i].state, 7, 9);
    }
  return spans;
}

static void
test_sums_are_exact (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (47);

  for (guint n = 1; n < 2000; n = n * 2 + 1)
    {
      g_autofree Change *changes = g_new (Change, n);
      ModelSpans *spans = make_random (changes, n, rand);
      gint64 now_ns = changes[n - 1].at_ns + 50;

      for (guint round = 0; round < 200; round++)
        {
          gint64 from_ns = g_rand_int_range (rand, 0, (gint32)now_ns + 200), wanted[STRIDE];
          gint64 to_ns = from_ns + g_rand_int_range (rand, 1, 5000), got[STRIDE] = { 0 };

          count (changes, n, from_ns, to_ns, now_ns, wanted);
          model_spans_sum (spans, from_ns, to_ns, 1, now_ns, got);
          g_assert_cmpmem (got, sizeof got, wanted, sizeof wanted);
        }
      model_spans_free (spans);
    }
}

/* However they are cut, columns add up to the whole: nothing falls between two of them. */
static void
test_columns_add_up (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  Change changes[500];
  ModelSpans *spans = make_random (changes, 500, rand);
  gint64 now_ns = changes[499].at_ns, whole[STRIDE] = { 0 };

  model_spans_sum (spans, 500, now_ns + 100, 1, now_ns, whole);
  for (guint n = 1; n < 400; n += 13)
    {
      g_autofree gint64 *columns = g_new0 (gint64, n * STRIDE);
      gint64 sum[STRIDE] = { 0 };

      model_spans_sum (spans, 500, now_ns + 100, n, now_ns, columns);
      for (guint i = 0; i < n * STRIDE; i++)
        sum[i % STRIDE] += columns[i];
      g_assert_cmpmem (sum, sizeof sum, whole, sizeof whole);
    }
  model_spans_free (spans);
}

static void
test_spans_are_found (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  Change changes[777];
  ModelSpans *spans = make_random (changes, 777, rand);
  guint64 found;

  g_assert_cmpuint (model_spans_get_n (spans), ==, 777);
  g_assert_false (model_spans_find (spans, changes[0].at_ns - 1, &found));
  for (guint i = 0; i < 777; i++)
    {
      ModelSpan span;

      g_assert_true (model_spans_find (spans, changes[i].at_ns, &found));
      model_spans_get (spans, found, &span);
      g_assert_cmpint (span.begin_ns, ==, changes[i].at_ns);
      model_spans_get (spans, i, &span);
      g_assert_cmpint (span.state, ==, changes[i].state);
      g_assert_cmpint (span.end_ns, ==, i < 776 ? changes[i + 1].at_ns : G_MAXINT64);
      g_assert_cmpuint (span.kind, ==, 7);
      g_assert_cmpuint (span.location, ==, 9);
    }
  model_spans_free (spans);
}

static void
test_no_change_is_no_span (void)
{
  ModelSpans *spans = model_spans_new ();

  model_spans_add (spans, 10, MODEL_SPAN_WAITING, 3, G_MAXUINT32);
  model_spans_add (spans, 20, MODEL_SPAN_WAITING, 3, G_MAXUINT32);
  g_assert_cmpuint (model_spans_get_n (spans), ==, 1);
  model_spans_add (spans, 20, MODEL_SPAN_WAITING, 4, G_MAXUINT32);
  g_assert_cmpuint (model_spans_get_n (spans), ==, 2);
  /* In no time it is something else. */
  model_spans_add (spans, 20, MODEL_SPAN_BLOCKED, 5, 0);
  g_assert_cmpuint (model_spans_get_n (spans), ==, 2);
  model_spans_free (spans);
}

/* A clock that goes back is hostile input, too. */
static void
test_time_that_goes_back (void)
{
  ModelSpans *spans = model_spans_new ();
  gint64 sum[STRIDE] = { 0 };

  model_spans_add (spans, 100, MODEL_SPAN_RUNNING, 0, 0);
  model_spans_add (spans, 50, MODEL_SPAN_WAITING, 1, 0);
  model_spans_sum (spans, 0, 200, 1, 200, sum);
  g_assert_cmpint (sum[MODEL_SPAN_RUNNING], ==, 0);
  g_assert_cmpint (sum[MODEL_SPAN_WAITING], ==, 100);
  model_spans_free (spans);
}

#define N_LIVE 400000u

static gpointer
add_many (gpointer data)
{
  for (guint i = 0; i < N_LIVE; i++)
    model_spans_add (data, (gint64)i * 10, i % 2 != 0 ? MODEL_SPAN_RUNNING : MODEL_SPAN_WAITING, 0,
                     0);
  return NULL;
}

/* What is seen meanwhile is a whole beginning of it. */
static void
test_read_while_more_is_added (void)
{
  ModelSpans *spans = model_spans_new ();
  GThread *adder = g_thread_new ("adder", add_many, spans);
  guint64 n;

  do
    {
      gint64 sum[STRIDE] = { 0 }, until_ns;

      n = model_spans_get_n (spans);
      if (n < 2)
        continue;
      until_ns = (gint64)(n - 1) / 2 * 2 * 10;
      model_spans_sum (spans, 0, until_ns, 1, G_MAXINT64 / 4, sum);
      g_assert_cmpint (sum[MODEL_SPAN_RUNNING], ==, until_ns / 2);
      g_assert_cmpint (sum[MODEL_SPAN_WAITING], ==, until_ns / 2);
    }
  while (n < N_LIVE);
  g_thread_join (adder);
  model_spans_free (spans);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spans/sums-are-exact", test_sums_are_exact);
  g_test_add_func ("/spans/columns-add-up", test_columns_add_up);
  g_test_add_func ("/spans/are-found", test_spans_are_found);
  g_test_add_func ("/spans/no-change-is-no-span", test_no_change_is_no_span);
  g_test_add_func ("/spans/time-that-goes-back", test_time_that_goes_back);
  g_test_add_func ("/spans/read-while-more-is-added", test_read_while_more_is_added);
  return g_test_run ();
}
