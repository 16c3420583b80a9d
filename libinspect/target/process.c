/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "target/target-private.h"

#define COMMAND_MAX_BYTES 256
#define STAT_MAX_BYTES 4096

/* /proc/PID/stat, proc(5). The name in it may hold anything, parentheses and line ends too: what
 * follows begins behind the last one. */
typedef struct
{
  char *name;
  char state;
  int parent_pid;
  guint64 user_ticks, system_ticks;
  guint n_threads;
  guint64 start_ticks;
} Stat;

static gboolean
parse_stat (const char *text, Stat *ret_stat)
{
  const char *open = strchr (text, '(');
  const char *close = strrchr (text, ')');
  unsigned long long user, system, start;
  int parent;
  long n_threads;
  char state;

  if (open == NULL || close == NULL || close < open)
    return FALSE;
  if (sscanf (close + 1,
              " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %ld %*d %llu",
              &state, &parent, &user, &system, &n_threads, &start) != 6)
    return FALSE;
  *ret_stat = (Stat){ g_strndup (open + 1, (gsize)(close - open - 1)),
                      state,
                      parent,
                      user,
                      system,
                      (guint)MAX (n_threads, 0),
                      start };
  return TRUE;
}

static gboolean
read_stat (const char *path, Stat *ret_stat)
{
  g_autofree char *text = target_proc_read (path, STAT_MAX_BYTES, NULL);

  return text != NULL && parse_stat (text, ret_stat);
}

/* Arguments joined by spaces; "[name]" for those that have none: kernel threads and zombies. */
static char *
dup_command (int pid, const char *name)
{
  char path[64];
  gsize length = 0;
  g_autofree char *text = NULL;

  g_snprintf (path, sizeof path, "/proc/%d/cmdline", pid);
  text = target_proc_read (path, COMMAND_MAX_BYTES, &length);
  while (length > 0 && text[length - 1] == '\0')
    length--;
  if (text == NULL || length == 0)
    {
      g_autofree char *valid = g_utf8_make_valid (name, -1);

      return g_strdup_printf ("[%s]", valid);
    }
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] < ' ' || text[i] == '\177')
      text[i] = ' ';
  return g_utf8_make_valid (text, (gssize)length);
}

static char *
dup_executable (int pid)
{
  char path[64];
  char target[4096];
  gssize length;

  g_snprintf (path, sizeof path, "/proc/%d/exe", pid);
  length = readlink (path, target, sizeof target);
  if (length <= 0 || length == sizeof target)
    return g_strdup ("");
  return g_strndup (target, (gsize)length);
}

/* The process's CPU clock has nanoseconds; /proc counts in ticks, of which a short program has none. */
static gint64
get_cpu_ns (int pid, const Stat *stat)
{
  gint64 ticks_per_second = sysconf (_SC_CLK_TCK);
  gint64 coarse_ns = 0;
  struct timespec time;
  clockid_t clock;

  if (ticks_per_second > 0)
    coarse_ns = (gint64)((stat->user_ticks + stat->system_ticks)
                         * (guint64)(G_GINT64_CONSTANT (1000000000) / ticks_per_second));
  if (clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    return coarse_ns;
  return MAX (coarse_ns, time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec);
}

gboolean
target_facts_get_process (int pid, TargetProcess *ret_process)
{
  g_autofree char *executable = NULL;
  char path[64];
  Stat stat;

  if (pid <= 0)
    return FALSE;
  executable = dup_executable (pid);
  g_snprintf (path, sizeof path, "/proc/%d/stat", pid);
  if (!read_stat (path, &stat))
    return FALSE;
  *ret_process = (TargetProcess){
    .command = dup_command (pid, stat.name),
    .executable = g_steal_pointer (&executable),
    .parent_pid = stat.parent_pid,
    .start_ticks = stat.start_ticks,
    .cpu_ns = get_cpu_ns (pid, &stat),
    .n_threads = stat.n_threads,
    .state = stat.state,
  };
  g_free (stat.name);
  return TRUE;
}

void
target_process_clear (TargetProcess *process)
{
  g_clear_pointer (&process->command, g_free);
  g_clear_pointer (&process->executable, g_free);
}

gboolean
target_facts_get_thread (int pid, int tid, char **ret_name, char *ret_state)
{
  char path[64];
  Stat stat;

  if (pid <= 0 || tid <= 0)
    return FALSE;
  g_snprintf (path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
  if (!read_stat (path, &stat))
    return FALSE;
  if (ret_name != NULL)
    *ret_name = g_utf8_make_valid (stat.name, -1);
  if (ret_state != NULL)
    *ret_state = stat.state;
  g_free (stat.name);
  return TRUE;
}
