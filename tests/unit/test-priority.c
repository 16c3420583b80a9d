/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is ready and never gets its turn, and what only looks like it. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define LIMIT SECONDS (2)
#define TASK(n) (0x1000 + (n))
#define IDLE(n) OBJECT (KIND_IDLE, (n))
#define LOOP(n) OBJECT (KIND_LOOP, (n))

typedef struct
{
  const char *name;
  TestKind kind;      /* of what waits */
  gint64 due_in_ns;   /* of a timer */
  gint64 rank, rival; /* priorities; lower comes first */
  guint loop;         /* of the rival; that of what waits is 1 */
  gint64 gap_ns;      /* between two calls of the rival */
  gboolean has_turn;  /* it is called, too */
  gboolean is_found;
} PriorityCase;

static const PriorityCase cases[] = {
  { "idle", KIND_IDLE, 0, 200, 100, 1, MS (10), FALSE, TRUE },
  { "idle-after-the-default", KIND_IDLE, 0, 200, 0, 1, MS (10), FALSE, TRUE },
  { "due-timer", KIND_INTERVAL, MS (100), 200, -100, 1, MS (10), FALSE, TRUE },

  { "has-its-turn", KIND_IDLE, 0, 200, 100, 1, MS (10), TRUE, FALSE },
  { "same-priority", KIND_IDLE, 0, 200, 200, 1, MS (10), FALSE, FALSE },
  { "comes-first-itself", KIND_IDLE, 0, 100, 200, 1, MS (10), FALSE, FALSE },
  { "other-loop", KIND_IDLE, 0, 200, 100, 2, MS (10), FALSE, FALSE },
  { "rival-is-called-now-and-then", KIND_IDLE, 0, 200, 100, 1, MS (100), FALSE, FALSE },
  { "timer-that-is-not-due", KIND_INTERVAL, SECONDS (3600), 200, 100, 1, MS (10), FALSE, FALSE },
  { "not-known-to-be-ready", KIND_SIGNAL, 0, 200, 100, 1, MS (10), FALSE, FALSE },
};

static void
begin (Fixture *f, guint n, guint64 await, guint loop, gint64 rank)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (n), 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (n), await, fixture_place (f, "add", "app.c", 10 + n));
  fixture_value (f, await, KEY_OWNER, LOOP (loop));
  fixture_value (f, await, KEY_PRIORITY, (guint64)rank);
}

static void
call (Fixture *f, guint n, guint64 await)
{
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK (n), await, 0);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_POLL_END, TASK (n), 0, 0);
}

static void
turn (Fixture *f, const PriorityCase *test, guint64 waiting, gint64 for_ns)
{
  for (gint64 end_ns = f->now_ns + for_ns; f->now_ns < end_ns; f->now_ns += test->gap_ns)
    {
      call (f, 2, IDLE (2));
      if (test->has_turn)
        call (f, 1, waiting);
      inspector_session_check (f->session, f->now_ns);
    }
}

static const Finding *
find (Fixture *f, InspectorReport **ret_report)
{
  const ReportTarget *target;

  *ret_report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (*ret_report)->targets, 0);
  for (guint i = 0; i < target->findings->len; i++)
    if (((Finding *)g_ptr_array_index (target->findings, i))->kind == FINDING_STARVED)
      return g_ptr_array_index (target->findings, i);
  return NULL;
}

static void
test_case (Fixture *f, gconstpointer data)
{
  const PriorityCase *test = data;
  guint64 waiting = OBJECT (test->kind, 1);
  g_autoptr (InspectorReport) early = NULL;
  g_autoptr (InspectorReport) late = NULL;
  const FindingEvidence *evidence;
  const Finding *finding;

  inspector_session_set_stuck_after (f->session, LIMIT);
  begin (f, 1, waiting, 1, test->rank);
  if (test->due_in_ns > 0)
    fixture_value (f, waiting, KEY_DUE, f->now_ns + test->due_in_ns);
  begin (f, 2, IDLE (2), test->loop, test->rival);
  turn (f, test, waiting, LIMIT - MS (100));
  g_assert_null (find (f, &early));
  turn (f, test, waiting, SECONDS (3));
  finding = find (f, &late);
  g_assert_cmpint (finding != NULL, ==, test->is_found);
  if (finding == NULL)
    return;
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_cmpuint (finding->evidence->len, ==, 2);
  evidence = g_ptr_array_index (finding->evidence, 0);
  g_assert_cmpint (evidence->role, ==, FINDING_CAUSE);
  g_assert_cmpstr (evidence->wanted.place.where, ==, "app.c:12");
  evidence = g_ptr_array_index (finding->evidence, 1);
  g_assert_cmpint (evidence->role, ==, FINDING_SUBJECT);
  g_assert_cmpstr (evidence->wanted.place.where, ==, "app.c:11");
  g_assert_nonnull (strstr (finding->suggestion, "app.c:12 (add)"));
  /* Its task is stuck. */
  g_assert_true (fixture_task (f, TASK (1))->awaits->is_starved);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns), ==, 1);
  /* The rival rests: nothing keeps it from being called. */
  f->now_ns += SECONDS (2);
  inspector_session_check (f->session, f->now_ns);
  g_assert_false (fixture_task (f, TASK (1))->awaits->is_starved);
}

static void
test_rule (Fixture *f, gconstpointer data)
{
  begin (f, 1, IDLE (1), 1, 200);
  fixture_task (f, TASK (1))->awaits->is_starved = TRUE;
  g_assert_true (analysis_task_may_be_stuck (fixture_task (f, TASK (1)), f->now_ns, LIMIT));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/priority/", cases[i].name, NULL);

      g_test_add (path, Fixture, &cases[i], fixture_setup_session, test_case, fixture_teardown);
    }
  g_test_add ("/priority/is-looked-at", Fixture, NULL, fixture_setup, test_rule, fixture_teardown);
  return g_test_run ();
}
