/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/own-threads.h"

#include <stdlib.h>
#include <string.h>

#include "target/facts.h"
#include "target/target-private.h"

#define STATUS_MAX_BYTES 16384

/* "NSpid:", then the number in our namespace, and one for each that lies within the one before (proc_pid_status(5)). */
int
target_status_get_own_tid (const char *status)
{
  const char *line = status != NULL ? strstr (status, "\nNSpid:") : NULL;
  const char *end, *last = NULL;

  if (line == NULL)
    return 0;
  line++;
  end = line + strcspn (line, "\n");
  for (const char *at = line; at < end; at++)
    if (*at == '\t')
      last = at + 1;
  return last != NULL ? atoi (last) : 0;
}

static int
get_own_tid (int pid, int tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/status", pid, tid);
  g_autofree char *text = target_proc_read (path, STATUS_MAX_BYTES, NULL);

  return target_status_get_own_tid (text);
}

/* Where not all can be told, they are called as we call them. */
static gboolean
has_own_names (int pid)
{
  int own = get_own_tid (pid, pid);

  return own != 0 && own != pid;
}

GArray *
target_facts_get_own_threads (int pid)
{
  GArray *threads = target_facts_get_threads (pid);

  if (threads == NULL || !has_own_names (pid))
    return threads;
  for (guint i = 0; i < threads->len; i++)
    {
      int own = get_own_tid (pid, g_array_index (threads, int, i));

      /* It has ended meanwhile. */
      if (own != 0)
        g_array_index (threads, int, i) = own;
    }
  return threads;
}

/* 0: there is none. */
static int
find_thread (int pid, int own_tid)
{
  g_autoptr (GArray) threads = NULL;

  if (!has_own_names (pid))
    return own_tid;
  threads = target_facts_get_threads (pid);
  for (guint i = 0; threads != NULL && i < threads->len; i++)
    if (get_own_tid (pid, g_array_index (threads, int, i)) == own_tid)
      return g_array_index (threads, int, i);
  return 0;
}

gboolean
target_facts_get_own_thread (int pid, int own_tid, char **ret_name, char *ret_state)
{
  return target_facts_get_thread (pid, find_thread (pid, own_tid), ret_name, ret_state);
}

gboolean
target_facts_get_own_sleep (int pid, int own_tid, TargetSleep *ret_sleep)
{
  int tid = find_thread (pid, own_tid);

  return tid != 0 && target_facts_get_sleep (pid, tid, ret_sleep);
}

guint
target_facts_get_own_stack (int pid, int own_tid, guint64 *ret_frames, guint max)
{
  int tid = find_thread (pid, own_tid);

  return tid != 0 ? target_facts_get_stack (pid, tid, ret_frames, max) : 0;
}
