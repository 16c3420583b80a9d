/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_TOLD_H
#define RUST_TOLD_H

#include "walk.h"

/* What the crate async-inspect (crate/) has left in the memory of a program that uses it: names of tasks
 * and locks, and around the body of each traced function a future that is none of the program's own. */

G_BEGIN_DECLS

#define RUST_TOLD_TRACED "async_inspect::told::call::Traced<"
#define RUST_TOLD_NAMED "async_inspect::told::named::Named<"

/* Whether @awaited is all that the traced function @plan waits for: its own body. */
gboolean rust_told_is_body (const RustPlan *plan, DebugType *awaited);
/* Keeps the name that @named, a future of the crate's, gives the task in @walk, if it is the task that it is around. */
void rust_told_note_name (RustWalk *walk, DebugValue named);
/* Goes from what the crate has put around the future of a task to that future; keeps the name in @walk. */
void rust_told_unwrap (RustWalk *walk, DebugValue *future);
/* The type of that future, and how far into what is around it; @type where nothing is. */
DebugType *rust_told_get_inside (DebugType *type, guint64 *ret_offset);
/* Where a future lies that is no task of a runtime. */
void rust_told_get_range (RustWalk *walk, DebugValue future, guint64 *ret_begin, guint64 *ret_end);

/* Where the names of locks are; 0: the program has none. */
guint64 rust_told_find (RustProgram *program);
/* @programs: RustProgram. Returns: (nullable) */
RustLockNames *rust_lock_names_read (GPtrArray *programs, const InspectorProbeTarget *target);
void rust_lock_names_free (RustLockNames *names);
/* Of the lock at @address; (nullable). @names: (nullable) */
const char *rust_lock_names_find (const RustLockNames *names, RustMemory *memory, guint64 address);

G_END_DECLS

#endif
