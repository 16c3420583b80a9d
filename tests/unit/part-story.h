/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_PART_STORY_H
#define TEST_PART_STORY_H

#include "model/model.h"

/* A recording of tasks that hold locks and permits across waits, end while they hold them, wait for each other's end,
 * and have ids that are used again. */

#define PART_STORY_N_TASKS 40u
#define PART_STORY_BEGIN_NS G_GINT64_CONSTANT (1000000000)

extern const ModelTables part_story_tables;

/* The recording in a folder of its own. */
typedef struct
{
  char *folder, *path;
  gint64 last_ns; /* its last instant */
} PartStory;

/* @with_mentions: it says which blocks name whom; else that is found out by reading them */
void part_story_setup (PartStory *self, gboolean with_mentions);
/* For g_test_add(): with them. */
void part_story_setup_whole (PartStory *self, gconstpointer unused);
void part_story_teardown (PartStory *self, gconstpointer unused);

#endif
