/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_AHEAD_H
#define MODEL_AHEAD_H

/* A short queue before a model of many tasks. Of a task that has not run for a while nothing is in the processor's
 * cache, and a record of it waits for memory some ten times, one after the other. While records wait here, what they
 * will touch is asked for. Of few tasks, all of which are in the cache, records pass through at once. */

#include "model/model.h"

G_BEGIN_DECLS

typedef struct _ModelAhead ModelAhead;

/* Fewer live tasks are in the cache, and pass through. */
#define MODEL_AHEAD_TASKS 8192u

typedef struct
{
  /* Each record, in the order in which they came. */
  void (*take) (const ChannelEvent *event, void *data);
  /* (nullable): @event will be taken soon: twice, and the first time long before the second. */
  void (*prepare) (const ChannelEvent *event, gboolean is_near, void *data);
} ModelAheadFuncs;

/* @funcs and @model stand until it is freed. */
ModelAhead *model_ahead_new (ModelTarget *model, const ModelAheadFuncs *funcs, gpointer data);
/* What waits is not taken any more. */
void model_ahead_free (ModelAhead *ahead);
void model_ahead_push (ModelAhead *ahead, const ChannelEvent *event);
/* All that waits is taken: before the model is looked at. */
void model_ahead_flush (ModelAhead *ahead);

G_END_DECLS

#endif
