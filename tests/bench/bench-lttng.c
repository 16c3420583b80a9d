/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "bench-lttng.h"

#include "bench-emit.h"

void
bench_lttng_event (uint32_t where, uint64_t task, uint64_t arg)
{
  lttng_ust_tracepoint (async_inspect_bench, event, where, task, arg);
}
