/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER async_inspect_bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "bench-lttng.h"

#if !defined(BENCH_LTTNG_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_LTTNG_H

#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT (async_inspect_bench, event,
                            LTTNG_UST_TP_ARGS (uint32_t, where, uint64_t, task, uint64_t, arg),
                            LTTNG_UST_TP_FIELDS (
                                lttng_ust_field_integer (uint32_t, where, where)
                                lttng_ust_field_integer (uint64_t, task, task)
                                lttng_ust_field_integer (uint64_t, arg, arg)))

#endif

#include <lttng/tracepoint-event.h>
