/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Each rule at its threshold, and just below it: there nothing is said. */

#include "profile/profile-result.h"
#include "profile/profile-suggest.h"

#include <string.h>

#define MS G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

typedef struct
{
  ProfileResult *result;
  const ProfileAdvice *const *advice; /* of the row that a case is about */
  gboolean is_below;                  /* the threshold */
} Case;

/* Set while nothing is known of any place. */
static gboolean is_nowhere;

static void
place (FindingPlace *ret_place, const char *function, const char *where)
{
  if (is_nowhere)
    return;
  ret_place->function = g_strdup (function);
  ret_place->where = g_strdup (where);
  ret_place->text = g_strdup_printf ("%s at %s", function, where);
}

static void
add_many (Histogram *histogram, guint n, gint64 ns)
{
  for (guint i = 0; i < n; i++)
    histogram_add (histogram, ns);
}

static ProfileResultOperation *
add_operation (Case *self, ProfileOperationClass of, guint n, gint64 ns)
{
  ProfileResultOperation *operation = g_new0 (ProfileResultOperation, 1);

  operation->name = g_strdup ("fetch");
  operation->what = g_strdup ("http GET h/");
  operation->kind = g_strdup ("t.ask");
  operation->of = of;
  place (&operation->place, "fetch", "client.c:10");
  add_many (&operation->durations, n, ns);
  g_ptr_array_add (self->result->operations, operation);
  self->advice = (const ProfileAdvice *const *)&operation->advice;
  return operation;
}

static ProfileResultCallback *
add_callback (Case *self, gint64 ns)
{
  ProfileResultCallback *callback = g_new0 (ProfileResultCallback, 1);

  place (&callback->place, "on_data", "client.c:20");
  add_many (&callback->own, 1, ns);
  callback->worst_ns = ns;
  g_ptr_array_add (self->result->callbacks, callback);
  self->advice = (const ProfileAdvice *const *)&callback->advice;
  return callback;
}

static ProfileResultTasks *
add_tasks (Case *self, guint64 n_wakes)
{
  ProfileResultTasks *tasks = profile_result_add_tasks (self->result);

  tasks->name = g_strdup ("handle");
  place (&tasks->place, "handle", "server.c:30");
  tasks->n_seen = 10;
  tasks->n_wakes = n_wakes;
  self->advice = (const ProfileAdvice *const *)&tasks->advice;
  return tasks;
}

static void
add_place (GPtrArray *places, const char *function, const char *where, gint64 ns)
{
  ProfileResultPlace *row = g_new0 (ProfileResultPlace, 1);

  place (&row->place, function, where);
  row->count = 1;
  row->total_ns = row->max_ns = ns;
  g_ptr_array_add (places, row);
}

/* ---- Operations ----------------------------------------------------------------------------- */

static void
not_over (Case *self)
{
  ProfileResultOperation *operation = add_operation (self, PROFILE_OPERATION_EXCHANGE, 1, MS);

  operation->n_endless = 3;
  operation->endless_ns = SUGGEST_OPEN_NS - self->is_below;
}

/* What usually takes long is not late yet. */
static void
not_over_slow (Case *self)
{
  ProfileResultOperation *operation = add_operation (self, PROFILE_OPERATION_WAIT, 1, 10 * SECOND);

  operation->n_endless = 1;
  operation->endless_ns = SUGGEST_OPEN_TIMES * 10 * SECOND - self->is_below;
}

static void
not_over_sleep (Case *self)
{
  ProfileResultOperation *operation = add_operation (
      self, self->is_below ? PROFILE_OPERATION_SLEEP : PROFILE_OPERATION_CALL, 1, MS);

  operation->n_endless = 1;
  operation->endless_ns = 60 * SECOND;
}

