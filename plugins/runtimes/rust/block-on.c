/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <string.h>

#include "roots.h"
#include "say.h"
#include "told.h"

/* What block_on() waits for is said as a task, from look to look the same one. Where its thread runs, which the thread of a
 * program that has much to do often does, or sleeps within a poll, nothing leads to its future: what it was seen with is
 * polled, until that has been so for long. */

#define MAX_RUNNING 10 /* looks */

typedef struct
{
  guint64 id;
  DebugValue future;
  guint64 within, within_end;
  char *test_case;
  guint n_running; /* looks in which its thread has run */
  gboolean is_there;
} Known;

struct _RustBlockedThreads
{
  RustStacks *stacks;
  GHashTable *known; /* number of a thread -> Known */
};

static void
known_free (gpointer data)
{
  g_free (((Known *)data)->test_case);
  g_free (data);
}

RustBlockedThreads *
rust_blocked_new (RustStacks *stacks)
{
  RustBlockedThreads *self = g_new0 (RustBlockedThreads, 1);

  self->stacks = stacks;
  self->known = g_hash_table_new_full (NULL, NULL, NULL, known_free);
  return self;
}

void
rust_blocked_free (RustBlockedThreads *self)
{
  g_hash_table_unref (self->known);
  g_free (self);
}

/* Rust's test harness calls the thread of a test by its path, "tests::fetch", of which the kernel keeps
 * the beginning. */
static char *
dup_test_case (const RustRoot *root)
{
  const RustPlan *plan = rust_plan_get (root->future.type);
  const char *begin = plan->is_coroutine ? strstr (plan->scope, "::") : NULL;
  const char *name = root->thread->name;
  const char *end;
  g_autofree char *path = NULL;

  if (begin == NULL || *name == '\0')
    return NULL;
  begin += strlen ("::");
  end = strstr (begin, "::{");
  path = end != NULL ? g_strndup (begin, (gsize)(end - begin)) : g_strdup (begin);
  if (g_str_equal (path, name) || (strlen (name) == 15 && g_str_has_prefix (path, name)))
    return g_steal_pointer (&path);
  return NULL;
}

static gboolean
has_own_frame (const RustAwait *await)
{
  for (guint i = 0; i < await->n_frames; i++)
    if (!await->frames[i].plan->is_library)
      return TRUE;
  return FALSE;
}

/* Threads of an executor block on a future of the executor's, which runs all others. It is of interest for
 * what the program has given it. FALSE: nothing */
static gboolean
leave_out_executor (RustWalk *walk)
{
  static const char *const executors[] = { "async_executor::", "async_global_executor::" };
  const RustAwait *first = walk->awaits->len > 0 ? walk->awaits->pdata[0] : NULL;
  gboolean is_one = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (executors) && first != NULL && first->n_frames > 0; i++)
    is_one |= g_str_has_prefix (first->frames[0].plan->scope, executors[i]);
  for (guint i = walk->awaits->len; i-- > 0 && is_one;)
    if (!has_own_frame (walk->awaits->pdata[i]))
      g_ptr_array_remove_index (walk->awaits, i);
  return !is_one || walk->awaits->len > 0;
}

/* ---- Where a thread sleeps ---------------------------------------------------------------------------- */

/* It lies where it was; whoever has returned from its block_on() has left that part of the stack. */
static gboolean
is_still_there (const Known *known, const InspectorProbeThread *thread)
{
  return known != NULL && !known->is_there && known->n_running < MAX_RUNNING &&
         (thread->sp == 0 ||
          (known->future.address >= thread->sp && known->future.address < thread->stack_end));
}

static void
keep (RustBlockedThreads *self, const RustRoot *root, const RustTask *task)
{
  Known *known = g_new0 (Known, 1);

  known->id = task->address;
  known->future = root->future;
  known->within = task->within;
  known->within_end = task->within_end;
  known->test_case = g_strdup (task->test_case);
  known->is_there = TRUE;
  g_hash_table_insert (self->known, GINT_TO_POINTER (root->thread->tid), known);
}

static void
say_root (RustBlockedThreads *self, RustWalk *walk, const RustRoot *root, GHashTable *seen,
          const InspectorProbeSink *sink)
{
  g_autofree char *test_case = dup_test_case (root);
  RustTask task = { .address = root->future.address,
                    .state = RUST_TASK_IDLE,
                    .test_case = test_case };
  DebugValue future = root->future;

  rust_walk_begin (walk);
  if (root->is_hidden)
    {
      if (is_still_there (g_hash_table_lookup (self->known, GINT_TO_POINTER (root->thread->tid)),
                          root->thread))
        return;
      rust_say_blocked (self->stacks, walk, root->thread, root->stack, root->call,
                        root->future.type, sink);
      return;
    }
  rust_told_unwrap (walk, &future);
  if (!rust_walk (walk, future, 0) || !leave_out_executor (walk))
    return;
  rust_told_get_range (walk, root->future, &task.within, &task.within_end);
  /* Several things on a stack lead to one future. */
  task.address = rust_walk_get_first (walk, root->future.address);
  if (!g_hash_table_add (seen, GSIZE_TO_POINTER (task.address)))
    return;
  keep (self, root, &task);
  rust_say_task (walk, &task, future, TRUE, sink);
}

/* ---- Where it runs ------------------------------------------------------------------------------------ */

static void
say_running (RustWalk *walk, Known *known, const InspectorProbeSink *sink)
{
  RustTask task = { .address = known->id,
                    .state = RUST_TASK_RUNNING,
                    .test_case = known->test_case,
                    .within = known->within,
                    .within_end = known->within_end };
  DebugValue future = known->future;

  known->is_there = TRUE;
  known->n_running++;
  rust_walk_begin (walk);
  rust_told_unwrap (walk, &future);
  rust_say_task (walk, &task, future, FALSE, sink);
}

static void
say_those_that_run (RustBlockedThreads *self, RustWalk *walk, const InspectorProbeTarget *target,
                    const InspectorProbeSink *sink)
{
  for (guint i = 0; i < target->n_threads && g_hash_table_size (self->known) > 0; i++)
    {
      Known *known = g_hash_table_lookup (self->known, GINT_TO_POINTER (target->threads[i].tid));

      if (is_still_there (known, &target->threads[i]))
        say_running (walk, known, sink);
    }
}

static gboolean
is_gone (gpointer tid, gpointer known, gpointer data)
{
  return !((Known *)known)->is_there;
}

void
rust_blocked_look (RustBlockedThreads *self, GPtrArray *programs, const RustLockNames *lock_names,
                   const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  RustMemory memory;
  RustWalk walk;
  g_autoptr (GArray) roots = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer known;

  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &known))
    ((Known *)known)->is_there = FALSE;
  rust_memory_init (&memory, target);
  /* In all files together: a thread's stack is in none. */
  roots = rust_roots_find (programs, &memory, self->stacks);
  rust_walk_init (&walk, &memory, programs);
  walk.lock_names = lock_names;
  for (guint i = 0; i < roots->len; i++)
    say_root (self, &walk, &g_array_index (roots, RustRoot, i), seen, sink);
  say_those_that_run (self, &walk, target, sink);
  g_hash_table_foreach_remove (self->known, is_gone, NULL);
  rust_walk_clear (&walk);
  rust_memory_clear (&memory);
}
