/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef BENCH_EMIT_H
#define BENCH_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "channel/layout.h"
#include "inspect.h"

/* How often the inspector reads. */
#define BENCH_PERIOD_US 10000

/* Forks an inspector that polls, and starts emit/ in this process. Exits where that fails. */
void bench_start_target (void);
/* Waits until the inspector has read everything. Exits where a record was lost: a bench that drops
 * measures something else. */
void bench_wait_for_inspector (void);

/* Arms breakpoints that nothing here meets. */
void bench_arm (uint32_t n);

/* A tracepoint of three integers, as our event has. */
void bench_lttng_event (uint32_t where, uint64_t task, uint64_t arg);

#endif
