/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target/target-private.h"

/* Who has a socket open. The kernel does not say; /proc/PID/fd of every process that we may look
 * into does, at a few milliseconds for a usual machine. One walk fills a table for a while, and
 * what is taken from it is looked at again: it is never older than the answer. */

#define WALK_INTERVAL_US G_TIME_SPAN_SECOND
#define WALK_MAX_US (20 * G_TIME_SPAN_MILLISECOND)
#define MAX_HOLDERS 65536

typedef struct
{
  guint64 inode;
  int pid;
  int fd;
} Holder;

/* One for the process: they are facts about the machine, whoever asks. */
static GArray *holders; /* by inode, then pid */
static gint64 walked_us;
static int resume_pid; /* where the last walk ran out of time; 0: it was whole */

static int
compare_holders (gconstpointer a, gconstpointer b)
{
  const Holder *x = a;
  const Holder *y = b;

  if (x->inode != y->inode)
    return x->inode < y->inode ? -1 : 1;
  return (x->pid > y->pid) - (x->pid < y->pid);
}

static int
compare_pids_down (gconstpointer a, gconstpointer b)
{
  return *(const int *)b - *(const int *)a;
}

static GArray *
list_numbers (const char *path)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (int));
  DIR *dir = opendir (path);
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    {
      char *end = NULL;
      gint64 number = g_ascii_strtoll (entry->d_name, &end, 10);
      int value = (int)number;

      if (end != entry->d_name && *end == '\0' && number >= 0 && number <= G_MAXINT)
        g_array_append_val (numbers, value);
    }
  if (dir != NULL)
    closedir (dir);
  return numbers;
}

static void
collect_process (int pid)
{
  char path[64];
  g_autoptr (GArray) fds = NULL;

  g_snprintf (path, sizeof path, "/proc/%d/fd", pid);
  fds = list_numbers (path);
  for (guint i = 0; i < fds->len && holders->len < MAX_HOLDERS; i++)
    {
      Holder holder = { 0, pid, g_array_index (fds, int, i) };

      if (target_proc_get_socket_inode (pid, holder.fd, &holder.inode))
        g_array_append_val (holders, holder);
    }
}

static void
walk (void)
{
  g_autoptr (GArray) pids = list_numbers ("/proc");
  gint64 started_us = g_get_monotonic_time ();
  int begin_pid = resume_pid;

  if (holders == NULL)
    holders = g_array_new (FALSE, FALSE, sizeof (Holder));
  /* A walk that goes on keeps what the one before it has found. */
  if (begin_pid == 0 || holders->len >= MAX_HOLDERS)
    g_array_set_size (holders, 0);
  /* The youngest first: what a target talks to was rarely there before everything else. */
  g_array_sort (pids, compare_pids_down);
  resume_pid = 0;
  for (guint i = 0; i < pids->len; i++)
    {
      int pid = g_array_index (pids, int, i);

      if (begin_pid != 0 && pid > begin_pid)
        continue;
      if (g_get_monotonic_time () - started_us > WALK_MAX_US)
        {
          resume_pid = pid;
          break;
        }
      collect_process (pid);
    }
  g_array_sort (holders, compare_holders);
  walked_us = g_get_monotonic_time ();
}

static gboolean
still_holds (const Holder *holder)
{
  guint64 inode = 0;

  return target_proc_get_socket_inode (holder->pid, holder->fd, &inode) && inode == holder->inode;
}

static int
find_in_table (guint64 inode, int except_pid)
{
  guint low = 0, high = holders != NULL ? holders->len : 0;
  int fallback = 0;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (holders, Holder, middle).inode < inode)
        low = middle + 1;
      else
        high = middle;
    }
  for (; holders != NULL && low < holders->len; low++)
    {
      const Holder *holder = &g_array_index (holders, Holder, low);

      if (holder->inode != inode)
        break;
      if (!still_holds (holder))
        continue;
      if (holder->pid != except_pid)
        return holder->pid;
      fallback = holder->pid;
    }
  return fallback;
}

int
target_socket_find_holder (guint64 inode, int except_pid)
{
  int pid;

  if (inode == 0)
    return 0;
  pid = find_in_table (inode, except_pid);
  if (pid != 0)
    return pid;
  if (walked_us != 0 && resume_pid == 0 && g_get_monotonic_time () - walked_us < WALK_INTERVAL_US)
    return 0;
  walk ();
  return find_in_table (inode, except_pid);
}

void
target_socket_forget_holders (void)
{
  g_clear_pointer (&holders, g_array_unref);
  walked_us = 0;
  resume_pid = 0;
}
