/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "stacks.h"

#include <string.h>

#include "kinds.h"

/* What only a stack tells: where a task is that runs, and who waits for a future that nothing leads to
 * any more. */

#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)
#define MAX_FRAMES 40
#define MAX_STACK_BYTES (256u << 10)

typedef struct
{
  RustStacks *stacks;
  RustWalk *walk;
  const char *call; /* what the innermost function of the program has called; (nullable) */
  guint n;
  InspectorProbeFrame frames[MAX_FRAMES];
} Frames;

/* ---- Names ----------------------------------------------------------------------------------------- */

/* "waits::fetch" of "waits::fetch::{{closure}}" and of "waits::fetch::{async_fn#0}": what a compiler makes
 * of one function has its name and no other. "waits::*::run" of a method, "waits::{impl#0}::run", whose type a symbol
 * names and debug info does not. */
static char *
dup_path (const char *symbol)
{
  g_autofree char *name = rust_name_dup_readable (symbol);
  g_auto (GStrv) parts = g_strsplit (name, "::", -1);
  GString *path = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_str_has_prefix (parts[i], "{impl#") ? "*" : parts[i];

      if (*part != '{')
        g_string_append_printf (path, "%s%s", path->len > 0 ? "::" : "", part);
    }
  return g_string_free (path, FALSE);
}

/* "waits::Server::run" or "<waits::Server as waits::Run>::run" */
static gboolean
is_of_method (const char *own, const char *path)
{
  const char *star = strstr (path, "::*::");
  const char *rest = star + strlen ("::*");

  return g_str_has_suffix (own, rest) &&
         (*own == '<' || strncmp (own, path, (gsize)(star - path) + 2) == 0);
}

static gboolean
is_of (const DebugSymbol *symbol, const char *path)
{
  g_autofree char *own = symbol->function != NULL ? dup_path (symbol->function) : NULL;
  gsize length, whole;

  if (own == NULL || *path == '\0')
    return FALSE;
  if (g_str_equal (own, path) || (strstr (path, "::*::") != NULL && is_of_method (own, path)))
    return TRUE;
  /* Debug info may name a function without what is around it. */
  length = strlen (own);
  whole = strlen (path);
  return length > 0 && length < whole && g_str_has_suffix (path, own) &&
         path[whole - length - 1] == ':';
}

/* "poll" of "poll<T, S>". */
static char *
dup_plain (const char *name)
{
  return g_strndup (name, *name == '<' ? strlen (name) : strcspn (name, "<"));
}

static const char *
dup_function (Frames *self, const DebugSymbol *symbol)
{
  g_autofree char *name = NULL;
  g_autofree char *whole = NULL;
  const char *last;

  if (symbol->function == NULL)
    return symbol->module != NULL ? g_string_chunk_insert (self->walk->texts, symbol->module) : "?";
  /* Of a coroutine's body the last part is the compiler's; of a function it is its name. */
  whole = rust_name_dup_readable (symbol->function);
  last = strrchr (whole, ':');
  last = last != NULL ? last + 1 : whole;
  name = *last == '{' ? rust_name_dup_function (whole, NULL) : dup_plain (last);
  return g_string_chunk_insert (self->walk->texts, name);
}

/* ---- Frames ---------------------------------------------------------------------------------------- */

/* Whether it is not the program's own: in none of the files that have been found to be of Rust, or from the source of
 * others. */
static gboolean
is_library (const Frames *self, const DebugSymbol *symbol, guint64 pc)
{
  if (symbol->file == NULL || symbol->line == 0)
    return TRUE;
  for (guint i = 0; i < self->walk->programs->len; i++)
    {
      const RustProgram *program = self->walk->programs->pdata[i];

      if (pc >= program->start && pc < program->end)
        return rust_own_is_library_path (program->own_folder, symbol->file);
    }
  return TRUE;
}

static void
add_symbol (Frames *self, const DebugSymbol *symbol, guint64 pc)
{
  InspectorProbePlace place = { .function = dup_function (self, symbol),
                                .file = symbol->file,
                                .line = symbol->line,
                                .is_library = is_library (self, symbol, pc) };

  if (self->n < G_N_ELEMENTS (self->frames))
    self->frames[self->n++] = (InspectorProbeFrame){ .place = place };
}

