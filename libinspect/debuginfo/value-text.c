/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "debuginfo/value.h"

/* A value on one line. Memory may be of another type than was thought, or be written meanwhile: what
 * comes out is bounded in every direction, and is always text. */

gboolean
debug_format_has_room (DebugFormat *format)
{
  if (format->text->len < format->max_bytes)
    return TRUE;
  if (!g_str_has_suffix (format->text->str, "…"))
    g_string_append (format->text, "…");
  return FALSE;
}

static void
format_character (DebugFormat *format, guint32 character)
{
  switch (character)
    {
    case '\n':
      g_string_append (format->text, "\\n");
      return;
    case '\r':
      g_string_append (format->text, "\\r");
      return;
    case '\t':
      g_string_append (format->text, "\\t");
      return;
    case '"':
    case '\\':
      g_string_append_c (format->text, '\\');
      g_string_append_c (format->text, (char)character);
      return;
    default:
      break;
    }
  if (g_unichar_validate (character) && g_unichar_isprint (character))
    g_string_append_unichar (format->text, character);
  else
    g_string_append_printf (format->text, "\\u{%x}", character);
}

void
debug_format_string (DebugFormat *format, guint64 address, guint64 length)
{
  g_autofree char *bytes = NULL;
  gsize n = MIN (length, format->max_bytes);
  const char *at, *end;

  bytes = g_malloc (n + 1);
  if (!debug_memory_read (format->memory, address, bytes, n))
    {
      g_string_append_c (format->text, '?');
      return;
    }
  g_string_append_c (format->text, '"');
  for (at = bytes, end = bytes + n; at < end && debug_format_has_room (format);)
    {
      gunichar character = g_utf8_get_char_validated (at, end - at);

      if (character == (gunichar)-1 || character == (gunichar)-2)
        {
          if (length > n && end - at < 4)
            break;
          g_string_append_printf (format->text, "\\x%02x", (guint8)*at++);
          continue;
        }
      format_character (format, character);
      at = g_utf8_next_char (at);
    }
  if (length > n && format->text->len < format->max_bytes)
    g_string_append (format->text, "…");
  g_string_append_c (format->text, '"');
}

/* A char * of C: as long as it goes. */
static void
format_c_string (DebugFormat *format, guint64 address)
{
  char bytes[256];
  gsize n = 0;

  while (n < MIN (sizeof bytes, format->max_bytes) &&
         debug_memory_read (format->memory, address + n, &bytes[n], 1) && bytes[n] != '\0')
    n++;
  if (n == 0 && !debug_memory_read (format->memory, address, bytes, 1))
    g_string_append_printf (format->text, "0x%" G_GINT64_MODIFIER "x", address);
  else
    debug_format_string (format, address, n);
}

void
debug_format_elements (DebugFormat *format, DebugType *type, guint64 address, guint64 n,
                       guint depth)
{
  guint64 size = debug_type_get_size (type);

  g_string_append_c (format->text, '[');
  for (guint64 i = 0; i < n && debug_format_has_room (format); i++)
    {
      if (i > 0)
        g_string_append (format->text, ", ");
      if (i >= format->max_elements)
        {
          g_string_append_printf (format->text, "… %" G_GUINT64_FORMAT " more", n - i);
          break;
        }
      debug_format_part (format, (DebugValue){ type, address + i * size }, depth + 1);
    }
  g_string_append_c (format->text, ']');
}

/* Compilers call the fields of a tuple __0, __1... */
static gboolean
is_tuple (const DebugType *type)
{
  return type->n_members > 0 && g_str_has_prefix (type->members[0].name, "__0");
}

void
debug_format_members (DebugFormat *format, DebugValue value, guint depth)
{
  gboolean tuple = is_tuple (value.type);
  guint n = 0;

  if (value.type->n_members == 0)
    return;
  g_string_append_c (format->text, tuple ? '(' : '{');
  for (guint i = 0; i < value.type->n_members && debug_format_has_room (format); i++)
    {
      const DebugMember *member = &value.type->members[i];
      DebugValue part;

      if (n++ > 0)
        g_string_append (format->text, ", ");
      if (n > 2 * format->max_elements)
        {
          g_string_append (format->text, "…");
          break;
        }
      if (!tuple && *member->name != '\0')
        g_string_append_printf (format->text, "%s: ", member->name);
      if (member->bit_size > 0)
        {
          guint64 bits;
          guint bytes = (member->bit_offset + member->bit_size + 7) / 8;

          if (debug_memory_read_number (format->memory, value.address + member->offset, bytes,
                                        &bits))
            g_string_append_printf (format->text, "%" G_GUINT64_FORMAT,
                                    bits >> member->bit_offset &
                                        (G_MAXUINT64 >> (64 - member->bit_size)));
          else
            g_string_append_c (format->text, '?');
        }
      else if (debug_value_get (value, member, &part))
        debug_format_part (format, part, depth + 1);
      else
        g_string_append_c (format->text, '?');
    }
  g_string_append_c (format->text, tuple ? ')' : '}');
}

static void
format_variant (DebugFormat *format, DebugValue value, guint depth)
{
  const DebugVariant *variant = debug_value_get_variant (format->memory, value, NULL);
  DebugValue inner;

  if (variant == NULL)
    {
      g_string_append_c (format->text, '?');
      return;
    }
  g_string_append (format->text, variant->member.name);
  if (debug_value_get (value, &variant->member, &inner))
    debug_format_members (format, inner, depth);
}

