/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* proc(5), /proc/locks: each lock of a file with its process, and behind it, with the same number and an arrow, those that
 * wait for it. */

#include "locks.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "target/facts.h"

typedef struct
{
  guint64 number, inode;
  int pid; /* -1: it is the open file's; 0: of another pid namespace */
  gboolean waits;
} Line;

/* "12: -> POSIX  ADVISORY  WRITE 4711 08:01:5678 0 EOF" */
static gboolean
parse_line (const char *text, Line *ret_line)
{
  unsigned long long number, inode;
  int pid, at = 0;

  if (sscanf (text, "%llu: %n", &number, &at) != 1 || at == 0)
    return FALSE;
  *ret_line = (Line){ .number = number };
  if (g_str_has_prefix (text + at, "-> "))
    {
      ret_line->waits = TRUE;
      at += 3;
    }
  if (sscanf (text + at, "%*s %*s %*s %d %*x:%*x:%llu", &pid, &inode) != 2)
    return FALSE;
  ret_line->pid = pid;
  ret_line->inode = inode;
  return TRUE;
}

static gboolean
is_there (int pid)
{
  TargetProcess process = { 0 };
  gboolean is_found = pid > 0 && target_facts_get_process (pid, &process);

  if (is_found)
    is_found = process.state != 'Z' && process.state != 'X';
  target_process_clear (&process);
  return is_found;
}

/* A lock of an open file is with all that have it open; of each descriptor the kernel tells its locks. */
static void
add_openers (GArray *holders, const KernelSleep *sleep, const KernelThing *thing, KernelEnds *ends)
{
  g_autoptr (GArray) all = kernel_ends_find_all (ends, thing->link, sleep->since_ns);

  for (guint i = 0; i < all->len; i++)
    {
      const KernelEnd *end = &g_array_index (all, KernelEnd, i);
      g_autofree char *text = NULL;
      gboolean is_known = FALSE;
      char path[64];

      g_snprintf (path, sizeof path, "/proc/%d/fdinfo/%d", end->pid, end->fd);
      text = kernel_file_read (path);
      if (text == NULL || strstr (text, "\nlock:\t") == NULL)
        continue;
      for (guint k = 0; k < holders->len && !is_known; k++)
        is_known = g_array_index (holders, int, k) == end->pid;
      if (!is_known)
        g_array_append_val (holders, end->pid);
    }
}

GArray *
kernel_lock_find_holders (const KernelSleep *sleep, const KernelThing *thing, KernelEnds *ends)
{
  g_autofree char *text = kernel_file_read ("/proc/locks");
  GArray *holders = g_array_new (FALSE, FALSE, sizeof (int));
  guint64 number = 0;
  Line line;

  for (const char *p = text; p != NULL && *p != '\0' && number == 0;)
    {
      if (parse_line (p, &line) && line.waits && line.inode == thing->inode &&
          (line.pid == sleep->pid || line.pid <= 0))
        number = line.number;
      p = strchr (p, '\n');
      p = p != NULL ? p + 1 : NULL;
    }
  for (const char *p = text; number != 0 && p != NULL && *p != '\0';)
    {
      if (parse_line (p, &line) && !line.waits && line.number == number && is_there (line.pid))
        g_array_append_val (holders, line.pid);
      p = strchr (p, '\n');
      p = p != NULL ? p + 1 : NULL;
    }
  if (holders->len == 0)
    add_openers (holders, sleep, thing, ends);
  return holders;
}