/* What lies within a function of a library is that library's affair. */
static void
skip_library (Frames *self, const char *function)
{
  self->call = function;
  self->n = 0;
}

/* From the innermost function of the program to that of @path. FALSE: it is not among them. */
static gboolean
add_down_to (Frames *self, const RustStack *stack, const char *path)
{
  skip_library (self, NULL);
  for (guint i = 0; i < stack->stack.n_calls; i++)
    for (const DebugSymbol *symbol = rust_stacks_get_symbol (self->stacks, &stack->stack.calls[i]);
         symbol != NULL; symbol = symbol->caller)
      {
        gboolean is_inner = self->n == 0;

        add_symbol (self, symbol, stack->stack.calls[i].pc);
        if (is_inner && self->frames[0].place.is_library)
          skip_library (self, self->frames[0].place.function);
        if (is_of (symbol, path))
          return TRUE;
      }
  return FALSE;
}

/* The program's own functions from @call on outwards. */
static void
add_own_from (Frames *self, const RustStack *stack, guint call)
{
  for (guint i = call; i < stack->stack.n_calls; i++)
    for (const DebugSymbol *symbol = rust_stacks_get_symbol (self->stacks, &stack->stack.calls[i]);
         symbol != NULL; symbol = symbol->caller)
      if (!is_library (self, symbol, stack->stack.calls[i].pc))
        add_symbol (self, symbol, stack->stack.calls[i].pc);
}

/* ---- Tasks that run -------------------------------------------------------------------------------- */

/* Whoever polls a task has its address. */
static gboolean
has_address (const InspectorProbeTarget *target, const InspectorProbeThread *thread,
             const RustStack *stack, const RustTask *task)
{
  guint64 end = thread->stack_end > stack->sp ? thread->stack_end : stack->sp + 4096;
  gsize length = (gsize)MIN (end - stack->sp, MAX_STACK_BYTES) & ~(gsize)7;
  g_autofree guint64 *words = g_malloc (MAX (length, 8));

  for (guint i = 0; i < 16; i++)
    if (stack->stack.calls[0].registers[i] == task->address &&
        (stack->stack.calls[0].known & 1u << i) != 0)
      return TRUE;
  if (length < 8 || !target->read (target->data, stack->sp, words, length))
    return FALSE;
  for (gsize i = 0; i < length / 8; i++)
    if (words[i] >= task->address && words[i] - task->address < task->layout->size)
      return TRUE;
  return FALSE;
}

static char *
dup_thread (const InspectorProbeThread *thread)
{
  return *thread->name != '\0' ? g_strdup_printf ("%s (%d)", thread->name, thread->tid)
                               : g_strdup_printf ("%d", thread->tid);
}

/* What is said is the same wait in the next look only if the thread has slept all the time. */
static guint64
make_id (RustStacks *stacks, const InspectorProbeThread *thread, const RustStack *stack)
{
  if (!stack->stack.is_asleep)
    return rust_stacks_next_id (stacks);
  return ((guint64)thread->tid << 32 ^ thread->sp ^ thread->pc << 7 ^ thread->n_sleeps << 17) |
         G_GUINT64_CONSTANT (1) << 63;
}

static void
say (Frames *self, InspectorProbeTask *task, const InspectKind *kind, guint64 id,
     const char *thread, gboolean runs, const RustLockWait *lock, const InspectorProbeSink *sink)
{
  const InspectorProbeAttribute name = { &rust_key_type, 0, lock != NULL ? lock->name : "" };
  const InspectorProbeResource resource = { .kind = lock != NULL ? lock->resource : NULL,
                                            .id = lock != NULL ? lock->id : 0,
                                            .attributes = &name,
                                            .n_attributes = 1 };
  const InspectorProbeAttribute attributes[] = {
    { &rust_key_thread, 0, thread },
    { &rust_key_call, 0, self->call != NULL ? self->call : "" },
    { &rust_key_running, runs, NULL },
  };
  const InspectorProbeAwait await = { .kind = kind,
                                      .id = id,
                                      .frames = self->frames,
                                      .n_frames = self->n,
                                      .resource = lock != NULL ? &resource : NULL,
                                      .attributes = attributes,
                                      .n_attributes = G_N_ELEMENTS (attributes) };

  task->awaits = &await;
  task->n_awaits = 1;
  sink->task (sink->data, task);
}