static void
loop_busy (Case *self)
{
  ProfileResultOperation *operation;

  add_callback (self, 40 * MS);
  operation = add_operation (self, PROFILE_OPERATION_WAIT, SUGGEST_OPERATION_COUNT, 50 * MS);
  operation->loop_busy_share = SUGGEST_LOOP_BUSY_SHARE - (self->is_below ? .001 : 0);
}

static void
loop_busy_few (Case *self)
{
  ProfileResultOperation *operation;

  add_callback (self, 40 * MS);
  operation = add_operation (self, PROFILE_OPERATION_WAIT, SUGGEST_OPERATION_COUNT - self->is_below,
                             50 * MS);
  operation->loop_busy_share = 1;
}

static void
loop_busy_short (Case *self)
{
  ProfileResultOperation *operation;

  add_callback (self, 40 * MS);
  operation = add_operation (self, PROFILE_OPERATION_WAIT, 10, 10 * MS - self->is_below);
  operation->loop_busy_share = 1;
}

static void
loop_busy_harmless (Case *self)
{
  ProfileResultOperation *operation;

  add_callback (self, 40 * MS);
  operation =
      add_operation (self, PROFILE_OPERATION_WAIT, 100, SUGGEST_LOOP_BUSY_NS - self->is_below);
  operation->loop_busy_share = 1;
}

static void
one_by_one (Case *self)
{
  ProfileResultOperation *operation =
      add_operation (self, PROFILE_OPERATION_EXCHANGE, 100, 10 * MS);

  operation->longest_row = SUGGEST_ROW - self->is_below;
  operation->in_row_share = SUGGEST_ROW_SHARE;
}

static void
one_by_one_share (Case *self)
{
  ProfileResultOperation *operation =
      add_operation (self, PROFILE_OPERATION_EXCHANGE, 100, 10 * MS);

  operation->longest_row = 50;
  operation->in_row_share = SUGGEST_ROW_SHARE - (self->is_below ? .001 : 0);
}

static void
slow_answer (Case *self)
{
  /* As far as a histogram can tell. */
  add_operation (self, PROFILE_OPERATION_EXCHANGE, 10,
                 self->is_below ? SUGGEST_SLOW_ANSWER_NS * 98 / 100 : SUGGEST_SLOW_ANSWER_NS);
}

static void
slow_answer_of_others (Case *self)
{
  add_operation (self, self->is_below ? PROFILE_OPERATION_WAIT : PROFILE_OPERATION_EXCHANGE, 10,
                 SECOND);
}

static void
straggler (Case *self)
{
  ProfileResultOperation *operation =
      add_operation (self, PROFILE_OPERATION_EXCHANGE, 10, 150 * MS);

  add_many (&operation->durations, 1, 10 * SECOND - (self->is_below ? 9 * SECOND + 1 : 0));
}

/* Where all are slow, none is an exception. */
static void
straggler_of_slow_ones (Case *self)
{
  ProfileResultOperation *operation =
      add_operation (self, PROFILE_OPERATION_EXCHANGE, 10, self->is_below ? 190 * MS : 150 * MS);

  add_many (&operation->durations, 1, 1700 * MS);
}

/* ---- Tasks ---------------------------------------------------------------------------------- */

static void
lost_waker (Case *self)
{
  ProfileResultTasks *tasks = add_tasks (self, 0);

  tasks->n_lost = self->is_below ? 0 : 2;
  tasks->longest_lost_ns = 3 * SECOND;
}

static void
self_wakes (Case *self)
{
  ProfileResultTasks *tasks = add_tasks (self, SUGGEST_WAKES);

  tasks->n_self_wakes =
      (guint64)(SUGGEST_WAKES * SUGGEST_SELF_WAKE_SHARE) - (guint64)self->is_below;
}

static void
self_wakes_few (Case *self)
{
  ProfileResultTasks *tasks = add_tasks (self, SUGGEST_WAKES - (guint64)self->is_below);

  tasks->n_self_wakes = tasks->n_wakes;
}

