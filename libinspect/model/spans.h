/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_SPANS_H
#define MODEL_SPANS_H

#include "model/family.h"
#include "model/store.h"

G_BEGIN_DECLS

/* What one task did, from its begin to now, as columns that only grow: 16 bytes a span, and after each
 * 16 spans a checkpoint with the time that was spent in each part until then. A sum over any stretch
 * of time is exact, at the price of two searches, however many spans lie in it.
 *
 * A part is a state and the family of what is waited for. There are many that a task could have, and few
 * that one has: each task numbers its own as they come.
 *
 * They lie in a store, and end with it. One thread adds. Any thread may read meanwhile, without a lock:
 * what has been added never moves, and how much that is is published last. */

typedef enum
{
  MODEL_SPAN_NONE, /* it has ended */
  MODEL_SPAN_RUNNING,
  MODEL_SPAN_READY,    /* it was seen to become ready, and has not been polled since */
  MODEL_SPAN_WAITING,  /* for what ends by itself: an answer, a file, a job */
  MODEL_SPAN_SLEEPING, /* until a timer is due */
  MODEL_SPAN_RESTING,  /* listens, watches, repeats; a thread that waits for something to do */
  MODEL_SPAN_BLOCKED,  /* for other code of the process: a lock, a task (see doing.c) */
  MODEL_SPAN_UNKNOWN, /* neither polled nor waiting, as far as is known, and nobody saw it become ready */
  MODEL_N_SPAN_STATES
} ModelSpanState;

typedef struct
{
  gint64 begin_ns;
  gint64 end_ns; /* G_MAXINT64: it goes on */
  ModelSpanState state;
  ModelFamily family;
  guint16 kind;     /* number of the await's; 0 none; of one that runs: see MODEL_RUN_THREAD() */
  guint32 location; /* of the await, or of the callback that runs */
} ModelSpan;

/* What is told apart in sums: a state and a family in a byte; a state alone is one, too. */
typedef guint8 ModelPart;
#define MODEL_PART(state, family) ((ModelPart)((guint)(state) | (guint)(family) << 3))
#define MODEL_PART_STATE(part) ((ModelSpanState)((part)&7))
#define MODEL_PART_FAMILY(part) ((ModelFamily)((part) >> 3))
/* Of one task, with that of MODEL_SPAN_NONE, which is the first. A state that a task has not had yet keeps its
 * place; where a task has more families than that, several are summed up as what is other. */
#define MODEL_SPAN_PARTS 12u

#define MODEL_SPANS_INLINE 2u

/* Zeros are one without a span. Of spans.c alone. */
typedef struct
{
  guint64 n;                         /* published */
  gpointer *slots;                   /* NULL: those in the structure do; published */
  guint n_slots;                     /* room in @slots; of the adding thread */
  guint8 n_parts;                    /* the same, with the first one; 0: no span was added */
  ModelPart parts[MODEL_SPAN_PARTS]; /* by number */
  gpointer few[MODEL_SPANS_INLINE];  /* most tasks do not do much */
} ModelSpans;

/* A span will be added soon: asks for the latest from memory; first for where that is. */
void model_spans_prepare (const ModelSpans *spans, gboolean is_first);
/* What came before ends at @at_ns. What is no change adds nothing, and what took no time is replaced.
 * FALSE: the store is full. */
gboolean model_spans_add (ModelSpans *spans, ModelStore *store, gint64 at_ns, ModelPart part,
                          guint16 kind, guint32 location);
/* One that was added before and told of since: also where it is no change, as is left of what took no time. */
gboolean model_spans_append (ModelSpans *spans, ModelStore *store, gint64 at_ns, ModelPart part,
                             guint16 kind, guint32 location);

guint64 model_spans_get_n (const ModelSpans *spans);
void model_spans_get (const ModelSpans *spans, guint64 index, ModelSpan *ret_span);
/* The span at @at_ns. FALSE: before the first one. */
gboolean model_spans_find (const ModelSpans *spans, gint64 at_ns, guint64 *ret_index);
/* About where that is, if spans take turns evenly from @begin_ns to @end_ns. */
guint64 model_spans_guess (const ModelSpans *spans, gint64 at_ns, gint64 begin_ns, gint64 end_ns);
/* The same by what the span at @guess says, where one took @each_ns about. */
guint64 model_spans_guess_again (const ModelSpans *spans, gint64 at_ns, guint64 guess,
                                 double each_ns);
/* The one at @index will be read soon: asks for it from memory; first for where it is. At last those beside it are
 * asked for, too. */
typedef enum
{
  MODEL_SPANS_WHERE,
  MODEL_SPANS_ONE,
  MODEL_SPANS_NEAR,
} ModelSpansWanted;
void model_spans_prepare_near (const ModelSpans *spans, guint64 index, ModelSpansWanted wanted);
/* As model_spans_find(), searched for from @guess on: of many tasks most of what it takes is waiting for memory, and
 * there it reads less. */
gboolean model_spans_find_near (const ModelSpans *spans, gint64 at_ns, guint64 guess,
                                guint64 *ret_index);

/* Divides the time from @from_ns to @to_ns into @n columns and adds to each, for each state, the
 * nanoseconds spent in it: @ret_ns[column * MODEL_N_SPAN_STATES + state]. @now_ns: what goes on, goes
 * on until then. */
void model_spans_sum (const ModelSpans *spans, gint64 from_ns, gint64 to_ns, guint n, gint64 now_ns,
                      gint64 *ret_ns);
/* The same by part: @ret_ns[column * MODEL_SPAN_PARTS + number], where @ret_parts says what each number is.
 * Returns: of how many of them there is anything to say */
guint model_spans_sum_parts (const ModelSpans *spans, gint64 from_ns, gint64 to_ns, guint n,
                             gint64 now_ns, ModelPart *ret_parts, gint64 *ret_ns);

G_END_DECLS

#endif
