/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "agent/code.h"
#include "agent/hooks.h"
#include "agent/kernel.h"
#include "agent/libraries.h"
#include "agent/lock.h"
#include "agent/memory.h"
#include "agent/patch.h"
#include "agent/runtimes.h"
#include "agent/symbol-table.h"

/* A call of dlopen() tells when it begins, and for some no more than that: for this long its
 * objects are looked for. Another look later costs one load. */
#define EXPECT_NS 2000000000u
/* Longer than any thread takes between reading a slot and binding it. */
#define VERIFY_NS 10000000u

#define MAX_SEEN 16384u

/* What is known of an object that was looked at. */
typedef struct
{
  uint64_t fingerprint; /* 0: free */
  uint64_t first_ns;
  uint64_t bound_late_ns; /* when an unbound slot was patched last */
  void **canary;          /* holds canary_value unless the object was loaded afresh */
  void *canary_value;
  uint32_t generation; /* of the hooks that it was patched with */
  bool is_done;
  bool is_described;
} Seen;

/* Process-wide, as the loader's list is; all but the atomic ones under the lock. */
static AgentLock lock;
static Seen *seen;
static uint32_t seen_capacity, seen_used;
static uint64_t last_changes;
static uint64_t expecting_until_ns; /* atomic */
static uint32_t expecting;          /* atomic */
static uint32_t missed;             /* atomic; another thread wanted to look meanwhile */
static uint64_t last_look_ns;
static bool is_pending; /* something has to be looked at again, though nothing was loaded */
static bool is_running;

/* ---- What was seen --------------------------------------------------------------------------- */

static Seen *
find_seen (Seen *table, uint32_t capacity, uint64_t fingerprint)
{
  uint32_t slot = (uint32_t)(fingerprint >> 17) & (capacity - 1);

  while (table[slot].fingerprint != 0 && table[slot].fingerprint != fingerprint)
    slot = (slot + 1) & (capacity - 1);
  return &table[slot];
}

/* A program that loads without end at new addresses makes us forget, and so look again, but never
 * use more memory. */
static bool
make_room (void)
{
  uint32_t capacity = seen_capacity == 0 ? 256 : seen_capacity * 2;
  Seen *next;

  if (seen_used < seen_capacity / 2)
    return true;
  if (seen_capacity == MAX_SEEN)
    {
      memset (seen, 0, seen_capacity * sizeof *seen);
      seen_used = 0;
      return true;
    }
  next = agent_memory_reserve (capacity * sizeof *next);
  if (next == NULL)
    return false;
  for (uint32_t i = 0; i < seen_capacity; i++)
    if (seen[i].fingerprint != 0)
      *find_seen (next, capacity, seen[i].fingerprint) = seen[i];
  agent_memory_release (seen, seen_capacity * sizeof *seen);
  seen = next;
  seen_capacity = capacity;
  return true;
}

/* NULL without memory. */
static Seen *
get_seen (const AgentObject *object, uint64_t now_ns)
{
  uint64_t fingerprint = agent_object_fingerprint (object);
  Seen *entry;

  if (!make_room ())
    return NULL;
  entry = find_seen (seen, seen_capacity, fingerprint);
  if (entry->fingerprint == 0)
    {
      entry->fingerprint = fingerprint;
      entry->first_ns = now_ns;
      seen_used++;
    }
  return entry;
}

static bool
is_as_left (const Seen *entry, const AgentObject *object)
{
  if (!entry->is_done || entry->generation != agent_hooks_get_generation ())
    return false;
  return entry->canary == NULL ||
         (agent_object_has_segment (object, (uintptr_t)entry->canary, sizeof (void *), PF_W) &&
          __atomic_load_n (entry->canary, __ATOMIC_RELAXED) == entry->canary_value);
}

/* ---- Describing ------------------------------------------------------------------------------ */

#define MAX_PATH 4096

