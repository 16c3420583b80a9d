/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/glib.h"
#include "debuginfo/glib-private.h"

#include <string.h>

/* A list that is longer, or goes round in a circle, is cut off here. */
#define MAX_LENGTH 4096
#define MAX_TABLE (G_GUINT64_CONSTANT (1) << 24)

typedef gboolean (*FormatFunc) (DebugFormat *format, DebugValue value, guint depth);

static gboolean
read_member (DebugFormat *format, DebugValue value, const char *name, guint64 *ret_number)
{
  DebugValue member;

  return debug_value_get_member (value, name, &member) &&
         debug_value_read_number (format->memory, member, ret_number);
}

static void
append_pointer (DebugFormat *format, guint64 address)
{
  if (address == 0)
    g_string_append (format->text, "NULL");
  else
    g_string_append_printf (format->text, "0x%" G_GINT64_MODIFIER "x", address);
}

/* Nothing says what a gpointer of a container leads to: text is what reads as text from its first byte
 * to its end. */
static void
append_element (DebugFormat *format, guint64 address)
{
  char bytes[64];
  gsize n = 0;

  while (n < sizeof bytes && debug_memory_read (format->memory, address + n, &bytes[n], 1) &&
         bytes[n] != '\0')
    n++;
  if (n < 2 || n == sizeof bytes || !g_utf8_validate (bytes, (gssize)n, NULL))
    {
      append_pointer (format, address);
      return;
    }
  for (gsize i = 0; i < n; i++)
    if (g_ascii_iscntrl (bytes[i]))
      {
        append_pointer (format, address);
        return;
      }
  debug_format_string (format, address, n);
}

/* ---- Containers ----------------------------------------------------------------------------------- */

static gboolean
format_list (DebugFormat *format, DebugValue value, guint depth)
{
  guint n = 0;

  g_string_append_c (format->text, '[');
  for (; n < MAX_LENGTH; n++)
    {
      guint64 data = 0, next = 0;

      if (!read_member (format, value, "data", &data) ||
          !read_member (format, value, "next", &next))
        {
          g_string_append_c (format->text, '?');
          break;
        }
      if (n < format->max_elements && debug_format_has_room (format))
        {
          if (n > 0)
            g_string_append (format->text, ", ");
          append_element (format, data);
        }
      value.address = next;
      if (next == 0)
        {
          n++;
          break;
        }
    }
  if (n > format->max_elements)
    g_string_append_printf (format->text, ", … %u more%s", n - format->max_elements,
                            n == MAX_LENGTH ? " or more" : "");
  g_string_append_c (format->text, ']');
  return TRUE;
}

static gboolean
format_queue (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue head, list;

  if (!debug_value_get_member (value, "head", &head))
    return FALSE;
  if (!debug_value_follow (format->memory, head, &list))
    {
      g_string_append (format->text, "[]");
      return TRUE;
    }
  return format_list (format, list, depth);
}

static gboolean
format_string (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 text, length;

  if (!read_member (format, value, "str", &text) || !read_member (format, value, "len", &length))
    return FALSE;
  debug_format_string (format, text, length);
  return TRUE;
}

static gboolean
format_pointers (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 data, n;

  if (!read_member (format, value, "pdata", &data) || !read_member (format, value, "len", &n))
    return FALSE;
  g_string_append_c (format->text, '[');
  for (guint64 i = 0; i < MIN (n, format->max_elements) && debug_format_has_room (format); i++)
    {
      guint64 element;

      if (i > 0)
        g_string_append (format->text, ", ");
      if (debug_memory_read_number (format->memory, data + 8 * i, 8, &element))
        append_element (format, element);
      else
        g_string_append_c (format->text, '?');
    }
  if (n > format->max_elements)
    g_string_append_printf (format->text, ", … %" G_GUINT64_FORMAT " more",
                            n - format->max_elements);
  g_string_append_c (format->text, ']');
  return TRUE;
}

/* Of GArray nobody knows the elements; of GByteArray they are bytes. */
static gboolean
format_bytes_of (DebugFormat *format, guint64 data, guint64 length)
{
  g_string_append_printf (format->text, "%" G_GUINT64_FORMAT " B: ", length);
  debug_format_string (format, data, length);
  return TRUE;
}

static gboolean
format_byte_array (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 data, length;

  return read_member (format, value, "data", &data) &&
         read_member (format, value, "len", &length) && format_bytes_of (format, data, length);
}

static gboolean
format_array (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 data, length;

  if (!read_member (format, value, "data", &data) || !read_member (format, value, "len", &length))
    return FALSE;
  g_string_append_printf (
      format->text, "array of %" G_GUINT64_FORMAT " at 0x%" G_GINT64_MODIFIER "x", length, data);
  return TRUE;
}

static gboolean
format_error (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 code, message;

  if (!read_member (format, value, "code", &code) ||
      !read_member (format, value, "message", &message))
    return FALSE;
  append_element (format, message);
  g_string_append_printf (format->text, " (code %d)", (int)code);
  return TRUE;
}

/* ---- Private ones ---------------------------------------------------------------------------------- */

/* { gconstpointer data; gsize size; gint ref_count; ... } (glib/gbytes.c) */
static gboolean
format_bytes (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 data, size, references;

  if (!debug_memory_read_number (format->memory, value.address, 8, &data) ||
      !debug_memory_read_number (format->memory, value.address + 8, 8, &size) ||
      !debug_memory_read_number (format->memory, value.address + 16, 4, &references) ||
      references == 0 || references > G_MAXINT || size > G_MAXINT64)
    return FALSE;
  format_bytes_of (format, data, size);
  g_string_append (format->text, " (inferred)");
  return TRUE;
}

