/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "told.h"

#include <gelf.h>
#include <string.h>

#define MAX_WRAPPERS 8
#define MAX_NAMES 4096
#define MAX_NAME_BYTES 256

/* ---- Futures ------------------------------------------------------------------------------------ */

gboolean
rust_told_is_body (const RustPlan *plan, DebugType *awaited)
{
  static const char inside[] = "::{async_fn#";
  const DebugMember *future;
  DebugType *body;
  const char *scope;

  if (!rust_plan_get (awaited)->is_traced)
    return FALSE;
  future = debug_type_find_member (awaited, "future");
  body = debug_member_get_type (awaited->types, future);
  scope = body != NULL ? rust_plan_get (body)->scope : NULL;
  return scope != NULL && g_str_has_prefix (scope, plan->scope) &&
         g_str_has_prefix (scope + strlen (plan->scope), inside);
}

/* (nullable): that of a Text */
static const char *
read_text (RustWalk *walk, DebugValue text)
{
  const DebugMemory *memory = &walk->memory->memory;
  char bytes[MAX_NAME_BYTES];
  guint64 address, length;
  g_autofree char *valid = NULL;
  DebugValue part;

  if (!debug_value_get_member (text, "bytes", &part) ||
      !debug_value_read_number (memory, part, &address) ||
      !debug_value_get_member (text, "length", &part) ||
      !debug_value_read_number (memory, part, &length) || length == 0)
    return NULL;
  length = MIN (length, sizeof bytes);
  if (!debug_memory_read (memory, address, bytes, length))
    return NULL;
  valid = g_utf8_make_valid (bytes, (gssize)length);
  return g_string_chunk_insert (walk->texts, valid);
}

/* What an executor wraps a future in is a future of its own, of a struct or a coroutine: the name counts as the task's up to
 * the first function of the program. */
void
rust_told_note_name (RustWalk *walk, DebugValue named)
{
  DebugValue name;

  for (guint i = 0; i < walk->n_frames; i++)
    if (!walk->frames[i].plan->is_library)
      return;
  if (walk->told_name == NULL && debug_value_get_member (named, "name", &name))
    walk->told_name = read_text (walk, name);
}

void
rust_told_unwrap (RustWalk *walk, DebugValue *future)
{
  for (guint i = 0; i < MAX_WRAPPERS; i++)
    {
      DebugValue value = rust_resolve (&walk->memory->memory, walk->programs, *future);
      const RustPlan *plan = rust_plan_get (value.type);

      if (!plan->is_named && !plan->is_traced)
        return;
      if (plan->is_named)
        rust_told_note_name (walk, value);
      if (!debug_value_get_member (value, "future", future))
        return;
    }
}

DebugType *
rust_told_get_inside (DebugType *type, guint64 *ret_offset)
{
  *ret_offset = 0;
  for (guint i = 0; i < MAX_WRAPPERS; i++)
    {
      const RustPlan *plan = rust_plan_get (type);
      const DebugMember *future = debug_type_find_member (type, "future");
      DebugType *inside =
          (plan->is_named || plan->is_traced) ? debug_member_get_type (type->types, future) : NULL;

      if (inside == NULL)
        break;
      *ret_offset += future->offset;
      type = inside;
    }
  return type;
}

void
rust_told_get_range (RustWalk *walk, DebugValue future, guint64 *ret_begin, guint64 *ret_end)
{
  DebugValue value = rust_resolve (&walk->memory->memory, walk->programs, future);

  *ret_begin = value.address;
  *ret_end = value.address + value.type->size;
}

/* ---- Names of locks ------------------------------------------------------------------------------ */

/* As lock.rs has them. */
typedef struct
{
  char magic[8];
  guint64 first;
} Names;

typedef struct
{
  guint64 next;
  guint64 sequence; /* odd: it is changed at this moment */
  guint64
      address; /* of the lock with its name, which begins with the address of this entry; 0: none */
  guint64 size;
  guint64 text;
  guint64 length;
} Entry;

#define SYMBOL "ASYNC_INSPECT_LOCK_NAMES"
#define MAGIC "AINAMES1"

typedef struct
{
  guint64 begin, end;
  guint64 entry;
  char *name;
} LockName;

