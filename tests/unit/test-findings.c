/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Findings that are built from what a model holds at one moment. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define LIMIT SECONDS (2)
#define TASK(n) (0x1000 + (n))

static const Finding *
find (Fixture *f, FindingKind kind, guint *ret_n, InspectorReport **ret_report)
{
  const ReportTarget *target;
  const Finding *found = NULL;

  *ret_n = 0;
  *ret_report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (*ret_report)->targets, 0);
  for (guint i = 0; i < target->findings->len; i++)
    {
      const Finding *finding = g_ptr_array_index (target->findings, i);

      if (finding->kind != kind)
        continue;
      found = finding;
      (*ret_n)++;
    }
  return found;
}

/* ---- Dropped without having returned -------------------------------------------------------- */

static void
drop (Fixture *f, guint n, guint32 location, const char *state)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (n), 0, location);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (n), OBJECT (KIND_WAKING, n), location);
  fixture_text (f, OBJECT (KIND_WAKING, n), KEY_STATE, state);
}

static void
test_leak (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) early = NULL;
  g_autoptr (InspectorReport) late = NULL;
  const FindingEvidence *evidence;
  const Finding *finding;
  guint n;

  drop (f, 1, fixture_place (f, "fetch", "fetch.c", 7), "dropped");
  inspector_session_set_stuck_after (f->session, LIMIT);
  f->now_ns += LIMIT;
  g_assert_null (find (f, FINDING_LEAK, &n, &early));
  f->now_ns += 1;
  finding = find (f, FINDING_LEAK, &n, &late);
  g_assert_nonnull (finding);
  g_assert_cmpuint (finding->evidence->len, ==, 1);
  evidence = g_ptr_array_index (finding->evidence, 0);
  g_assert_cmpint (evidence->role, ==, FINDING_SUBJECT);
  g_assert_cmpuint (evidence->task, ==, fixture_task (f, TASK (1))->number);
  g_assert_nonnull (strstr (evidence->sentence, "fetch.c:7"));
  g_assert_nonnull (strstr (finding->suggestion, "fetch.c:7"));
  g_assert_cmpstr (finding->change.where, ==, "fetch.c:7");
}

static void
test_leaks_of_one_place_are_one (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  guint32 here = fixture_place (f, "fetch", "fetch.c", 7);
  const Finding *finding;
  guint n;

  for (guint i = 1; i <= FINDING_MAX_EVIDENCE + 10; i++)
    drop (f, i, here, "dropped");
  drop (f, 1000, fixture_place (f, "store", "store.c", 9), "dropped");
  f->now_ns += SECONDS (60);
  finding = find (f, FINDING_LEAK, &n, &report);
  g_assert_cmpuint (n, ==, 2);
  g_assert_nonnull (finding);
}

static void
test_other_states_are_no_leaks (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  guint n;

  drop (f, 1, 0, "cancelled");
  drop (f, 2, 0, "");
  drop (f, 3, 0, "dropped");
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK (3), OBJECT (KIND_WAKING, 3), 0);
  f->now_ns += SECONDS (60);
  g_assert_null (find (f, FINDING_LEAK, &n, &report));
}

/* ---- Tasks that wait for tasks -------------------------------------------------------------- */

static void
await_task (Fixture *f, guint n, guint awaited)
{
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (n), OBJECT (KIND_WAKING, n), 0);
  fixture_value (f, OBJECT (KIND_WAKING, n), KEY_RESOURCE, TASK (awaited));
}

static const char *
get_wait (Fixture *f, guint n, InspectorReport **ret_report)
{
  const ReportTarget *target;

  *ret_report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (*ret_report)->targets, 0);
  g_assert_cmpuint (target->n_stuck, ==, 0);
  for (guint i = 0; i < target->others->len; i++)
    {
      const ReportGroup *group = g_ptr_array_index (target->others, i);

      if (group->first_number == fixture_task (f, TASK (n))->number)
        return group->waits_for;
    }
  return NULL;
}

/* The cause is at the end, and none of those in front of it is accused. */
static void
test_chain (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;

  for (guint i = 1; i <= 3; i++)
    fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (i), 0, fixture_place (f, "begin", "app.c", i));
  await_task (f, 1, 2);
  await_task (f, 2, 3);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (3), OBJECT (KIND_SIGNAL, 3),
                fixture_place (f, "watch", "app.c", 9));
  f->now_ns += SECONDS (3600);
  g_assert_cmpstr (
      get_wait (f, 1, &report), ==,
      "waiting to be woken → begin: waiting to be woken → watch: watching for a signal");
}

