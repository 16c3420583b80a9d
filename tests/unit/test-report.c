/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The report, as people and as machines read it. */

#include <string.h>
#include <json-glib/json-glib.h>
#include "channel/layout.h"
#include "export/layout.h"
#include "model-fixture.h"

#define TASK 0x1000

/* A task that fetches a user, then posts, then friends. */
static void
fetch (Fixture *f, guint64 task, guint64 id, gboolean hangs)
{
  guint32 begin = fixture_place (f, "fetch_user_data", "src/request.c", 120);
  guint32 timer = fixture_place (f, "fetch_user_data", "src/request.c", 131);

  fixture_feed (f, CHANNEL_TASK_BEGIN, task, 0, begin);
  fixture_connection (f, task, id, TRUE);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, task, OBJECT (KIND_TIMER, id), timer);
  fixture_value (f, OBJECT (KIND_TIMER, id), KEY_DUE, f->now_ns + SECONDS (30));

  fixture_ask (f, task, id, "GET /user/12345 HTTP/1.1",
               fixture_place (f, "fetch_user", "src/request.c", 60));
  f->now_ns += MS (144);
  fixture_answer (f, task, id);
  fixture_ask (f, task, id, "GET /posts/12345 HTTP/1.1",
               fixture_place (f, "fetch_posts", "src/request.c", 88));
  if (hangs)
    return;
  f->now_ns += MS (10);
  fixture_answer (f, task, id);
  fixture_ask (f, task, id, "GET /friends/12345 HTTP/1.1",
               fixture_place (f, "fetch_friends", "src/request.c", 99));
  f->now_ns += MS (10);
  fixture_answer (f, task, id);
  fixture_feed_status (f, CHANNEL_AWAIT_END, task, OBJECT (KIND_TIMER, id), -125);
  fixture_feed (f, CHANNEL_RESOURCE_END, task, OBJECT (KIND_TCP, id), 0);
  fixture_feed_status (f, CHANNEL_TASK_END, task, 0, 0);
}

static void
hang (Fixture *f)
{
  for (guint i = 0; i < 41; i++)
    fetch (f, TASK, 0x20, FALSE);
  fetch (f, TASK, 0x20, TRUE);
  f->now_ns += SECONDS (2.3);
}

static char *
render (Fixture *f, InspectorTextFlags flags, guint width)
{
  g_autoptr (InspectorReport) report
      = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_STUCK, f->now_ns);

  return inspector_report_to_text (report, flags, width);
}

static void
test_box (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  hang (f);
  fixture_set_socket ("ESTABLISHED");
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_print ("%s", text);
}

static void
test_looks (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL, *t2 = NULL, *t3 = NULL;
  guint32 cb = fixture_place (f, "on_read", "src/app.c", 12);
  for (guint i = 0; i < 3; i++) {
  fixture_feed (f, CHANNEL_TASK_BEGIN, 0x5000+i, 0, fixture_place (f, "serve", "src/app.c", 33));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0x5000+i, OBJECT (KIND_LISTEN, 0x50+i), fixture_place (f, "serve", "src/app.c", 33));
  fixture_feed (f, CHANNEL_TASK_BEGIN, 0x6000+i, 0, fixture_place (f, "tick", "src/app.c", 36));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0x6000+i, OBJECT (KIND_TIMER, 0x50+i), fixture_place (f, "tick", "src/app.c", 36));
  fixture_value (f, OBJECT (KIND_TIMER, 0x50+i), KEY_DUE, f->now_ns + SECONDS (30+i));
  }
  f->now_ns += SECONDS (2.3);
  text = render (f, 0, 0);
  g_print ("%s--\n", text);
  fixture_feed (f, CHANNEL_TASK_BEGIN, 0x7000, 0, fixture_place (f, "compute", "src/app.c", 36));
  fixture_feed (f, CHANNEL_POLL_BEGIN, 0x7000, 0, cb);
  f->now_ns += SECONDS (2.3);
  t2 = render (f, 0, 80);
  g_print ("%s--\n", t2);
  fixture_feed (f, CHANNEL_POLL_END, 0x7000, 0, cb);
  fixture_socket.state = NULL;
  hang (f);
  fetch (f, 0x7777, 0x77, TRUE);
  f->now_ns += SECONDS (200.3);
  inspector_target_set_ended (f->target, TRUE, 15);
  t3 = render (f, 1, 60);
  g_print ("%s--\n", t3);
}
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/report/text/box", Fixture, NULL, fixture_setup_session, test_box, fixture_teardown);
  g_test_add ("/report/text/looks", Fixture, NULL, fixture_setup_session, test_looks, fixture_teardown);
  return g_test_run ();
}
