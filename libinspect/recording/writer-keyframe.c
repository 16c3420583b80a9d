/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Keyframes: what a target is at one moment, as records. */

#include "recording/writer-private.h"

/* Who asks for one task reads only the blocks that may name it. */
#define KEYFRAME_EVENTS 32768u

void
recording_writer_begin_keyframe (RecordingWriter *self, guint32 number, gboolean is_first)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target == NULL || target->names == NULL || target->keyframe != NULL)
    return;
  /* What comes after it is later than it. */
  recording_flush_target (self, number, target);
  target->keyframe = recording_columns_new ();
  target->keyframe_flags = is_first ? RECORDING_FLAG_FIRST : 0;
  target->n_of_keyframe = 0;
}

/* One block of a keyframe. */
static void
hand_over_keyframe (RecordingWriter *self, guint32 number, RecordingTarget *target, guint flags)
{
  RecordingBlock block = { .type = RECORDING_KEYFRAME, .target = number, .flags = (guint16)flags };

  recording_hand_over_names (self, number, target);
  if (target->n_of_keyframe > 0)
    block.flags = RECORDING_FLAG_CONTINUES;
  block.n_lost = target->n_lost + recording_writer_get_dropped (self, number);
  block.last_ns =
      recording_is_flight (self) || target->last_ns == 0 ? recording_now_ns () : target->last_ns;
  target->n_of_keyframe += recording_columns_get_n_events (target->keyframe);
  recording_hand_over_records (self, &block, target->keyframe);
}

void
recording_writer_add_keyframe_event (RecordingWriter *self, guint32 number,
                                     const ChannelEvent *event)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target == NULL || target->keyframe == NULL)
    return;
  recording_names_add (target->names, event);
  recording_columns_add (target->keyframe, event);
  if (recording_is_full (target->keyframe, KEYFRAME_EVENTS))
    hand_over_keyframe (self, number, target, target->keyframe_flags);
}

void
recording_writer_end_keyframe (RecordingWriter *self, guint32 number)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target == NULL || target->keyframe == NULL)
    return;
  hand_over_keyframe (self, number, target, target->keyframe_flags);
  target->n_since_keyframe = 0;
  g_clear_pointer (&target->keyframe, recording_columns_free);
}

/* What there is to keep may be much: a keyframe is to have less than a third of the records that it spares. */
gboolean
recording_writer_wants_keyframe (RecordingWriter *self, guint32 number)
{
  RecordingTarget *target = recording_get_target (self, number);

  return target != NULL && !recording_is_flight (self) &&
         target->n_since_keyframe >=
             MAX (self->options.keyframe_gap, target->n_of_keyframe * 13 / 4);
}
