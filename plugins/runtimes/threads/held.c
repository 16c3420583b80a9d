/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "held.h"

#include "emit/sys.h"

#define NAMED_BITS 16u
#define PATIENCE 64u /* looks at an entry that is being tried for */

Waited waited_table[WAITED_SIZE];
/* Which addresses were named in records, by their hash. */
static uint32_t named[(1u << NAMED_BITS) / 32];

/* ---- What is waited for ----------------------------------------------------------------------- */

void
waited_reset (void)
{
  for (uint32_t i = 0; i < WAITED_SIZE; i++)
    {
      waited_table[i].waiters = 0;
      waited_table[i].budget = 0;
    }
}

static uint32_t
name_of (const void *object)
{
  return (uint32_t)(((uint64_t)(uintptr_t)object >> 2) * UINT64_C (0x9e3779b97f4a7c15) >>
                    (64 - NAMED_BITS));
}

void
waited_note_named (const void *object)
{
  uint32_t name = name_of (object), bit = 1u << name % 32;

  if ((__atomic_load_n (&named[name / 32], __ATOMIC_RELAXED) & bit) == 0)
    __atomic_fetch_or (&named[name / 32], bit, __ATOMIC_RELAXED);
}

void
waited_end_object (InspectKind *kind, const void *object)
{
  uint32_t name = name_of (object), bit = 1u << name % 32;

  __atomic_fetch_add (&waited_of (object)->generation, 1, __ATOMIC_RELAXED);
  if ((__atomic_load_n (&named[name / 32], __ATOMIC_RELAXED) & bit) == 0 || !plugin_is_on ())
    return;
  __atomic_fetch_and (&named[name / 32], ~bit, __ATOMIC_RELAXED);
  inspect_resource_end (inspect_object (kind, inspect_id_of (object)));
}

/* ---- Taking ----------------------------------------------------------------------------------- */

RARE Held *
held_begin_slowly (const void *lock, InspectKind *kind, const void *caller)
{
  Thread *self = thread_get ();

  if (self == NULL)
    return NULL;
  if (self->top->publish == HELD_NEVER)
    for (Held *held = self->top; held-- > &self->held[1];)
      held_remove_stale (self, held);
  /* Somebody is still busy with the entry that stood here before: it is left out. */
  while (self->top->publish != HELD_NEVER &&
         __atomic_load_n (&self->top->publish, __ATOMIC_RELAXED) != 0)
    self->top++;
  if (self->outer != NULL)
    caller = (const void *)((uintptr_t)self->outer | ((uintptr_t)caller & HELD_TRIED));
  return held_begin (self, lock, kind, caller, inspect_task_current ());
}

void
held_taken_slowly (Thread *self, Held *held)
{
  bool is_asked = waited_is_asked (held->lock);

  if (is_asked)
    waited_answer (held->lock);
  /* All of them: what is told by its own thread is told in the order in which it was taken. */
  if ((held != &self->held[1] && UNLIKELY (order_is_new (self))) || is_asked)
    held_publish_all (self);
}

void
held_add_taken (Thread *self, const void *lock, InspectKind *kind, const void *caller, bool publish)
{
  Held *held = held_begin (self, lock, kind, caller, inspect_task_current ());

  if (held == NULL)
    held = held_begin_slowly (lock, kind, caller);
  if (held == NULL)
    return;
  __atomic_store_n (&held->state, held_generation (held->state) | HELD_TAKEN, __ATOMIC_RELEASE);
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
  if (publish)
    held_publish_all (self);
  if (held != &self->held[1] || waited_is_asked (lock))
    held_taken_slowly (self, held);
}

/* ---- Publishing ------------------------------------------------------------------------------- */

static InspectObject
resource_of (const Held *held)
{
  return inspect_object (held->kind, inspect_id_of (held->lock));
}

