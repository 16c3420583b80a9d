/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "told.h"

#define CHUNK_BYTES (1u << 20)

/* ---- Tables in memory --------------------------------------------------------------------------- */

static DebugType *
get_type (RustProgram *program, DebugDieRef ref)
{
  Dwarf_Die die;

  if (ref.offset == 0 || !debug_types_get_die (program->types, ref, &die))
    return NULL;
  return debug_types_get (program->types, &die);
}

static void
add_layout (RustProgram *program, RustLayout layout)
{
  if (g_hash_table_contains (program->layouts, GSIZE_TO_POINTER (layout.table)))
    return;
  program->lowest = MIN (program->lowest, layout.table);
  program->highest = MAX (program->highest, layout.table);
  g_hash_table_insert (program->layouts, GSIZE_TO_POINTER (layout.table),
                       g_memdup2 (&layout, sizeof layout));
}

static DebugType *
find_object (RustProgram *program, RustEntryOf of, guint64 table)
{
  const RustEntry *entry = NULL;

  if (table >= program->start && table < program->end)
    entry = rust_index_find (program->index, of, table - program->bias);
  return entry != NULL ? get_type (program, entry->type) : NULL;
}

DebugType *
rust_program_find_dyn (RustProgram *program, guint64 table)
{
  return find_object (program, RUST_ENTRY_DYN, table);
}

DebugType *
rust_program_find_object (RustProgram *program, guint64 table)
{
  return find_object (program, RUST_ENTRY_OBJECT, table);
}

DebugType *
rust_program_find_parked (RustProgram *program)
{
  const RustEntry *entry = rust_index_find (program->index, RUST_ENTRY_PARKED, 0);

  return entry != NULL ? get_type (program, entry->type) : NULL;
}

/* There are as many as a program has kinds of futures that it blocks on: few. */
gboolean
rust_program_find_block_on (RustProgram *program, guint64 address, guint nth, DebugType **ret_type,
                            guint64 *ret_offset)
{
  address -= program->bias;
  for (guint i = program->first_block_on; i < program->index->entries->len; i++)
    {
      const RustEntry *entry = &g_array_index (program->index->entries, RustEntry, i);

      if (address <= entry->address)
        return FALSE;
      if (address - entry->address > entry->other.unit || nth-- > 0)
        continue;
      *ret_type = get_type (program, entry->type);
      *ret_offset = entry->other.offset;
      return *ret_type != NULL;
    }
  return FALSE;
}

/* The word at @at is the address of a function that polls tasks. */
static void
add_table (RustProgram *program, RustMemory *memory, const RustEntry *entry, guint64 at)
{
  RustLayout layout = { .of = entry->of };
  DebugType *type = get_type (program, entry->type);
  DebugType *raw = get_type (program, entry->other);
  guint poll_offset = 0;

  if (type == NULL)
    return;
  if (entry->of == RUST_ENTRY_TOKIO && rust_tokio_fill_layout (type, &layout, &poll_offset))
    {
      layout.table = at - poll_offset;
      add_layout (program, layout);
    }
  else if (entry->of == RUST_ENTRY_ASYNC_TASK && raw != NULL &&
           rust_async_task_fill_layout (memory, type, raw, at, &layout))
    add_layout (program, layout);
}

static void
search_words (RustProgram *program, RustMemory *memory, guint64 begin, const guint64 *words,
              gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint64 address = words[i] - program->bias;
      const RustEntry *entry;

      if (words[i] < program->start || words[i] >= program->end)
        continue;
      entry = rust_index_find (program->index, RUST_ENTRY_TOKIO, address);
      if (entry == NULL)
        entry = rust_index_find (program->index, RUST_ENTRY_ASYNC_TASK, address);
      if (entry != NULL)
        add_table (program, memory, entry, begin + i * sizeof *words);
    }
}

static void
find_tables (RustProgram *program, const InspectorProbeTarget *target)
{
  g_autofree guint64 *words = g_malloc (CHUNK_BYTES);
  RustMemory memory;

  rust_memory_init (&memory, target);
  for (guint i = 0; i < target->n_regions; i++)
    {
      const InspectorProbeRegion *region = &target->regions[i];

      if (region->is_code || region->begin < program->start || region->end > program->end)
        continue;
      for (guint64 at = region->begin; at < region->end && !target->is_cancelled (target->data);
           at += CHUNK_BYTES)
        {
          gsize length = MIN (CHUNK_BYTES, region->end - at);

          if (target->read (target->data, at, words, length))
            search_words (program, &memory, at, words, length / sizeof *words);
        }
    }
  rust_memory_clear (&memory);
}

/* The same by the file: words in memory may have been changed, for one by whoever wants to know when tasks
 * are polled (live.c). */
typedef struct
{
  RustProgram *program;
  RustMemory *memory;
} Search;

static void
search_word (gpointer data, RustWord word)
{
  const Search *search = data;
  RustProgram *program = search->program;
  const RustEntry *entry = rust_index_find (program->index, RUST_ENTRY_TOKIO, word.address);

  if (entry == NULL)
    entry = rust_index_find (program->index, RUST_ENTRY_ASYNC_TASK, word.address);
  if (entry != NULL)
    add_table (program, search->memory, entry, program->bias + word.at);
}

