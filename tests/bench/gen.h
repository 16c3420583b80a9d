/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#include "channel/reader.h"
#include "model/model.h"
#include "recording/tables.h"

/* Records of a server that exists nowhere: tasks that read, answer, sleep and lock, on four threads. The
 * same for the same numbers. */

typedef struct
{
  guint n_tasks;
  guint64 state; /* of the random numbers */
  gint64 now_ns;
  guint64 next_id;
  guint64 *ids;     /* of each task that lives */
  guint8 *waits;    /* kind of what it waits for; 0: it has not begun */
  guint64 n_events; /* so far */
} Gen;

/* What they lock is of this kind. */
#define GEN_KIND_LOCK 6
#define GEN_BEGIN_NS G_GINT64_CONSTANT (1000000000)

void gen_init (Gen *gen, guint n_tasks);
void gen_clear (Gen *gen);
/* The next few records: one turn of one task. */
void gen_step (Gen *gen, ChannelEventFunc func, gpointer data);

extern const ModelTables gen_tables;
extern const RecordingSource gen_source;

#endif
