/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/test-processes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/facts.h"

#define STEP_US 5000

void
cli_processes_adopt (void)
{
  prctl (PR_SET_CHILD_SUBREAPER, 1);
}

static void
process_free (gpointer data)
{
  CliProcess *process = data;

  g_free (process->command);
  g_free (process);
}

/* 0 where there is no such process, or it is a zombie. */
static int
read_parent (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  const char *end;
  char state;
  int parent;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  /* The name in parentheses may hold anything. */
  end = strrchr (text, ')');
  if (end == NULL || sscanf (end + 1, " %c %d", &state, &parent) != 2 || state == 'Z')
    return 0;
  return parent;
}

static void
add (GPtrArray *processes, int pid)
{
  CliProcess *process = g_new0 (CliProcess, 1);
  TargetProcess facts = { 0 };

  process->pid = pid;
  if (target_facts_get_process (pid, &facts))
    process->command = g_strdup (facts.command);
  if (process->command == NULL)
    process->command = g_strdup ("?");
  target_process_clear (&facts);
  g_ptr_array_add (processes, process);
}

/* pid -> parent, of all that live. */
static GHashTable *
read_all (void)
{
  GHashTable *parents = g_hash_table_new (NULL, NULL);
  GDir *dir = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      int pid = g_ascii_isdigit (*name) ? atoi (name) : 0;
      int parent = pid > 0 ? read_parent (pid) : 0;

      if (parent > 0)
        g_hash_table_insert (parents, GINT_TO_POINTER (pid), GINT_TO_POINTER (parent));
    }
  g_clear_pointer (&dir, g_dir_close);
  return parents;
}

static gboolean
is_below (GHashTable *parents, int pid, int top)
{
  for (guint depth = 0; pid > 1 && depth < 1000; depth++)
    {
      pid = GPOINTER_TO_INT (g_hash_table_lookup (parents, GINT_TO_POINTER (pid)));
      if (pid == top)
        return TRUE;
    }
  return FALSE;
}

static GPtrArray *
list (int top, gboolean with_top)
{
  g_autoptr (GHashTable) parents = read_all ();
  GPtrArray *processes = g_ptr_array_new_with_free_func (process_free);
  GHashTableIter iter;
  gpointer pid;

  if (with_top && g_hash_table_contains (parents, GINT_TO_POINTER (top)))
    add (processes, top);
  g_hash_table_iter_init (&iter, parents);
  while (g_hash_table_iter_next (&iter, &pid, NULL))
    if (is_below (parents, GPOINTER_TO_INT (pid), top))
      add (processes, GPOINTER_TO_INT (pid));
  return processes;
}

GPtrArray *
cli_processes_list (void)
{
  return list (getpid (), FALSE);
}

GPtrArray *
cli_processes_list_of (int pid)
{
  return list (pid, TRUE);
}

static gboolean
is_alive (int pid, int keep)
{
  if (pid != keep)
    waitpid (pid, NULL, WNOHANG);
  return read_parent (pid) != 0;
}

static guint
signal_all (GPtrArray *processes, int number, int keep)
{
  guint n = 0;

  for (guint i = 0; i < processes->len; i++)
    {
      int pid = ((CliProcess *)processes->pdata[i])->pid;

      if (!is_alive (pid, keep))
        continue;
      n++;
      if (number != 0)
        kill (pid, number);
    }
  return n;
}

void
cli_processes_end (GPtrArray *processes, guint grace_ms, int keep)
{
  gint64 end_us = g_get_monotonic_time () + grace_ms * G_TIME_SPAN_MILLISECOND;

  if (signal_all (processes, SIGTERM, keep) == 0)
    return;
  /* What is stopped would never see it. */
  signal_all (processes, SIGCONT, keep);
  while (signal_all (processes, 0, keep) > 0 && g_get_monotonic_time () < end_us)
    g_usleep (STEP_US);
  while (signal_all (processes, SIGKILL, keep) > 0)
    {
      g_usleep (STEP_US);
      if (g_get_monotonic_time () > end_us + G_TIME_SPAN_SECOND)
        break; /* in the kernel's hands */
    }
}
