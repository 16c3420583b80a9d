/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "processes.h"

#include <stdio.h>
#include <string.h>

#include "locks.h"
#include "target/facts.h"

/* Whoever waits for more than that waits for nobody in particular. */
#define MAX_PROCESSES 64u
#define MAX_HOLDERS 32u
/* Most answers come sooner, also where there is much to do. */
#define ASKED_NS (1000 * G_GINT64_CONSTANT (1000000))

/* ---- Whom a thread waits for ---------------------------------------------------------------------------- */

static void
add_holder (KernelWait *wait, int pid)
{
  for (guint i = 0; i < wait->holders->len; i++)
    if (g_array_index (wait->holders, int, i) == pid)
      return;
  g_array_append_val (wait->holders, pid);
}

static void
add_holders (KernelWait *wait, const GArray *pids)
{
  for (guint i = 0; i < pids->len; i++)
    add_holder (wait, g_array_index (pids, int, i));
}

static void
see_pipe (KernelWait *wait, KernelEnds *ends, gboolean for_writing)
{
  g_autoptr (GArray) pids =
      kernel_ends_find (ends, wait->thing.link, for_writing, wait->sleep.since_ns);

  wait->of = for_writing ? KERNEL_WAIT_BYTES : KERNEL_WAIT_ROOM;
  wait->link = g_strdup (wait->thing.link);
  add_holders (wait, pids);
}

static void
set_name (KernelWait *wait, char *name)
{
  g_free (wait->thing.name);
  wait->thing.name = name;
}

static void
see_listener (KernelWait *wait, const KernelSocket *socket)
{
  /* Who polls one that listens waits for somebody to come, too. */
  wait->sleep.call = KERNEL_ACCEPT;
  if (*socket->local != '\0')
    set_name (wait, g_strdup (socket->local));
}

static void
see_connection (KernelWait *wait, const KernelSocket *socket, KernelEnds *ends,
                gboolean for_writing, gint64 now_ns)
{
  g_autoptr (GArray) pids = NULL;

  if (socket->peer_inode != 0)
    {
      wait->link = g_strdup_printf ("socket:[%" G_GUINT64_FORMAT "]", socket->peer_inode);
      pids = kernel_ends_find (ends, wait->link, FALSE, wait->sleep.since_ns);
      add_holders (wait, pids);
      /* Whoever has to accept it has no end of it yet. */
      if (wait->sleep.call != KERNEL_CONNECT)
        wait->of = for_writing ? KERNEL_WAIT_BYTES : KERNEL_WAIT_ROOM;
    }
  wait->is_asked = socket->is_silent && socket->sent_ns > socket->received_ns &&
                   now_ns - socket->sent_ns >= ASKED_NS;
  if (*socket->peer != '\0')
    set_name (wait, g_strdup (socket->peer));
  else if (wait->sleep.path != NULL)
    set_name (wait, g_strdup (wait->sleep.path));
  else if (socket->peer_pid != 0)
    set_name (wait, g_strdup_printf ("socket of process %d", socket->peer_pid));
}

static void
see_socket (KernelWait *wait, KernelKept *kept, KernelEnds *ends, gint64 now_ns)
{
  const KernelSleep *sleep = &wait->sleep;
  const KernelSocket *socket =
      kernel_kept_get_socket (kept, sleep->pid, sleep->fd, sleep->since_ns);

  if (socket == NULL)
    return;
  if (sleep->call == KERNEL_ACCEPT || (sleep->call == KERNEL_READ && socket->is_listening))
    see_listener (wait, socket);
  else
    see_connection (wait, socket, ends, sleep->call == KERNEL_READ, now_ns);
}

static void
see_lock (KernelWait *wait, KernelEnds *ends)
{
  g_autoptr (GArray) pids = kernel_lock_find_holders (&wait->sleep, &wait->thing, ends);

  wait->of = KERNEL_WAIT_LOCK;
  wait->link = g_strdup (wait->thing.link);
  add_holders (wait, pids);
}

/* The number that it waits for is one of its own pid namespace. */
static void
see_children (KernelWait *wait)
{
  g_autoptr (GArray) threads = target_facts_get_threads (wait->sleep.pid);
  int child = wait->sleep.child;
  gboolean is_there = FALSE;

  for (guint i = 0; threads != NULL && i < threads->len; i++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/children", wait->sleep.pid,
                                               g_array_index (threads, int, i));
      g_autofree char *text = kernel_file_read (path);
      g_auto (GStrv) pids = g_strsplit (text != NULL ? text : "", " ", -1);

      for (guint k = 0; pids[k] != NULL; k++)
        if (*g_strstrip (pids[k]) != '\0')
          {
            int pid = (int)g_ascii_strtoll (pids[k], NULL, 10);

            is_there = is_there || pid == child;
            add_holder (wait, pid);
          }
    }
  if (is_there)
    {
      g_array_set_size (wait->holders, 0);
      add_holder (wait, child);
    }
  wait->of = wait->holders->len == 1 ? KERNEL_WAIT_CHILD : KERNEL_WAIT_CHILDREN;
}

