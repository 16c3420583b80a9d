/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_GTASK_PRIVATE_H
#define GLIB_GTASK_PRIVATE_H

/* What the files that follow GTasks share. */

#include "asyncs.h"
#include "gio.h"
#include "shared/lock.h"

/* Orders what a thread learns of its GTasks and what another does with them meanwhile. */
extern Lock gtask_lock;

/* A GTask of the program's own, and one that libgio made by itself. */
extern InspectKind gtask_kind, gtask_kind_step;

static inline GTask *
gtask_of (const Async *async)
{
  return (GTask *)async_get_address (async);
}

/* Finds where a GTask has its callback, by one whose callback and user_data are known. */
void gtask_learn_callback (GTask *gtask, GAsyncReadyCallback callback, const void *user_data);
/* Under the lock, as are the others. Puts ours in the place of the program's callback. Returns:
 * whether somebody is called at all; true where that cannot be told. */
bool gtask_exchange_callback (Async *async, GTask *gtask);
/* The reference to the waiter becomes the await's. */
void gtask_begin_wait (Async *async, GTask *gtask, InspectKind *kind);
/* Its name and its source object. */
void gtask_say (const Async *async, GTask *gtask);

#endif
