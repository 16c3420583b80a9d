/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include <string.h>

#define CHUNK_BYTES (1u << 20)
#define MAX_TASKS (4u * 1000 * 1000)
/* Beyond this, what is not in the memory that was looked at is not claimed to be gone. */
#define MAX_BYTES (G_GUINT64_CONSTANT (16) << 30)
#define BATCH 512

static void
search_words (const RustProgram *program, guint64 begin, const guint64 *words, gsize n,
              GArray *tasks)
{
  guint64 lowest = program->lowest, extent = program->highest - program->lowest;

  for (gsize i = 0; i < n; i++)
    {
      const RustLayout *layout;
      RustTask task = { 0 };

      if (G_LIKELY (words[i] - lowest > extent))
        continue;
      layout = g_hash_table_lookup (program->layouts, GSIZE_TO_POINTER (words[i]));
      if (layout == NULL || tasks->len >= MAX_TASKS)
        continue;
      task.layout = layout;
      task.address = begin + i * sizeof *words - layout->table_offset;
      g_array_append_val (tasks, task);
    }
}

/* What a program allocates: no file is mapped there, and it is not the main stack. */
static gboolean
search_memory (const RustProgram *program, const InspectorProbeTarget *target, GArray *tasks)
{
  g_autofree guint64 *words = g_malloc (CHUNK_BYTES);
  guint64 n_bytes = 0;

  if (g_hash_table_size (program->layouts) == 0)
    return TRUE;
  for (guint i = 0; i < target->n_regions; i++)
    {
      const InspectorProbeRegion *region = &target->regions[i];

      if (!region->is_writable || region->is_code || region->is_module || region->is_stack)
        continue;
      for (guint64 at = region->begin; at < region->end; at += CHUNK_BYTES)
        {
          gsize length = MIN (CHUNK_BYTES, region->end - at);

          n_bytes += length;
          if (n_bytes > MAX_BYTES || target->is_cancelled (target->data))
            return FALSE;
          if (target->read (target->data, at, words, length))
            search_words (program, at, words, length / sizeof *words, tasks);
        }
    }
  return TRUE;
}

static GHashTable *
list_by_address (GArray *tasks)
{
  GHashTable *by_address = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < tasks->len; i++)
    {
      RustTask *task = &g_array_index (tasks, RustTask, i);

      g_hash_table_insert (by_address, GSIZE_TO_POINTER (task->address), task);
    }
  return by_address;
}

static void
prefetch (RustMemory *memory, const GArray *tasks, guint from)
{
  guint64 addresses[BATCH];
  guint lengths[BATCH], n = 0;

  for (guint i = from; i < tasks->len && n < BATCH; i++, n++)
    {
      addresses[n] = g_array_index (tasks, RustTask, i).address;
      lengths[n] = g_array_index (tasks, RustTask, i).layout->size;
    }
  rust_memory_prefetch (memory, addresses, lengths, n);
}

static gboolean
check (RustMemory *memory, RustTask *task, GHashTable *others)
{
  if (!debug_memory_read_number (&memory->memory, task->address + task->layout->state_offset, 8,
                                 &task->word))
    return FALSE;
  if (task->layout->of == RUST_ENTRY_TOKIO)
    return rust_tokio_check (memory, task, others);
  return rust_async_task_check (memory, task);
}

gboolean
rust_scan (const RustProgram *program, RustMemory *memory, GArray **ret_tasks)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (RustTask));
  GArray *tasks = g_array_new (FALSE, FALSE, sizeof (RustTask));
  gboolean is_whole = search_memory (program, memory->target, found);
  g_autoptr (GHashTable) others = list_by_address (found);

  for (guint i = 0; i < found->len; i++)
    {
      RustTask *task = &g_array_index (found, RustTask, i);

      if (i % BATCH == 0)
        prefetch (memory, found, i);
      if (check (memory, task, others) && task->state != RUST_TASK_DONE)
        g_array_append_val (tasks, *task);
    }
  g_array_unref (found);
  *ret_tasks = tasks;
  return is_whole;
}
