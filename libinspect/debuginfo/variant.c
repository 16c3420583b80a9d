/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/glib-private.h"

#include <string.h>

/* What is copied of serialised data; larger ones are told by their size and type. */
#define MAX_DATA 4096
#define MAX_TYPE 256
#define MAX_VARIANT_DEPTH 8

/* glib/gvariant-core.c: { GVariantTypeInfo *type_info; gsize size; union { struct { GBytes *bytes; gconstpointer data;
 * ... } serialised; struct { GVariant **children; gsize n_children; } tree; } contents; gint state; gatomicrefcount
 * ref_count; gsize depth; }. Since 2.74.4 `serialised` has two words more, which all that follows it is behind. */
typedef struct
{
  guint64 size, first, second; /* of `contents` */
  guint64 state;
  char container; /* as in a type string; '\0': it is of a basic type */
  guint64 fixed_size, alignment;
  char type[MAX_TYPE]; /* of a container */
} Variant;

#define STATE_SERIALISED 2u
#define STATE_KNOWN 0x1fu

static gboolean
read_state (DebugFormat *format, guint64 address, guint64 offset, Variant *variant)
{
  guint64 references, depth;

  return debug_memory_read_number (format->memory, address + offset, 4, &variant->state) &&
         debug_memory_read_number (format->memory, address + offset + 4, 4, &references) &&
         debug_memory_read_number (format->memory, address + offset + 8, 8, &depth) &&
         (variant->state & ~(guint64)STATE_KNOWN) == 0 && references > 0 && references < 1u << 24 &&
         depth < 256;
}

static gboolean
read_text (DebugFormat *format, guint64 address, char *text, gsize size)
{
  for (gsize i = 0; i < size; i++)
    {
      if (!debug_memory_read (format->memory, address + i, &text[i], 1))
        return FALSE;
      if (text[i] == '\0')
        return TRUE;
    }
  return FALSE;
}

/* glib/gvarianttypeinfo.c: { gsize fixed_size; guchar alignment, container_class; }, of a container with its type
 * string behind it. */
static gboolean
read_type (DebugFormat *format, guint64 address, Variant *variant)
{
  guint64 container, text;

  if (!debug_memory_read_number (format->memory, address, 8, &variant->fixed_size) ||
      !debug_memory_read_number (format->memory, address + 8, 1, &variant->alignment) ||
      !debug_memory_read_number (format->memory, address + 9, 1, &container) ||
      (variant->alignment & (variant->alignment + 1)) != 0 || variant->alignment > 7)
    return FALSE;
  variant->container = '\0';
  if (container == 0)
    return TRUE;
  if ((container != 'a' && container != 'r') ||
      !debug_memory_read_number (format->memory, address + 16, 8, &text) ||
      !read_text (format, text, variant->type, sizeof variant->type) ||
      !g_variant_type_string_is_valid (variant->type) ||
      !g_variant_type_is_definite ((const GVariantType *)variant->type))
    return FALSE;
  /* Its class is that of an array also for what may be nothing, and of a tuple for an entry. */
  variant->container = *variant->type;
  return TRUE;
}

static gboolean
read_variant (DebugFormat *format, guint64 address, Variant *variant)
{
  guint64 type;

  return debug_memory_read_number (format->memory, address, 8, &type) &&
         debug_memory_read_number (format->memory, address + 8, 8, &variant->size) &&
         debug_memory_read_number (format->memory, address + 16, 8, &variant->first) &&
         debug_memory_read_number (format->memory, address + 24, 8, &variant->second) &&
         (read_state (format, address, 32, variant) || read_state (format, address, 48, variant)) &&
         read_type (format, type, variant);
}

static void
append_bounded (DebugFormat *format, const char *text)
{
  for (; *text != '\0' && debug_format_has_room (format); text = g_utf8_next_char (text))
    g_string_append_unichar (format->text, g_utf8_get_char (text));
}

