/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_RECORDING_STORY_H
#define TEST_RECORDING_STORY_H

#include "channel/reader.h"
#include "recording/tables.h"

/* Records by hand, of every type in turns and the same each time, and what their numbers stand for. */

#define KIND UINT64_C (3)

void recording_story_event (guint i, ChannelEvent *event);

extern const RecordingSource recording_story_source;

#endif
