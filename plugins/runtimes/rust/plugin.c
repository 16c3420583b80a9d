/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <string.h>
#include <glib/gi18n-lib.h>

#include "bare.h"
#include "leaf.h"
#include "roots.h"
#include "say.h"
#include "told.h"

/* The probe of Rust's futures. A look finds all tasks (scan.c), follows the future of each to what it
 * waits for (walk.c, leaf.c), and says so (say.c). */

/* Variables take most of the time: of more tasks they are not read. */
#define MAX_TASKS_WITH_VARIABLES 2000
#define BATCH 512

typedef struct
{
  GPtrArray *programs;       /* RustProgram */
  GPtrArray *bares;          /* RustBare: files whose tasks have no types */
  RustLockNames *lock_names; /* as they were in this look */
  RustStacks *stacks;
  RustBlockedThreads *blocked; /* what block_on() waits for */
} Rust;

static void
rust_close (gpointer data)
{
  Rust *self = data;

  g_ptr_array_unref (self->programs);
  g_ptr_array_unref (self->bares);
  rust_blocked_free (self->blocked);
  rust_stacks_free (self->stacks);
  rust_lock_names_free (self->lock_names);
  g_free (self);
}

static void
program_free (gpointer data)
{
  rust_program_free (data);
}

static void
bare_free (gpointer data)
{
  rust_bare_free (data);
}

/* What is missing, and what gives it back. */
static char *
dup_bare_warning (const RustBare *bare, const char *name)
{
  static const char *const sentences[] = {
    [RUST_BARE_LINES] = N_ (
        "%s has line tables alone, so that of its tasks names and states are seen, and not what "
        "they wait for: set debug = true in the Cargo profile that it is built with"),
    [RUST_BARE_SYMBOLS] = N_ (
        "%s has no debug info, so that of its tasks names and states are seen, and not what they "
        "wait for: set debug = true in the Cargo profile that it is built with"),
    [RUST_BARE_NOTHING] = N_ (
        "%s has neither debug info nor symbols, so that its tasks have numbers for names, and it "
        "is "
        "not seen what they wait for: set debug = true, and no strip, in the Cargo profile that it "
        "is built with"),
  };
  const char *sentence = _ (sentences[bare->has]);
  const char *gap = strstr (sentence, "%s");

  if (gap == NULL)
    return g_strdup (sentence);
  return g_strdup_printf ("%.*s%s%s", (int)(gap - sentence), sentence, name, gap + 2);
}

/* Libraries of the system have no tasks of Rust, and much debug info. */
static gboolean
is_worth_a_look (const InspectorProbeModule *module)
{
  static const char *const system[] = { "/usr/", "/lib/", "/lib64/" };

  for (guint i = 0; i < G_N_ELEMENTS (system) && !module->is_program; i++)
    if (g_str_has_prefix (module->path, system[i]))
      return FALSE;
  return rust_is_in_file (module->path);
}

static char *
dup_names (const GPtrArray *programs, gboolean has_bare)
{
  gboolean has_tokio = has_bare, has_other = FALSE;

  for (guint i = 0; i < programs->len; i++)
    {
      GHashTableIter iter;
      gpointer layout;

      g_hash_table_iter_init (&iter, ((RustProgram *)programs->pdata[i])->layouts);
      while (g_hash_table_iter_next (&iter, NULL, &layout))
        if (((RustLayout *)layout)->of == RUST_ENTRY_TOKIO)
          has_tokio = TRUE;
        else
          has_other = TRUE;
    }
  return g_strdup (has_tokio && has_other ? "tokio, async-task"
                   : has_tokio            ? "tokio"
                   : has_other            ? "async-task"
                                          : "Rust futures");
}

static gpointer
rust_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  g_autoptr (GPtrArray) programs = g_ptr_array_new_with_free_func (program_free);
  g_autoptr (GPtrArray) bares = g_ptr_array_new_with_free_func (bare_free);
  Rust *self;

  for (guint i = 0; i < target->n_modules && !target->is_cancelled (target->data); i++)
    if (is_worth_a_look (&target->modules[i]))
      {
        g_autofree char *warning = NULL;
        g_autofree char *missing = NULL;
        RustProgram *program = rust_program_new (target, &target->modules[i], &warning, &missing);
        RustBare *bare = NULL;

        if (program != NULL)
          g_ptr_array_add (programs, program);
        else if ((warning != NULL || missing != NULL) &&
                 (bare = rust_bare_new (target, &target->modules[i])) != NULL)
          {
            g_ptr_array_add (bares, bare);
            g_free (warning);
            warning = dup_bare_warning (bare, target->modules[i].name);
          }
        if (*ret_warning == NULL)
          *ret_warning = g_steal_pointer (&missing);
        if (*ret_warning == NULL)
          *ret_warning = g_steal_pointer (&warning);
      }
  if (programs->len + bares->len == 0)
    return NULL;
  self = g_new0 (Rust, 1);
  self->programs = g_steal_pointer (&programs);
  self->bares = g_steal_pointer (&bares);
  self->stacks = rust_stacks_new ();
  self->blocked = rust_blocked_new (self->stacks);
  if (*ret_warning == NULL)
    *ret_warning = rust_dup_unfollowed (self->programs, target);
  *ret_detail = dup_names (self->programs, self->bares->len > 0);
  return self;
}

/* ---- One look ------------------------------------------------------------------------------------ */

/* Whether the task is as it was when its future was read: nobody changes the one without the other. */
static gboolean
is_unchanged (const InspectorProbeTarget *target, const RustTask *task)
{
  guint64 word;

  return target->read (target->data, task->address + task->layout->state_offset, &word,
                       sizeof word) &&
         word == task->word;
}