static void
see_opening (KernelWait *wait)
{
  if (wait->sleep.path != NULL)
    wait->has_thing = kernel_thing_read_path (wait->sleep.pid, wait->sleep.path, &wait->thing);
  /* It would not sleep if anybody had it open. */
  if (wait->has_thing && wait->thing.of == KERNEL_PIPE)
    {
      wait->of = wait->sleep.for_writing ? KERNEL_WAIT_ROOM : KERNEL_WAIT_BYTES;
      wait->link = g_strdup (wait->thing.link);
    }
}

static void
see_thing (KernelWait *wait, KernelKept *kept)
{
  const KernelThing *thing = kernel_kept_get_thing (kept, wait->sleep.pid, wait->sleep.fd);

  if (thing == NULL)
    return;
  kernel_thing_copy (thing, &wait->thing);
  wait->has_thing = TRUE;
}

/* Whom it waits for. */
static void
see (KernelWait *wait, KernelKept *kept, KernelEnds *ends, gint64 now_ns)
{
  const KernelSleep *sleep = &wait->sleep;
  gboolean is_io = sleep->call == KERNEL_READ || sleep->call == KERNEL_WRITE;

  if (sleep->call == KERNEL_OPEN)
    see_opening (wait);
  else if (sleep->fd >= 0)
    see_thing (wait, kept);
  if (sleep->call == KERNEL_CHILD)
    see_children (wait);
  else if (sleep->call == KERNEL_LOCK && wait->has_thing)
    see_lock (wait, ends);
  else if (is_io && wait->has_thing && wait->thing.of == KERNEL_PIPE)
    see_pipe (wait, ends, sleep->call == KERNEL_READ);
  else if ((is_io || sleep->call == KERNEL_ACCEPT || sleep->call == KERNEL_CONNECT) &&
           wait->has_thing && wait->thing.of == KERNEL_SOCKET)
    see_socket (wait, kept, ends, now_ns);
  if (wait->holders->len > MAX_HOLDERS)
    g_array_set_size (wait->holders, 0);
}

/* ---- Processes ---------------------------------------------------------------------------------------- */

static void
wait_clear (gpointer data)
{
  KernelWait *wait = data;

  kernel_sleep_clear (&wait->sleep);
  kernel_thing_clear (&wait->thing);
  g_free (wait->link);
  g_array_unref (wait->holders);
}

static void
process_free (gpointer data)
{
  KernelProcess *process = data;

  g_free (process->command);
  g_array_unref (process->waits);
  g_free (process);
}

static GArray *
new_holders (void)
{
  return g_array_new (FALSE, FALSE, sizeof (int));
}

static void
add_watched (KernelProcess *process, const KernelSleep *sleep, KernelKept *kept, KernelEnds *ends,
             gint64 now_ns)
{
  for (guint i = 0; sleep->watched != NULL && i < sleep->watched->len; i++)
    {
      KernelWait wait = { .sleep = *sleep, .is_watched = TRUE, .holders = new_holders () };

      wait.sleep.fd = g_array_index (sleep->watched, int, i);
      wait.sleep.call = KERNEL_READ;
      wait.sleep.path = NULL;
      wait.sleep.watched = NULL;
      see (&wait, kept, ends, now_ns);
      if (wait.thing.of == KERNEL_SOCKET || wait.thing.of == KERNEL_PIPE)
        g_array_append_val (process->waits, wait);
      else
        wait_clear (&wait);
    }
}

static KernelProcess *
process_new (int pid, gboolean is_program, gint64 now_ns, KernelKept *kept, KernelEnds *ends)
{
  KernelProcess *process = g_new0 (KernelProcess, 1);
  g_autoptr (GArray) sleeps = kernel_kept_get_sleeps (kept, pid, &process->runs);

  process->pid = pid;
  process->waits = g_array_new (FALSE, TRUE, sizeof (KernelWait));
  g_array_set_clear_func (process->waits, wait_clear);
  process->command = g_strdup (kernel_kept_get_command (kept, pid, &process->serial));
  for (guint i = 0; i < sleeps->len; i++)
    {
      KernelWait wait = { .holders = new_holders () };

      kernel_sleep_copy (&g_array_index (sleeps, KernelSleep, i), &wait.sleep);
      if (!kernel_sleep_is_young (&wait.sleep, now_ns))
        see (&wait, kept, ends, now_ns);
      g_array_append_val (process->waits, wait);
      if (is_program)
        add_watched (process, &wait.sleep, kept, ends, now_ns);
    }
  return process;
}

const KernelProcess *
kernel_processes_get (const GPtrArray *processes, int pid)
{
  for (guint i = 0; i < processes->len; i++)
    if (((const KernelProcess *)processes->pdata[i])->pid == pid)
      return processes->pdata[i];
  return NULL;
}