struct _RustLockNames
{
  GArray *names; /* LockName */
};

static guint64
find_in_symbols (Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
  Elf_Data *data = elf_getdata (section, NULL);
  gsize n = data != NULL && header->sh_entsize > 0 ? data->d_size / header->sh_entsize : 0;
  GElf_Sym symbol;

  for (gsize i = 0; i < n && i < G_MAXINT; i++)
    if (gelf_getsym (data, (int)i, &symbol) != NULL &&
        GELF_ST_TYPE (symbol.st_info) == STT_OBJECT && symbol.st_shndx != SHN_UNDEF &&
        g_strcmp0 (elf_strptr (elf, header->sh_link, symbol.st_name), SYMBOL) == 0)
      return symbol.st_value;
  return 0;
}

guint64
rust_told_find (RustProgram *program)
{
  Elf *elf = debug_types_get_elf (program->types);
  Elf_Scn *section = NULL;
  guint64 value = 0;
  GElf_Shdr header;

  while (elf != NULL && value == 0 && (section = elf_nextscn (elf, section)) != NULL)
    if (gelf_getshdr (section, &header) != NULL && header.sh_type == SHT_SYMTAB)
      value = find_in_symbols (elf, section, &header);
  return value != 0 ? program->bias + value : 0;
}

static void
lock_name_clear (gpointer data)
{
  g_free (((LockName *)data)->name);
}

/* FALSE: it was changed while it was read. */
static gboolean
read_entry (const InspectorProbeTarget *target, guint64 at, const Entry *entry, char *bytes)
{
  guint64 sequence;

  return entry->sequence % 2 == 0 &&
         target->read (target->data, entry->text, bytes, MIN (entry->length, MAX_NAME_BYTES)) &&
         target->read (target->data, at + G_STRUCT_OFFSET (Entry, sequence), &sequence,
                       sizeof sequence) &&
         sequence == entry->sequence;
}

static void
read_list (RustLockNames *self, const InspectorProbeTarget *target, guint64 at)
{
  Names list;
  Entry entry;

  if (!target->read (target->data, at, &list, sizeof list) ||
      memcmp (list.magic, MAGIC, sizeof list.magic) != 0)
    return;
  at = list.first;
  for (guint i = 0; i < MAX_NAMES && at != 0; i++, at = entry.next)
    {
      char bytes[MAX_NAME_BYTES];
      LockName name;

      if (!target->read (target->data, at, &entry, sizeof entry))
        return;
      if (entry.address == 0 || entry.length == 0 || entry.size > G_MAXUINT32 ||
          !read_entry (target, at, &entry, bytes))
        continue;
      name = (LockName){ entry.address, entry.address + entry.size, at,
                         g_utf8_make_valid (bytes, (gssize)MIN (entry.length, MAX_NAME_BYTES)) };
      g_array_append_val (self->names, name);
    }
}

RustLockNames *
rust_lock_names_read (GPtrArray *programs, const InspectorProbeTarget *target)
{
  RustLockNames *self = NULL;

  for (guint i = 0; i < programs->len; i++)
    {
      const RustProgram *program = programs->pdata[i];

      if (program->lock_names == 0)
        continue;
      if (self == NULL)
        {
          self = g_new0 (RustLockNames, 1);
          self->names = g_array_new (FALSE, FALSE, sizeof (LockName));
          g_array_set_clear_func (self->names, lock_name_clear);
        }
      read_list (self, target, program->lock_names);
    }
  return self;
}

void
rust_lock_names_free (RustLockNames *names)
{
  if (names == NULL)
    return;
  g_array_unref (names->names);
  g_free (names);
}

const char *
rust_lock_names_find (const RustLockNames *names, RustMemory *memory, guint64 address)
{
  for (guint i = 0; names != NULL && i < names->names->len; i++)
    {
      const LockName *name = &g_array_index (names->names, LockName, i);
      guint64 entry;

      /* What was moved from there since is not there any more. */
      if (address >= name->begin && address < name->end &&
          debug_memory_read_number (&memory->memory, name->begin, 8, &entry) &&
          entry == name->entry)
        return name->name;
    }
  return NULL;
}