/* The loader knows the program by no name, and others by the name they were asked for with. */
static void
get_path (const AgentObject *object, bool is_program, char path[MAX_PATH])
{
  size_t length = strlen (object->name), used = 0;
  long got;

  path[0] = '\0';
  if (is_program)
    {
      got = SYS_CALL4 (SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, MAX_PATH - 1);
      path[got > 0 ? got : 0] = '\0';
      return;
    }
  if (object->name[0] != '/' && strchr (object->name, '/') != NULL)
    {
      got = SYS_CALL2 (SYS_getcwd, path, MAX_PATH);
      /* It counts the NUL, which the slash replaces. */
      used = got > 1 ? (size_t)got : 0;
      if (used > 0)
        path[used - 1] = '/';
    }
  if (used + length >= MAX_PATH)
    length = used = 0;
  memcpy (path + used, object->name, length);
  path[used + length] = '\0';
}

static void
describe (const AgentObject *object, bool is_program)
{
  static char path[MAX_PATH]; /* under the lock; too big for a stack that is not ours */

  get_path (object, is_program, path);
  emit_module_add (path, object->start, object->end, object->bias, object->build_id,
                   object->build_id_length);
}

/* ---- Looking at all objects ------------------------------------------------------------------ */

static void
patch_seen (const AgentObject *object, const AgentObjects *all, Seen *entry, uint64_t now_ns)
{
  bool is_old = now_ns - entry->first_ns > EXPECT_NS;
  AgentPatchResult result;

  agent_patch_object (object, all, is_old || agent_objects_is_from_start (object), &result);
  if (result.n_unbound > 0)
    entry->bound_late_ns = now_ns;
  entry->generation = agent_hooks_get_generation ();
  entry->canary = result.canary;
  entry->canary_value = result.canary != NULL ? *result.canary : NULL;
  /* A thread that was binding a slot while we patched it puts the original back. */
  entry->is_done = !result.is_unready && result.n_undecided == 0 &&
                   (entry->bound_late_ns == 0 || now_ns - entry->bound_late_ns > VERIFY_NS);
  is_pending = is_pending || !entry->is_done;
}

static bool
is_ours (const AgentObject *object)
{
  return agent_object_contains (object, (uintptr_t)&lock) || agent_runtimes_owns (object);
}

static void
patch_all (const AgentObjects *objects, void *data)
{
  uint64_t now_ns = agent_memory_now_ns ();

  is_pending = false;
  last_look_ns = now_ns;
  last_changes = objects->loads + objects->unloads;
  if (emit_process_is_started ())
    agent_code_update (objects, is_ours);
  for (size_t i = 0; i < objects->n; i++)
    {
      const AgentObject *object = &objects->objects[i];
      Seen *entry = get_seen (object, now_ns);

      if (entry == NULL)
        return;
      if (!entry->is_described && emit_process_is_started ())
        {
          describe (object, agent_objects_is_program (objects, object));
          entry->is_described = true;
        }
      if (!is_as_left (entry, object) && !is_ours (object) && !agent_object_is_off_limits (object))
        patch_seen (object, objects, entry, now_ns);
    }
}

static void
unpatch_all (const AgentObjects *objects, void *data)
{
  for (size_t i = 0; i < objects->n; i++)
    if (!is_ours (&objects->objects[i]) && !agent_object_is_off_limits (&objects->objects[i]))
      agent_unpatch_object (&objects->objects[i]);
}

static void
find_runtimes (const AgentObjects *objects, void *data)
{
  *(bool *)data = agent_runtimes_find (objects);
}

static uint64_t
get_cpu_ns (void)
{
  struct timespec time;

  if (sys_clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time) != 0)
    return 0;
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void
look (bool may_load)
{
  uint64_t begin_ns = get_cpu_ns ();
  bool found = false;

  agent_objects_with (find_runtimes, &found);
  if (found && may_load)
    agent_runtimes_load (agent_scan_settle);
  agent_objects_with (patch_all, NULL);
  agent_runtimes_report ();
  is_pending = is_pending || (found && !may_load);
  emit_count_setup (get_cpu_ns () - begin_ns);
}

/* ---- When to look ---------------------------------------------------------------------------- */

void
agent_scan_expect (void)
{
  __atomic_store_n (&expecting_until_ns, agent_memory_now_ns () + EXPECT_NS, __ATOMIC_SEQ_CST);
  __atomic_store_n (&expecting, 1, __ATOMIC_SEQ_CST);
}

