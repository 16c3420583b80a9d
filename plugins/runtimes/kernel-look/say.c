/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

#include <string.h>

#include "inspect-keys.h"

#define PROCESS_ID (G_GUINT64_CONSTANT (1) << 40)
#define MAX_AWAITS 8u
#define MAX_HOLDS 64u
#define NAME_BYTES 72

/* ---- Words ---------------------------------------------------------------------------------------------- */

#define AWAIT(index, name, phrase, flags)                                                          \
  [index] = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 },
#define RESOURCE(index, name, phrase, flags)                                                       \
  [index] = { name, phrase, INSPECT_KIND_RESOURCE, flags, 0, 0 },
#define RESTS (INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES)
#define ENDS (INSPECT_RESOURCE_ANY | INSPECTOR_PROBE_RESOURCE_SEEN | INSPECTOR_PROBE_RESOURCE_ENDS)

/* Of a thread of the program, where it should end. */
enum
{
  OWN_READ,
  OWN_INPUT,
  OWN_WATCHED,
  OWN_WRITE,
  OWN_FILE,
  OWN_OPEN,
  OWN_CONNECT,
  OWN_ACCEPT,
  OWN_LOCK,
  OWN_CHILD,
};
/* clang-format off */
static const InspectKind own[] = {
  AWAIT (OWN_READ, "call.read", "reading from {name}", INSPECT_AWAIT_ANSWERS)
  AWAIT (OWN_INPUT, "call.input", "reading from {name}", RESTS)
  AWAIT (OWN_WATCHED, "call.watch", "waiting to read from {name}",
         INSPECT_AWAIT_ANSWERS | INSPECT_AWAIT_REPEATS)
  AWAIT (OWN_WRITE, "call.write", "writing to {name}", INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS)
  AWAIT (OWN_FILE, "call.file", "reading or writing {name}", INSPECT_AWAIT_ONESHOT)
  AWAIT (OWN_OPEN, "call.open", "opening {name}", INSPECT_AWAIT_ONESHOT)
  AWAIT (OWN_CONNECT, "call.connect", "connecting to {name}", INSPECT_AWAIT_ONESHOT)
  AWAIT (OWN_ACCEPT, "call.accept", "waiting for connections on {name}",
         INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_REPEATS)
  AWAIT (OWN_LOCK, "call.lock", "waiting for the lock of {name}",
         INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL)
  AWAIT (OWN_CHILD, "call.wait", "waiting for a child process", INSPECT_AWAIT_EXTERNAL)
};

/* What says nothing of what would end it. */
#define SEEN(prefix)                                                                               \
  AWAIT (KERNEL_OTHER, prefix ".call", "sleeping in {call}()", RESTS) \
  AWAIT (KERNEL_READ, prefix ".read", "reading from {name}", RESTS) \
  AWAIT (KERNEL_WRITE, prefix ".write", "writing to {name}", RESTS) \
  AWAIT (KERNEL_ACCEPT, prefix ".accept", "waiting for connections on {name}", RESTS) \
  AWAIT (KERNEL_CONNECT, prefix ".connect", "connecting to {name}", RESTS) \
  AWAIT (KERNEL_POLL, prefix ".poll", "waiting for any of several descriptors", RESTS | INSPECT_AWAIT_LOOP) \
  AWAIT (KERNEL_LOCK, prefix ".lock", "waiting for the lock of {name}", RESTS) \
  AWAIT (KERNEL_CHILD, prefix ".wait", "waiting for a child process", RESTS) \
  AWAIT (KERNEL_OPEN, prefix ".open", "opening {name}", RESTS) \
  AWAIT (KERNEL_PAUSE, prefix ".pause", "sleeping for some time", RESTS) \
  AWAIT (KERNEL_SIGNAL, prefix ".signal", "waiting for a signal", RESTS) \
  AWAIT (KERNEL_FUTEX, prefix ".futex", "waiting for a lock or a condition", RESTS) \
  AWAIT (KERNEL_STOPPED, prefix ".stopped", "stopped by a signal; “kill -CONT {pid}” lets it go on", RESTS) \
  AWAIT (KERNEL_STOPPED + 1, prefix ".runs", "running", RESTS)
static const InspectKind rest[] = { SEEN ("kernel") };
/* The same of a process that somebody waits for: by its kinds it is known not to be a task of the program. */
static const InspectKind of_process[] = { SEEN (INSPECTOR_PROBE_PROCESS) };
#define RUNS (&of_process[KERNEL_STOPPED + 1])

