/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "profile-story.h"

#include <fcntl.h>
#include "channel-builder.h"
#include "inspect.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

enum
{
  PLACE_SERVER,
  PLACE_HANDLE,
  PLACE_FETCH,
  N_PLACES
};

static void
tell_story (ChannelBuilder *builder)
{
  guint32 ring = channel_builder_add_ring (builder, 100);
  const guint32 places[N_PLACES] = {
    [PLACE_SERVER] = channel_builder_add_location (builder, "/src/server.c", "serve", 10),
    [PLACE_HANDLE] = channel_builder_add_location (builder, "/src/app.c", "handle", 20),
    [PLACE_FETCH] = channel_builder_add_location (builder, "/src/app.c", "fetch", 30),
  };
  guint64 file = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT, "t.read", "reading")
                 << 48;
  const struct
  {
    guint64 at; /* tenths of a second */
    guint16 type;
    guint place;
    guint64 task, arg;
  } records[] = {
    { 10, CHANNEL_TASK_BEGIN, PLACE_SERVER, STORY_SERVER, 0 },
    { 20, CHANNEL_POLL_BEGIN, PLACE_SERVER, STORY_SERVER, 0 },
    { 20, CHANNEL_TASK_BEGIN, PLACE_HANDLE, STORY_QUICK, STORY_SERVER },
    { 20, CHANNEL_TASK_BEGIN, PLACE_HANDLE, STORY_SLOW, STORY_SERVER },
    { 20, CHANNEL_POLL_END, PLACE_SERVER, STORY_SERVER, 0 },
    { 20, CHANNEL_POLL_BEGIN, PLACE_HANDLE, STORY_QUICK, 0 },
    { 30, CHANNEL_AWAIT_BEGIN, PLACE_FETCH, STORY_QUICK, file | 1 },
    { 30, CHANNEL_POLL_END, PLACE_HANDLE, STORY_QUICK, 0 },
    { 30, CHANNEL_POLL_BEGIN, PLACE_HANDLE, STORY_SLOW, 0 },
    { 40, CHANNEL_AWAIT_BEGIN, PLACE_FETCH, STORY_SLOW, file | 2 },
    { 40, CHANNEL_POLL_END, PLACE_HANDLE, STORY_SLOW, 0 },
    { 50, CHANNEL_AWAIT_END, PLACE_FETCH, STORY_QUICK, file | 1 },
    { 50, CHANNEL_TASK_END, PLACE_HANDLE, STORY_QUICK, 0 },
    { 100, CHANNEL_AWAIT_END, PLACE_FETCH, STORY_SLOW, file | 2 },
    { 100, CHANNEL_TASK_END, PLACE_HANDLE, STORY_SLOW, 0 },
    { 110, CHANNEL_TASK_END, PLACE_SERVER, STORY_SERVER, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    channel_builder_record (builder, ring, records[i].at * (guint64)STORY_SECOND / 10,
                            records[i].type, places[records[i].place], records[i].task,
                            records[i].arg);
}

InspectorSession *
profile_story_open (const char *path, InspectorProfile **ret_profile)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  InspectorSession *session = inspector_session_new ();
  InspectorTarget *target;
  g_autoptr (GError) error = NULL;

  inspector_session_keep_history (session);
  *ret_profile = inspector_profile_new (session, 0, -1, INSPECTOR_PROFILE_NONE);
  tell_story (builder);
  if (path != NULL)
    g_assert_true (inspector_session_start_recording (session, path, TRUE, &error));
  target = inspector_session_add_target (session, STORY_PID, "./app", 0);
  inspector_target_attach_channel (target, channel_builder_dup_memfd (builder, SEALS), &error);
  g_assert_no_error (error);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  inspector_target_set_ended (target, TRUE, 0);
  if (path != NULL)
    g_assert_true (inspector_session_stop_recording (session, NULL, &error));
  inspector_profile_update (*ret_profile);
  return session;
}