/* In a circle it is cut, not followed for ever. */
static void
test_chain_in_a_circle (Fixture *f, gconstpointer data)
{
  const ModelAwait *await;
  AnalysisWait wait = { .model = f->model };
  ReportVerdict verdict = { 0 };
  g_autofree char *text = NULL;
  GArray *verdicts = g_array_new (FALSE, FALSE, sizeof (ReportVerdict));
  ReportJudgement judgement = { .verdicts = verdicts };
  ReportInput input;

  for (guint i = 1; i <= 2; i++)
    fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (i), 0, 0);
  await_task (f, 1, 2);
  await_task (f, 2, 1);
  await = fixture_task (f, TASK (1))->awaits;
  wait.task = await->task;
  wait.await = await;
  verdict.wait = wait;
  g_array_append_val (verdicts, verdict);
  inspector_target_fill_input (f->target, f->now_ns, LIMIT, &input);
  text = report_judgement_describe (&judgement, input.places);
  g_assert_cmpuint (strlen (text), <, 500);
  g_array_unref (verdicts);
}

/* ---- Loops that never sleep ----------------------------------------------------------------- */

/* Calls of one callback for @seconds, @n a second, each of @each_ns. */
static void
call_often (Fixture *f, guint seconds, guint n, gint64 each_ns)
{
  gint64 pause_ns = SECONDS (1) / n - each_ns;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (1), 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (1), OBJECT (KIND_IDLE, 1), 0);
  for (guint i = 0; i < seconds * n; i++)
    {
      fixture_feed (f, CHANNEL_POLL_BEGIN, TASK (1), OBJECT (KIND_IDLE, 1),
                    i == 0 ? fixture_place (f, "on_idle", "idle.c", 5) : f->places->len);
      f->now_ns += each_ns;
      fixture_feed (f, CHANNEL_POLL_END, TASK (1), 0, 0);
      f->now_ns += pause_ns;
    }
}

static void
test_spin (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const Finding *finding;
  guint n;

  call_often (f, 5, 20000, 500);
  finding = find (f, FINDING_SPIN, &n, &report);
  g_assert_nonnull (finding);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_nonnull (strstr (finding->suggestion, "idle.c:5"));
}

typedef struct
{
  const char *name;
  guint seconds, n;
  gint64 each_ns, after_ns;
} Busy;

static const Busy healthy[] = {
  { "spin/work-in-many-calls-is-none", 5, 20000, 30000, 0 },
  { "spin/now-and-then-is-none", 5, 5000, 500, 0 },
  { "spin/a-burst-is-none", 1, 20000, 500, 0 },
  { "spin/what-is-over-is-none", 5, 20000, 500, SECONDS (1) },
};

static void
test_no_spin (Fixture *f, gconstpointer data)
{
  const Busy *busy = data;
  g_autoptr (InspectorReport) report = NULL;
  guint n;

  call_often (f, busy->seconds, busy->n, busy->each_ns);
  f->now_ns += busy->after_ns;
  g_assert_null (find (f, FINDING_SPIN, &n, &report));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/findings/" path, Fixture, NULL, fixture_setup_session, func, fixture_teardown)

/* ---- Records that were lost ----------------------------------------------------------------- */

static void
test_doubt (Fixture *f, gconstpointer data)
{
  ReportTarget target = { .findings = NULL };
  const Finding *finding;
  ReportInput input;

  drop (f, 1, fixture_place (f, "fetch", "fetch.c", 7), "dropped");
  f->now_ns += SECONDS (60);
  for (guint lost = 0; lost < 4; lost += 3)
    {
      target.findings = g_ptr_array_new_with_free_func ((GDestroyNotify)finding_free);
      inspector_target_fill_input (f->target, f->now_ns, LIMIT, &input);
      input.stats.dropped = lost;
      report_add_findings (&target, &input);
      g_assert_cmpuint (target.findings->len, ==, 1);
      finding = g_ptr_array_index (target.findings, 0);
      g_assert_cmpint (finding->certainty, ==, lost > 0 ? ANALYSIS_INFERRED : ANALYSIS_CERTAIN);
      g_assert_cmpint (g_str_has_prefix (finding->detail, "probably; 3 events were lost; "), ==,
                       lost > 0);
      g_ptr_array_unref (target.findings);
    }
}

/* ---- For whom ------------------------------------------------------------------------------- */

/* A library's own work has no place in the program: that of who asked for it is told. */
static void
test_work_for_a_waiter (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;
  const ReportTask *box;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (1), 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (2), 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (2), OBJECT (KIND_WORK, 2), 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (1), OBJECT (KIND_WAKING, 1),
                fixture_place (f, "look_up", "dns.c", 46));
  fixture_value (f, OBJECT (KIND_WAKING, 1), KEY_RESOURCE, TASK (2));
  f->now_ns += SECONDS (60);
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  g_assert_cmpuint (target->stuck->len, ==, 1);
  box = g_ptr_array_index (target->stuck, 0);
  g_assert_cmpuint (box->number, ==, fixture_task (f, TASK (2))->number);
  g_assert_cmpstr (box->place, ==, "dns.c:46");
  g_assert_cmpstr (box->behind, ==,
                   "for look_up (task 1), which waits in look_up at dns.c:46: waiting to be woken");
  g_assert_nonnull (strstr (box->suggestion, "dns.c:46 (look_up)"));
}

