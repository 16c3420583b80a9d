/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "roots.h"

#include <string.h>

#include "kinds.h"
#include "told.h"
#include "walk.h"

/* More than that no thread keeps above the function in which it sleeps. */
#define MAX_STACK_BYTES (1u << 20)
#define MAX_ROOTS 256

typedef struct
{
  GPtrArray *programs;
  RustMemory *memory;
  RustStacks *stacks;
  GArray *roots;
  const InspectorProbeThread *thread;
  const guint64 *words; /* of its stack, from where it is */
  gsize n_words;
} Search;

static gboolean
is_on_stack (const Search *self, guint64 address)
{
  return address >= self->thread->sp && address < self->thread->sp + 8 * self->n_words;
}

/* A coroutine that waits; what block_on() was given before it began, or has been done with, is none. */
static gboolean
is_suspended (Search *self, DebugValue value, guint depth)
{
  const RustPlan *plan = rust_plan_get (value.type);
  guint64 state;

  if (depth > 6 || !plan->has_future)
    return FALSE;
  if (plan->is_coroutine)
    return debug_value_get_variant (&self->memory->memory, value, &state) != NULL && state >= 3;
  return TRUE;
}

static void
add_root (Search *self, DebugValue value)
{
  RustRoot root = { .thread = self->thread };

  value = rust_resolve (&self->memory->memory, self->programs, value);
  root.future = value;

  for (guint i = 0; i < self->roots->len; i++)
    {
      const RustRoot *other = &g_array_index (self->roots, RustRoot, i);

      /* The same, or part of one: what was polled within it a moment ago. */
      if (!other->is_hidden && value.address >= other->future.address &&
          value.address < other->future.address + MAX (other->future.type->size, 1))
        return;
    }
  if (self->roots->len < MAX_ROOTS && is_suspended (self, value, 0))
    g_array_append_val (self->roots, root);
}

/* #[tokio::test] and others pin the future, and hand on a trait object: two words, of which the second
 * tells what it is. */
static void
find_objects (Search *self)
{
  /* From the outermost function on, so that a future comes before its parts. */
  for (gsize i = self->n_words - 1; i > 0; i--)
    for (guint j = 0; j < self->programs->len; j++)
      {
        DebugType *type;

        if (!is_on_stack (self, self->words[i - 1]))
          continue;
        type = rust_program_find_dyn (self->programs->pdata[j], self->words[i]);
        if (type != NULL)
          add_root (self, (DebugValue){ type, self->words[i - 1] });
      }
}

/* In a build without optimisation: a word is the address to which a call returns that is in
 * block_on<F>(), so that the frame of that function begins behind it, and there its pinned future is
 * found where the debug info says. */
static void
find_in_frames (Search *self)
{
  for (gsize i = 0; i < self->n_words; i++)
    for (guint j = 0; j < self->programs->len; j++)
      {
        RustProgram *program = self->programs->pdata[j];
        DebugType *type;
        guint64 offset;
        DebugValue value;

        if (self->words[i] < program->start || self->words[i] >= program->end)
          continue;
        for (guint nth = 0;
             rust_program_find_block_on (program, self->words[i], nth, &type, &offset); nth++)
          {
            value = (DebugValue){ type, self->thread->sp + 8 * (i + 1) + offset };
            /* Pin<&mut F>: to what is on this stack, or to its box. */
            while (value.type->class == DEBUG_TYPE_STRUCTURE && value.type->size == 8 &&
                   value.type->n_members > 0 &&
                   debug_value_get (value, &value.type->members[0], &value))
              ;
            if (is_on_stack (self, value.address) &&
                debug_value_follow (&self->memory->memory, value, &value) &&
                is_on_stack (self, value.address))
              add_root (self, value);
          }
      }
}

/* ---- By what debug info says of a call ---------------------------------------------------------- */

static gboolean
accepts (gpointer data, DebugValue value)
{
  Search *self = data;

  value = rust_resolve (&self->memory->memory, self->programs, value);
  return (rust_plan_get (value.type)->is_coroutine || rust_plan_get (value.type)->leaf != NULL) &&
         is_suspended (self, value, 0);
}

/* A thread of a runtime blocks on a future of its own. */
static gboolean
is_own (DebugType *future)
{
  const RustPlan *plan = rust_plan_get (future);

  return plan->is_coroutine && !plan->is_library;
}

/* ---- By what lies there --------------------------------------------------------------------------- */

/* What shows that a wait is one, and not whatever bytes lie there: something that it refers to, or a time. */
static gboolean
has_evidence (const RustAwait *await)
{
  return await->has_resource || await->task != 0 || await->n_attributes > 0;
}