/* Whoever takes the mark away says that it was let go. */
static void
withdraw (Held *held, uint32_t generation)
{
  uint32_t published = generation | HELD_PUBLISHED;
  InspectObject resource = resource_of (held);
  const void *lock = held->lock;
  InspectId teller = held->teller;

  if (!__atomic_compare_exchange_n (&held->publish, &published, 0, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_RELAXED))
    return;
  inspect_release (teller, resource);
  if (waited_for (lock))
    inspect_wake (resource);
}

/* The task that @held is said to be of: the one that took it, else the thread's. */
static bool
find_teller (Thread *owner, Held *held, InspectId *ret_task)
{
  *ret_task = held->task;
  if (*ret_task == INSPECT_NONE)
    *ret_task = __atomic_load_n (&owner->task, __ATOMIC_ACQUIRE);
  if (*ret_task > 1)
    return true;
  /* For itself a thread can speak without a task. */
  if (owner == thread_self)
    {
      *ret_task = INSPECT_NONE;
      return true;
    }
  *ret_task = thread_get_task (owner);
  return *ret_task != INSPECT_NONE;
}

/* What is taken without a place has none in the order of locks; the place follows. */
static void
say_acquired (const Held *held, InspectId teller)
{
  InspectObject resource = resource_of (held);
  InspectLocationId where = inspect_location_of_call (held_place (held->caller));
  bool tried = held_place (held->caller) != held->caller;

  if (tried)
    inspect_acquire (teller, resource, 0);
  inspect_acquire (teller, resource, where);
  if (tried)
    inspect_release (teller, resource);
}

