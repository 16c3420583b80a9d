/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Locks that several wait for, and locks that nobody is left to give back. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define LIMIT SECONDS (2)
#define TASK(n) (0x1000 + (n))
#define LOCK(n) OBJECT (KIND_LOCK, 0xa0 + (n))
#define WAIT(n) OBJECT (KIND_LOCKING, (n))
#define TAKES(n) fixture_place (f, "take", "app.c", 10 + (n))
#define WAITS(n) fixture_place (f, "wait", "app.c", 50 + (n))

typedef void (*Scene) (Fixture *f);

/* Each on a thread of its own. */
static void
begin (Fixture *f, guint n)
{
  fixture_on (f, n);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (n), 0, 0);
  fixture_value (f, TASK (n), KEY_TID, 100 + n);
}

static void
take (Fixture *f, guint n, guint lock)
{
  begin (f, n);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK (n), LOCK (lock), TAKES (lock));
}

static void
wait_for (Fixture *f, guint n, guint lock)
{
  f->now_ns += MS (1);
  fixture_on (f, n);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (n), WAIT (n), WAITS (lock));
  fixture_value (f, WAIT (n), KEY_RESOURCE, LOCK (lock));
}

static void
scene_crowd (Fixture *f)
{
  take (f, 1, 0);
  for (guint n = 10; n < 60; n++)
    {
      begin (f, n);
      wait_for (f, n, 0);
    }
}

/* Who has it waits for another one, whose holder runs. */
static void
scene_chain (Fixture *f)
{
  take (f, 2, 1);
  scene_crowd (f);
  wait_for (f, 1, 1);
}

static void
scene_abandoned (Fixture *f)
{
  take (f, 1, 0);
  begin (f, 10);
  wait_for (f, 10, 0);
  fixture_on (f, 1);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK (1), 0, 0);
}

static void
scene_abandoned_with_deadline (Fixture *f)
{
  scene_abandoned (f);
  fixture_value (f, WAIT (10), KEY_DEADLINE, f->now_ns + SECONDS (3600));
}

/* ---- Those that are no finding -------------------------------------------------------------- */

/* A box of its own says all there is to say. */
static void
scene_one_waits (Fixture *f)
{
  take (f, 1, 0);
  begin (f, 10);
  wait_for (f, 10, 0);
}

static void
scene_nobody_waits (Fixture *f)
{
  take (f, 1, 0);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK (1), 0, 0);
}

static void
scene_given_back (Fixture *f)
{
  take (f, 1, 0);
  begin (f, 10);
  wait_for (f, 10, 0);
  fixture_on (f, 1);
  fixture_feed (f, CHANNEL_RELEASE, TASK (1), LOCK (0), 0);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK (1), 0, 0);
}

static void
scene_deadlock (Fixture *f)
{
  take (f, 1, 0);
  take (f, 2, 1);
  wait_for (f, 1, 1);
  wait_for (f, 2, 0);
}

typedef struct
{
  const char *name;
  Scene scene;
  FindingKind kind; /* FINDING_N_KINDS: none of never and blocked */
  const char *title, *cause, *subject;
  const char *suggestion;
} LockCase;

static const LockCase cases[] = {
  { "crowd", scene_crowd, FINDING_BLOCKED, "50 tasks wait for mutex 0xa0, which ",
    "has mutex 0xa0, taken in take at app.c:10, and sleeps in no call that is known",
    "and 49 more wait for it in wait at app.c:50", "it is taken at app.c:10 (take)" },
  { "chain", scene_chain, FINDING_BLOCKED, "50 tasks wait for mutex 0xa0, which ",
    "has mutex 0xa1, taken in take at app.c:11, and sleeps in no call that is known",
    "and 49 more wait for it in wait at app.c:50", "it is taken at app.c:11 (take)" },
  { "abandoned", scene_abandoned, FINDING_NEVER,
    "cannot make progress: mutex 0xa0 is waited for, and its holder ended without releasing it",
    "its holder, thread 101, ended 2.1 s ago without releasing it (taken in take at app.c:10)",
    "waits for it in wait at app.c:50", "every way out of what takes it at app.c:10 (take)" },
  { "abandoned-with-a-deadline", scene_abandoned_with_deadline, FINDING_BLOCKED, "its holder ended",
    "ended 2.1 s ago without releasing it", "waits for it", "app.c:10" },

  { "one-waits", scene_one_waits, FINDING_N_KINDS, NULL, NULL, NULL, NULL },
  { "nobody-waits", scene_nobody_waits, FINDING_N_KINDS, NULL, NULL, NULL, NULL },
  { "given-back", scene_given_back, FINDING_N_KINDS, NULL, NULL, NULL, NULL },
  { "deadlock", scene_deadlock, FINDING_N_KINDS, NULL, NULL, NULL, NULL },
};

static void
assert_says (const Finding *finding, FindingRole role, const char *part)
{
  for (guint i = 0; i < finding->evidence->len; i++)
    {
      const FindingEvidence *evidence = g_ptr_array_index (finding->evidence, i);

      if (evidence->role == role && strstr (evidence->sentence, part) != NULL)
        return;
      g_test_message ("%s", evidence->sentence);
    }
  g_error ("no evidence says '%s'", part);
}

static void
test_case (Fixture *f, gconstpointer data)
{
  const LockCase *test = data;
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;
  const Finding *found = NULL;

  inspector_session_set_stuck_after (f->session, LIMIT);
  test->scene (f);
  f->now_ns += LIMIT + MS (100);
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  for (guint i = 0; i < target->findings->len; i++)
    {
      const Finding *finding = g_ptr_array_index (target->findings, i);

      if (finding->kind != FINDING_NEVER && finding->kind != FINDING_BLOCKED)
        continue;
      g_assert_null (found);
      found = finding;
    }
  g_assert_cmpint (found != NULL, ==, test->kind != FINDING_N_KINDS);
  if (found == NULL)
    return;
  g_test_message ("%s: %s", found->title, found->suggestion);
  g_assert_cmpint (found->kind, ==, test->kind);
  g_assert_cmpint (found->certainty, ==, ANALYSIS_CERTAIN);
  g_assert_nonnull (strstr (found->title, test->title));
  g_assert_nonnull (strstr (found->suggestion, test->suggestion));
  assert_says (found, FINDING_CAUSE, test->cause);
  assert_says (found, FINDING_SUBJECT, test->subject);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/lock-wait/", cases[i].name, NULL);

      g_test_add (path, Fixture, &cases[i], fixture_setup_session, test_case, fixture_teardown);
    }
  return g_test_run ();
}
