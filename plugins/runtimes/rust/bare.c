/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "bare.h"

#include <string.h>

#include "kinds.h"

/* tokio::runtime::task::Vtable as it lies in memory: seven functions, then where in a task three things
 * are. Rust does not promise any order; this one was seen in all of tokio 1.24 to 1.54, and what lies in it
 * has to fit together at every step: a table, the header of a task, its neighbours in the list.
 *
 *   header   0 state, 8 next in the queue, 16 table, 24 number of the list's owner
 *   trailer  0 previous and 8 next in that list, 16 waker of who waits for the end (table, data) */

#define N_FUNCTIONS 7
#define N_WORDS (N_FUNCTIONS + 3)
#define TRAILER_OFFSET 7
#define SCHEDULER_OFFSET 8
#define ID_OFFSET 9

#define HEADER_TABLE 0x10
#define HEADER_OWNER 0x18
#define HEADER_BYTES 0x20
#define TRAILER_WAKER 0x10
#define TRAILER_BYTES 0x20
#define MAX_TASK_BYTES (1u << 20)

#define CHUNK_WORDS 65536
#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)

/* ---- Tables ---------------------------------------------------------------------------------------- */

static gboolean
is_code (const InspectorProbeTarget *target, const RustProgram *program, guint64 address)
{
  const InspectorProbeRegion *region;

  if (address < program->start || address >= program->end)
    return FALSE;
  region = inspector_probe_find_region (target, address);
  if (target->pid != 0)
    return region != NULL && region->is_code;
  /* A core file mostly has no code. */
  return inspector_probe_is_code (target, address);
}

static gboolean
is_offset (guint64 word)
{
  return word >= HEADER_BYTES && word < MAX_TASK_BYTES && word % 8 == 0;
}

static gboolean
is_table (const InspectorProbeTarget *target, const RustProgram *program, const guint64 *words)
{
  if (!is_offset (words[TRAILER_OFFSET]) || !is_offset (words[SCHEDULER_OFFSET]) ||
      !is_offset (words[ID_OFFSET]) || words[ID_OFFSET] >= words[TRAILER_OFFSET] ||
      words[SCHEDULER_OFFSET] >= words[TRAILER_OFFSET])
    return FALSE;
  for (guint i = 0; i < N_FUNCTIONS; i++)
    if (!is_code (target, program, words[i]))
      return FALSE;
  return TRUE;
}

static void
add_table (RustBare *self, guint64 address, const guint64 *words)
{
  RustProgram *program = self->program;
  RustLayout layout = { .of = RUST_ENTRY_TOKIO,
                        .table = address,
                        .table_offset = HEADER_TABLE,
                        .owner_offset = HEADER_OWNER,
                        .links_offset = (guint)words[TRAILER_OFFSET],
                        .id_offset = (guint)words[ID_OFFSET],
                        .size = (guint)words[TRAILER_OFFSET] + TRAILER_BYTES };

  program->lowest = MIN (program->lowest, address);
  program->highest = MAX (program->highest, address);
  g_hash_table_insert (program->layouts, GSIZE_TO_POINTER (address),
                       g_memdup2 (&layout, sizeof layout));
}

static void
search_region (RustBare *self, const InspectorProbeTarget *target,
               const InspectorProbeRegion *region, RustBareNames *names)
{
  g_autofree guint64 *words = g_new (guint64, CHUNK_WORDS + N_WORDS);

  for (guint64 at = region->begin; at < region->end && !target->is_cancelled (target->data);
       at += CHUNK_WORDS * 8)
    {
      gsize n = (gsize)MIN (CHUNK_WORDS + N_WORDS, (region->end - at) / 8);

      if (!target->read (target->data, at, words, n * 8))
        continue;
      for (gsize i = 0; i < CHUNK_WORDS && i + N_WORDS <= n; i++)
        if (is_table (target, self->program, words + i))
          {
            guint64 functions[N_FUNCTIONS];
            char *name;

            add_table (self, at + i * 8, words + i);
            for (guint j = 0; j < N_FUNCTIONS; j++)
              functions[j] = words[i + j] - self->program->bias;
            name = rust_bare_names_dup (names, target, self->program->bias, functions);
            if (name != NULL)
              g_hash_table_insert (self->names, GSIZE_TO_POINTER (at + i * 8), name);
          }
    }
}