/* Who waits for a lock, and what its holder waits for. */
static void
test_root_of_a_lock (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;

  for (guint n = 1; n <= 2; n++)
    {
      fixture_on (f, n);
      fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (n), 0, 0);
      fixture_value (f, TASK (n), KEY_TID, 100 + n);
    }
  fixture_on (f, 1);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK (1), OBJECT (KIND_LOCK, 1),
                fixture_place (f, "take", "app.c", 5));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (1), OBJECT (KIND_WAKING, 1),
                fixture_place (f, "consume", "app.c", 6));
  fixture_on (f, 2);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (2), OBJECT (KIND_LOCKING, 2),
                fixture_place (f, "look", "app.c", 7));
  fixture_value (f, OBJECT (KIND_LOCKING, 2), KEY_RESOURCE, OBJECT (KIND_LOCK, 1));
  f->now_ns += SECONDS (60);
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  g_assert_cmpuint (target->stuck->len, ==, 1);
  g_assert_true (g_str_has_suffix (
      ((ReportTask *)g_ptr_array_index (target->stuck, 0))->behind,
      "taken in take at app.c:5, who sleeps in consume at app.c:6: waiting to be woken"));
}

/* ---- Times that are over -------------------------------------------------------------------- */

static void
test_overdue (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) ahead = NULL;
  g_autoptr (InspectorReport) over = NULL;
  const ReportTarget *target;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (1), 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (1), OBJECT (KIND_TIMER, 1), 0);
  fixture_value (f, OBJECT (KIND_TIMER, 1), KEY_DUE, f->now_ns + SECONDS (5));
  ahead = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (ahead)->targets, 0);
  g_assert_cmpstr (((ReportGroup *)g_ptr_array_index (target->others, 0))->waits_for, ==,
                   "sleeping, due in 5.0 s");
  f->now_ns += SECONDS (15);
  over = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (over)->targets, 0);
  g_assert_cmpstr (((ReportTask *)g_ptr_array_index (target->stuck, 0))->waits_for, ==,
                   "sleeping, overdue by 10.0 s");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("leak/dropped-without-returning", test_leak);
  ADD ("leak/one-a-place", test_leaks_of_one_place_are_one);
  ADD ("leak/other-states-are-none", test_other_states_are_no_leaks);
  ADD ("chain/shown-to-its-end", test_chain);
  ADD ("chain/in-a-circle", test_chain_in_a_circle);
  ADD ("doubt/where-records-were-lost", test_doubt);
  ADD ("work/for-a-waiter", test_work_for_a_waiter);
  ADD ("work/root-of-a-lock", test_root_of_a_lock);
  ADD ("times/overdue", test_overdue);
  ADD ("spin/called-without-end-for-nothing", test_spin);
  for (gsize i = 0; i < G_N_ELEMENTS (healthy); i++)
    {
      g_autofree char *path = g_strconcat ("/findings/", healthy[i].name, NULL);

      g_test_add (path, Fixture, &healthy[i], fixture_setup_session, test_no_spin,
                  fixture_teardown);
    }
  return g_test_run ();
}
