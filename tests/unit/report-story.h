/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_REPORT_STORY_H
#define TEST_REPORT_STORY_H

#include "model-fixture.h"

/* Clients and servers as they come into reports. */

#define TASK 0x1000

/* A task that fetches a user, then posts, then friends. */
void report_story_fetch (Fixture *f, guint64 task, guint64 id, gboolean hangs);
/* 41 of them get all, and the next one no posts, for 2.3 s. */
void report_story_hang (Fixture *f);
void report_story_serve (Fixture *f, guint n);

#endif
