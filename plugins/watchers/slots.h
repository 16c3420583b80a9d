/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_SLOTS_H
#define WATCHERS_SLOTS_H

/* Functions that stand in the place of the program's callbacks: one of ours for each different one of
 * the program. So a callback of ours knows its original by itself, whatever object and data come with
 * it, and for as long as the process lives: nothing that the program sees of its objects but the
 * address of a callback is different, and a copy of an object works as the object does. A program that
 * has more different callbacks than there are slots has the others uninspected.
 *
 *     static SLOT int on_io (unsigned slot, Source *source, int fd, void *data) { ... }
 *     #define IO(n) static TRAMPOLINE int io_##n (Source *s, int fd, void *d) { return on_io (0##n, s, fd, d); }
 *     SLOTS (IO)
 *     SLOTS_DEFINE (io_slots, io)
 */

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

/* What the runtime is given stands together, so that a call which comes from there is told from one of
 * the program: a callback that ends in a call of the runtime may have become a jump. */
#define TRAMPOLINE __attribute__ ((section ("watcher_trampolines"), noinline))
/* Weak: an adapter of a runtime without callbacks has none. */
extern const char __start_watcher_trampolines[] __attribute__ ((visibility ("hidden"), weak));
extern const char __stop_watcher_trampolines[] __attribute__ ((visibility ("hidden"), weak));

#define N_SLOTS 128u
#define SLOTS_8(M, n) M (n##0) M (n##1) M (n##2) M (n##3) M (n##4) M (n##5) M (n##6) M (n##7)
#define SLOTS_64(M, n)                                                                             \
  SLOTS_8 (M, n##0)                                                                                \
  SLOTS_8 (M, n##1)                                                                                \
  SLOTS_8 (M, n##2)                                                                                \
  SLOTS_8 (M, n##3) SLOTS_8 (M, n##4) SLOTS_8 (M, n##5) SLOTS_8 (M, n##6) SLOTS_8 (M, n##7)
/* M (0000) to M (0177): octal, as C reads it. */
#define SLOTS(M) SLOTS_64 (M, 00) SLOTS_64 (M, 01)

typedef struct
{
  const Callback *functions;
  Callback originals[N_SLOTS];
  uint32_t n;
} Slots;

bool slots_is_ours (const void *function);
/* What stands in the place of @original, which may be such a function already. NULL: there are too many
 * different ones. */
Callback slots_get (Slots *slots, Callback original);
/* The program's own function behind @function; @function itself if it is no one of ours. */
Callback slots_original (const Slots *slots, Callback function);

#endif
