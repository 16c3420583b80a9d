/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What can debug info that somebody sent, and memory that is not what its types say, do to who reads one
 * by the other? The first byte says how much of what follows is memory, in 64 bytes; the rest before it is
 * a file with debug info. Every type in it is read at every 16th byte of the memory, as C and as Rust. */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dwarf.h>

#include "debuginfo/embedding.h"
#include "debuginfo/glib.h"
#include "debuginfo/rust.h"
#include "debuginfo/statics.h"
#include "debuginfo/type.h"
#include "debuginfo/uses.h"
#include "debuginfo/value.h"

#define MAX_TYPES 256u
#define MAX_ADDRESSES 8u
#define BASE G_GUINT64_CONSTANT (0x10000)

#define CHECK(condition)                                                                           \
  do                                                                                               \
    if (!(condition))                                                                              \
      abort ();                                                                                    \
  while (0)

typedef struct
{
  const guint8 *bytes;
  gsize n;
  guint n_reads;
} Memory;

/* Only so much is there; and nobody may ask for ever. */
static gboolean
read_memory (gpointer data, guint64 address, void *buffer, gsize length)
{
  Memory *memory = data;

  memory->n_reads++;
  if (address < BASE || address - BASE > memory->n || length > memory->n - (address - BASE))
    return FALSE;
  memcpy (buffer, memory->bytes + (address - BASE), length);
  return TRUE;
}

static void
check_text (const GString *text)
{
  CHECK (text->len < 4096);
  CHECK (g_utf8_validate (text->str, (gssize)text->len, NULL));
  for (gsize i = 0; i < text->len; i++)
    CHECK ((guchar)text->str[i] >= 0x20);
}

static void
format_at (DebugType *type, guint64 address, DebugFormatFunc language, Memory *memory)
{
  const DebugMemory reader = { read_memory, memory };
  g_autoptr (GString) text = g_string_new (NULL);
  DebugFormat format = DEBUG_FORMAT_INIT (&reader, language, text);

  memory->n_reads = 0;
  debug_format_value (&format, (DebugValue){ type, address });
  check_text (text);
  CHECK (memory->n_reads < 100000);
}

static void
follow (DebugType *type, Memory *memory)
{
  const DebugMemory reader = { read_memory, memory };
  const DebugValue value = { type, BASE };
  DebugValue target;
  guint64 number;

  debug_value_follow (&reader, value, &target);
  debug_value_read_number (&reader, value, &number);
  debug_value_get_variant (&reader, value, &number);
  debug_rust_follow (&reader, value, &target);
  for (guint i = 0; i < type->n_members; i++)
    if (debug_value_get_member (value, type->members[i].name, &target))
      debug_type_get_size (target.type);
}

typedef struct
{
  Memory memory;
  guint n_types;
  GPtrArray *names; /* borrowed */
} Look;

static gboolean
look_at_die (DebugTypes *types, const char *scope, Dwarf_Die *die, gpointer data)
{
  Look *look = data;
  DebugType *type;

  if (look->n_types >= MAX_TYPES)
    return FALSE;
  type = debug_types_get (types, die);
  if (type == NULL)
    return TRUE;
  look->n_types++;
  if (*type->name != '\0')
    g_ptr_array_add (look->names, (gpointer)type->name);
  for (guint i = 0; i < MAX_ADDRESSES && i * 16 < look->memory.n; i++)
    {
      format_at (type, BASE + i * 16, debug_glib_format, &look->memory);
      format_at (type, BASE + i * 16, debug_rust_format, &look->memory);
    }
  follow (type, &look->memory);
  return TRUE;
}

static void
look_up (DebugTypes *types, const Look *look)
{
  DebugEmbeddings *embeddings = debug_embeddings_new (types);

  for (guint i = 0; i < MIN (look->names->len, 8); i++)
    {
      debug_embeddings_list (embeddings, look->names->pdata[i]);
      debug_types_find (types, look->names->pdata[i]);
    }
  debug_embeddings_free (embeddings);
  for (guint64 address = 0x1000; address < 0x1100; address += 0x10)
    {
      guint n_parameters = 0;
      g_autoptr (GArray) uses = debug_uses_list (types, address, &n_parameters);
    }
}

static void
read_file (const uint8_t *file, size_t size, const uint8_t *memory, size_t memory_size)
{
  int fd = memfd_create ("debug-info", 0);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  Look look = { { memory, memory_size, 0 }, 0, NULL };
  DebugTypes *types;

  CHECK (fd >= 0 && write (fd, file, size) == (ssize_t)size);
  types = debug_types_open (path, NULL, 0);
  if (types != NULL)
    {
      look.names = g_ptr_array_new ();
      debug_types_visit (types, look_at_die, &look);
      look_up (types, &look);
      g_ptr_array_unref (look.names);
      debug_types_close (types);
    }
  close (fd);
}

/* What a byte of the file is changed to hardly ever is a file still; so it keeps its length, and most changes
 * are of the memory. */
size_t LLVMFuzzerMutate (uint8_t *data, size_t size, size_t max_size) __attribute__ ((weak));
size_t LLVMFuzzerCustomMutator (uint8_t *data, size_t size, size_t max_size, unsigned int seed);

size_t
LLVMFuzzerCustomMutator (uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
  size_t memory_size = size > 0 ? data[0] * (size_t)64 : 0;
  uint8_t *memory;

  if (size < 2 + memory_size)
    return LLVMFuzzerMutate (data, size, max_size);
  memory = data + size - memory_size;
  if (memory_size > 0 && seed % 4 != 0)
    LLVMFuzzerMutate (memory, memory_size, memory_size);
  for (unsigned int i = 0; seed % 4 < 2 && i < 1 + seed / 4 % 3; i++)
    data[1 + (seed * 2654435761u + i * 40503u) % (size - 1 - memory_size)] =
        (uint8_t)(seed >> (8 + 7 * i));
  return size;
}

int
LLVMFuzzerTestOneInput (const uint8_t *input, size_t size)
{
  size_t memory_size = size > 0 ? input[0] * (size_t)64 : 0;

  if (size < 1 + memory_size)
    return 0;
  read_file (input + 1, size - 1 - memory_size, input + size - memory_size, memory_size);
  return 0;
}
