/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "deadlock-story.h"

#include "channel/layout.h"

void
story_thread (Fixture *f, guint32 ring)
{
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_TASK_BEGIN, THREAD_TASK (ring), 0, 0);
  fixture_value (f, THREAD_TASK (ring), KEY_TID, 100 + ring);
}

void
story_take (Fixture *f, guint32 ring, guint64 resource)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (ring), resource,
                fixture_place (f, "take", "app.c", 10 + ring));
}

void
story_let_go (Fixture *f, guint32 ring, guint64 resource)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_RELEASE, THREAD_TASK (ring), resource, 0);
}

guint64
story_await_of (guint32 kind, guint64 task)
{
  return OBJECT (kind, task);
}

void
story_wait_as (Fixture *f, guint64 task, guint32 kind, guint64 what)
{
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, task, story_await_of (kind, task),
                fixture_place (f, "wait", "app.c", 20 + f->ring));
  if (what != 0)
    fixture_value (f, story_await_of (kind, task), KEY_RESOURCE, what);
}

void
story_sleep_for (Fixture *f, guint32 ring, guint64 what)
{
  fixture_on (f, ring);
  story_wait_as (f, THREAD_TASK (ring), KIND_LOCKING, what);
}

void
story_wake (Fixture *f, guint32 ring)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_AWAIT_END, THREAD_TASK (ring),
                story_await_of (KIND_LOCKING, THREAD_TASK (ring)), 0);
}

void
story_run_loop (Fixture *f, guint32 ring, guint64 loop)
{
  fixture_on (f, ring);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_ACQUIRE, 0, loop, fixture_place (f, "main", "app.c", 99));
}

guint
story_look (Fixture *f, gint64 after_ns)
{
  g_autoptr (InspectorReport) report = NULL;
  const ReportTarget *target;
  guint n = 0;

  f->now_ns += after_ns;
  inspector_session_check (f->session, f->now_ns);
  report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (report)->targets, 0);
  for (guint i = 0; i < target->findings->len; i++)
    n += ((Finding *)g_ptr_array_index (target->findings, i))->kind == FINDING_DEADLOCK;
  return n;
}

void
story_assert_deadlock (Fixture *f)
{
  g_assert_cmpuint (story_look (f, MS (25)), ==, 1);
}

void
story_assert_none (Fixture *f)
{
  g_assert_cmpuint (story_look (f, MS (25)), ==, 0);
  g_assert_cmpuint (story_look (f, SECONDS (10)), ==, 0);
}

Found
story_find (Fixture *f)
{
  Found found;
  const ReportTarget *target;

  f->now_ns += MS (25);
  found.report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (found.report)->targets, 0);
  g_assert_cmpuint (target->findings->len, ==, 1);
  found.finding = g_ptr_array_index (target->findings, 0);
  g_assert_cmpint (found.finding->kind, ==, FINDING_DEADLOCK);
  return found;
}

const FindingEvidence *
story_evidence (const Found *found, guint index)
{
  g_assert_cmpuint (index, <, found->finding->evidence->len);
  return g_ptr_array_index (found->finding->evidence, index);
}

ModelAwait *
story_find_await (Fixture *f, guint64 object)
{
  return model_table_find (&f->model->awaits, object);
}

void
story_cross (Fixture *f)
{
  story_thread (f, 1);
  story_thread (f, 2);
  story_take (f, 1, LOCK (1));
  story_take (f, 2, LOCK (2));
  story_sleep_for (f, 1, LOCK (2));
  story_sleep_for (f, 2, LOCK (1));
}
