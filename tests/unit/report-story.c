/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "report-story.h"

#include "channel/layout.h"

void
report_story_fetch (Fixture *f, guint64 task, guint64 id, gboolean hangs)
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

void
report_story_hang (Fixture *f)
{
  for (guint i = 0; i < 41; i++)
    report_story_fetch (f, TASK, 0x20, FALSE);
  report_story_fetch (f, TASK, 0x20, TRUE);
  f->now_ns += SECONDS (2.3);
}

void
report_story_serve (Fixture *f, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      fixture_feed (f, CHANNEL_TASK_BEGIN, 0x5000 + i, 0, fixture_place (f, "serve", "s.c", 3));
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0x5000 + i, OBJECT (KIND_LISTEN, 0x50 + i),
                    fixture_place (f, "serve", "s.c", 3));
      fixture_feed (f, CHANNEL_TASK_BEGIN, 0x6000 + i, 0, fixture_place (f, "tick", "s.c", 6));
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0x6000 + i, OBJECT (KIND_TIMER, 0x50 + i),
                    fixture_place (f, "tick", "s.c", 6));
      fixture_value (f, OBJECT (KIND_TIMER, 0x50 + i), KEY_DUE, f->now_ns + SECONDS (30 + i));
    }
  f->now_ns += SECONDS (3);
}