static const InspectKind resources[] = {
  RESOURCE (KERNEL_WAIT_PLAIN, "kernel.thing", "{name}", 0)
  RESOURCE (KERNEL_WAIT_BYTES, "kernel.bytes", "bytes from {name}", ENDS)
  RESOURCE (KERNEL_WAIT_ROOM, "kernel.room", "room in {name}", ENDS)
  RESOURCE (KERNEL_WAIT_LOCK, "kernel.file-lock", "lock of {name}",
            INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_SHARED | INSPECTOR_PROBE_RESOURCE_ENDS)
  RESOURCE (KERNEL_WAIT_CHILDREN, "kernel.children", "the end of a child process", ENDS)
};
/* clang-format on */

#define KEY(var, name, label, type)                                                                \
  static const InspectKind var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 }
KEY (key_name, INSPECT_KEY_NAME, "name", TEXT);
KEY (key_call, "call", "system call", TEXT);
KEY (key_fd, INSPECT_KEY_FD, "descriptor", FD);
KEY (key_pid, INSPECT_KEY_PID, "pid", PID);
KEY (key_tid, INSPECT_KEY_TID, "thread", U64);
KEY (key_state, INSPECT_KEY_STATE, "state", TEXT);
KEY (key_since, INSPECT_KEY_SINCE, "since", TIME);

/* ---- What is waited for ------------------------------------------------------------------------------------ */

/* All that is said of one wait, until it was. */
typedef struct
{
  InspectorProbeAwait await;
  InspectorProbeResource resource;
  InspectorProbeAttribute attributes[6], of_resource[2];
} Said;

static const char *
get_name (const KernelWait *wait)
{
  if (wait->has_thing && wait->thing.name != NULL)
    return wait->thing.name;
  return wait->sleep.path != NULL ? wait->sleep.path : "?";
}

static void
set_resource (const KernelWait *wait, gboolean is_own, Said *said)
{
  const char *link = wait->link != NULL ? wait->link : wait->thing.link;
  guint64 id = wait->of == KERNEL_WAIT_CHILDREN ? (guint64)wait->sleep.tid
                                                : g_str_hash (link != NULL ? link : "");

  said->resource = (InspectorProbeResource){ &resources[wait->of], id, said->of_resource, 0 };
  if (wait->of != KERNEL_WAIT_CHILDREN)
    said->of_resource[said->resource.n_attributes++] =
        (InspectorProbeAttribute){ &key_name, 0, get_name (wait) };
  if (is_own && wait->has_thing && wait->thing.of == KERNEL_SOCKET && wait->sleep.fd >= 0)
    said->of_resource[said->resource.n_attributes++] =
        (InspectorProbeAttribute){ &key_fd, (guint64)wait->sleep.fd, NULL };
}

static gboolean
has_resource (const KernelWait *wait)
{
  return wait->of == KERNEL_WAIT_BYTES || wait->of == KERNEL_WAIT_ROOM ||
         wait->of == KERNEL_WAIT_LOCK || wait->of == KERNEL_WAIT_CHILDREN ||
         (wait->has_thing && wait->thing.of == KERNEL_SOCKET);
}

static void
add_attribute (Said *said, const InspectKind *key, guint64 value, const char *text)
{
  g_assert (said->await.n_attributes < G_N_ELEMENTS (said->attributes));
  said->attributes[said->await.n_attributes++] = (InspectorProbeAttribute){ key, value, text };
}

/* A loop that has nothing to do but to be woken. */
static gboolean
is_idle_loop (const KernelWait *wait)
{
  return wait->sleep.call == KERNEL_READ && wait->has_thing && wait->thing.of == KERNEL_EVENTS &&
         g_str_has_suffix (wait->sleep.name, "poll");
}

static const InspectKind *
find_kind (const KernelWait *wait, gboolean is_own)
{
  KernelThingOf of = wait->has_thing ? wait->thing.of : KERNEL_UNKNOWN;

  if (!is_own)
    return &of_process[is_idle_loop (wait) ? KERNEL_POLL : wait->sleep.call];
  if (is_idle_loop (wait))
    return &rest[KERNEL_POLL];
  if (wait->is_watched)
    return &own[OWN_WATCHED];
  switch (wait->sleep.call)
    {
    case KERNEL_READ:
      /* It has a timeout, or somebody at a keyboard or the kernel writes there. */
      if (wait->sleep.may_end || of == KERNEL_TERMINAL || of == KERNEL_EVENTS)
        return &own[OWN_INPUT];
      return of == KERNEL_FILE ? &own[OWN_FILE] : &own[OWN_READ];
    case KERNEL_WRITE:
      return of == KERNEL_FILE ? &own[OWN_FILE] : &own[OWN_WRITE];
    case KERNEL_OPEN:
      return &own[OWN_OPEN];
    case KERNEL_CONNECT:
      return &own[OWN_CONNECT];
    case KERNEL_ACCEPT:
      return &own[OWN_ACCEPT];
    case KERNEL_LOCK:
      return &own[OWN_LOCK];
    case KERNEL_CHILD:
      return &own[OWN_CHILD];
    default:
      return &rest[wait->sleep.call];
    }
}

