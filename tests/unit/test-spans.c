/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The columns of what a task did: sums over any stretch of time are exact, and may be asked for while
 * more is added. */

#include "model/spans.h"

#include <string.h>

#define STRIDE MODEL_N_SPAN_STATES

/* Of all tests: small enough that most of it lies in the file and is paged. */
static ModelStore *store;

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
  ModelSpans *spans = g_new0 (ModelSpans, 1);
  gint64 at_ns = 1000;

  for (guint i = 0; i < n; i++)
    {
      ModelSpanState before = i > 0 ? changes[i - 1].state : MODEL_SPAN_NONE;

      changes[i].at_ns = at_ns += g_rand_int_range (rand, 1, 100);
      changes[i].state =
          (ModelSpanState)((before + (guint)g_rand_int_range (rand, 1, STRIDE)) % STRIDE);
      model_spans_add (spans, store, at_ns, changes[i].state, 7, 9);
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
      g_free (spans);
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
  g_free (spans);
}

/* What was waited for, too; and of a task with more kinds of wait than there is room for, the states. */
static void
test_parts (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (31);

  for (guint n_families = 1; n_families < MODEL_N_FAMILIES; n_families++)
    {
      ModelSpans *spans = g_new0 (ModelSpans, 1);
      gint64 wanted[256] = { 0 }, by_state[STRIDE] = { 0 }, at_ns = 10;
      gint64 got[MODEL_SPAN_PARTS] = { 0 }, got_by_state[STRIDE] = { 0 };
      ModelPart parts[MODEL_SPAN_PARTS];
      guint n_parts, n_seen = 0;

      for (guint i = 0; i < 1000; i++)
        {
          ModelSpanState state = (ModelSpanState)g_rand_int_range (rand, 1, STRIDE);
          gint64 length_ns = g_rand_int_range (rand, 1, 50);
          ModelPart part =
              MODEL_PART (state, state < MODEL_SPAN_WAITING || state == MODEL_SPAN_UNKNOWN
                                     ? MODEL_FAMILY_NONE
                                     : (guint)g_rand_int_range (rand, 1, (gint32)n_families + 1));

          model_spans_add (spans, store, at_ns, part, (guint16)i, 9);
          n_seen += wanted[part] == 0;
          wanted[part] += length_ns;
          by_state[state] += length_ns;
          at_ns += length_ns;
        }
      n_parts = model_spans_sum_parts (spans, 0, at_ns, 1, at_ns, parts, got);
      model_spans_sum (spans, 0, at_ns, 1, at_ns, got_by_state);
      g_assert_cmpmem (got_by_state, sizeof got_by_state, by_state, sizeof by_state);
      g_assert_cmpuint (n_parts, ==, MIN (n_seen + 1, MODEL_SPAN_PARTS));
      for (guint i = 0; i < n_parts; i++)
        {
          /* What is several says that it is other. */
          if (n_seen < MODEL_SPAN_PARTS || MODEL_PART_FAMILY (parts[i]) != MODEL_FAMILY_OTHER)
            g_assert_cmpint (got[i], ==, wanted[parts[i]]);
          by_state[MODEL_PART_STATE (parts[i])] -= got[i];
        }
      for (guint i = 0; i < STRIDE; i++)
        g_assert_cmpint (by_state[i], ==, 0);
      g_free (spans);
    }
}

/* One that has ended says so, whatever came before. */
static void
test_part_of_the_end (void)
{
  ModelSpans *spans = g_new0 (ModelSpans, 1);
  ModelPart parts[MODEL_SPAN_PARTS];
  gint64 got[MODEL_SPAN_PARTS] = { 0 };
  ModelSpan span;

  model_spans_add (spans, store, 10, MODEL_PART (MODEL_SPAN_WAITING, MODEL_FAMILY_FILE), 3, 0);
  model_spans_add (spans, store, 30, MODEL_SPAN_NONE, 0, 0);
  g_assert_cmpuint (model_spans_sum_parts (spans, 0, 100, 1, 100, parts, got), ==, 2);
  g_assert_cmpint (got[0], ==, 70);
  g_assert_cmpint (got[1], ==, 20);
  g_assert_cmpint (MODEL_PART_FAMILY (parts[1]), ==, MODEL_FAMILY_FILE);
  model_spans_get (spans, 0, &span);
  g_assert_cmpint (span.family, ==, MODEL_FAMILY_FILE);
  g_assert_cmpint (span.state, ==, MODEL_SPAN_WAITING);
  g_free (spans);
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
  g_free (spans);
}

