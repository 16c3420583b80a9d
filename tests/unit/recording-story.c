/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "recording-story.h"

#define PLACES 7u

static const char long_text[] = "GET /posts/12345 HTTP/1.1";

void
recording_story_event (guint i, ChannelEvent *event)
{
  *event = (ChannelEvent){ .time_ns = 5000000000 + (gint64)i * 137,
                           .type = 1 + i % (CHANNEL_TYPE_COUNT - 1),
                           .ring = i % 5,
                           .tid = 4711 + (gint32)(i % 5) + (i > 500 ? 100 : 0),
                           .task = UINT64_C (0x7f0000001000) + i % 13 * 64,
                           .arg = KIND << 48 | (UINT64_C (0x7f0000002000) + i % 17 * 32) };
  switch (event->type)
    {
    case CHANNEL_BYTES:
      event->type = CHANNEL_WAKE;
      break;
    case CHANNEL_ATTRIBUTE:
      event->task = event->arg;
      event->arg = 0;
      event->key = 4;
      event->value = i % 2 ? UINT64_C (0xffffffffffffffff) - i : i;
      if (i % 3 == 0)
        {
          event->value = 0;
          event->bytes = long_text;
          event->n_bytes = i % sizeof long_text;
        }
      return;
    case CHANNEL_TASK_END:
    case CHANNEL_AWAIT_END:
      event->status = -(gint32)(i % 200);
      return;
    case CHANNEL_STATE_NAME:
      event->arg = 8 * (1 + i % 4);
      break;
    case CHANNEL_POINT:
      event->arg = (guint64)(gint64) - (gint64)i;
      break;
    default:
      break;
    }
  event->location = i % PLACES;
}

/* ---- Tables by hand ------------------------------------------------------------------------- */

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  static const char *const names[] = { "test.key", "test.wait" };

  *ret_info = (ChannelKindInfo){ number == KIND ? 1 : 3, number, names[number == KIND],
                                 "waiting for {peer}" };
  return number == KIND || number == 4;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  static const guint64 frames[] = { 0x401000, 0x402000, 0x403000 };

  *ret_info =
      (ChannelLocationInfo){ .of = 1, .file = "client.c", .function = "fetch", .line = number };
  if (number == 2)
    *ret_info = (ChannelLocationInfo){ .of = CHANNEL_LOCATION_STACK,
                                       .address = frames[0],
                                       .file = "",
                                       .function = "",
                                       .frames = frames,
                                       .n_frames = G_N_ELEMENTS (frames) };
  return TRUE;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return offset == 8 ? "reading\x01 headers" : "idle";
}

static guint32
count_modules (gpointer data)
{
  return 2;
}

static gboolean
get_module (gpointer data, guint32 number, ChannelModuleInfo *ret_info)
{
  *ret_info = (ChannelModuleInfo){
    "/usr/bin/app", 0x400000 * number, 0x500000 * number, 16, 4, { 1, 2, 3, (guint8)number }
  };
  return TRUE;
}

const RecordingSource recording_story_source = { get_kind, get_location, get_string, count_modules,
                                                 get_module };
