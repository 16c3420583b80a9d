/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_HOLD_H
#define RUST_HOLD_H

#include "walk.h"

G_BEGIN_DECLS

/* Whether a value of that type is what holds a lock or permits. */
gboolean rust_guard_is_one (const DebugType *type);
/* Whether an Arc or Rc has one behind it that all who count keep. */
gboolean rust_guard_is_counted (DebugType *type);
/* Whether what is in it can be changed, and taken out, by a shared reference. */
gboolean rust_guard_is_cell (const DebugType *type);
/* What a coroutine holds by the guards that it keeps. */
void rust_holds_find (RustWalk *walk, const RustFrame *frame);

/* What a lock is built upon, from something that has it: its address, its free permits, and what it is
 * called. */
typedef struct
{
  guint64 address;
  guint64 permits;
  gboolean has_permits;
} RustSemaphore;

gboolean rust_semaphore_read (const DebugMemory *memory, DebugValue semaphore,
                              RustSemaphore *ret_semaphore);
/* "RwLock<u32>" of a RwLockReadGuard<u32>, or a future that will have one, which does not refer to the lock itself. Lives
 * as long as the walk's texts. */
const char *rust_dup_guarded_name (RustWalk *walk, const char *lock, const DebugType *type);
/* "Mutex<i32>"; lives as long as @type. */
const char *rust_get_lock_name (DebugType *type);

G_END_DECLS

#endif
