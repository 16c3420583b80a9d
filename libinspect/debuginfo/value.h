/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_VALUE_H
#define DEBUGINFO_VALUE_H

/* Memory of a program, read by its types: of one that runs, of a core file, of a copy. What is there
 * need not be what the type says: every read may fail, and all that follows pointers is bounded. */

#include "debuginfo/type.h"

G_BEGIN_DECLS

/* All of @length bytes, or FALSE. */
typedef struct
{
  gboolean (*read) (gpointer data, guint64 address, void *buffer, gsize length);
  gpointer data;
} DebugMemory;

gboolean debug_memory_read (const DebugMemory *memory, guint64 address, void *buffer, gsize length);
/* @size: 1 to 8 bytes */
gboolean debug_memory_read_number (const DebugMemory *memory, guint64 address, guint size,
                                   guint64 *ret_value);

/* Something of a type at an address. */
typedef struct
{
  DebugType *type;
  guint64 address;
} DebugValue;

/* FALSE: there is no such member, or nothing is known of its type. */
gboolean debug_value_get_member (DebugValue value, const char *name, DebugValue *ret_member);
/* What it has in it of the type whose name begins with @name: see debug_type_find_part(). */
gboolean debug_value_find_part (DebugValue value, const char *name, DebugValue *ret_part);
/* A member of eight bytes, as a number: also where that is a type of its own with one word in it. */
gboolean debug_value_read_word (const DebugMemory *memory, DebugValue value, const char *name,
                                guint64 *ret_word);
/* The same for some member: always succeeds where the type of it is known. */
gboolean debug_value_get (DebugValue value, const DebugMember *member, DebugValue *ret_member);
/* The form that is there. (nullable): unreadable, or of no form that the type knows. @ret_number:
 * (nullable): the discriminator, where it has one. */
const DebugVariant *debug_value_get_variant (const DebugMemory *memory, DebugValue value,
                                             guint64 *ret_number);
/* What a pointer points to. */
gboolean debug_value_follow (const DebugMemory *memory, DebugValue value, DebugValue *ret_target);
/* Of numbers, characters, booleans, enumerations and pointers; signed ones are extended. */
gboolean debug_value_read_number (const DebugMemory *memory, DebugValue value, guint64 *ret_number);

/* ---- As text ---------------------------------------------------------------------------------- */

typedef struct _DebugFormat DebugFormat;

/* Writes a value as its language does. FALSE: it knows no better. */
typedef gboolean (*DebugFormatFunc) (DebugFormat *format, DebugValue value, guint depth);

struct _DebugFormat
{
  const DebugMemory *memory;
  DebugFormatFunc language; /* (nullable) */
  GString *text;
  gsize max_bytes; /* of @text; what is longer ends in "…" */
  guint max_depth;
  guint max_elements;
  guint looks_left; /* values that may still be looked at */
  const char *
      opaque; /* (nullable): parts whose type is called by something that begins so are no more than
                         named */
};

#define DEBUG_FORMAT_INIT(memory, language, text)                                                  \
  {                                                                                                \
    (memory), (language), (text), 200, 4, 8, 256, NULL                                             \
  }

/* A value on one line, valid UTF-8 without control characters; "?" where it cannot be read. */
void debug_format_value (DebugFormat *format, DebugValue value);
/* The same for parts of it, from a DebugFormatFunc. */
void debug_format_part (DebugFormat *format, DebugValue value, guint depth);
/* Members within braces, "{a: 1, b: 2}". */
void debug_format_members (DebugFormat *format, DebugValue value, guint depth);
/* @n elements from @address on, within brackets. */
void debug_format_elements (DebugFormat *format, DebugType *type, guint64 address, guint64 n,
                            guint depth);
/* @length bytes of text in quotes. */
void debug_format_string (DebugFormat *format, guint64 address, guint64 length);
/* Whether there is room for more; marks the end where there is none. */
gboolean debug_format_has_room (DebugFormat *format);

G_END_DECLS

#endif