static void
idle_wakes (Case *self)
{
  ProfileResultTasks *tasks = add_tasks (self, SUGGEST_WAKES);

  tasks->n_idle_polls =
      (guint64)(SUGGEST_WAKES * SUGGEST_IDLE_WAKE_SHARE) - (guint64)self->is_below;
}

/* ---- Locks and pools ------------------------------------------------------------------------- */

static ProfileResultLock *
add_lock (Case *self, guint n, gint64 ns)
{
  ProfileResultLock *lock = profile_result_add_lock (self->result);

  lock->name = g_strdup ("mutex store");
  lock->kind = g_strdup ("t.lock");
  add_many (&lock->waits, n, ns);
  add_place (lock->holding, "refill", "store.c:61", 310 * MS);
  self->result->duration_ns = 100 * SECOND;
  self->advice = (const ProfileAdvice *const *)&lock->advice;
  return lock;
}

static void
contended (Case *self)
{
  add_lock (self, SUGGEST_LOCK_COUNT - self->is_below, SUGGEST_LOCK_P99_NS);
}

static void
contended_short (Case *self)
{
  add_lock (self, 100, SUGGEST_LOCK_P99_NS * (self->is_below ? 98 : 100) / 100);
}

/* Short waits, but so many that they are a good part of the time. */
static void
contended_often (Case *self)
{
  add_lock (self, 5000, MS - self->is_below);
}

static void
contended_by_nobody_known (Case *self)
{
  ProfileResultLock *lock = add_lock (self, 100, SECOND);

  if (self->is_below)
    g_ptr_array_set_size (lock->holding, 0);
}

static ProfileResultPool *
add_pool (Case *self, guint n, gint64 ns)
{
  ProfileResultPool *pool = profile_result_add_pool (self->result);

  pool->name = g_strdup ("t");
  pool->most_running = 4;
  pool->permits = 4;
  pool->permits_label = g_strdup ("threads (T_THREADS)");
  pool->full_ns = 10 * SECOND;
  add_many (&pool->waits, n, ns);
  add_place (pool->jobs, "resize", "image.c:7", SECOND);
  self->result->duration_ns = 100 * SECOND;
  self->advice = (const ProfileAdvice *const *)&pool->advice;
  return pool;
}

static void
pool_full (Case *self)
{
  add_pool (self, SUGGEST_POOL_COUNT, SECOND)->full_ns -= self->is_below;
}

static void
pool_full_few (Case *self)
{
  add_pool (self, SUGGEST_POOL_COUNT - self->is_below, SECOND);
}

static void
pool_full_short (Case *self)
{
  add_pool (self, 100, SUGGEST_POOL_P95_NS * (self->is_below ? 98 : 100) / 100);
}

/* How many threads it has is not known. */
static void
pool_full_unknown (Case *self)
{
  ProfileResultPool *pool = add_pool (self, SUGGEST_POOL_COUNT - self->is_below, SECOND);

  pool->permits = 0;
}

/* What it waits for is done by the jobs of another place. */
static void
queued (Case *self)
{
  add_pool (self, 1, MS);
  add_operation (self, PROFILE_OPERATION_WAIT, SUGGEST_OPERATION_COUNT, 50 * MS)->queued_share =
      SUGGEST_QUEUED_SHARE - (self->is_below ? .001 : 0);
}

/* ---- Callbacks ------------------------------------------------------------------------------ */

static void
long_callback (Case *self)
{
  add_callback (self, SUGGEST_CALLBACK_NS - self->is_below);
}

static void
callback_sleeps (Case *self)
{
  ProfileResultCallback *callback = add_callback (self, 100 * MS);

  callback->worst_slept_ns = callback->sleep_ns = 50 * MS - self->is_below;
  callback->sleep_what = g_strdup ("reading /etc/passwd");
  place (&callback->sleep, "load", "config.c:5");
}

