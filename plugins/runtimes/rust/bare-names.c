/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "bare.h"

#include <dwarf.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "debuginfo/rust.h"
#include "plan.h"

/* Line tables have functions with all that they are generic over: poll<T, S>. Symbols in the older
 * mangling have not, but one that is called to free a task has its type: drop_in_place<Cell<T, S>>. */

#define POLL_SCOPE "tokio::runtime::task::raw"
#define MAX_CODE 1024 /* of a function that frees */
#define MAX_CALLS 3   /* from one to the next */
#define MAX_LOOKS 60

enum
{
  POLL,
  SCHEDULE,
  DEALLOC
};

struct _RustBareNames
{
  GHashTable *polls;   /* address -> "T", from debug info */
  GHashTable *drops;   /* address -> "T", from symbols; "" where several have that address */
  GHashTable *lengths; /* address -> of that function, from symbols */
};

/* "T" of "T, S" or "T, S>": what stands before the comma that is in no brackets. */
static char *
dup_first_parameter (const char *text)
{
  int depth = 0;

  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '<' || *at == '(' || *at == '[')
        depth++;
      else if ((*at == '>' && at > text && at[-1] != '-') || *at == ')' || *at == ']')
        depth--;
      if (depth < 0 || (depth == 0 && *at == ','))
        return g_strndup (text, (gsize)(at - text));
    }
  return g_strdup (text);
}

/* ---- Debug info ------------------------------------------------------------------------------------ */

static gboolean
visit (DebugTypes *types, const char *scope, Dwarf_Die *die, gpointer data)
{
  RustBareNames *self = data;
  const char *name;
  Dwarf_Addr address;

  if (dwarf_tag (die) == DW_TAG_namespace)
    return TRUE;
  if (dwarf_tag (die) == DW_TAG_subprogram && (*scope == '\0' || g_str_equal (scope, POLL_SCOPE)) &&
      (name = dwarf_diename (die)) != NULL && g_str_has_prefix (name, "poll<") &&
      dwarf_lowpc (die, &address) == 0 && address != 0)
    g_hash_table_insert (self->polls, GSIZE_TO_POINTER (address),
                         dup_first_parameter (name + strlen ("poll<")));
  return FALSE;
}

/* ---- Symbols --------------------------------------------------------------------------------------- */

static void
take_symbol (RustBareNames *self, const char *symbol, guint64 address)
{
  g_autofree char *name = NULL;
  static const char *const kept[] = { "tokio::runtime::task::core::Cell<",
                                      "tokio::runtime::task::core::CoreStage<",
                                      "tokio::runtime::task::core::Stage<" };
  const char *begin = NULL;
  char *type, *known;

  if (strstr (symbol, "drop_in_place") == NULL || strstr (symbol, "..task..core..") == NULL)
    return;
  name = rust_name_dup_readable (symbol);
  for (guint i = 0; i < G_N_ELEMENTS (kept) && begin == NULL; i++)
    if ((begin = strstr (name, kept[i])) != NULL)
      begin += strlen (kept[i]);
  if (begin == NULL)
    return;
  type = dup_first_parameter (begin);
  known = g_hash_table_lookup (self->drops, GSIZE_TO_POINTER (address));
  /* Functions that are the same are made one: which of them it is nobody can tell. */
  if (known != NULL && !g_str_equal (known, type))
    {
      g_free (type);
      type = g_strdup ("");
    }
  g_hash_table_insert (self->drops, GSIZE_TO_POINTER (address), type);
}

static void
read_table (RustBareNames *self, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
  Elf_Data *data = elf_getdata (section, NULL);
  gsize n = header->sh_entsize > 0 && data != NULL ? data->d_size / header->sh_entsize : 0;

  for (gsize i = 0; i < n; i++)
    {
      GElf_Sym symbol;
      const char *name;

      if (gelf_getsym (data, (int)i, &symbol) != NULL &&
          GELF_ST_TYPE (symbol.st_info) == STT_FUNC &&
          (name = elf_strptr (elf, header->sh_link, symbol.st_name)) != NULL)
        {
          g_hash_table_insert (self->lengths, GSIZE_TO_POINTER (symbol.st_value),
                               GSIZE_TO_POINTER (symbol.st_size));
          take_symbol (self, name, symbol.st_value);
        }
    }
}

static void
read_symbols (RustBareNames *self, const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  Elf_Scn *section = NULL;
  GElf_Shdr header;
  Elf *elf;

  if (fd < 0)
    return;
  elf_version (EV_CURRENT);
  elf = elf_begin (fd, ELF_C_READ_MMAP_PRIVATE, NULL);
  while (elf != NULL && (section = elf_nextscn (elf, section)) != NULL)
    if (gelf_getshdr (section, &header) != NULL && header.sh_type == SHT_SYMTAB)
      read_table (self, elf, section, &header);
  if (elf != NULL)
    elf_end (elf);
  close (fd);
}

