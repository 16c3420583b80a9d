/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_SAY_H
#define RUST_SAY_H

#include "walk.h"

G_BEGIN_DECLS

/* Says what the walk has found about @task. @future: its own; @with_variables: costs the most. */
void rust_say_task (RustWalk *walk, const RustTask *task, DebugValue future,
                    gboolean with_variables, const InspectorProbeSink *sink);

G_END_DECLS

#endif
