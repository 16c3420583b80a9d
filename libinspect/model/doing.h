/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_DOING_H
#define MODEL_DOING_H

#include "model/model.h"
#include "model/spans.h"

G_BEGIN_DECLS

/* What a task does at one moment, as one word: a span of it lasts until that is another. */
typedef struct
{
  ModelSpanState state;
  ModelFamily family;
  guint16 kind;
  guint32 location;
} ModelDoing;

/* @n_polls: open ones, as they will be; @poll_location: of the innermost; @except: (nullable): an await that ends */
ModelDoing model_doing_find (const ModelTask *task, guint n_polls, guint32 poll_location,
                             const ModelAwait *except);

/* Whether it is what the task waited for last, and a look from outside has seen the task run since. Of a job of a pool, and of
 * a call that keeps a thread, the same attribute tells of the await itself. */
gboolean model_await_is_seen_running (const ModelAwait *await);

G_END_DECLS

#endif
