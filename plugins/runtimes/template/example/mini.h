/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MINI_H
#define MINI_H

/* A runtime that is as small as can be: timers, in one thread. It knows nothing of async-inspect. */

typedef void (*MiniFunc) (void *data);

/* Calls @func once, @ms milliseconds from now. Returns: its number, from 1 on; 0: there is no room */
unsigned mini_after (unsigned ms, MiniFunc func, void *data);
/* Forgets it. */
void mini_cancel (unsigned number);
/* Goes on until nothing is left to call. */
void mini_run (void);

#endif
