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

G_END_DECLS

#endif