/* How much of it is as its type says; 0: it is none. */
static guint
rate (Search *self, RustWalk *walk, DebugValue value)
{
  guint points = 0;

  rust_walk_begin (walk);
  if (!is_suspended (self, value, 0) || !rust_walk (walk, value, 0))
    return 0;
  for (guint i = 0; i < walk->awaits->len; i++)
    {
      const RustAwait *await = walk->awaits->pdata[i];

      if (await->n_frames == 0 || await->kind == &rust_await_unknown)
        return 0;
      points += await->n_frames - 1 + (has_evidence (await) ? 2 : 0);
    }
  return points;
}

#define MIN_POINTS 2

/* In an optimised build no variable may lead to what block_on() was given, which lies on the stack all the
 * same. It is where all parts of it are as they have to be, down to what is waited for; where that is so in
 * two places, it is not known. */
static gboolean
find_where_it_lies (Search *self, DebugType *future, DebugValue *ret_value)
{
  RustWalk walk;
  guint best = 0;
  gboolean is_only_one = FALSE;
  guint64 last = self->thread->sp + 8 * self->n_words;

  if (future->size == 0 || future->size > 8 * self->n_words)
    return FALSE;
  rust_walk_init (&walk, self->memory, self->programs);
  for (guint64 at = self->thread->sp; at <= last - future->size; at += 8)
    {
      guint points = rate (self, &walk, (DebugValue){ future, at });

      if (points < MIN_POINTS || points < best)
        continue;
      is_only_one = points > best;
      best = points;
      *ret_value = (DebugValue){ future, at };
    }
  rust_walk_clear (&walk);
  return is_only_one;
}

/* An optimised build: the unwound stack has a call of block_on() in it, and some variable of that call, or
 * of those within it, may lead to the future. From the outermost call on, which was given what the
 * program has written. */
static void
find_in_calls (Search *self)
{
  const RustStack *stack = rust_stacks_get (self->stacks, self->thread, FALSE);
  RustRoot hidden = { .thread = self->thread, .stack = stack };
  guint n = self->roots->len;
  DebugType *around = NULL; /* the future, with what the program's own word has put around it */
  guint64 offset = 0;
  DebugValue found;

  for (guint i = stack != NULL ? stack->stack.n_calls : 0; i-- > 0 && self->roots->len == n;)
    for (guint j = 0; j < self->programs->len && self->roots->len == n; j++)
      {
        RustBlocked blocked;

        if (!rust_scopes_find_blocked (self->programs->pdata[j], stack, i, &self->memory->memory,
                                       accepts, self, &blocked))
          continue;
        if (blocked.has_value)
          add_root (self, blocked.value);
        else if (hidden.future.type == NULL && blocked.future != NULL)
          {
            DebugType *future = rust_told_get_inside (blocked.future, &offset);

            if (!is_own (future))
              continue;
            hidden.future.type = future;
            around = blocked.future;
            hidden.call = i;
          }
      }
  if (self->roots->len == n && hidden.future.type != NULL &&
      find_where_it_lies (self, hidden.future.type, &found))
    add_root (self, (DebugValue){ around, found.address - offset });
  hidden.is_hidden = TRUE;
  if (self->roots->len == n && hidden.future.type != NULL && n < MAX_ROOTS)
    g_array_append_val (self->roots, hidden);
}

static void
search_stack (Search *self, const InspectorProbeThread *thread)
{
  const InspectorProbeTarget *target = self->memory->target;
  gsize length;
  g_autofree guint64 *words = NULL;
  guint n;

  if (thread->sp == 0 || thread->sp % 8 != 0 || thread->sp >= thread->stack_end)
    return;
  length = MIN (thread->stack_end - thread->sp, MAX_STACK_BYTES) & ~(gsize)7;
  words = g_malloc (length + 8);
  if (length < 16 || !target->read (target->data, thread->sp, words, length))
    return;
  self->thread = thread;
  self->words = words;
  self->n_words = length / 8;
  n = self->roots->len;
  find_objects (self);
  find_in_frames (self);
  if (self->roots->len == n && target->get_stack != NULL)
    find_in_calls (self);
}

GArray *
rust_roots_find (GPtrArray *programs, RustMemory *memory, RustStacks *stacks)
{
  Search self = { .programs = programs, .memory = memory, .stacks = stacks };
  const InspectorProbeTarget *target = memory->target;

  self.roots = g_array_new (FALSE, FALSE, sizeof (RustRoot));
  for (guint i = 0; i < target->n_threads && !target->is_cancelled (target->data); i++)
    search_stack (&self, &target->threads[i]);
  return self.roots;
}
