/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "emit/sys.h"

/* Weak: before glibc 2.17 it lives in a library that the program may not have. */
extern int clock_gettime (clockid_t clock, struct timespec *ret_time) __attribute__ ((weak));

uint32_t emit_clock = CHANNEL_CLOCK_MONOTONIC;

#if defined(__x86_64__)
#define CPUID_POWER 0x80000007u
#define CPUID_INVARIANT_TSC (1u << 8)

/* The kernel compares the clocks of all CPUs when it starts and goes on watching them; it names
 * "tsc" only where they agree. */
static bool
kernel_trusts_tsc (void)
{
  char name[8] = { 0 };
  int fd = sys_openat (AT_FDCWD, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
                       O_RDONLY | O_CLOEXEC, 0);

  if (fd < 0)
    return false;
  long length = sys_read (fd, name, sizeof name - 1);
  sys_close (fd);
  return length >= 4 && memcmp (name, "tsc\n", 4) == 0;
}

static bool
tsc_is_usable (void)
{
  unsigned int a, b, c, d;
  int access = 0;

  if (__get_cpuid (CPUID_POWER, &a, &b, &c, &d) == 0 || (d & CPUID_INVARIANT_TSC) == 0)
    return false;
  /* rdtsc raises SIGSEGV where the program, or what records it, has asked for that. */
  if (sys_prctl (PR_GET_TSC, (unsigned long)&access) != 0 || access != PR_TSC_ENABLE)
    return false;
  return kernel_trusts_tsc ();
}
#endif

void
emit_clock_choose (void)
{
#if defined(__x86_64__)
  emit_clock = tsc_is_usable () ? CHANNEL_CLOCK_TSC : CHANNEL_CLOCK_MONOTONIC;
#elif defined(__aarch64__)
  emit_clock = CHANNEL_CLOCK_CNTVCT;
#endif
}

uint64_t
emit_clock_hz (void)
{
#if defined(__aarch64__)
  uint64_t hz;
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
  return hz;
#else
  return 0;
#endif
}

uint64_t
emit_clock_monotonic_ns (void)
{
  struct timespec time = { 0, 0 };

  if (clock_gettime != NULL)
    {
      int error = errno;
      clock_gettime (CLOCK_MONOTONIC, &time);
      errno = error;
    }
  else
    sys_clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * UINT64_C (1000000000) + (uint64_t)time.tv_nsec;
}
