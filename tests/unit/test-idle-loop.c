/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Loops that nobody runs, and those that only look like it. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define LIMIT SECONDS (2)
#define TASK 0x1000
#define LOOP OBJECT (KIND_LOOP, 0x10)
#define RETURNED OBJECT (KIND_RETURNED, 0x50)
#define TIMER OBJECT (KIND_TIMER, 0x60)
#define READ OBJECT (KIND_READ, 0x70)

typedef void (*Scene) (Fixture *f);

static void
loop (Fixture *f, guint type)
{
  fixture_feed (f, type, 0, LOOP, 0);
  f->now_ns += MS (1);
}

static void
return_result (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, RETURNED, fixture_place (f, "load", "app.c", 10));
  fixture_value (f, RETURNED, KEY_RESOURCE, LOOP);
}

static void
scene_returned (Fixture *f)
{
  loop (f, CHANNEL_RESOURCE_BEGIN);
  return_result (f);
}

static void
scene_due (Fixture *f)
{
  loop (f, CHANNEL_RESOURCE_BEGIN);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, TIMER, fixture_place (f, "later", "app.c", 10));
  fixture_value (f, TIMER, KEY_OWNER, LOOP);
  fixture_value (f, TIMER, KEY_DUE, f->now_ns);
}

static void
scene_left_before (Fixture *f)
{
  loop (f, CHANNEL_ACQUIRE);
  loop (f, CHANNEL_RELEASE);
  return_result (f);
}

/* ---- Those that are well -------------------------------------------------------------------- */

static void
scene_run (Fixture *f)
{
  scene_returned (f);
  loop (f, CHANNEL_ACQUIRE);
}

static void
scene_left_with_it (Fixture *f)
{
  loop (f, CHANNEL_ACQUIRE);
  return_result (f);
  f->now_ns += MS (1);
  loop (f, CHANNEL_RELEASE);
}

/* A runtime that tells of callbacks, and not of who runs the loop. */
static void
scene_seen_to_turn (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, 0x2000, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0x2000, READ, 0);
  fixture_value (f, READ, KEY_OWNER, LOOP);
  fixture_feed (f, CHANNEL_POLL_BEGIN, 0x2000, READ, 0);
  fixture_feed (f, CHANNEL_POLL_END, 0x2000, 0, 0);
  return_result (f);
}

static void
scene_not_due (Fixture *f)
{
  scene_due (f);
  fixture_value (f, TIMER, KEY_DUE, f->now_ns + SECONDS (3600));
}

static void
scene_not_ready (Fixture *f)
{
  loop (f, CHANNEL_RESOURCE_BEGIN);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, READ, 0);
  fixture_value (f, READ, KEY_OWNER, LOOP);
}

typedef struct
{
  const char *name;
  Scene scene;
  gboolean is_found;
} LoopCase;

static const LoopCase cases[] = {
  { "returned", scene_returned, TRUE },
  { "due", scene_due, TRUE },
  { "begun-after-the-loop-was-left", scene_left_before, TRUE },

  { "run", scene_run, FALSE },
  { "left-with-it", scene_left_with_it, FALSE },
  { "seen-to-turn", scene_seen_to_turn, FALSE },
  { "not-due", scene_not_due, FALSE },
  { "not-ready", scene_not_ready, FALSE },
};

static void
test_case (Fixture *f, gconstpointer data)
{
  const LoopCase *test = data;
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;
  const Finding *finding;

  inspector_session_set_stuck_after (f->session, LIMIT);
  test->scene (f);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + LIMIT), ==, 0);
  f->now_ns += LIMIT + MS (100);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns), ==, test->is_found);
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  g_assert_cmpuint (target->findings->len, ==, test->is_found);
  if (!test->is_found)
    return;
  finding = g_ptr_array_index (target->findings, 0);
  g_assert_cmpint (finding->kind, ==, FINDING_NEVER);
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_nonnull (strstr (finding->title, "nobody runs loop"));
  g_assert_nonnull (strstr (finding->suggestion, "app.c:10"));
  g_assert_cmpuint (finding->evidence->len, ==, 1);
  g_assert_cmpstr (((ReportTask *)g_ptr_array_index (target->stuck, 0))->rule->id, ==,
                   "loop-not-run");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/idle-loop/", cases[i].name, NULL);

      g_test_add (path, Fixture, &cases[i], fixture_setup_session, test_case, fixture_teardown);
    }
  return g_test_run ();
}
