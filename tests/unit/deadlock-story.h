/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_DEADLOCK_STORY_H
#define TEST_DEADLOCK_STORY_H

/* What threads, tasks and loops do, in the sentences that deadlocks are made of; and what is found. */

#include "model-fixture.h"

G_BEGIN_DECLS

#define LOCK(n) OBJECT (KIND_LOCK, 0xa0 + (n))
#define RWLOCK(n) OBJECT (KIND_RWLOCK, 0xb0 + (n))
#define LOOP OBJECT (KIND_LOOP, 0x100)
#define OTHER_LOOP OBJECT (KIND_LOOP, 0x101)
#define POOL OBJECT (KIND_POOL, 0x200)
#define THREAD_TASK(ring) (0x1000 + (ring))
#define TASK_A 0x11
#define TASK_B 0x12

typedef struct
{
  InspectorReport *report;
  const Finding *finding;
} Found;

/* A thread that stands for a task, as plugins/runtimes/threads tells it. */
void story_thread (Fixture *f, guint32 ring);
void story_take (Fixture *f, guint32 ring, guint64 resource);
void story_let_go (Fixture *f, guint32 ring, guint64 resource);
guint64 story_await_of (guint32 kind, guint64 task);
void story_wait_as (Fixture *f, guint64 task, guint32 kind, guint64 what);
void story_sleep_for (Fixture *f, guint32 ring, guint64 what);
void story_wake (Fixture *f, guint32 ring);
/* Threads 1 and 2 take LOCK (1) and LOCK (2), and then want the other one. */
void story_cross (Fixture *f);
/* Outside of any task, and it is the loop's holder. */
void story_run_loop (Fixture *f, guint32 ring, guint64 loop);
guint story_look (Fixture *f, gint64 after_ns);
void story_assert_deadlock (Fixture *f);
void story_assert_none (Fixture *f);
/* The one deadlock that there is. */
Found story_find (Fixture *f);
const FindingEvidence *story_evidence (const Found *found, guint index);
ModelAwait *story_find_await (Fixture *f, guint64 object);

G_END_DECLS

#endif
