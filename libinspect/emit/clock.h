/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_CLOCK_H
#define EMIT_CLOCK_H

#include <stdint.h>
#include "channel/layout.h"

/* A ChannelClock; chosen once, before the first channel is made. */
extern uint32_t emit_clock __attribute__ ((visibility ("hidden")));

/* Picks the cheapest clock that is right on this machine. */
void emit_clock_choose (void);
/* Ticks in a second of CNTVCT; 0 where the inspector has to measure. */
uint64_t emit_clock_hz (void);
/* CLOCK_MONOTONIC in nanoseconds, keeping errno. */
uint64_t emit_clock_monotonic_ns (void);

#if defined(__x86_64__)
#define EMIT_CLOCK_INSTRUCTION CHANNEL_CLOCK_TSC
#elif defined(__aarch64__)
#define EMIT_CLOCK_INSTRUCTION CHANNEL_CLOCK_CNTVCT
#endif

/* True when reading the clock is an instruction and no call. */
static inline int
emit_clock_is_quick (void)
{
  return emit_clock == EMIT_CLOCK_INSTRUCTION;
}

/* That instruction. Not ordered with the stores around it, and it need not be: the order of one
 * thread's records is that of their indices, and rdtscp or a fence would double the cost. */
static inline uint64_t
emit_ticks_quick (void)
{
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc ();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#endif
}

/* Raw ticks of emit_clock. */
static inline uint64_t
emit_ticks (void)
{
  return emit_clock_is_quick () ? emit_ticks_quick () : emit_clock_monotonic_ns ();
}

#endif