static void
set_await (const GPtrArray *processes, const KernelWait *wait, gboolean is_own, Said *said)
{
  const KernelSleep *sleep = &wait->sleep;
  gboolean for_stopped = kernel_wait_is_for_stopped (processes, wait);
  guint state = for_stopped ? 1 : wait->is_owed ? 2 : 0;

  *said = (Said){ .await = { .kind = find_kind (wait, is_own),
                             .id = (guint64)sleep->tid << 24 |
                                   ((sleep->n_sleeps << 2 | state) & 0xffffff),
                             .attributes = said->attributes } };
  if (wait->is_watched)
    said->await.id = (guint64)sleep->tid << 24 | ((wait->thing.inode << 2 | state) & 0xffffff);
  if (has_resource (wait))
    {
      set_resource (wait, is_own, said);
      said->await.resource = &said->resource;
    }
  if (wait->of == KERNEL_WAIT_CHILD)
    said->await.task = PROCESS_ID | (guint64)g_array_index (wait->holders, int, 0);
  add_attribute (said, &key_name, 0, get_name (wait));
  /* A loop goes to sleep for it again and again. */
  if (sleep->since_ns > 0 && !wait->is_watched)
    add_attribute (said, &key_since, (guint64)sleep->since_ns, NULL);
  if (sleep->call == KERNEL_OTHER)
    add_attribute (said, &key_call, 0, *sleep->name != '\0' ? sleep->name : "?");
  if (sleep->call == KERNEL_STOPPED)
    add_attribute (said, &key_pid, (guint64)sleep->pid, NULL);
  if (is_own && state != 0)
    add_attribute (said, &key_state, 0, for_stopped ? "peer-stopped" : "owed");
}

/* ---- What is held ---------------------------------------------------------------------------------------------- */

typedef struct
{
  InspectorProbeHold holds[MAX_HOLDS];
  Said said[MAX_HOLDS];
  guint n;
} Holds;

static void
add_hold (Holds *holds, const KernelWait *wait, gboolean is_own)
{
  Said *said = &holds->said[holds->n];

  if (holds->n == MAX_HOLDS)
    return;
  set_resource (wait, is_own, said);
  for (guint i = 0; i < holds->n; i++)
    if (holds->said[i].resource.id == said->resource.id &&
        holds->said[i].resource.kind == said->resource.kind)
      return;
  holds->holds[holds->n++] = (InspectorProbeHold){ &said->resource, 1, { 0 } };
}

/* What that process has of all that is waited for. */
static void
find_holds (const GPtrArray *processes, int pid, Holds *holds)
{
  holds->n = 0;
  for (guint i = 0; i < processes->len; i++)
    {
      const KernelProcess *process = processes->pdata[i];

      for (guint k = 0; k < process->waits->len; k++)
        {
          const KernelWait *wait = &g_array_index (process->waits, KernelWait, k);

          if (wait->of == KERNEL_WAIT_PLAIN || wait->of == KERNEL_WAIT_CHILD)
            continue;
          for (guint h = 0; h < wait->holders->len; h++)
            if (g_array_index (wait->holders, int, h) == pid)
              add_hold (holds, wait, i == 0);
        }
    }
}

/* ---- Tasks ---------------------------------------------------------------------------------------------------- */

/* Of a thread of the program: what others tell of is theirs. */
static gboolean
is_worth_it (const KernelWait *wait, gint64 now_ns)
{
  return (wait->sleep.call == KERNEL_POLL || !kernel_sleep_is_young (&wait->sleep, now_ns)) &&
         wait->sleep.call != KERNEL_STOPPED && wait->sleep.call != KERNEL_FUTEX &&
         (wait->sleep.call != KERNEL_OTHER || *wait->sleep.name != '\0');
}

/* That wait of a thread, and behind it those for each thing that it watches. @holds: of the process, where it has this
 * thread alone. Returns: how many waits that are */