static void
never_yields (Case *self)
{
  add_callback (self, 2 * SECOND)->never_yields = !self->is_below;
}

static void
late_timers (Case *self)
{
  add_callback (self, 30 * MS);
  add_many (&self->result->lateness, SUGGEST_LATE_COUNT - self->is_below, SUGGEST_LATE_P99_NS);
  self->advice = (const ProfileAdvice *const *)&self->result->late_advice;
}

static void
late_timers_little (Case *self)
{
  add_callback (self, 30 * MS);
  add_many (&self->result->lateness, 100, SUGGEST_LATE_P99_NS * (self->is_below ? 98 : 100) / 100);
  self->advice = (const ProfileAdvice *const *)&self->result->late_advice;
}

static void
late_timers_of_others (Case *self)
{
  add_callback (self, SUGGEST_LATE_P99_NS - self->is_below);
  add_many (&self->result->lateness, 100, SECOND);
  self->advice = (const ProfileAdvice *const *)&self->result->late_advice;
}

/* ---- All of them ---------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  void (*make) (Case *self);
  const char *rule;
  const char *below; /* the rule that holds then; NULL: none */
  const char *place; /* the line that it names */
} RuleCase;

static const RuleCase cases[] = {
  { "not-over", not_over, "not-over", NULL, "client.c:10 (fetch)" },
  { "not-over-usually-slow", not_over_slow, "not-over", NULL, "client.c:10 (fetch)" },
  { "not-over-sleep", not_over_sleep, "not-over", NULL, "client.c:10 (fetch)" },
  { "loop-busy", loop_busy, "loop-busy", NULL, "client.c:20 (on_data)" },
  { "loop-busy-few", loop_busy_few, "loop-busy", NULL, "client.c:20 (on_data)" },
  { "loop-busy-short", loop_busy_short, "loop-busy", NULL, "client.c:20 (on_data)" },
  { "loop-busy-harmless", loop_busy_harmless, "loop-busy", NULL, "client.c:20 (on_data)" },
  { "one-by-one", one_by_one, "one-by-one", NULL, "client.c:10 (fetch)" },
  { "one-by-one-share", one_by_one_share, "one-by-one", NULL, "client.c:10 (fetch)" },
  { "slow-answer", slow_answer, "slow-answer", NULL, "client.c:10 (fetch)" },
  { "slow-answer-of-others", slow_answer_of_others, "slow-answer", NULL, "client.c:10 (fetch)" },
  { "straggler", straggler, "straggler", NULL, "client.c:10 (fetch)" },
  { "straggler-of-slow-ones", straggler_of_slow_ones, "straggler", NULL, "client.c:10 (fetch)" },
  { "lost-waker", lost_waker, "lost-waker", NULL, "server.c:30 (handle)" },
  { "self-wakes", self_wakes, "self-wakes", NULL, "server.c:30 (handle)" },
  { "self-wakes-few", self_wakes_few, "self-wakes", NULL, "server.c:30 (handle)" },
  { "idle-wakes", idle_wakes, "idle-wakes", NULL, "server.c:30 (handle)" },
  { "contended", contended, "contended", NULL, "store.c:61 (refill)" },
  { "contended-short", contended_short, "contended", NULL, "store.c:61 (refill)" },
  { "contended-often", contended_often, "contended", NULL, "store.c:61 (refill)" },
  { "contended-by-nobody-known", contended_by_nobody_known, "contended", NULL,
    "store.c:61 (refill)" },
  { "pool-full", pool_full, "pool-full", NULL,
    "more than its 4 threads (T_THREADS), or it less to do at image.c:7 (resize)" },
  { "pool-full-unknown", pool_full_unknown, "pool-full", NULL,
    "while 4 run: give the pool more threads, or it less to do at image.c:7 (resize)" },
  { "queued", queued, "queued", NULL, "image.c:7 (resize)" },
  { "pool-full-few", pool_full_few, "pool-full", NULL, "image.c:7 (resize)" },
  { "pool-full-short", pool_full_short, "pool-full", NULL, "image.c:7 (resize)" },
  { "long-callback", long_callback, "long-callback", NULL, "client.c:20 (on_data)" },
  { "callback-sleeps", callback_sleeps, "callback-sleeps", "long-callback", "config.c:5 (load)" },
  { "never-yields", never_yields, "never-yields", "long-callback", "client.c:20 (on_data)" },
  { "late-timers", late_timers, "late-timers", NULL, "client.c:20 (on_data)" },
  { "late-timers-little", late_timers_little, "late-timers", NULL, "client.c:20 (on_data)" },
  { "late-timers-of-others", late_timers_of_others, "late-timers", NULL, "client.c:20 (on_data)" },
};