/* { gsize size; gint mod; guint mask; guint nnodes; guint noccupied; guint have_big_keys : 1,
 *   have_big_values : 1; gpointer keys; guint *hashes; gpointer values; ... } (glib/ghash.c since 2.60);
 * a hash of 0 is free, one of 1 a tombstone. */
typedef struct
{
  guint64 size, n, flags, keys, hashes, values;
} Table;

static gboolean
read_table (DebugFormat *format, guint64 address, Table *ret_table)
{
  guint64 mask, occupied;

  return debug_memory_read_number (format->memory, address, 8, &ret_table->size) &&
         debug_memory_read_number (format->memory, address + 12, 4, &mask) &&
         debug_memory_read_number (format->memory, address + 16, 4, &ret_table->n) &&
         debug_memory_read_number (format->memory, address + 20, 4, &occupied) &&
         debug_memory_read_number (format->memory, address + 24, 4, &ret_table->flags) &&
         debug_memory_read_number (format->memory, address + 32, 8, &ret_table->keys) &&
         debug_memory_read_number (format->memory, address + 40, 8, &ret_table->hashes) &&
         debug_memory_read_number (format->memory, address + 48, 8, &ret_table->values) &&
         ret_table->size == mask + 1 && (ret_table->size & mask) == 0 &&
         ret_table->size <= MAX_TABLE && ret_table->n <= occupied && occupied <= ret_table->size;
}

static gboolean
read_slot (DebugFormat *format, guint64 base, guint64 index, gboolean is_big, guint64 *ret_value)
{
  guint size = is_big ? 8 : 4;

  return debug_memory_read_number (format->memory, base + index * size, size, ret_value);
}

static gboolean
format_hash_table (DebugFormat *format, DebugValue value, guint depth)
{
  Table table;
  guint64 n = 0;

  if (!read_table (format, value.address, &table))
    return FALSE;
  g_string_append_c (format->text, '{');
  for (guint64 i = 0; i < table.size && n < table.n && n < format->max_elements; i++)
    {
      guint64 hash, key, content;

      if (!debug_memory_read_number (format->memory, table.hashes + 4 * i, 4, &hash) || hash < 2)
        continue;
      if (n++ > 0)
        g_string_append (format->text, ", ");
      if (!read_slot (format, table.keys, i, table.flags & 1, &key) ||
          !read_slot (format, table.values, i, table.flags >> 1 & 1, &content))
        {
          g_string_append_c (format->text, '?');
          break;
        }
      append_element (format, key);
      /* A set has its keys as values. */
      if (table.keys != table.values)
        {
          g_string_append (format->text, ": ");
          append_element (format, content);
        }
    }
  if (table.n > n)
    g_string_append_printf (format->text, ", … %" G_GUINT64_FORMAT " more", table.n - n);
  g_string_append (format->text, "} (inferred)");
  return TRUE;
}

static const struct
{
  const char *name; /* of the struct */
  FormatFunc func;
} rows[] = {
  { "_GList", format_list },
  { "_GSList", format_list },
  { "_GQueue", format_queue },
  { "_GString", format_string },
  { "_GPtrArray", format_pointers },
  { "_GByteArray", format_byte_array },
  { "_GArray", format_array },
  { "_GError", format_error },
  { "_GBytes", format_bytes },
  { "_GHashTable", format_hash_table },
  { "_GVariant", debug_glib_format_variant },
  { "_GObject", debug_glib_format_base_object },
};

/* What a pointer leads to, as far as it is one of these. */
static gboolean
format_known (DebugFormat *format, DebugValue value, guint depth)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (value.type->base_name, rows[i].name))
      return rows[i].func (format, value, depth);
  return FALSE;
}

static gboolean
is_base (const DebugType *type)
{
  return debug_type_is (type, "_GObject");
}

/* "request {id: 12}", so that a value says of what type it is. */
static void
append_name (DebugFormat *format, const DebugType *type)
{
  if (type->n_members > 0 && *type->base_name != '\0' &&
      strpbrk (type->base_name, "{}[]\"':,") == NULL)
    g_string_append_printf (format->text, "%s ", type->base_name);
}

static gboolean
format_structure (DebugFormat *format, DebugValue value, guint depth)
{
  if (format_known (format, value, depth) || debug_glib_format_object (format, value, depth))
    return TRUE;
  append_name (format, value.type);
  return FALSE;
}

gboolean
debug_glib_format (DebugFormat *format, DebugValue value, guint depth)
{
  DebugType *type;
  guint64 address;

  if (value.type->class == DEBUG_TYPE_STRUCTURE)
    return format_structure (format, value, depth);
  if (value.type->class != DEBUG_TYPE_POINTER)
    return FALSE;
  type = debug_type_get_target (value.type);
  if (type == NULL || !debug_value_read_number (format->memory, value, &address) || address == 0)
    return FALSE;
  if (!is_base (type) && format_known (format, (DebugValue){ type, address }, depth))
    return TRUE;
  /* A struct that the value itself points to is shown; those that it points to in turn are not. */
  if (depth > 0 || type->class != DEBUG_TYPE_STRUCTURE || type->n_members == 0)
    return FALSE;
  append_pointer (format, address);
  g_string_append (format->text, " -> ");
  if (debug_memory_read (format->memory, address, &(char){ 0 }, 1))
    debug_format_part (format, (DebugValue){ type, address }, depth + 1);
  else
    g_string_append (format->text, "unreadable");
  return TRUE;
}