static void
find_tables_in_file (RustProgram *program, const InspectorProbeTarget *target)
{
  Elf *elf = debug_types_get_elf (program->types);
  RustMemory memory;
  Search search = { program, &memory };

  rust_memory_init (&memory, target);
  if (elf != NULL)
    rust_visit_words (elf, search_word, &search);
  rust_memory_clear (&memory);
}

static char *
dup_warning (const InspectorProbeModule *module, gboolean has_lines)
{
  if (!has_lines)
    return g_strdup_printf (
        _ ("%s is a program of Rust without debug info, so its tasks cannot be seen: "
           "set debug = true, and no strip, in the Cargo profile that it is built with"),
        module->name);
  return g_strdup_printf (
      _ ("%s is a program of Rust with line tables alone, so its tasks cannot be seen: "
         "set debug = true in the Cargo profile that it is built with"),
      module->name);
}

static char *
dup_missing (const InspectorProbeModule *module, const RustProgram *program, gboolean is_all)
{
  const char *missing = program->index != NULL ? program->index->missing : NULL;

  /* What the index led to may be gone since it was made. */
  if (missing == NULL && program->types != NULL)
    missing = debug_types_get_missing (program->types);
  if (missing == NULL)
    return NULL;
  if (!is_all)
    return g_strdup_printf (
        _ ("%s has a part of its debug info in %s, which is not there, so that tasks whose types "
           "are in it are not seen"),
        module->name, missing);
  return g_strdup_printf (
      _ ("%s has its debug info in files of their own, and %s is not there, so that of its tasks "
         "names and states are seen at best: keep the .dwp or the .dwo files that the compiler has "
         "written, or set split-debuginfo = \"off\" in the Cargo profile that it is built with"),
      module->name, missing);
}

static char *
dup_own_folder (DebugTypes *types, const InspectorProbeModule *module)
{
  g_autofree char *name = g_path_get_basename (module->name);

  return rust_own_find_folder (types, name);
}

RustProgram *
rust_program_new (const InspectorProbeTarget *target, const InspectorProbeModule *module,
                  char **ret_warning, char **ret_missing)
{
  RustProgram *program = g_new0 (RustProgram, 1);

  program->bias = module->bias;
  program->start = module->start;
  program->end = module->end;
  program->lowest = G_MAXUINT64;
  program->layouts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  program->index = rust_index_new (module->path, module->build_id, module->build_id_length,
                                   target->cache_folder);
  /* A copy without debug info has the build id of the one with it, whose index may be there. */
  if (program->index != NULL)
    program->types = debug_types_open (module->path, module->build_id, module->build_id_length);
  if (program->types == NULL || program->index->entries->len == 0)
    {
      if ((program->types == NULL || !program->index->has_types) && rust_uses_tasks (module->path))
        *ret_warning = dup_warning (module, program->types != NULL);
      if (rust_uses_tasks (module->path))
        *ret_missing = dup_missing (module, program, TRUE);
      rust_program_free (program);
      return NULL;
    }
  debug_types_set_reader (program->types, program);
  program->own_folder = dup_own_folder (program->types, module);
  program->lock_names = rust_told_find (program);
  while (program->first_block_on < program->index->entries->len &&
         g_array_index (program->index->entries, RustEntry, program->first_block_on).of !=
             RUST_ENTRY_BLOCK_ON)
    program->first_block_on++;
  find_tables (program, target);
  find_tables_in_file (program, target);
  if (g_hash_table_size (program->layouts) == 0 &&
      program->first_block_on == program->index->entries->len)
    {
      if (rust_uses_tasks (module->path))
        *ret_missing = dup_missing (module, program, TRUE);
      rust_program_free (program);
      return NULL;
    }
  *ret_missing = dup_missing (module, program, FALSE);
  return program;
}

void
rust_program_free (RustProgram *program)
{
  if (program == NULL)
    return;
  g_hash_table_unref (program->layouts);
  g_free (program->own_folder);
  g_clear_pointer (&program->scopes, g_hash_table_unref);
  rust_index_free (program->index);
  debug_types_close (program->types);
  g_free (program);
}

/* ---- One task --------------------------------------------------------------------------------- */

gboolean
rust_task_get_future (const DebugMemory *memory, const RustTask *task, DebugValue *ret_future)
{
  const RustLayout *layout = task->layout;
  DebugValue stage;

  if (layout->of == RUST_ENTRY_ASYNC_TASK)
    {
      *ret_future = (DebugValue){ layout->future, task->address + layout->future_offset };
      return TRUE;
    }
  stage = (DebugValue){ layout->stage, task->address + layout->future_offset };
  if (debug_value_get_variant (memory, stage, NULL) != layout->running)
    return FALSE;
  *ret_future = (DebugValue){ layout->running_future, stage.address + layout->running_offset };
  return TRUE;
}

/* Each of both executors has the table at a place of its own in the header. */
gboolean
rust_task_find (GPtrArray *programs, const DebugMemory *memory, guint64 header, RustTask *ret_task)
{
  for (guint i = 0; i < programs->len; i++)
    for (guint offset = 0; offset <= 16; offset += 8)
      {
        const RustProgram *program = programs->pdata[i];
        const RustLayout *layout = NULL;
        guint64 table;

        if (debug_memory_read_number (memory, header + offset, 8, &table))
          layout = g_hash_table_lookup (program->layouts, GSIZE_TO_POINTER (table));
        if (layout == NULL || layout->table_offset != offset)
          continue;
        *ret_task = (RustTask){ .address = header, .layout = layout };
        return TRUE;
      }
  return FALSE;
}
