/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Waits whose object nobody knows any more, and those that only look like it. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define LIMIT SECONDS (2)
#define TASK 0x1000
#define WAIT OBJECT (KIND_RETURNED, 0x50)
#define ADDRESS 0x50

typedef void (*Scene) (Fixture *f);

static void
scene_lost (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, WAIT, fixture_place (f, "save", "app.c", 10));
  fixture_value (f, WAIT, KEY_COMPLETER, ADDRESS);
}

static void
scene_known (Fixture *f)
{
  scene_lost (f);
  fixture_reference = ADDRESS;
}

static void
scene_unknown (Fixture *f)
{
  scene_lost (f);
  fixture_reference = G_MAXUINT64;
}

static void
scene_no_address (Fixture *f)
{
  scene_lost (f);
  fixture_value (f, WAIT, KEY_COMPLETER, 0);
}

static void
scene_deadline (Fixture *f)
{
  scene_lost (f);
  fixture_value (f, WAIT, KEY_DEADLINE, f->now_ns + SECONDS (3600));
}

/* That is told as such. */
static void
scene_dropped (Fixture *f)
{
  scene_lost (f);
  fixture_text (f, WAIT, KEY_STATE, "dropped");
}

typedef struct
{
  const char *name;
  Scene scene;
  gboolean is_found;
} LostCase;

static const LostCase cases[] = {
  { "lost", scene_lost, TRUE },

  { "known", scene_known, FALSE },
  { "not-known-whether", scene_unknown, FALSE },
  { "no-address", scene_no_address, FALSE },
  { "deadline", scene_deadline, FALSE },
  { "dropped", scene_dropped, FALSE },
};

static const Finding *
find (Fixture *f, InspectorReport **ret_report)
{
  const ReportTarget *target;

  *ret_report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (*ret_report)->targets, 0);
  for (guint i = 0; i < target->findings->len; i++)
    if (((Finding *)g_ptr_array_index (target->findings, i))->kind == FINDING_NEVER)
      return g_ptr_array_index (target->findings, i);
  return NULL;
}

static void
look_on (Fixture *f, gint64 for_ns)
{
  for (gint64 end_ns = f->now_ns + for_ns; f->now_ns <= end_ns; f->now_ns += MS (200))
    inspector_session_check (f->session, f->now_ns);
}

static void
test_case (Fixture *f, gconstpointer data)
{
  const LostCase *test = data;
  g_autoptr (InspectorReport) early = NULL;
  g_autoptr (InspectorReport) late = NULL;
  const Finding *finding;

  inspector_session_set_stuck_after (f->session, LIMIT);
  test->scene (f);
  look_on (f, LIMIT);
  g_assert_null (find (f, &early));
  look_on (f, SECONDS (4));
  finding = find (f, &late);
  g_assert_cmpint (finding != NULL, ==, test->is_found);
  if (finding == NULL)
    return;
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_CERTAIN);
  g_assert_nonnull (strstr (finding->title, "nobody references"));
  g_assert_nonnull (strstr (finding->suggestion, "app.c:10 (save)"));
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns), ==, 1);
}

/* It was freed because it was over: the record of that is read after the look. */
static void
test_had_ended (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;

  inspector_session_set_stuck_after (f->session, LIMIT);
  scene_lost (f);
  f->now_ns += LIMIT + MS (1);
  inspector_session_check (f->session, f->now_ns);
  g_assert_false (fixture_task (f, TASK)->awaits->is_unreferenced);
  fixture_feed (f, CHANNEL_AWAIT_END, TASK, WAIT, 0);
  /* And another one is begun at its address. */
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, WAIT, 0);
  fixture_value (f, WAIT, KEY_COMPLETER, ADDRESS);
  fixture_task (f, TASK)->awaits->begin_ns++;
  fixture_reference = ADDRESS;
  look_on (f, SECONDS (10));
  g_assert_null (find (f, &report));
  g_assert_false (fixture_task (f, TASK)->awaits->is_unreferenced);
}

/* Nobody asks all the time, for what is known to somebody usually stays so. */
static void
test_later (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) report = NULL;

  inspector_session_set_stuck_after (f->session, LIMIT);
  scene_known (f);
  look_on (f, SECONDS (300));
  fixture_reference = 0;
  look_on (f, SECONDS (5));
  look_on (f, SECONDS (60));
  g_assert_nonnull (find (f, &report));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/unreferenced/", cases[i].name, NULL);

      g_test_add (path, Fixture, &cases[i], fixture_setup_session, test_case, fixture_teardown);
    }
  g_test_add ("/unreferenced/had-ended-before", Fixture, NULL, fixture_setup_session,
              test_had_ended, fixture_teardown);
  g_test_add ("/unreferenced/lost-later", Fixture, NULL, fixture_setup_session, test_later,
              fixture_teardown);
  return g_test_run ();
}