/* The bytes are a copy, and are not trusted: GVariant takes any for something. */
static gboolean
format_data (DebugFormat *format, const Variant *variant)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) copy = NULL;
  g_autofree char *text = NULL, *safe = NULL;
  guint8 *data;

  if (variant->size > MAX_DATA)
    {
      g_string_append_printf (format->text, "%" G_GUINT64_FORMAT " B of type %s", variant->size,
                              variant->type);
      return TRUE;
    }
  /* As aligned as any type may want it. */
  data = g_malloc0 (variant->size + 1);
  bytes = g_bytes_new_take (data, variant->size);
  if (!debug_memory_read (format->memory, variant->second, data, variant->size))
    return FALSE;
  copy = g_variant_ref_sink (
      g_variant_new_from_bytes ((const GVariantType *)variant->type, bytes, FALSE));
  text = g_variant_print (copy, FALSE);
  safe = g_utf8_make_valid (text, -1);
  append_bounded (format, safe);
  return TRUE;
}

/* Of a basic type there is no name, but what its bytes are tells enough. */
static gboolean
format_basic (DebugFormat *format, const Variant *variant)
{
  guint64 value = 0, bits;

  if (variant->fixed_size == 0)
    {
      if (variant->size == 0 || variant->alignment != 0)
        return FALSE;
      debug_format_string (format, variant->second, variant->size - 1);
      return TRUE;
    }
  bits = 8 * variant->fixed_size;
  if (variant->fixed_size > 8 || variant->size != variant->fixed_size ||
      !debug_memory_read_number (format->memory, variant->second, (guint)variant->fixed_size,
                                 &value))
    return FALSE;
  /* Negative or large, a number or a floating one: not known. */
  if (bits > 8 && value >> (bits == 64 ? 52 : bits - 1) != 0)
    g_string_append_printf (format->text, "0x%" G_GINT64_MODIFIER "x", value);
  else
    g_string_append_printf (format->text, "%" G_GUINT64_FORMAT, value);
  return TRUE;
}

static gboolean format_variant (DebugFormat *format, guint64 address, guint depth);

/* What was built and not yet put into one piece. */
static gboolean
format_tree (DebugFormat *format, const Variant *variant, guint depth)
{
  char open = variant->container == 'a' ? '[' : variant->container == '{' ? '{' : '(';
  char close = open == '[' ? ']' : open == '{' ? '}' : ')';

  /* The only basic one that has children is a variant. */
  if (variant->container == '\0')
    {
      open = '<';
      close = '>';
    }
  else if (variant->container == 'm')
    open = close = ' ';
  if (open != ' ')
    g_string_append_c (format->text, open);
  else if (variant->second == 0)
    g_string_append (format->text, "nothing");
  for (guint64 i = 0; i < variant->second && debug_format_has_room (format); i++)
    {
      guint64 child;

      if (i > 0)
        g_string_append (format->text, open == '{' ? ": " : ", ");
      if (i >= format->max_elements)
        {
          g_string_append_printf (format->text, "… %" G_GUINT64_FORMAT " more",
                                  variant->second - i);
          break;
        }
      if (!debug_memory_read_number (format->memory, variant->first + 8 * i, 8, &child) ||
          !format_variant (format, child, depth + 1))
        g_string_append_c (format->text, '?');
    }
  if (close != ' ')
    g_string_append_c (format->text, close);
  return TRUE;
}

static gboolean
format_variant (DebugFormat *format, guint64 address, guint depth)
{
  Variant variant = { 0 };

  if (depth > MAX_VARIANT_DEPTH || format->looks_left == 0)
    {
      g_string_append (format->text, "…");
      return TRUE;
    }
  format->looks_left--;
  if (!read_variant (format, address, &variant))
    return FALSE;
  if ((variant.state & STATE_SERIALISED) == 0)
    return variant.second <= G_MAXUINT32 && format_tree (format, &variant, depth);
  return variant.container != '\0' ? format_data (format, &variant)
                                   : format_basic (format, &variant);
}

gboolean
debug_glib_format_variant (DebugFormat *format, DebugValue value, guint depth)
{
  gsize before = format->text->len;

  if (format_variant (format, value.address, 0))
    {
      g_string_append (format->text, " (inferred)");
      return TRUE;
    }
  g_string_truncate (format->text, before);
  return FALSE;
}
