/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "kept.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ends.h"
#include "target/facts.h"

#define NS_PER_MS 1000000

typedef struct
{
  int tid;
  guint64 runs; /* from before @sleep was read */
  KernelSleep sleep;
  gboolean is_asleep; /* @sleep says how */
} Thread;

typedef struct
{
  KernelThing thing;
  gboolean is_open; /* @thing says what that is */
  KernelSocket socket;
  gboolean is_socket;
  gint64 asked_ns; /* about @socket; 0: never */
} Descriptor;

typedef struct
{
  guint64 runs;      /* of all threads together */
  GArray *threads;   /* Thread */
  GHashTable *by_fd; /* Descriptor */
  char *command;     /* NULL: not asked */
  guint64 serial;
  guint look;
} Process;

struct _KernelKept
{
  GHashTable *processes; /* pid -> Process */
  gint64 now_ns;
  guint look;
};

/* ---- What they own ------------------------------------------------------------------------------------- */

static void
thread_clear (gpointer data)
{
  kernel_sleep_clear (&((Thread *)data)->sleep);
}

static void
socket_clear (KernelSocket *socket)
{
  g_clear_pointer (&socket->local, g_free);
  g_clear_pointer (&socket->peer, g_free);
}

static void
descriptor_free (gpointer data)
{
  Descriptor *descriptor = data;

  kernel_thing_clear (&descriptor->thing);
  socket_clear (&descriptor->socket);
  g_free (descriptor);
}

static GArray *
new_threads (guint n)
{
  GArray *threads = g_array_sized_new (FALSE, TRUE, sizeof (Thread), n);

  g_array_set_clear_func (threads, thread_clear);
  return threads;
}

static void
process_free (gpointer data)
{
  Process *process = data;

  g_array_unref (process->threads);
  g_hash_table_unref (process->by_fd);
  g_free (process->command);
  g_free (process);
}

static void
sleep_clear (gpointer data)
{
  kernel_sleep_clear (data);
}

KernelKept *
kernel_kept_new (void)
{
  KernelKept *self = g_new0 (KernelKept, 1);

  self->processes = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, process_free);
  return self;
}

void
kernel_kept_free (KernelKept *self)
{
  g_hash_table_unref (self->processes);
  g_free (self);
}

static gboolean
is_unused (gpointer pid, gpointer process, gpointer self)
{
  return ((Process *)process)->look != ((KernelKept *)self)->look;
}

void
kernel_kept_begin (KernelKept *self, gint64 now_ns)
{
  g_hash_table_foreach_remove (self->processes, is_unused, self);
  self->now_ns = now_ns;
  self->look++;
}

/* ---- Threads --------------------------------------------------------------------------------------------- */

/* They come in the same order again: it is looked for from @at on. */
static const Thread *
find_thread (const GArray *threads, int tid, guint at)
{
  for (guint i = 0; i < threads->len; i++)
    {
      const Thread *thread = &g_array_index (threads, Thread, (at + i) % threads->len);

      if (thread->tid == tid)
        return thread;
    }
  return NULL;
}

/* Another thread may have changed what an epoll watches. */
static gboolean
is_its_own (const KernelSleep *sleep)
{
  return sleep->call != KERNEL_POLL || sleep->fd < 0;
}

static void
read_sleep (int pid, const Thread *before, gboolean is_all_same, Thread *thread)
{
  if (before != NULL && before->is_asleep && target_runs_are_same (before->runs, thread->runs) &&
      (is_all_same || is_its_own (&before->sleep)))
    {
      kernel_sleep_copy (&before->sleep, &thread->sleep);
      thread->is_asleep = TRUE;
    }
  else
    thread->is_asleep = kernel_sleep_read (pid, thread->tid, &thread->sleep);
}

/* What it was before is true as long as nothing of it has run. */
static void
see_process (int pid, Process *process)
{
  g_autoptr (GArray) tids = target_facts_get_threads (pid);
  guint n = tids != NULL ? tids->len : 0;
  GArray *threads = new_threads (n);
  guint64 runs = TARGET_RUNS_NONE;
  gboolean is_all_same;

  g_array_set_size (threads, n);
  for (guint i = 0; i < n; i++)
    {
      Thread *thread = &g_array_index (threads, Thread, i);

      thread->tid = g_array_index (tids, int, i);
      thread->runs = target_facts_get_runs (pid, thread->tid);
      runs = target_runs_add (runs, thread->tid, thread->runs);
    }
  is_all_same = n > 0 && target_runs_are_same (process->runs, runs);
  for (guint i = 0; i < n; i++)
    {
      Thread *thread = &g_array_index (threads, Thread, i);

      read_sleep (pid, find_thread (process->threads, thread->tid, i), is_all_same, thread);
    }
  g_array_unref (process->threads);
  process->threads = threads;
  process->runs = n > 0 ? runs : TARGET_RUNS_UNKNOWN;
  if (is_all_same)
    return;
  g_hash_table_remove_all (process->by_fd);
  g_clear_pointer (&process->command, g_free);
}

/* Once a look. */
static Process *
get_process (KernelKept *self, int pid)
{
  Process *process = g_hash_table_lookup (self->processes, GINT_TO_POINTER (pid));

  if (process == NULL)
    {
      process = g_new0 (Process, 1);
      process->threads = new_threads (0);
      process->by_fd = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, descriptor_free);
      g_hash_table_insert (self->processes, GINT_TO_POINTER (pid), process);
    }
  if (process->look != self->look)
    see_process (pid, process);
  process->look = self->look;
  return process;
}

