/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The scheduler notes of each thread when it ran last (/proc/PID/task/TID/sched), on a clock of the processor that it ran
 * on: it stands still while the processor serves interrupts, or other machines. So it is asked on that processor what time
 * it is there, and what it says is never too long ago. */

#include "config.h"

#include "target/since.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "target/things.h"

#define MAX_PROCESSORS 1024
#define OLD_NS (10 * G_GINT64_CONSTANT (1000000000))
#define NS_PER_MS 1e6
/* proc(5), /proc/PID/stat: the last of the fields behind the name is "processor", the 39th of all. */
#define FIELDS_TO_PROCESSOR 37

typedef struct
{
  gint64 asked_ns; /* 0: never */
  double ahead_ms; /* of the monotonic clock; by how much that is later than the processor's */
  gboolean is_known;
} Clock;

static Clock clocks[MAX_PROCESSORS];

static double
read_ran_ms (int pid, int tid)
{
  g_autofree char *text = kernel_file_read_of (pid, tid, "sched");
  const char *line = text != NULL ? strstr (text, "se.exec_start") : NULL;

  line = line != NULL ? strchr (line, ':') : NULL;
  return line != NULL ? g_ascii_strtod (line + 1, NULL) : 0;
}

static int
read_processor (int pid, int tid)
{
  g_autofree char *text = kernel_file_read_of (pid, tid, "stat");
  const char *at = text != NULL ? strrchr (text, ')') : NULL;

  for (guint i = 0; at != NULL && i < FIELDS_TO_PROCESSOR; i++)
    {
      at = strchr (at + 1, ' ');
      if (at == NULL)
        return -1;
    }
  return at != NULL ? (int)g_ascii_strtoll (at + 1, NULL, 10) : -1;
}

/* This thread goes there for as long as it takes. */
static void
ask_clock (int processor, Clock *clock)
{
  cpu_set_t before, there;
  double ran_ms;

  clock->is_known = FALSE;
  clock->asked_ns = g_get_monotonic_time () * 1000;
  CPU_ZERO (&there);
  CPU_SET (processor, &there);
  if (sched_getaffinity (0, sizeof before, &before) != 0)
    return;
  if (sched_setaffinity (0, sizeof there, &there) == 0 && sched_getcpu () == processor)
    {
      sched_yield ();
      ran_ms = read_ran_ms (getpid (), (int)gettid ());
      clock->ahead_ms = (double)g_get_monotonic_time () / 1000 - ran_ms;
      clock->is_known = ran_ms > 0;
    }
  sched_setaffinity (0, sizeof before, &before);
}

gint64
kernel_since_find (int pid, int tid)
{
  double ran_ms = read_ran_ms (pid, tid);
  int processor = ran_ms > 0 ? read_processor (pid, tid) : -1;
  gint64 now_ns = g_get_monotonic_time () * 1000;
  gint64 since_ns;

  if (processor < 0 || processor >= MIN (MAX_PROCESSORS, CPU_SETSIZE))
    return 0;
  if (clocks[processor].asked_ns == 0 || now_ns - clocks[processor].asked_ns > OLD_NS)
    ask_clock (processor, &clocks[processor]);
  if (!clocks[processor].is_known)
    return 0;
  since_ns = (gint64)((ran_ms + clocks[processor].ahead_ms) * NS_PER_MS);
  return CLAMP (since_ns, 1, now_ns);
}
