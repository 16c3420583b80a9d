/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "history-story.h"

#include <fcntl.h>

#include "inspect.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

void
history_story_tell (ChannelBuilder *builder)
{
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint32 place = channel_builder_add_location (builder, "src/app.c", "load", 7);
  guint64 file = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT, "t.read", "reading")
                 << 48;
  guint64 lock = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                                                    "t.lock", "locking")
                 << 48;
  const struct
  {
    guint64 at;
    guint16 type;
    guint64 task, arg;
  } records[] = {
    { 10, CHANNEL_TASK_BEGIN, PARENT, 0 },     { 20, CHANNEL_POLL_BEGIN, PARENT, 0 },
    { 25, CHANNEL_TASK_BEGIN, CHILD, PARENT }, { 30, CHANNEL_POLL_END, PARENT, 0 },
    { 40, CHANNEL_AWAIT_BEGIN, CHILD, file },  { 80, CHANNEL_AWAIT_END, CHILD, file },
    { 80, CHANNEL_AWAIT_BEGIN, CHILD, lock },  { 90, CHANNEL_TASK_END, CHILD, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    channel_builder_record (builder, ring, records[i].at * (guint64)SECOND / 10, records[i].type,
                            place, records[i].task,
                            records[i].arg | (records[i].arg > G_MAXUINT32 ? 0x50 : 0));
}

InspectorSession *
history_story_open_recorded (InspectorHistory **ret_history, const char *path)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  InspectorSession *session = inspector_session_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (inspector_session_get_history (session));
  *ret_history = inspector_session_keep_history (session);
  g_assert_true (inspector_session_get_history (session) == *ret_history);
  history_story_tell (builder);
  if (path != NULL)
    g_assert_true (inspector_session_start_recording (session, path, TRUE, &error));
  inspector_target_attach_channel (inspector_session_add_target (session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, SEALS), &error);
  g_assert_no_error (error);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  return session;
}

InspectorSession *
history_story_open (InspectorHistory **ret_history)
{
  return history_story_open_recorded (ret_history, NULL);
}