GArray *
kernel_kept_get_sleeps (KernelKept *self, int pid, gboolean *ret_runs)
{
  const Process *process = get_process (self, pid);
  GArray *sleeps = g_array_new (FALSE, FALSE, sizeof (KernelSleep));

  g_array_set_clear_func (sleeps, sleep_clear);
  *ret_runs = process->threads->len == 0;
  for (guint i = 0; i < process->threads->len; i++)
    {
      const Thread *thread = &g_array_index (process->threads, Thread, i);
      KernelSleep sleep;

      if (!thread->is_asleep)
        {
          *ret_runs = TRUE;
          continue;
        }
      kernel_sleep_copy (&thread->sleep, &sleep);
      g_array_append_val (sleeps, sleep);
    }
  return sleeps;
}

const char *
kernel_kept_get_command (KernelKept *self, int pid, guint64 *ret_serial)
{
  Process *process = get_process (self, pid);
  TargetProcess facts = { 0 };

  if (process->command == NULL && target_facts_get_process (pid, &facts))
    {
      process->serial = facts.start_ticks;
      process->command = g_steal_pointer (&facts.command);
    }
  target_process_clear (&facts);
  *ret_serial = process->serial;
  return process->command != NULL ? process->command : "?";
}

/* ---- Descriptors ----------------------------------------------------------------------------------------- */

static Descriptor *
get_descriptor (KernelKept *self, int pid, int fd)
{
  Process *process = get_process (self, pid);
  Descriptor *descriptor = g_hash_table_lookup (process->by_fd, GINT_TO_POINTER (fd));

  if (descriptor != NULL)
    return descriptor;
  descriptor = g_new0 (Descriptor, 1);
  descriptor->is_open = kernel_thing_read (pid, fd, &descriptor->thing);
  g_hash_table_insert (process->by_fd, GINT_TO_POINTER (fd), descriptor);
  return descriptor;
}

const KernelThing *
kernel_kept_get_thing (KernelKept *self, int pid, int fd)
{
  const Descriptor *descriptor = get_descriptor (self, pid, fd);

  return descriptor->is_open ? &descriptor->thing : NULL;
}

static gint64
get_time (const KernelKept *self, gint64 ago_ms)
{
  return ago_ms >= 0 ? self->now_ns - ago_ms * NS_PER_MS : 0;
}

static int
get_port (const char *address)
{
  const char *colon = strrchr (address, ':');

  return colon != NULL ? atoi (colon + 1) : 0;
}

/* That it has connected to who listens. */
static gboolean
is_client (int pid, const KernelSocket *socket)
{
  if (!socket->is_internet)
    return *socket->local == '\0' && *socket->peer != '\0';
  return !target_facts_is_port_listened_to (pid, get_port (socket->local)) &&
         target_facts_is_port_listened_to (pid, get_port (socket->peer));
}

static gboolean
read_socket (const KernelKept *self, int pid, int fd, KernelSocket *ret_socket)
{
  TargetSocket socket = { 0 };

  if (!target_facts_get_socket (pid, fd, &socket))
    return FALSE;
  *ret_socket = (KernelSocket){
    .local = g_strdup (socket.local),
    .peer = g_strdup (socket.peer),
    .peer_pid = socket.peer_pid,
    .peer_inode = socket.peer_inode,
    .is_listening = g_strcmp0 (socket.state, "LISTEN") == 0,
    .is_silent = g_strcmp0 (socket.state, "ESTABLISHED") == 0 && socket.receive_queue == 0,
    .is_unread = socket.send_queue > 0,
    .is_internet = socket.family != AF_UNIX,
    .sent_ns = get_time (self, socket.last_sent_ms),
    .received_ns = get_time (self, socket.last_received_ms),
  };
  target_socket_clear (&socket);
  return TRUE;
}

static KernelSocket *
get_socket (KernelKept *self, int pid, int fd, gint64 since_ns)
{
  Descriptor *descriptor = get_descriptor (self, pid, fd);

  if (kernel_is_old (descriptor->asked_ns, since_ns, self->now_ns))
    {
      socket_clear (&descriptor->socket);
      descriptor->is_socket = read_socket (self, pid, fd, &descriptor->socket);
      descriptor->asked_ns = self->now_ns;
    }
  return descriptor->is_socket ? &descriptor->socket : NULL;
}

const KernelSocket *
kernel_kept_get_socket (KernelKept *self, int pid, int fd, gint64 since_ns)
{
  return get_socket (self, pid, fd, since_ns);
}

gboolean
kernel_kept_is_for_peer (KernelKept *self, int pid, int fd, gint64 since_ns)
{
  KernelSocket *socket = get_socket (self, pid, fd, since_ns);

  if (socket == NULL || !socket->is_silent || socket->peer_inode == 0)
    return FALSE;
  if (socket->is_unread)
    return TRUE;
  if (socket->side == KERNEL_SIDE_NOT_ASKED)
    socket->side = is_client (pid, socket) ? KERNEL_SIDE_CLIENT : KERNEL_SIDE_OTHER;
  return socket->side == KERNEL_SIDE_CLIENT;
}
