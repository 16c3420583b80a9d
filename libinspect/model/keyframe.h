/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_KEYFRAME_H
#define MODEL_KEYFRAME_H

#include "model/ahead.h"

G_BEGIN_DECLS

/* Records that make an empty model what @model is: tasks, what they wait for and since when, resources,
 * who holds them, callbacks that run, questions without an answer. Told in the order of their times,
 * none of them after the last that @model has read. What is over is not in it: steps that are done,
 * figures of turns, finished tasks. */
void model_keyframe_tell (ModelTarget *model, ChannelEventFunc func, gpointer data);
/* The same to one that is told of each before it takes it. What is said of an object comes with the record that
 * names it, and is not told of. */
void model_keyframe_tell_ahead (ModelTarget *model, const ModelAheadFuncs *funcs, gpointer data);

G_END_DECLS

#endif