RustBare *
rust_bare_new (const InspectorProbeTarget *target, const InspectorProbeModule *module)
{
  RustBare *self = g_new0 (RustBare, 1);
  RustProgram *program = g_new0 (RustProgram, 1);
  RustBareNames *names = rust_bare_names_new (module);

  program->bias = module->bias;
  program->start = module->start;
  program->end = module->end;
  program->lowest = G_MAXUINT64;
  program->layouts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->program = program;
  self->names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < target->n_regions; i++)
    {
      const InspectorProbeRegion *region = &target->regions[i];

      if (!region->is_code && region->begin >= program->start && region->end <= program->end)
        search_region (self, target, region, names);
    }
  self->has = rust_bare_names_get_source (names);
  rust_bare_names_free (names);
  if (g_hash_table_size (program->layouts) > 0)
    return self;
  rust_bare_free (self);
  return NULL;
}

void
rust_bare_free (RustBare *self)
{
  if (self == NULL)
    return;
  rust_program_free (self->program);
  g_hash_table_unref (self->names);
  g_free (self);
}

/* ---- A look ---------------------------------------------------------------------------------------- */

/* Task -> the one whose end it waits for, by the wakers that ended tasks are to call. */
static GHashTable *
find_awaited (RustMemory *memory, const GArray *tasks)
{
  GHashTable *by_waiter = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) addresses = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < tasks->len; i++)
    g_hash_table_add (addresses, GSIZE_TO_POINTER (g_array_index (tasks, RustTask, i).address));
  for (guint i = 0; i < tasks->len; i++)
    {
      const RustTask *task = &g_array_index (tasks, RustTask, i);
      guint64 waker[2];

      if (debug_memory_read (&memory->memory,
                             task->address + task->layout->links_offset + TRAILER_WAKER, waker,
                             sizeof waker) &&
          waker[0] != 0 && g_hash_table_contains (addresses, GSIZE_TO_POINTER (waker[1])))
        g_hash_table_insert (by_waiter, GSIZE_TO_POINTER (waker[1]),
                             GSIZE_TO_POINTER (task->address));
    }
  return by_waiter;
}

static void
say_task (const RustBare *self, const RustTask *task, GHashTable *awaited,
          const InspectorProbeSink *sink)
{
  static const InspectorProbeState states[] = {
    [RUST_TASK_IDLE] = INSPECTOR_PROBE_WAITING,
    [RUST_TASK_READY] = INSPECTOR_PROBE_READY,
    [RUST_TASK_RUNNING] = INSPECTOR_PROBE_RUNNING,
    [RUST_TASK_DONE] = INSPECTOR_PROBE_READY,
  };
  const char *function = g_hash_table_lookup (self->names, GSIZE_TO_POINTER (task->layout->table));
  guint64 other =
      GPOINTER_TO_SIZE (g_hash_table_lookup (awaited, GSIZE_TO_POINTER (task->address)));
  g_autofree char *number = g_strdup_printf ("task %" G_GUINT64_FORMAT, task->id);
  InspectorProbeFrame frame = { .place = { .function = function } };
  InspectorProbeAwait await = { .kind = other != 0 ? &rust_await_task : &rust_await_bare,
                                .id = task->address ^ task->word << 20 ^ other,
                                .frames = &frame,
                                .n_frames = 1,
                                .task = other };
  InspectorProbeTask said = { .id = task->address & ID_MASK,
                              .serial = task->id,
                              .state = states[task->state],
                              .name = function == NULL ? number : NULL,
                              .place = frame.place,
                              .awaits = &await,
                              .n_awaits = task->state == RUST_TASK_IDLE };

  if (function == NULL)
    frame.place.function = number;
  sink->task (sink->data, &said);
}

gboolean
rust_bare_look (RustBare *self, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  RustMemory memory;
  g_autoptr (GArray) tasks = NULL;
  g_autoptr (GHashTable) awaited = NULL;
  gboolean is_whole;

  rust_memory_init (&memory, target);
  is_whole = rust_scan (self->program, &memory, &tasks);
  awaited = find_awaited (&memory, tasks);
  for (guint i = 0; i < tasks->len; i++)
    say_task (self, &g_array_index (tasks, RustTask, i), awaited, sink);
  rust_memory_clear (&memory);
  return is_whole;
}
