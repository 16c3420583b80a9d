/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_HISTORY_STORY_H
#define TEST_HISTORY_STORY_H

#include "channel-builder.h"
#include "inspector-history.h"

#define NOBODY 0x7ffffffe /* no process has this pid */
#define SECOND G_GINT64_CONSTANT (1000000000)

#define PARENT 0x1000
#define CHILD 0x2000

/* PARENT begins at 1 s, runs from 2 s to 3 s and begins CHILD at 2.5 s; CHILD reads a file from 4 s to
 * 8 s, wants a lock from 8 s on and ends at 9 s. */
void history_story_tell (ChannelBuilder *builder);

/* A session of a program that has told that. */
InspectorSession *history_story_open (InspectorHistory **ret_history);
/* @path: (nullable): recorded there */
InspectorSession *history_story_open_recorded (InspectorHistory **ret_history, const char *path);

#endif
