/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Child processes that sleep until somebody reads, and those that only look like it. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define LIMIT SECONDS (2)
#define TASK 0x1000
#define READER 0x2000
#define CHILD OBJECT (KIND_CHILD, 0x50)
#define FIRST OBJECT (KIND_CHILD, 0x40)

typedef void (*Scene) (Fixture *f);

/* Somebody has watched the process since it was started; then its end is waited for. */
static void
scene_full (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, FIRST, fixture_place (f, "start", "app.c", 10));
  fixture_value (f, FIRST, KEY_PID, 4712);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, CHILD, fixture_place (f, "finish", "app.c", 20));
  fixture_value (f, CHILD, KEY_PID, 4712);
  fixture_value (f, CHILD, KEY_STDOUT, 7);
  fixture_pipe_writer = (TargetPipeWriter){ .pid = 4712, .tid = 4712, .n_sleeps = 16 };
}

static void
scene_no_pipe (Fixture *f)
{
  scene_full (f);
  fixture_value (f, CHILD, KEY_STDOUT, 8);
}

static void
scene_not_known_to_the_kernel (Fixture *f)
{
  scene_full (f);
  fixture_pipe_writer.pid = 0;
}

static void
scene_deadline (Fixture *f)
{
  scene_full (f);
  fixture_value (f, CHILD, KEY_DEADLINE, f->now_ns + SECONDS (3600));
}

static void
scene_hostile_values (Fixture *f)
{
  scene_full (f);
  fixture_value (f, CHILD, KEY_PID, G_MAXUINT64);
  fixture_value (f, CHILD, KEY_STDOUT, G_MAXUINT64);
}

static void
scene_watched (Fixture *f)
{
  scene_full (f);
  fixture_feed (f, CHANNEL_TASK_BEGIN, READER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, READER, OBJECT (KIND_INTERVAL, 1), 0);
  fixture_value (f, OBJECT (KIND_INTERVAL, 1), KEY_FD, 7);
}

static void
read_from (Fixture *f, gint64 for_ns)
{
  guint64 pipe = OBJECT (KIND_TCP, 1);

  fixture_feed (f, CHANNEL_TASK_BEGIN, READER, 0, 0);
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, READER, pipe, 0);
  fixture_value (f, pipe, KEY_FD, 7);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, READER, OBJECT (KIND_READ, 1), 0);
  fixture_value (f, OBJECT (KIND_READ, 1), KEY_RESOURCE, pipe);
  if (for_ns == 0)
    return;
  f->now_ns += for_ns;
  fixture_feed (f, CHANNEL_AWAIT_END, READER, OBJECT (KIND_READ, 1), 0);
}

static void
scene_read (Fixture *f)
{
  scene_full (f);
  read_from (f, 0);
}

/* It takes a piece now and then: whoever writes has to wait for it. */
static void
scene_read_before (Fixture *f)
{
  scene_full (f);
  read_from (f, MS (1));
}

typedef struct
{
  const char *name;
  Scene scene;
  gboolean is_found;
} UnreadCase;

static const UnreadCase cases[] = {
  { "full", scene_full, TRUE },

  { "no-pipe", scene_no_pipe, FALSE },
  { "not-known-to-the-kernel", scene_not_known_to_the_kernel, FALSE },
  { "deadline", scene_deadline, FALSE },
  { "hostile-values", scene_hostile_values, FALSE },
  { "watched", scene_watched, FALSE },
  { "read", scene_read, FALSE },
  { "read-before", scene_read_before, FALSE },
};

static const Finding *
find (Fixture *f, InspectorReport **ret_report)
{
  const ReportTarget *target;

  *ret_report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (*ret_report)->targets, 0);
  return target->findings->len > 0 ? g_ptr_array_index (target->findings, 0) : NULL;
}

/* Looks several times a second until @for_ns are over. Returns: how many are stuck then */
static guint
look_on (Fixture *f, gint64 for_ns)
{
  gint64 until_ns = f->now_ns + for_ns;
  guint n = 0;

  for (; f->now_ns <= until_ns; f->now_ns += MS (200))
    n = inspector_session_check (f->session, f->now_ns);
  return n;
}

static void
test_case (Fixture *f, gconstpointer data)
{
  const UnreadCase *test = data;
  g_autoptr (InspectorReport) report = NULL;
  const Finding *finding;

  inspector_session_set_stuck_after (f->session, LIMIT);
  test->scene (f);
  g_assert_cmpuint (look_on (f, LIMIT), ==, 0);
  g_assert_cmpuint (look_on (f, SECONDS (4)), ==, test->is_found);
  finding = find (f, &report);
  g_assert_cmpint (finding != NULL, ==, test->is_found);
  if (finding == NULL)
    return;
  g_assert_cmpint (finding->kind, ==, FINDING_BLOCKED);
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_INFERRED);
  g_assert_true (finding->is_pending);
  g_assert_nonnull (strstr (finding->title, "“head -c 1048576” (process 4712)"));
  /* Where it was started, not where its end is waited for. */
  g_assert_nonnull (strstr (finding->suggestion, "app.c:10"));
  g_assert_cmpuint (finding->evidence->len, ==, 2);
}

/* It has run since, so somebody reads; then it does not any more. */
static void
test_goes_on (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;

  inspector_session_set_stuck_after (f->session, LIMIT);
  scene_full (f);
  for (guint i = 0; i < 10; i++)
    {
      g_assert_cmpuint (look_on (f, MS (1500)), ==, 0);
      fixture_pipe_writer.n_sleeps++;
    }
  g_assert_cmpuint (look_on (f, LIMIT + SECONDS (2)), ==, 1);
  fixture_pipe_writer.pid = 0;
  g_assert_cmpuint (look_on (f, SECONDS (2)), ==, 0);
  g_assert_null (find (f, &report));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/unread/", cases[i].name, NULL);

      g_test_add (path, Fixture, &cases[i], fixture_setup_session, test_case, fixture_teardown);
    }
  g_test_add ("/unread/goes-on", Fixture, NULL, fixture_setup_session, test_goes_on,
              fixture_teardown);
  return g_test_run ();
}