static void
format_number (DebugFormat *format, DebugValue value)
{
  guint64 number;

  if (!debug_value_read_number (format->memory, value, &number))
    {
      g_string_append_c (format->text, '?');
      return;
    }
  switch (value.type->class)
    {
    case DEBUG_TYPE_BOOLEAN:
      g_string_append (format->text, number == 0 ? "false" : number == 1 ? "true" : "?");
      break;
    case DEBUG_TYPE_CHARACTER:
      g_string_append_c (format->text, '\'');
      if (value.type->size == 1 && number >= 0x80)
        g_string_append_printf (format->text, "\\x%02x", (guint)number);
      else
        format_character (format, (guint32)number);
      g_string_append_c (format->text, '\'');
      break;
    case DEBUG_TYPE_SIGNED:
      g_string_append_printf (format->text, "%" G_GINT64_FORMAT, (gint64)number);
      break;
    default:
      g_string_append_printf (format->text, "%" G_GUINT64_FORMAT, number);
      break;
    }
}

static void
format_enumeration (DebugFormat *format, DebugValue value)
{
  guint64 number;
  guint64 mask =
      value.type->size >= 8 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << 8 * value.type->size) - 1;

  if (!debug_value_read_number (format->memory, value, &number))
    {
      g_string_append_c (format->text, '?');
      return;
    }
  for (guint i = 0; i < value.type->n_enumerators; i++)
    if (((guint64)value.type->enumerators[i].value & mask) == number)
      {
        g_string_append (format->text, value.type->enumerators[i].name);
        return;
      }
  g_string_append_printf (format->text, "%" G_GUINT64_FORMAT, number);
}

static void
format_floating (DebugFormat *format, DebugValue value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  double number;
  float less;

  if (value.type->size == sizeof number &&
      debug_memory_read (format->memory, value.address, &number, sizeof number))
    g_string_append (format->text, g_ascii_formatd (digits, sizeof digits, "%g", number));
  else if (value.type->size == sizeof less &&
           debug_memory_read (format->memory, value.address, &less, sizeof less))
    g_string_append (format->text, g_ascii_formatd (digits, sizeof digits, "%g", (double)less));
  else
    g_string_append_c (format->text, '?');
}

static void
format_pointer (DebugFormat *format, DebugValue value, guint depth)
{
  DebugType *target = debug_type_get_target (value.type);
  guint64 address;

  if (!debug_value_read_number (format->memory, value, &address))
    g_string_append_c (format->text, '?');
  else if (address == 0)
    g_string_append (format->text, "NULL");
  else if (target != NULL && target->class == DEBUG_TYPE_CHARACTER && target->size == 1)
    format_c_string (format, address);
  else
    g_string_append_printf (format->text, "0x%" G_GINT64_MODIFIER "x", address);
}

static void
format_array (DebugFormat *format, DebugValue value, guint depth)
{
  DebugType *element = debug_type_get_target (value.type);

  if (element == NULL)
    g_string_append_c (format->text, '?');
  else if (element->class == DEBUG_TYPE_CHARACTER && element->size == 1)
    {
      char bytes[256];
      gsize n = MIN (value.type->count, sizeof bytes);

      if (debug_memory_read (format->memory, value.address, bytes, n))
        debug_format_string (format, value.address,
                             n < value.type->count && memchr (bytes, 0, n) == NULL
                                 ? value.type->count
                                 : strnlen (bytes, n));
      else
        g_string_append_c (format->text, '?');
    }
  else
    debug_format_elements (format, element, value.address, value.type->count, depth);
}

void
debug_format_part (DebugFormat *format, DebugValue value, guint depth)
{
  if (!debug_format_has_room (format))
    return;
  if (depth > format->max_depth || format->looks_left == 0)
    {
      g_string_append (format->text, "…");
      return;
    }
  format->looks_left--;
  if (format->opaque != NULL && depth > 0 &&
      (value.type->class == DEBUG_TYPE_STRUCTURE || value.type->class == DEBUG_TYPE_UNION) &&
      g_str_has_prefix (value.type->base_name, format->opaque))
    {
      g_string_append_printf (format->text, "%s {…}", value.type->base_name);
      return;
    }
  if (format->language != NULL && format->language (format, value, depth))
    return;
  switch (value.type->class)
    {
    case DEBUG_TYPE_BOOLEAN:
    case DEBUG_TYPE_CHARACTER:
    case DEBUG_TYPE_SIGNED:
    case DEBUG_TYPE_UNSIGNED:
      format_number (format, value);
      break;
    case DEBUG_TYPE_FLOATING:
      format_floating (format, value);
      break;
    case DEBUG_TYPE_ENUMERATION:
      format_enumeration (format, value);
      break;
    case DEBUG_TYPE_POINTER:
      format_pointer (format, value, depth);
      break;
    case DEBUG_TYPE_ARRAY:
      format_array (format, value, depth);
      break;
    case DEBUG_TYPE_STRUCTURE:
      if (value.type->n_variants > 0)
        format_variant (format, value, depth);
      else
        debug_format_members (format, value, depth);
      break;
    case DEBUG_TYPE_UNION:
      debug_format_members (format, value, depth);
      break;
    default:
      g_string_append_c (format->text, '?');
      break;
    }
}

void
debug_format_value (DebugFormat *format, DebugValue value)
{
  format->max_bytes += format->text->len;
  debug_format_part (format, value, 0);
}
