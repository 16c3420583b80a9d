/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/turns.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of a processor, at a time; the least that the kernel gives. */
#define TURN_NS 100000u

/* Not for the threads that it begins (linux/sched.h). */
#define RESET_ON_FORK 1u

/* What a thread may ask for by sched_setattr(2). */
typedef struct
{
  guint32 size, policy;
  guint64 flags;
  gint32 nice;
  guint32 priority;
  guint64 runtime_ns, deadline_ns, period_ns;
} Schedule;

/* Of each thread, as turns are. */
static __thread gboolean is_rush;
static __thread Schedule before_rush;

static gboolean
get_schedule (Schedule *ret_schedule)
{
  *ret_schedule = (Schedule){ 0 };
  return syscall (SYS_sched_getattr, 0, ret_schedule, sizeof *ret_schedule, 0) == 0;
}

static gboolean
set_schedule (Schedule *schedule)
{
  schedule->size = sizeof *schedule;
  return syscall (SYS_sched_setattr, 0, schedule, 0) == 0;
}

/* What this process has given up for the program's sake is taken back, as far as that is allowed; and kernels since 6.12
 * give who asks for little at a time its turn sooner. Others do not mind. */
void
target_turns_shorten (void)
{
  Schedule schedule;

  prctl (PR_SET_TIMERSLACK, 1, 0, 0, 0);
  if (!get_schedule (&schedule) ||
      (schedule.policy != SCHED_OTHER && schedule.policy != SCHED_BATCH))
    return;
  schedule.policy = SCHED_OTHER;
  schedule.runtime_ns = TURN_NS;
  if (!set_schedule (&schedule))
    g_debug ("this kernel knows no turns of another length");
  if (schedule.nice > 0)
    setpriority (PRIO_PROCESS, (id_t)syscall (SYS_gettid), 0);
}

void
target_turns_begin_rush (void)
{
  Schedule schedule = { .policy = SCHED_FIFO, .flags = RESET_ON_FORK, .priority = 1 };

  if (is_rush || !get_schedule (&before_rush) ||
      (before_rush.policy != SCHED_OTHER && before_rush.policy != SCHED_BATCH))
    return;
  is_rush = set_schedule (&schedule);
}

/* Who has RLIMIT_RTPRIO alone may not take back what is not for others, which does no harm. */
void
target_turns_end_rush (void)
{
  if (is_rush && !set_schedule (&before_rush))
    {
      before_rush.flags |= RESET_ON_FORK;
      if (!set_schedule (&before_rush))
        g_debug ("a thread of ours goes on before others");
    }
  is_rush = FALSE;
}

gboolean
target_turns_is_rush (void)
{
  return is_rush;
}
