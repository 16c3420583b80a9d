/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_LOOK_H
#define SESSION_PROBE_LOOK_H

#include "inspector-probe.h"
#include "target/core.h"
#include "target/probes.h"

G_BEGIN_DECLS

/* A text that was copied of late. */
typedef struct
{
  const char *from; /* NULL: none */
  const char *kept;
} ProbeLookText;

#define PROBE_LOOK_N_RECENT 1024

/* What one probe has said: tasks up to @end, from those of the one before on. */
typedef struct
{
  guint probe; /* the same in each look */
  guint end;
  gboolean is_whole; /* what is missing is no more */
} ProbeLookPart;

/* All that a probe said in one look: a copy, from the thread that it runs in. */
typedef struct
{
  GStringChunk *texts;
  GPtrArray *blocks; /* what the tasks point to; of the last one is left: */
  guint8 *block;
  gsize block_left;
  ProbeLookText recent[PROBE_LOOK_N_RECENT];
  GArray *tasks; /* InspectorProbeTask */
  GArray *parts; /* ProbeLookPart */
  guint
      n_before; /* the first ones of them have begun before anybody looked, and the program may tell of them, too */
  guint n_others; /* the first ones of them are of other probes than the one that is asked */
  gboolean is_whole;
  gboolean has_clock; /* it is known what time it was */
  gint64 begun_ns;    /* when it began to be read; what it tells was so by then, or later */
} ProbeLook;

/* The probes of one process, in a thread of their own. */
typedef struct _ProbeLooker ProbeLooker;

/* @probes: of TargetProbe; @may_stop: threads that run, for some 100 us, to see where they are; @only_before: of
 * those that are for programs that ran before, what they find at first alone, for an agent tells of all else */
ProbeLooker *probe_looker_new (GPtrArray *probes, int pid, gboolean may_stop, gboolean only_before);
/* @core: (transfer full) */
ProbeLooker *probe_looker_new_core (GPtrArray *probes, TargetCore *core);
/* Waits until the look that is under way has been given up. */
void probe_looker_free (ProbeLooker *looker);
/* Whether the first look is under way, and still finds out what is there at all. */
gboolean probe_looker_is_opening (ProbeLooker *looker);
/* Asks for a look, unless one is under way. */
gboolean probe_looker_ask (ProbeLooker *looker);
/* (transfer full) (nullable): the one that was asked for, once it is done */
ProbeLook *probe_looker_take (ProbeLooker *looker);
/* The same, and waits for it: of a core file, which does not go on meanwhile. */
ProbeLook *probe_looker_wait (ProbeLooker *looker);
/* How long that took; 0: there was none. */
gint64 probe_looker_get_cost (ProbeLooker *looker);
/* FALSE: not as long as this program runs, for no probe has anything to say about it. */
gboolean probe_looker_is_useful (ProbeLooker *looker);
/* Whether what has begun since somebody looked is told of by others. */
gboolean probe_looker_sees_only_before (const ProbeLooker *looker);
/* Whether all that is looked for is there for long. */
gboolean probe_looker_is_slow (const ProbeLooker *looker);
/* "tokio"; once there was a look. (transfer full) (nullable) */
char *probe_looker_dup_detail (ProbeLooker *looker);
/* What cannot be seen and why, once; (transfer full) (nullable) */
char *probe_looker_steal_warning (ProbeLooker *looker);

void probe_look_free (ProbeLook *look);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProbeLook, probe_look_free)

/* It waits for what a loop waits for, and for nothing else: for any of several things, or for one of these. */
gboolean probe_task_is_of_loop (const InspectorProbeTask *task);

G_END_DECLS

#endif