static void
test_rule (gconstpointer data)
{
  const RuleCase *expected = data;

  for (guint is_below = 0; is_below < 2; is_below++)
    {
      Case self = { .result = profile_result_new (), .is_below = is_below == 1 };
      const char *rule = is_below == 1 ? expected->below : expected->rule;

      expected->make (&self);
      profile_suggest (self.result);
      g_assert_cmpstr (*self.advice != NULL ? (*self.advice)->rule : NULL, ==, rule);
      if (is_below == 0)
        {
          g_assert_nonnull (strstr ((*self.advice)->text, expected->place));
          g_assert_false (g_str_has_suffix ((*self.advice)->text, "."));
        }
      profile_result_unref (self.result);
    }
}

/* Where nothing is known of the place, the sentence is whole without it. */
static void
test_nowhere (gconstpointer data)
{
  const RuleCase *expected = data;
  Case self = { .result = profile_result_new () };
  const char *text;

  is_nowhere = TRUE;
  expected->make (&self);
  is_nowhere = FALSE;
  profile_suggest (self.result);
  g_assert_nonnull (*self.advice);
  g_assert_cmpstr ((*self.advice)->rule, ==, expected->rule);
  text = (*self.advice)->text;
  g_assert_null (strstr (text, "unknown"));
  g_assert_null (strstr (text, "(null)"));
  g_assert_null (strstr (text, "  "));
  g_assert_null (strstr (text, " ,"));
  g_assert_null (strstr (text, " in ,"));
  g_assert_null (strstr (text, "from  "));
  g_assert_false (g_str_has_suffix (text, " in"));
  g_assert_false (g_str_has_suffix (text, " is"));
  g_assert_false (g_str_has_suffix (text, " "));
  profile_result_unref (self.result);
}

/* The words of the schema are those of the rules, and each has a case. */
static void
test_all_rules (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "..", "..", "data", "profile.schema.json", NULL);
  g_autofree char *text = NULL;
  g_autofree char *list = NULL;
  char *begin, *end;
  guint n_words = 0, n_rules = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  begin = strstr (text, "\"not-over\"");
  g_assert_nonnull (begin);
  end = strchr (begin, ']');
  list = g_strndup (begin, end - begin);
  for (char *p = list; (p = strchr (p, '"')) != NULL; p++)
    n_words++;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *word = g_strdup_printf ("\"%s\"", cases[i].rule);
      gboolean is_new = TRUE;

      g_assert_nonnull (strstr (list, word));
      for (guint j = 0; j < i; j++)
        is_new = is_new && !g_str_equal (cases[j].rule, cases[i].rule);
      n_rules += is_new;
    }
  g_assert_cmpuint (n_rules, ==, n_words / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/profile-suggest/%s", cases[i].name);

      g_autofree char *nowhere = g_strconcat (path, "/nowhere", NULL);

      g_test_add_data_func (path, &cases[i], test_rule);
      g_test_add_data_func (nowhere, &cases[i], test_nowhere);
    }
  g_test_add_func ("/profile-suggest/every-rule-has-a-case", test_all_rules);
  return g_test_run ();
}