/* Tells that @held of @owner, which may be another thread, is held. */
static void
publish_held (Thread *owner, Held *held)
{
  uint32_t state = __atomic_load_n (&held->state, __ATOMIC_ACQUIRE);
  uint32_t generation = held_generation (state), none = 0;
  InspectId teller;

  if ((state & HELD_BITS) != HELD_TAKEN || !plugin_is_on () ||
      !__atomic_compare_exchange_n (&held->publish, &none, generation | HELD_CLAIMED, false,
                                    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
    return;
  /* From here on the entry is not used for another lock; has it been before? */
  if (__atomic_load_n (&held->state, __ATOMIC_ACQUIRE) != state ||
      !find_teller (owner, held, &teller))
    {
      __atomic_store_n (&held->publish, 0, __ATOMIC_RELEASE);
      return;
    }
  held->teller = teller;
  held->is_hearsay = owner != thread_self;
  waited_note_named (held->lock);
  say_acquired (held, teller);
  /* Either the owner, who gives the lock back, sees this, or its giving back is seen here. */
  __atomic_exchange_n (&held->publish, generation | HELD_PUBLISHED, __ATOMIC_SEQ_CST);
  if (__atomic_load_n (&held->state, __ATOMIC_SEQ_CST) != state)
    withdraw (held, generation);
}

void
held_publish_all (Thread *self)
{
  for (Held *held = &self->held[1]; held < self->top; held++)
    publish_held (self, held);
}

/* All, if any is: what a thread tells of itself is in the order in which it was taken, which is what
 * the order of locks is read from. */
void
held_publish_waited_for (Thread *self)
{
  for (const Held *held = &self->held[1]; held < self->top; held++)
    if (!held_is_free (held) && waited_for (held->lock))
      {
        held_publish_all (self);
        return;
      }
}

/* An entry that is being tried for becomes one or the other within nanoseconds, or its thread was
 * preempted before it looked for those who wait; then it will see them. */
static void
await_outcome (const Held *held)
{
  for (uint32_t i = 0; i < PATIENCE; i++)
    {
      if ((__atomic_load_n (&held->state, __ATOMIC_ACQUIRE) & HELD_BITS) != HELD_TENTATIVE)
        return;
#if defined(__x86_64__)
      __builtin_ia32_pause ();
#endif
    }
}

bool
held_publish_holders (const void *lock)
{
  bool is_found = false;
  Thread *thread;

  for (uint32_t k = 0; (thread = registry_get (k)) != NULL; k++)
    {
      const Held *top = __atomic_load_n (&thread->top, __ATOMIC_RELAXED);

      if (!thread_is_in_use (thread))
        continue;
      for (Held *held = &thread->held[1]; held < top; held++)
        {
          if (__atomic_load_n (&held->lock, __ATOMIC_RELAXED) != lock || held_is_free (held))
            continue;
          is_found = true;
          if (thread != thread_self)
            await_outcome (held);
          if (thread == thread_self)
            held_publish_all (thread);
          else if (__atomic_load_n (&thread->state, __ATOMIC_RELAXED) != THREAD_GONE)
            publish_held (thread, held);
          else if (__atomic_load_n (&held->publish, __ATOMIC_RELAXED) == 0)
            thread_end_task (thread);
        }
    }
  return is_found;
}

/* ---- Giving back ------------------------------------------------------------------------------ */

RARE void
held_drop_published (Held *held)
{
  uint32_t generation = held_generation (held->state);
  uint32_t publish = __atomic_load_n (&held->publish, __ATOMIC_RELAXED);

  registry_check_process ();
  if (publish == (generation | HELD_PUBLISHED))
    withdraw (held, generation);
  else if (publish == (generation | HELD_STALE))
    __atomic_store_n (&held->publish, 0, __ATOMIC_RELAXED);
}

RARE void
held_drop_late (Held *held, uint32_t generation)
{
  if (__atomic_load_n (&held->publish, __ATOMIC_ACQUIRE) == (generation | HELD_PUBLISHED))
    withdraw (held, generation);
}

RARE void
held_drop_foreign (const void *lock)
{
  Thread *thread;

  registry_check_process ();
  for (uint32_t k = 0; (thread = registry_get (k)) != NULL; k++)
    {
      const Held *top = __atomic_load_n (&thread->top, __ATOMIC_RELAXED);

      for (Held *held = &thread->held[1]; held < top && thread != thread_self; held++)
        {
          uint32_t state = __atomic_load_n (&held->state, __ATOMIC_ACQUIRE), none = 0;
          uint32_t generation = held_generation (state);

          if ((state & HELD_BITS) != HELD_TAKEN ||
              __atomic_load_n (&held->lock, __ATOMIC_RELAXED) != lock)
            continue;
          withdraw (held, generation);
          __atomic_compare_exchange_n (&held->publish, &none, generation | HELD_STALE, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
          return;
        }
    }
}

bool
held_remove_stale (Thread *self, Held *held)
{
  if (held_is_free (held) || __atomic_load_n (&held->publish, __ATOMIC_RELAXED) !=
                                 (held_generation (held->state) | HELD_STALE))
    return false;
  __atomic_store_n (&held->publish, 0, __ATOMIC_RELAXED);
  held_remove (self, held);
  return true;
}

/* ---- The end ---------------------------------------------------------------------------------- */

void
held_abandon_all (Thread *thread)
{
  for (Held *held = &thread->held[1]; held < thread->top; held++)
    {
      uint32_t generation = held_generation (held->state);
      uint32_t published = generation | HELD_PUBLISHED, stale = generation | HELD_STALE;

      if (held_is_free (held))
        continue;
      __atomic_store_n (&held->state, generation + HELD_BITS + 1, __ATOMIC_SEQ_CST);
      /* The end of its task was the end of its holds. */
      if (!__atomic_compare_exchange_n (&held->publish, &published, 0, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
        __atomic_compare_exchange_n (&held->publish, &stale, 0, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED);
    }
  __atomic_store_n (&thread->top, &thread->held[1], __ATOMIC_RELAXED);
}

void
held_forget_all (Thread *thread)
{
  for (uint32_t i = 1; i <= HELD_MAX; i++)
    {
      thread->held[i].publish = 0;
      thread->held[i].task = INSPECT_NONE;
    }
}
