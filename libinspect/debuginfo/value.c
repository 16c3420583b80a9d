/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "debuginfo/value.h"

gboolean
debug_memory_read (const DebugMemory *memory, guint64 address, void *buffer, gsize length)
{
  if (length == 0)
    return TRUE;
  if (address == 0 || address + length < address)
    return FALSE;
  return memory->read (memory->data, address, buffer, length);
}

gboolean
debug_memory_read_number (const DebugMemory *memory, guint64 address, guint size,
                          guint64 *ret_value)
{
  guint8 bytes[8];
  guint64 value = 0;

  if (size == 0 || size > sizeof bytes || !debug_memory_read (memory, address, bytes, size))
    return FALSE;
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  for (guint i = size; i-- > 0;)
#else
  for (guint i = 0; i < size; i++)
#endif
    value = value << 8 | bytes[i];
  *ret_value = value;
  return TRUE;
}

gboolean
debug_value_get (DebugValue value, const DebugMember *member, DebugValue *ret_member)
{
  DebugType *type = debug_member_get_type (value.type->types, member);

  if (type == NULL)
    return FALSE;
  *ret_member = (DebugValue){ type, value.address + member->offset };
  return TRUE;
}

gboolean
debug_value_get_member (DebugValue value, const char *name, DebugValue *ret_member)
{
  const DebugMember *member = debug_type_find_member (value.type, name);

  return member != NULL && debug_value_get (value, member, ret_member);
}

gboolean
debug_value_find_part (DebugValue value, const char *name, DebugValue *ret_part)
{
  DebugType *type;
  guint64 offset;

  if (!debug_type_find_part (value.type, name, &offset, &type))
    return FALSE;
  *ret_part = (DebugValue){ type, value.address + offset };
  return TRUE;
}

gboolean
debug_value_read_word (const DebugMemory *memory, DebugValue value, const char *name,
                       guint64 *ret_word)
{
  DebugValue member;

  return debug_value_get_member (value, name, &member) && member.type->size == 8 &&
         debug_memory_read_number (memory, member.address, 8, ret_word);
}

const DebugVariant *
debug_value_get_variant (const DebugMemory *memory, DebugValue value, guint64 *ret_number)
{
  const DebugType *type = value.type;
  const DebugVariant *otherwise = NULL;
  guint64 number;

  if (type->n_variants == 0)
    return NULL;
  if (!type->has_discriminator)
    return &type->variants[0];
  if (!debug_memory_read_number (memory, value.address + type->discriminator_offset,
                                 type->discriminator_size, &number))
    return NULL;
  if (ret_number != NULL)
    *ret_number = number;
  for (guint i = 0; i < type->n_variants; i++)
    {
      const DebugVariant *variant = &type->variants[i];

      if (variant->is_default)
        otherwise = variant;
      else if (variant->first <= number && number <= variant->last)
        return variant;
    }
  return otherwise;
}

gboolean
debug_value_follow (const DebugMemory *memory, DebugValue value, DebugValue *ret_target)
{
  guint64 address;
  DebugType *type;

  if (value.type->class != DEBUG_TYPE_POINTER || value.type->size > 8 ||
      !debug_memory_read_number (memory, value.address, value.type->size, &address) || address == 0)
    return FALSE;
  type = debug_type_get_target (value.type);
  if (type == NULL)
    return FALSE;
  *ret_target = (DebugValue){ type, address };
  return TRUE;
}

gboolean
debug_value_read_number (const DebugMemory *memory, DebugValue value, guint64 *ret_number)
{
  guint size = value.type->size;

  switch (value.type->class)
    {
    case DEBUG_TYPE_BOOLEAN:
    case DEBUG_TYPE_CHARACTER:
    case DEBUG_TYPE_UNSIGNED:
    case DEBUG_TYPE_POINTER:
    case DEBUG_TYPE_ENUMERATION:
      return debug_memory_read_number (memory, value.address, size, ret_number);
    case DEBUG_TYPE_SIGNED:
      if (!debug_memory_read_number (memory, value.address, size, ret_number))
        return FALSE;
      if (size < 8 && *ret_number >> (8 * size - 1))
        *ret_number |= G_MAXUINT64 << 8 * size;
      return TRUE;
    default:
      return FALSE;
    }
}