static guint
say_thread (const GPtrArray *processes, const KernelWait *waits, guint n_waits, const Holds *holds,
            const InspectorProbeTarget *target, KernelStacks *stacks,
            const InspectorProbeSink *sink)
{
  const InspectorProbeThread *thread = kernel_find_thread (target, waits->sleep.tid);
  const GArray *frames = kernel_stacks_get (stacks, target, &waits->sleep);
  g_autofree Said *said = g_new0 (Said, MAX_AWAITS);
  InspectorProbeAwait awaits[MAX_AWAITS];
  InspectorProbeFrame nowhere = { { 0 }, NULL, 0 };
  InspectorProbeTask task = { .serial = 1, .state = INSPECTOR_PROBE_WAITING, .awaits = awaits };
  guint n = 1;

  while (n < n_waits && waits[n].is_watched)
    n++;
  if (thread == NULL || frames == NULL)
    return n;
  /* What it waits for in particular says more than that it waits for any of several. */
  if (n > 1)
    {
      waits++;
      n_waits = n - 1;
    }
  else
    n_waits = 1;
  for (guint i = 0; i < MIN (n_waits, MAX_AWAITS); i++)
    {
      set_await (processes, &waits[i], TRUE, &said[i]);
      add_attribute (&said[i], &key_tid, (guint64)thread->own_tid, NULL);
      awaits[i] = said[i].await;
      awaits[i].frames = frames->len > 0 ? (const InspectorProbeFrame *)frames->data : &nowhere;
      awaits[i].n_frames = MAX (frames->len, 1);
    }
  task.id = (guint64)thread->tid;
  task.n_awaits = MIN (n_waits, MAX_AWAITS);
  task.name = *thread->name != '\0' ? thread->name : NULL;
  task.place = awaits[0].frames[awaits[0].n_frames - 1].place;
  if (holds != NULL)
    {
      task.holds = holds->holds;
      task.n_holds = holds->n;
    }
  sink->task (sink->data, &task);
  return n;
}

static char *
dup_name (const KernelProcess *process)
{
  gsize path = strcspn (process->command, " ");
  const char *slash = g_strrstr_len (process->command, (gssize)path, "/");
  g_autofree char *command = g_strdup (slash != NULL ? slash + 1 : process->command);

  if (strlen (command) > NAME_BYTES)
    {
      *g_utf8_find_prev_char (command, command + NAME_BYTES + 1) = '\0';
      return g_strdup_printf ("%s… (process %d)", command, process->pid);
    }
  return g_strdup_printf ("%s (process %d)", command, process->pid);
}

/* It goes on when any of its threads does. */
static void
say_process (const GPtrArray *processes, const KernelProcess *process, const Holds *holds,
             gint64 now_ns, const InspectorProbeSink *sink)
{
  g_autofree char *name = dup_name (process);
  g_autofree Said *said = g_new0 (Said, MAX_AWAITS);
  InspectorProbeAwait awaits[MAX_AWAITS + 1];
  InspectorProbeFrame nowhere = { { 0 }, NULL, 0 };
  gboolean runs = process->runs || process->waits->len > MAX_AWAITS || process->waits->len == 0;
  InspectorProbeTask task = { .id = PROCESS_ID | (guint64)process->pid,
                              .serial = process->serial,
                              .state = INSPECTOR_PROBE_WAITING,
                              .name = name,
                              .awaits = awaits,
                              .holds = holds->holds,
                              .n_holds = holds->n };

  for (guint i = 0; i < process->waits->len && i < MAX_AWAITS; i++)
    {
      /* Of what it waits for was not asked yet. */
      if (kernel_sleep_is_young (&g_array_index (process->waits, KernelWait, i).sleep, now_ns))
        {
          runs = TRUE;
          continue;
        }
      set_await (processes, &g_array_index (process->waits, KernelWait, i), FALSE, &said[i]);
      awaits[task.n_awaits++] = said[i].await;
    }
  if (runs)
    awaits[task.n_awaits++] = (InspectorProbeAwait){ .kind = RUNS, .id = 1 };
  for (guint i = 0; i < task.n_awaits; i++)
    {
      awaits[i].frames = &nowhere;
      awaits[i].n_frames = 1;
    }
  sink->task (sink->data, &task);
}

/* Threads that sleep; one may have several waits. */
static guint
count_threads (const KernelProcess *process)
{
  guint n = 0;

  for (guint i = 0; i < process->waits->len; i++)
    n += !g_array_index (process->waits, KernelWait, i).is_watched;
  return n;
}

void
kernel_say (const GPtrArray *processes, const InspectorProbeTarget *target, KernelStacks *stacks,
            const InspectorProbeSink *sink)
{
  g_autofree Holds *holds = g_new0 (Holds, 1);
  const KernelProcess *program = processes->pdata[0];
  gboolean is_one = count_threads (program) == 1 && !program->runs;

  find_holds (processes, program->pid, holds);
  for (guint i = 0; i < program->waits->len;)
    {
      const KernelWait *waits = &g_array_index (program->waits, KernelWait, i);

      if (waits->is_watched || !is_worth_it (waits, target->now_ns))
        i++;
      else
        i += say_thread (processes, waits, program->waits->len - i, is_one ? holds : NULL, target,
                         stacks, sink);
    }
  if (!is_one && holds->n > 0)
    say_process (processes, program, holds, target->now_ns, sink);
  for (guint i = 1; i < processes->len; i++)
    {
      const KernelProcess *process = processes->pdata[i];

      find_holds (processes, process->pid, holds);
      say_process (processes, process, holds, target->now_ns, sink);
    }
}