/* From wherever it is searched for. */
static void
test_spans_are_found_near (void)
{
  static const guint64 guesses[] = { 0, 1, 15, 16, 400, 775, 776, 777, G_MAXUINT64 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  Change changes[777];
  ModelSpans *spans = make_random (changes, 777, rand);
  const ModelSpans none = { 0 };
  guint64 found, near;

  for (guint g = 0; g < G_N_ELEMENTS (guesses); g++)
    {
      g_assert_false (model_spans_find_near (spans, changes[0].at_ns - 1, guesses[g], &near));
      g_assert_false (model_spans_find_near (&none, 1, guesses[g], &near));
      for (ModelSpansWanted wanted = MODEL_SPANS_WHERE; wanted <= MODEL_SPANS_NEAR; wanted++)
        {
          model_spans_prepare_near (spans, guesses[g], wanted);
          model_spans_prepare_near (&none, guesses[g], wanted);
        }
      for (gint64 at_ns = changes[0].at_ns; at_ns <= changes[776].at_ns + 5; at_ns++)
        {
          g_assert_true (model_spans_find (spans, at_ns, &found));
          g_assert_true (model_spans_find_near (spans, at_ns, guesses[g], &near));
          g_assert_cmpuint (near, ==, found);
        }
    }
  g_assert_cmpuint (model_spans_guess_again (spans, changes[30].at_ns + 20, 30, 10), ==, 32);
  g_assert_cmpuint (model_spans_guess_again (spans, G_MININT64, 30, 0), ==, 0);
  g_assert_cmpuint (model_spans_guess_again (spans, G_MAXINT64, 30, -1), ==, 776);
  g_assert_cmpuint (model_spans_guess_again (&none, 5, 30, 1), ==, 30);
  g_assert_cmpuint (model_spans_guess (&none, 7, 5, 9), ==, 0);
  g_assert_cmpuint (model_spans_guess (spans, 4, 5, 9), ==, 0);
  g_assert_cmpuint (model_spans_guess (spans, 7, 5, 9), ==, 388);
  g_assert_cmpuint (model_spans_guess (spans, 9, 5, 9), ==, 776);
  g_assert_cmpuint (model_spans_guess (spans, G_MAXINT64, 5, 5), ==, 776);
  g_free (spans);
}

static void
test_no_change_is_no_span (void)
{
  ModelSpans *spans = g_new0 (ModelSpans, 1);

  model_spans_add (spans, store, 10, MODEL_SPAN_WAITING, 3, G_MAXUINT32);
  model_spans_add (spans, store, 20, MODEL_SPAN_WAITING, 3, G_MAXUINT32);
  g_assert_cmpuint (model_spans_get_n (spans), ==, 1);
  model_spans_add (spans, store, 20, MODEL_SPAN_WAITING, 4, G_MAXUINT32);
  g_assert_cmpuint (model_spans_get_n (spans), ==, 2);
  /* In no time it is something else. */
  model_spans_add (spans, store, 20, MODEL_SPAN_BLOCKED, 5, 0);
  g_assert_cmpuint (model_spans_get_n (spans), ==, 2);
  g_free (spans);
}

/* A clock that goes back is hostile input, too. */
static void
test_time_that_goes_back (void)
{
  ModelSpans *spans = g_new0 (ModelSpans, 1);
  gint64 sum[STRIDE] = { 0 };

  model_spans_add (spans, store, 100, MODEL_SPAN_RUNNING, 0, 0);
  model_spans_add (spans, store, 50, MODEL_SPAN_WAITING, 1, 0);
  model_spans_sum (spans, 0, 200, 1, 200, sum);
  g_assert_cmpint (sum[MODEL_SPAN_RUNNING], ==, 0);
  g_assert_cmpint (sum[MODEL_SPAN_WAITING], ==, 100);
  g_free (spans);
}

#define N_LIVE 400000u

static gpointer
add_many (gpointer data)
{
  for (guint i = 0; i < N_LIVE; i++)
    model_spans_add (data, store, (gint64)i * 10,
                     i % 2 != 0 ? MODEL_SPAN_RUNNING : MODEL_SPAN_WAITING, 0, 0);
  return NULL;
}

/* What is seen meanwhile is a whole beginning of it. */
static void
test_read_while_more_is_added (void)
{
  ModelSpans *spans = g_new0 (ModelSpans, 1);
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
  g_free (spans);
}

/* What a full store has no room for is not there; what came before stays as it was. */
static void
test_full_store (void)
{
  const ModelStoreLimits limits = { .maximum = 8 << 20 };
  ModelStore *small = model_store_new (&limits);
  ModelSpans spans = { 0 };
  gint64 sum[STRIDE] = { 0 }, n = 0;

  while (model_spans_add (&spans, small, n * 10,
                          n % 2 != 0 ? MODEL_SPAN_RUNNING : MODEL_SPAN_WAITING, 0, 0))
    n++;
  g_assert_cmpint (n, >, 200000);
  g_assert_cmpuint (model_store_get_size (small, NULL), <=, limits.maximum);
  g_assert_cmpuint (model_spans_get_n (&spans), ==, (guint64)n);
  g_assert_false (model_spans_add (&spans, small, G_MAXINT64, MODEL_SPAN_NONE, 0, 0));
  model_spans_sum (&spans, 0, (n - 1) * 10, 1, (n - 1) * 10, sum);
  g_assert_cmpint (sum[MODEL_SPAN_RUNNING] + sum[MODEL_SPAN_WAITING], ==, (n - 1) * 10);
  model_store_free (small);
}

static gsize
get_resident (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  return g_ascii_strtoull (strchr (text, ' '), NULL, 10) * 4096;
}

/* However much there is, memory is a cap, and what is paged out is what was put in. */
static void
test_memory_is_capped (void)
{
  const ModelStoreLimits limits = { .memory = 1 << 20, .resident = 8 << 20 };
  ModelStore *paged = model_store_new (&limits);
  gsize before = get_resident ();
  guint64 in_file, size;
  guint32 *all[64];

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      all[i] = model_store_allocate (paged, 1 << 20);
      g_assert_nonnull (all[i]);
      for (guint k = 0; k < (1 << 20) / sizeof (guint32); k++)
        all[i][k] = i * 1000003 + k;
    }
  size = model_store_get_size (paged, &in_file);
  g_assert_cmpuint (size, >=, 64 << 20);
  if (in_file == 0)
    g_test_skip ("no folder here takes a file without a name, or the disk is nearly full");
  else
    g_assert_cmpuint (get_resident (), <, before + (24 << 20));
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    for (guint k = 0; k < (1 << 20) / sizeof (guint32); k++)
      g_assert_cmpuint (all[i][k], ==, i * 1000003 + k);
  model_store_free (paged);
}

int
main (int argc, char **argv)
{
  const ModelStoreLimits limits = { .memory = 1 << 20, .resident = 4 << 20 };
  int result;

  g_test_init (&argc, &argv, NULL);
  store = model_store_new (&limits);
  g_test_add_func ("/spans/parts", test_parts);
  g_test_add_func ("/spans/part-of-the-end", test_part_of_the_end);
  g_test_add_func ("/spans/sums-are-exact", test_sums_are_exact);
  g_test_add_func ("/spans/columns-add-up", test_columns_add_up);
  g_test_add_func ("/spans/are-found", test_spans_are_found);
  g_test_add_func ("/spans/are-found-near", test_spans_are_found_near);
  g_test_add_func ("/spans/no-change-is-no-span", test_no_change_is_no_span);
  g_test_add_func ("/spans/time-that-goes-back", test_time_that_goes_back);
  g_test_add_func ("/spans/read-while-more-is-added", test_read_while_more_is_added);
  g_test_add_func ("/spans/a-full-store-is-told", test_full_store);
  g_test_add_func ("/spans/memory-is-capped", test_memory_is_capped);
  result = g_test_run ();
  model_store_free (store);
  return result;
}
