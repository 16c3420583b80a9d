/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/sleep.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target/calls.h"
#include "target/since.h"
#include "target/facts.h"
#include "target/things.h"

#define MAX_WATCHED 32u
#define YOUNG_NS (150 * G_GINT64_CONSTANT (1000000))

/* ---- A thread ---------------------------------------------------------------------------------------- */

static guint64
find_number (const char *text, const char *name)
{
  const char *line = text != NULL ? strstr (text, name) : NULL;

  return line != NULL ? g_ascii_strtoull (line + strlen (name), NULL, 10) : 0;
}

static gboolean
read_state (KernelSleep *sleep)
{
  g_autofree char *text = kernel_file_read_of (sleep->pid, sleep->tid, "status");
  const char *state = text != NULL ? strstr (text, "\nState:\t") : NULL;

  if (state == NULL)
    return FALSE;
  sleep->state = state[strlen ("\nState:\t")];
  sleep->n_sleeps = find_number (text, "\nvoluntary_ctxt_switches:\t");
  return TRUE;
}

/* A wait that a stop has interrupted goes on as restart_syscall(), with the arguments that it had; where in the kernel it
 * sleeps says what it was. Besides these two only the ways to sleep for some time begin again so, and their functions are
 * of those that the kernel leaves out there (__sched), so that it names one further out. */
static long
find_restarted (const KernelSleep *sleep)
{
  static const struct
  {
    const char *where; /* begins so */
    long number;
  } waits[] = {
#ifdef SYS_poll
    { "poll_schedule", SYS_poll }, { "do_sys_poll", SYS_poll }, { "do_poll", SYS_poll },
#endif
    { "futex", SYS_futex },        { "__futex", SYS_futex },
  };
  g_autofree char *where = kernel_file_read_of (sleep->pid, sleep->tid, "wchan");

  if (where == NULL || *where == '\0' || *where == '0')
    return SYS_restart_syscall;
  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    if (g_str_has_prefix (where, waits[i].where))
      return waits[i].number;
  return SYS_clock_nanosleep;
}

/* proc(5), /proc/PID/syscall: the call, its six arguments, and where its stack and its code are. */
static void
read_call (KernelSleep *sleep)
{
  g_autofree char *text = kernel_file_read_of (sleep->pid, sleep->tid, "syscall");
  unsigned long long arguments[6];
  guint64 numbers[6];
  long number;

  if (text == NULL ||
      sscanf (text, "%ld %llx %llx %llx %llx %llx %llx", &number, &arguments[0], &arguments[1],
              &arguments[2], &arguments[3], &arguments[4], &arguments[5]) != 7)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    numbers[i] = arguments[i];
  if (number == SYS_restart_syscall)
    number = find_restarted (sleep);
  kernel_call_describe (number, numbers, sleep);
}

/* "tfd:       19 events:       19 data: ..." for each descriptor of an epoll. */
static void
read_epoll (KernelSleep *sleep)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fdinfo/%d", sleep->pid, sleep->fd);
  g_autofree char *text = kernel_file_read (path);
  unsigned events;
  int number;

  sleep->watched = g_array_new (FALSE, FALSE, sizeof (int));
  for (const char *line = text; line != NULL; line = strchr (line, '\n'))
    {
      while (*line == '\n')
        line++;
      if (sscanf (line, "tfd: %d events: %x", &number, &events) == 2 && (events & EPOLLIN) != 0)
        g_array_append_val (sleep->watched, number);
    }
  if (text == NULL || sleep->watched->len > MAX_WATCHED)
    g_clear_pointer (&sleep->watched, g_array_unref);
}

gboolean
kernel_sleep_read (int pid, int tid, KernelSleep *ret_sleep)
{
  KernelSleep sleep = { .pid = pid, .tid = tid, .fd = -1, .name = "" };
  KernelSleep again = { .pid = pid, .tid = tid };

  if (!read_state (&sleep) || strchr ("SDTt", sleep.state) == NULL)
    return FALSE;
  if (sleep.state == 'T' || sleep.state == 't')
    sleep.call = KERNEL_STOPPED;
  else
    read_call (&sleep);
  if (sleep.call == KERNEL_POLL && sleep.fd >= 0)
    read_epoll (&sleep);
  sleep.since_ns = kernel_since_find (pid, tid);
  /* All of it was so at once. */
  if (!read_state (&again) || again.n_sleeps != sleep.n_sleeps || again.state != sleep.state)
    {
      kernel_sleep_clear (&sleep);
      return FALSE;
    }
  *ret_sleep = sleep;
  return TRUE;
}

void
kernel_sleep_clear (KernelSleep *sleep)
{
  g_clear_pointer (&sleep->path, g_free);
  g_clear_pointer (&sleep->watched, g_array_unref);
}

void
kernel_sleep_copy (const KernelSleep *sleep, KernelSleep *ret_copy)
{
  *ret_copy = *sleep;
  ret_copy->path = g_strdup (sleep->path);
  if (sleep->watched != NULL)
    g_array_ref (sleep->watched);
}

gboolean
kernel_sleep_is_young (const KernelSleep *sleep, gint64 now_ns)
{
  return sleep->since_ns > 0 && now_ns - sleep->since_ns < YOUNG_NS;
}

/* ---- What it watches ---------------------------------------------------------------------------------- */

gboolean
kernel_sleep_watches (const KernelSleep *sleep, const char *link, gboolean *ret_is_known)
{
  g_autofree char *own = NULL;

  *ret_is_known =
      sleep->call != KERNEL_OTHER && (sleep->call != KERNEL_POLL || sleep->watched != NULL);
  for (guint i = 0; sleep->watched != NULL && i < sleep->watched->len; i++)
    {
      g_autofree char *watched =
          kernel_thing_dup_link (sleep->pid, g_array_index (sleep->watched, int, i));

      if (g_strcmp0 (watched, link) == 0)
        return TRUE;
    }
  if (sleep->fd < 0)
    return FALSE;
  own = kernel_thing_dup_link (sleep->pid, sleep->fd);
  return g_strcmp0 (own, link) == 0;
}

/* ---- In short ----------------------------------------------------------------------------------------- */

gboolean
target_facts_get_sleep (int pid, int tid, TargetSleep *ret_sleep)
{
  KernelThing thing;
  KernelSleep sleep;

  if (!kernel_sleep_read (pid, tid, &sleep))
    return FALSE;
  *ret_sleep = (TargetSleep){ .call = sleep.name, .fd = sleep.fd };
  if (sleep.fd >= 0 && kernel_thing_read (pid, sleep.fd, &thing))
    {
      ret_sleep->thing = g_steal_pointer (&thing.name);
      ret_sleep->is_socket = thing.of == KERNEL_SOCKET;
      kernel_thing_clear (&thing);
    }
  kernel_sleep_clear (&sleep);
  return *ret_sleep->call != '\0';
}

void
target_sleep_clear (TargetSleep *sleep)
{
  g_clear_pointer (&sleep->thing, g_free);
}