static void
prefetch (RustMemory *memory, const RustTask *tasks, guint n, gboolean only_words)
{
  guint64 addresses[BATCH];
  guint lengths[BATCH];

  rust_memory_forget (memory);
  for (guint i = 0; i < n; i++)
    {
      addresses[i] = tasks[i].address + (only_words ? tasks[i].layout->state_offset : 0);
      lengths[i] = only_words ? sizeof tasks[i].word : tasks[i].layout->size;
    }
  rust_memory_prefetch (memory, addresses, lengths, n);
}

/* @again: for the same pages, as they are right after they were copied: of many tasks that is cheaper than
 * word by word. */
static void
prepare_batch (RustMemory *memory, RustMemory *again, RustTask *tasks, guint n)
{
  prefetch (memory, tasks, n, FALSE);
  prefetch (again, tasks, n, TRUE);
  for (guint i = 0; i < n; i++)
    {
      guint64 at = tasks[i].address + tasks[i].layout->state_offset, word = 0;

      /* It may have gone on since it was found. */
      if (debug_memory_read_number (&memory->memory, at, 8, &word))
        tasks[i].word = word;
      tasks[i].state = tasks[i].layout->of == RUST_ENTRY_TOKIO
                           ? rust_tokio_get_state (tasks[i].word)
                           : rust_async_task_get_state (tasks[i].word);
      if (!debug_memory_read_number (&again->memory, at, 8, &word) || word != tasks[i].word)
        tasks[i].state = RUST_TASK_RUNNING;
    }
}

static void
look_at_task (Rust *self, RustWalk *walk, RustTask *task, gboolean with_variables,
              const InspectorProbeSink *sink)
{
  RustMemory *memory = walk->memory;
  DebugValue future;
  gboolean found = FALSE;

  rust_walk_begin (walk);
  memory->home = task->address;
  memory->home_end = task->address + task->layout->size;
  memory->has_strayed = FALSE;
  if (task->state == RUST_TASK_DONE || !rust_task_get_future (&memory->memory, task, &future))
    return;
  rust_told_unwrap (walk, &future);
  /* While it runs, what is there is what it waited for before. */
  if (task->state != RUST_TASK_RUNNING)
    found = rust_walk (walk, future, 0);
  if (!found && task->layout->is_blocking && task->state == RUST_TASK_READY)
    rust_walk_add (walk, &rust_await_blocking, task->address);
  else if (!found && task->state == RUST_TASK_IDLE && walk->awaits->len == 0)
    {
      DebugValue resolved = rust_resolve (&memory->memory, walk->programs, future);

      rust_leaf_unknown (walk, resolved, &resolved);
    }
  if (memory->has_strayed && !is_unchanged (memory->target, task))
    {
      rust_walk_begin (walk);
      task->state = RUST_TASK_RUNNING;
    }
  if (task->state != RUST_TASK_RUNNING ||
      !rust_say_running (self->stacks, walk, task, future, sink))
    rust_say_task (walk, task, future, with_variables, sink);
}

static gboolean
look_at_program (Rust *self, const RustProgram *program, const InspectorProbeTarget *target,
                 const InspectorProbeSink *sink)
{
  RustMemory memory, again;
  RustWalk walk;
  g_autoptr (GArray) tasks = NULL;
  gboolean is_whole;

  rust_memory_init (&memory, target);
  rust_memory_init (&again, target);
  is_whole = rust_scan (program, &memory, &tasks);
  rust_walk_init (&walk, &memory, self->programs);
  walk.lock_names = self->lock_names;
  for (guint i = 0; i < tasks->len && is_whole; i++)
    {
      RustTask *task = &g_array_index (tasks, RustTask, i);

      if (i % BATCH == 0)
        {
          is_whole = !target->is_cancelled (target->data);
          prepare_batch (&memory, &again, task, MIN (BATCH, tasks->len - i));
        }
      if (!task->layout->is_internal)
        look_at_task (self, &walk, task, tasks->len <= MAX_TASKS_WITH_VARIABLES, sink);
    }
  rust_walk_clear (&walk);
  rust_memory_clear (&again);
  rust_memory_clear (&memory);
  return is_whole;
}

static gboolean
rust_look (gpointer data, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  Rust *self = data;
  gboolean is_whole = TRUE;

  rust_stacks_begin (self->stacks, target);
  rust_lock_names_free (self->lock_names);
  self->lock_names = rust_lock_names_read (self->programs, target);
  rust_blocked_look (self->blocked, self->programs, self->lock_names, target, sink);
  for (guint i = 0; i < self->programs->len; i++)
    is_whole &= look_at_program (self, self->programs->pdata[i], target, sink);
  for (guint i = 0; i < self->bares->len; i++)
    is_whole &= rust_bare_look (self->bares->pdata[i], target, sink);
  return is_whole;
}

/* ---- Live events ------------------------------------------------------------------------------------ */

static GBytes *
rust_answer (const InspectorProbeTarget *target)
{
  g_autofree char *detail = NULL;
  g_autofree char *warning = NULL;
  Rust *self = rust_open (target, &detail, &warning);
  GBytes *answer = NULL;

  if (self != NULL)
    {
      answer = rust_live_describe (self->programs, target);
      rust_close (self);
    }
  return answer;
}

INSPECTOR_PROBE_DEFINE (.open = rust_open, .look = rust_look, .close = rust_close,
                        .answers = "rust-live", .answer = rust_answer)