/* The time is read again after the flag is down: agent_scan_expect() in another thread stores them
 * in the other order, so that either it finds the flag down and raises it, or we find its time. */
static void
expect_no_more (uint64_t now_ns)
{
  if (now_ns <= __atomic_load_n (&expecting_until_ns, __ATOMIC_SEQ_CST))
    return;
  __atomic_store_n (&expecting, 0, __ATOMIC_SEQ_CST);
  if (now_ns <= __atomic_load_n (&expecting_until_ns, __ATOMIC_SEQ_CST))
    __atomic_store_n (&expecting, 1, __ATOMIC_SEQ_CST);
}

static void
settle_locked (bool may_load)
{
  uint64_t now_ns = agent_memory_now_ns ();

  if (is_running && !agent_kernel_is_locked_up () &&
      (agent_objects_count_changes () != last_changes ||
       (is_pending && (may_load || now_ns - last_look_ns > VERIFY_NS))))
    look (may_load);
  expect_no_more (now_ns);
}

/* Who finds the lock taken leaves word, for its objects may have come too late for the holder's
 * look; and tries again, for the holder may have gone before it could read that. */
static bool
lock_or_leave_word (void)
{
  if (agent_lock_try (&lock))
    return true;
  __atomic_store_n (&missed, 1, __ATOMIC_SEQ_CST);
  return agent_lock_try (&lock);
}

/* Twice is enough: whoever leaves word during the second look is found by their next one. */
static void
settle (bool may_load)
{
  int *error = __errno_location ();
  int saved = *error;

  if (__atomic_load_n (&expecting, __ATOMIC_RELAXED) == 0)
    return;
  for (int i = 0; i < 2; i++)
    {
      if (!lock_or_leave_word ())
        break;
      __atomic_store_n (&missed, 0, __ATOMIC_SEQ_CST);
      settle_locked (may_load);
      agent_lock_release (&lock);
      if (__atomic_load_n (&missed, __ATOMIC_SEQ_CST) == 0)
        break;
    }
  *error = saved;
}

void
agent_scan_settle (void)
{
  settle (false);
}

void
agent_scan_settle_and_load (void)
{
  settle (true);
}

/* ---- Start and stop -------------------------------------------------------------------------- */

typedef struct
{
  bool is_late;
  AgentAddHooksFunc *add_hooks;
} Begin;

static void
begin (const AgentObjects *objects, void *data)
{
  const Begin *how = data;

  agent_objects_mark_start (objects, how->is_late);
  how->add_hooks (objects);
}

/* Whoever attaches has read the files before, for a thread stands still meanwhile. */
static void
learn_symbols (void)
{
  const void *bytes = NULL;
  size_t size = 0;

  if (emit_process_ask != NULL)
    emit_process_ask (AGENT_KNOWN_QUESTION, &bytes, &size);
  agent_symbol_table_learn (bytes, size);
}

int
agent_scan_start (const AgentConfiguration *configuration, const InspectSite *site,
                  AgentAddHooksFunc *add_hooks)
{
  bool is_late = site != NULL;
  Begin how = { is_late, add_hooks };

  if (!agent_lock_try (&lock))
    return -EBUSY;
  if (!is_running)
    {
      is_running = true;
      agent_kernel_begin ();
      agent_runtimes_init (configuration);
      if (is_late)
        {
          learn_symbols ();
          agent_runtimes_open_handover ();
        }
      agent_objects_with (begin, &how);
      look (true);
      if (is_late)
        {
          agent_runtimes_close_handover ();
          agent_symbol_table_learn (NULL, 0);
          agent_runtimes_adopt (site);
        }
      if (is_pending)
        agent_scan_expect ();
    }
  agent_lock_release (&lock);
  return 0;
}

int
agent_scan_stop (const InspectSite *site)
{
  if (!agent_lock_try (&lock))
    return -EBUSY;
  if (is_running)
    {
      is_running = false;
      if (site != NULL)
        agent_runtimes_give_back (site);
      agent_objects_with (unpatch_all, NULL);
      agent_hooks_clear ();
      agent_runtimes_stop ();
      emit_process_stop ();
    }
  agent_lock_release (&lock);
  return 0;
}