/* ---- Whose turn it is ------------------------------------------------------------------------------------ */

/* Whether a thread of @process may wait for what comes through @link. */
static gboolean
may_listen (const KernelProcess *process, const char *link)
{
  if (process->runs)
    return TRUE;
  for (guint i = 0; i < process->waits->len; i++)
    {
      const KernelWait *wait = &g_array_index (process->waits, KernelWait, i);
      gboolean is_known;

      if (kernel_sleep_watches (&wait->sleep, link, &is_known) || !is_known)
        return TRUE;
    }
  return FALSE;
}

/* A connection goes both ways: a server that does not wait for more from this side has heard all that it wants to, and it is
 * for it to say something. Not so of a client, nor of a pipe, through which he may never have to. */
static void
find_debtors (const GPtrArray *processes, KernelKept *kept, KernelWait *wait)
{
  const KernelSleep *sleep = &wait->sleep;

  if (wait->of != KERNEL_WAIT_BYTES || wait->thing.of != KERNEL_SOCKET || wait->holders->len == 0)
    return;
  for (guint i = 0; i < wait->holders->len; i++)
    {
      const KernelProcess *process =
          kernel_processes_get (processes, g_array_index (wait->holders, int, i));

      if (process == NULL || may_listen (process, wait->link))
        return;
    }
  wait->is_owed = kernel_kept_is_for_peer (kept, sleep->pid, sleep->fd, sleep->since_ns);
}

/* ---- What is told of ----------------------------------------------------------------------------------- */

gboolean
kernel_process_is_stopped (const KernelProcess *process)
{
  for (guint i = 0; i < process->waits->len; i++)
    if (g_array_index (process->waits, KernelWait, i).sleep.call != KERNEL_STOPPED)
      return FALSE;
  return process->waits->len > 0 && !process->runs;
}

gboolean
kernel_wait_is_for_stopped (const GPtrArray *processes, const KernelWait *wait)
{
  for (guint i = 0; i < wait->holders->len; i++)
    {
      const KernelProcess *process =
          kernel_processes_get (processes, g_array_index (wait->holders, int, i));

      if (process == NULL || !kernel_process_is_stopped (process))
        return FALSE;
    }
  return wait->holders->len > 0;
}

/* Of all that a loop watches, what rests is of no interest. */
static void
drop_resting (const GPtrArray *processes)
{
  GArray *waits = ((const KernelProcess *)processes->pdata[0])->waits;

  for (guint i = waits->len; i > 0; i--)
    {
      const KernelWait *wait = &g_array_index (waits, KernelWait, i - 1);

      if (wait->is_watched && !wait->is_asked && !kernel_wait_is_for_stopped (processes, wait))
        g_array_remove_index (waits, i - 1);
    }
}

static void
reach (const GPtrArray *processes, const KernelProcess *from, GHashTable *reached)
{
  if (from == NULL || !g_hash_table_add (reached, (gpointer)from))
    return;
  for (guint i = 0; i < from->waits->len; i++)
    {
      const KernelWait *wait = &g_array_index (from->waits, KernelWait, i);

      for (guint h = 0; h < wait->holders->len; h++)
        reach (processes, kernel_processes_get (processes, g_array_index (wait->holders, int, h)),
               reached);
    }
}

/* Nor are the processes that were looked at for that alone. */
static void
drop_unreached (GPtrArray *processes)
{
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);

  reach (processes, processes->pdata[0], reached);
  for (guint i = processes->len; i > 1; i--)
    if (!g_hash_table_contains (reached, processes->pdata[i - 1]))
      g_ptr_array_remove_index (processes, i - 1);
}

GPtrArray *
kernel_processes_find (int pid, gint64 now_ns, KernelKept *kept, KernelEnds *ends)
{
  GPtrArray *processes = g_ptr_array_new_with_free_func (process_free);

  g_ptr_array_add (processes, process_new (pid, TRUE, now_ns, kept, ends));
  for (guint i = 0; i < processes->len; i++)
    {
      const KernelProcess *process = processes->pdata[i];

      for (guint k = 0; k < process->waits->len; k++)
        {
          const KernelWait *wait = &g_array_index (process->waits, KernelWait, k);

          for (guint h = 0; h < wait->holders->len && processes->len < MAX_PROCESSES; h++)
            if (kernel_processes_get (processes, g_array_index (wait->holders, int, h)) == NULL)
              g_ptr_array_add (processes, process_new (g_array_index (wait->holders, int, h), FALSE,
                                                       now_ns, kept, ends));
        }
    }
  for (guint i = 0; i < processes->len; i++)
    {
      KernelProcess *process = processes->pdata[i];

      for (guint k = 0; k < process->waits->len; k++)
        find_debtors (processes, kept, &g_array_index (process->waits, KernelWait, k));
    }
  drop_resting (processes);
  drop_unreached (processes);
  return processes;
}
