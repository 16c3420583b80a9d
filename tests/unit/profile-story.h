/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_STORY_H
#define PROFILE_STORY_H

#include "inspector-history.h"
#include "inspector-profile.h"

/* A program of which it is known where its time went: SERVER (at server.c:10) begins two tasks in
 * handle() at app.c:20. Each runs for 1 s, then waits in fetch() at app.c:30: for 2 s and for 6 s. */

#define STORY_SECOND G_GINT64_CONSTANT (1000000000)
#define STORY_PID 0x7ffffffe /* no process has it */
#define STORY_SERVER 0x1000
#define STORY_QUICK 0x2000
#define STORY_SLOW 0x3000

/* @path: (nullable): recorded there. @ret_profile: (out): updated. Returns: (transfer full) */
InspectorSession *profile_story_open (const char *path, InspectorProfile **ret_profile);

#endif