static InspectorProbePlace
get_beginning (const RustPlan *plan, DebugTypes *types)
{
  const DebugVariant *at = plan->beginning;

  return (InspectorProbePlace){ .function = plan->function,
                                .file = at != NULL ? rust_own_get_file (types, &at->member) : NULL,
                                .line = at != NULL ? at->member.line : 0,
                                .is_library = plan->is_library };
}

/* Of a job of the pool of threads no more is known than who has made it. */
static gboolean
get_running (RustWalk *walk, DebugValue future, char **ret_path, InspectorProbePlace *ret_place)
{
  DebugValue resolved = rust_resolve (&walk->memory->memory, walk->programs, future);
  const RustPlan *plan = rust_plan_get (resolved.type);
  g_autofree char *scope = NULL;
  g_autofree char *name = NULL;

  if (plan->is_coroutine)
    {
      *ret_path = dup_path (plan->scope);
      *ret_place = get_beginning (plan, resolved.type->types);
      return TRUE;
    }
  scope = rust_job_dup_scope (future.type);
  name = rust_job_dup_name (future.type);
  if (scope == NULL)
    return FALSE;
  *ret_path = dup_path (scope);
  *ret_place = (InspectorProbePlace){ .function = g_string_chunk_insert (walk->texts, name) };
  return TRUE;
}

gboolean
rust_say_running (RustStacks *stacks, RustWalk *walk, const RustTask *task, DebugValue future,
                  const InspectorProbeSink *sink)
{
  const InspectorProbeTarget *target = walk->memory->target;
  g_autofree Frames *self = NULL;
  g_autofree char *path = NULL;
  InspectorProbePlace place;

  if (target->get_stack == NULL || !get_running (walk, future, &path, &place))
    return FALSE;
  self = g_new0 (Frames, 1);
  self->stacks = stacks;
  self->walk = walk;
  for (guint i = 0; i < target->n_threads; i++)
    {
      const InspectorProbeThread *thread = &target->threads[i];
      const RustStack *stack = rust_stacks_get (stacks, thread, TRUE);
      g_autofree char *name = NULL;
      InspectorProbeTask said = { .id = task->address & ID_MASK,
                                  .serial = task->id,
                                  .name = walk->told_name,
                                  .state = INSPECTOR_PROBE_RUNNING,
                                  .place = place };
      RustLockWait lock;
      gboolean waits;

      if (stack == NULL || !has_address (target, thread, stack, task) ||
          !add_down_to (self, stack, path))
        continue;
      name = dup_thread (thread);
      waits = stack->stack.is_asleep && rust_lock_wait_find (stacks, walk, thread, stack, &lock);
      say (self, &said,
           waits                    ? lock.kind
           : stack->stack.is_asleep ? &rust_await_asleep
                                    : &rust_await_running,
           make_id (stacks, thread, stack), name, !stack->stack.is_asleep, waits ? &lock : NULL,
           sink);
      return TRUE;
    }
  return FALSE;
}

/* ---- block_on() ------------------------------------------------------------------------------------ */

void
rust_say_blocked (RustStacks *stacks, RustWalk *walk, const InspectorProbeThread *thread,
                  const RustStack *stack, guint call, DebugType *future,
                  const InspectorProbeSink *sink)
{
  const RustPlan *plan = rust_plan_get (future);
  InspectorProbeTask said = { .id = thread->stack_end & ID_MASK,
                              .serial = stack->stack.calls[call].pc,
                              .within = thread->sp,
                              .within_end = thread->stack_end,
                              .state = INSPECTOR_PROBE_WAITING,
                              .place = get_beginning (plan, future->types) };
  g_autofree Frames *self = g_new0 (Frames, 1);
  g_autofree char *name = dup_thread (thread);

  self->stacks = stacks;
  self->walk = walk;
  self->frames[self->n++] = (InspectorProbeFrame){ .place = get_beginning (plan, future->types) };
  add_own_from (self, stack, call);
  say (self, &said, &rust_await_hidden, make_id (stacks, thread, stack), name, FALSE, NULL, sink);
}