/* ---- One table ------------------------------------------------------------------------------------- */

static gsize
get_length (const RustBareNames *self, guint64 address)
{
  gsize length = GPOINTER_TO_SIZE (g_hash_table_lookup (self->lengths, GSIZE_TO_POINTER (address)));

  return MIN (length, MAX_CODE);
}

#if defined(__x86_64__)

/* Where the instruction at @code, which is at @address of the file, calls or jumps to: directly, or by a
 * word of the file's data. 0: it does neither, or was none. */
static guint64
get_called (const InspectorProbeTarget *target, guint64 bias, const guint8 *code, guint64 address)
{
  gint32 distance;
  guint64 word;

  if (code[0] == 0xe8 || code[0] == 0xe9)
    {
      memcpy (&distance, code + 1, sizeof distance);
      return address + 5 + (guint64)(gint64)distance;
    }
  if (code[0] != 0xff || (code[1] != 0x15 && code[1] != 0x25))
    return 0;
  memcpy (&distance, code + 2, sizeof distance);
  return target->read (target->data, address + 6 + (guint64)(gint64)distance + bias, &word,
                       sizeof word)
             ? word - bias
             : 0;
}

/* The first function that is called from the one at @address, or from one that it calls, of which the name
 * tells the type. There are bytes that only look like a call; hardly one of them leads to the very beginning
 * of a function. */
static const char *
find_called (RustBareNames *self, const InspectorProbeTarget *target, guint64 bias, guint64 address,
             guint depth, guint *n_looks)
{
  gsize length = get_length (self, address);
  guint8 code[MAX_CODE];

  if (depth > MAX_CALLS || ++*n_looks > MAX_LOOKS || length < 6 ||
      !target->read (target->data, address + bias, code, length))
    return NULL;
  for (gsize i = 0; i + 6 <= length; i++)
    {
      guint64 called = get_called (target, bias, code + i, address + i);
      const char *type =
          called != 0 ? g_hash_table_lookup (self->drops, GSIZE_TO_POINTER (called)) : NULL;

      if (type == NULL && called != 0 && called != address)
        type = find_called (self, target, bias, called, depth + 1, n_looks);
      if (type != NULL)
        return type;
    }
  return NULL;
}

#else

static const char *
find_called (RustBareNames *self, const InspectorProbeTarget *target, guint64 bias, guint64 address,
             guint depth, guint *n_looks)
{
  return NULL;
}

#endif

char *
rust_bare_names_dup (RustBareNames *self, const InspectorProbeTarget *target, guint64 bias,
                     const guint64 *functions)
{
  const char *type = g_hash_table_lookup (self->polls, GSIZE_TO_POINTER (functions[POLL]));
  g_autofree char *name = NULL;
  guint n_looks = 0;

  if (type == NULL && g_hash_table_size (self->drops) > 0)
    type = find_called (self, target, bias, functions[DEALLOC], 0, &n_looks);
  if (type == NULL || *type == '\0')
    return NULL;
  /* Only of a coroutine the last part is the compiler's. */
  if (strchr (type, '{') == NULL || g_str_has_suffix (type, ">"))
    name = debug_rust_dup_short_name (type);
  else
    name = rust_name_dup_function (type, NULL);
  if (*name != '<' && strchr (name, '<') != NULL && strchr (type, '{') != NULL)
    *strchr (name, '<') = '\0';
  return g_steal_pointer (&name);
}

RustBareNames *
rust_bare_names_new (const InspectorProbeModule *module)
{
  RustBareNames *self = g_new0 (RustBareNames, 1);
  g_autoptr (DebugTypes) types =
      debug_types_open (module->path, module->build_id, module->build_id_length);

  self->polls = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->drops = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->lengths = g_hash_table_new (NULL, NULL);
  if (types != NULL)
    debug_types_visit (types, visit, self);
  read_symbols (self, module->path);
  return self;
}

void
rust_bare_names_free (RustBareNames *self)
{
  g_hash_table_unref (self->polls);
  g_hash_table_unref (self->drops);
  g_hash_table_unref (self->lengths);
  g_free (self);
}

RustBareHas
rust_bare_names_get_source (const RustBareNames *self)
{
  return g_hash_table_size (self->polls) > 0   ? RUST_BARE_LINES
         : g_hash_table_size (self->drops) > 0 ? RUST_BARE_SYMBOLS
                                               : RUST_BARE_NOTHING;
}
