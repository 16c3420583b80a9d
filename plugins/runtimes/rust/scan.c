/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include <string.h>

#define CHUNK_BYTES (1u << 20)
#define MAX_TASKS (4u * 1000 * 1000)
/* Beyond this, what is not in the memory that was looked at is not claimed to be gone. */
#define MAX_BYTES (G_GUINT64_CONSTANT (16) << 30)

/* A piece of memory, and where it is from. */
typedef struct
{
  const InspectorProbeTarget *target;
  guint64 begin;
  const guint64 *words;
  gsize n_words;
} Piece;

/* Mostly it is in the piece that is at hand. */
static gboolean
read_words (const Piece *piece, guint64 address, guint64 *words, gsize n)
{
  guint64 first = (address - piece->begin) / sizeof *words;

  if (address % sizeof *words != 0 || address < piece->begin || first > piece->n_words ||
      n > piece->n_words - first)
    return piece->target->read (piece->target->data, address, words, n * sizeof *words);
  memcpy (words, piece->words + first, n * sizeof *words);
  return TRUE;
}

static gboolean
read_candidate (const Piece *piece, RustCandidate *candidate)
{
  RustTask *task = &candidate->task;
  const RustLayout *layout = task->layout;

  return read_words (piece, task->address + layout->state_offset, &task->word, 1) &&
         (layout->id_offset == RUST_NOWHERE ||
          read_words (piece, task->address + layout->id_offset, &task->id, 1)) &&
         (layout->owner_offset == RUST_NOWHERE ||
          read_words (piece, task->address + layout->owner_offset, &candidate->owner, 1)) &&
         (layout->links_offset == RUST_NOWHERE ||
          read_words (piece, task->address + layout->links_offset, candidate->links, 2));
}

static void
add_candidate (const RustProgram *program, const Piece *piece, gsize at, GArray *candidates)
{
  RustCandidate candidate = { 0 };

  candidate.task.layout =
      g_hash_table_lookup (program->layouts, GSIZE_TO_POINTER (piece->words[at]));
  if (candidate.task.layout == NULL || candidates->len >= MAX_TASKS)
    return;
  candidate.task.address =
      piece->begin + at * sizeof *piece->words - candidate.task.layout->table_offset;
  if (read_candidate (piece, &candidate))
    g_array_append_val (candidates, candidate);
}

/* Nearly no word is one, so that nothing else is done for each. */
static void
search_words (const RustProgram *program, const Piece *piece, GArray *candidates)
{
  const guint64 lowest = program->lowest, extent = program->highest - program->lowest;
  const guint64 *words = piece->words;

  for (gsize i = 0; i < piece->n_words; i++)
    if (G_UNLIKELY (words[i] - lowest <= extent))
      add_candidate (program, piece, i, candidates);
}

/* What a program allocates: no file is mapped there, and it is not the main stack. */
static gboolean
search_memory (const RustProgram *program, const InspectorProbeTarget *target, GArray *candidates)
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
            search_words (program, &(Piece){ target, at, words, length / sizeof *words },
                          candidates);
        }
    }
  return TRUE;
}

static GHashTable *
list_by_address (GArray *candidates)
{
  GHashTable *by_address = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < candidates->len; i++)
    {
      RustCandidate *candidate = &g_array_index (candidates, RustCandidate, i);

      g_hash_table_insert (by_address, GSIZE_TO_POINTER (candidate->task.address), candidate);
    }
  return by_address;
}

/* Where a task may be moved about while it is made, and leaves copies: stacks of threads, as far as it is known where they
 * are. */
static gboolean
is_on_stack (const InspectorProbeTarget *target, guint64 address)
{
  for (guint i = 0; i < target->n_threads; i++)
    {
      const InspectorProbeThread *thread = &target->threads[i];
      const InspectorProbeRegion *region = NULL;

      if (thread->sp != 0 && address < thread->stack_end)
        region = inspector_probe_find_region (target, thread->sp);
      if (region != NULL && address >= region->begin)
        return TRUE;
    }
  return FALSE;
}

/* Those of tokio's lists are known by their neighbours. */
static gboolean
has_no_list (const RustLayout *layout)
{
  return layout->of == RUST_ENTRY_ASYNC_TASK || layout->is_blocking ||
         layout->links_offset == RUST_NOWHERE;
}

gboolean
rust_scan (const RustProgram *program, RustMemory *memory, GArray **ret_tasks)
{
  GArray *tasks = g_array_new (FALSE, FALSE, sizeof (RustTask));
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (RustCandidate));
  gboolean is_whole = search_memory (program, memory->target, candidates);
  g_autoptr (GHashTable) by_address = list_by_address (candidates);

  for (guint i = 0; i < candidates->len; i++)
    {
      RustCandidate *candidate = &g_array_index (candidates, RustCandidate, i);
      gboolean is_one = candidate->task.layout->of == RUST_ENTRY_TOKIO
                            ? rust_tokio_check (program, memory->target, candidate, by_address)
                            : rust_async_task_check (&candidate->task);

      if (is_one && candidate->task.state != RUST_TASK_DONE &&
          !(has_no_list (candidate->task.layout) &&
            is_on_stack (memory->target, candidate->task.address)))
        g_array_append_val (tasks, candidate->task);
    }
  *ret_tasks = tasks;
  return is_whole;
}
