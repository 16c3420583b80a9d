/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "gtasks.h"

#include <string.h>

#define MAX_CODE 96u
#define MAX_INSTANCE 512u
#define MAX_WORDS 24u /* of GObject's own structures */
/* GObject's part of an instance. */
#define GOBJECT_SIZE 24u
#define REFERENCES 8u

/* ---- How they look --------------------------------------------------------------------------------- */

static gsize
read_code (const InspectorProbeTarget *target, guint64 function, guint8 *code)
{
  return function != 0 && target->read (target->data, function, code, MAX_CODE) ? MAX_CODE : 0;
}

/* A load from [register + displacement], x86-64: an opcode, and a byte that says which registers and how long the
 * displacement is. Returns: its length; 0: it is none */
static gsize
decode_load (const guint8 *code, gsize length, gsize n_opcode, gint32 *ret_displacement)
{
  guint8 form = code[n_opcode];

  if (length < n_opcode + 5 || (form & 7) == 4)
    return 0;
  if (form >> 6 == 1)
    {
      *ret_displacement = (gint8)code[n_opcode + 1];
      return n_opcode + 2;
    }
  if (form >> 6 != 2)
    return 0;
  memcpy (ret_displacement, code + n_opcode + 1, sizeof *ret_displacement);
  return n_opcode + 5;
}

/* The last load of a word before the first return. */
static guint
find_offset (const InspectorProbeTarget *target, guint64 function)
{
  guint8 code[MAX_CODE];
  gsize n = read_code (target, function, code);
  guint offset = 0;

  for (gsize i = 0; i + 8 < n && code[i] != 0xc3; i++)
    {
      gint32 displacement = 0;

      /* mov r64, [r64 + d] */
      if (code[i] == 0x48 && code[i + 1] == 0x8b &&
          decode_load (code + i, n - i, 2, &displacement) > 0 &&
          displacement >= (gint32)GOBJECT_SIZE && displacement < (gint32)MAX_INSTANCE)
        offset = (guint)displacement;
    }
  return offset;
}

/* Completed is one bit of a byte or of a word, as the compiler likes it. */
static gboolean
find_completed (const InspectorProbeTarget *target, guint64 function, GTaskLayout *layout)
{
  guint8 code[MAX_CODE];
  gsize n = read_code (target, function, code);
  guint shift = 0;

  for (gsize i = 0; i + 8 < n && code[i] != 0xc3; i++)
    {
      gint32 displacement = 0;
      gsize length = 0;

      if (layout->completed == 0)
        {
          /* movzx r32, byte [r64 + d]; mov r32, [r64 + d] */
          if (code[i] == 0x0f && code[i + 1] == 0xb6)
            length = decode_load (code + i, n - i, 2, &displacement);
          else if (code[i] == 0x8b && (i == 0 || code[i - 1] != 0x48))
            length = decode_load (code + i, n - i, 1, &displacement);
          if (length > 0 && displacement >= (gint32)GOBJECT_SIZE &&
              displacement < (gint32)MAX_INSTANCE)
            layout->completed = (guint)displacement;
          continue;
        }
      /* shr al, n; shr eax, n; shr al, 1 */
      if (code[i] == 0xc0 || code[i] == 0xc1)
        shift = code[i + 2];
      else if (code[i] == 0xd0 || code[i] == 0xd1)
        shift = 1;
      /* and r32, n */
      else if (code[i] == 0x83 && code[i + 1] >> 3 == 0x1c && code[i + 2] != 0)
        {
          layout->completed_mask = (guint8)(code[i + 2] << (shift & 7));
          layout->completed += shift / 8;
          return layout->completed_mask != 0;
        }
    }
  /* It is all of that word. */
  layout->completed_mask = 1;
  return layout->completed != 0 && shift == 0;
}

/* The first word of a class is its type, and that of an instance its class. */
static guint64
find_class_in (const InspectorProbeTarget *target, const guint64 *words, guint64 type)
{
  for (guint i = 0; i < MAX_WORDS; i++)
    {
      const InspectorProbeRegion *region = inspector_probe_find_region (target, words[i]);
      guint64 first;

      if (words[i] % sizeof (gpointer) == 0 && region != NULL && region->is_writable &&
          target->read (target->data, words[i], &first, sizeof first) && first == type)
        return words[i];
    }
  return 0;
}

/* A type is the address of what GObject knows of it, which leads to its class in two steps. */
static guint64
find_class (const InspectorProbeTarget *target, guint64 type)
{
  guint64 node[MAX_WORDS], data[MAX_WORDS], found = 0;

  if (type % sizeof (gpointer) != 0 || !target->read (target->data, type, node, sizeof node))
    return 0;
  for (guint i = 0; i < MAX_WORDS && found == 0; i++)
    if (node[i] % sizeof (gpointer) == 0 && node[i] != 0 &&
        target->read (target->data, node[i], data, sizeof data))
      found = find_class_in (target, data, type);
  return found;
}

/* The first thing that it does is to look at the variable: mov rax, [rip + d]. */
static guint64
find_type (const InspectorProbeTarget *target, guint64 function)
{
  guint8 code[MAX_CODE];
  gsize n = read_code (target, function, code);
  guint64 type = 0;

  for (gsize i = 0; i + 7 < n && code[i] != 0xc3; i++)
    if (code[i] == 0x48 && code[i + 1] == 0x8b && code[i + 2] == 0x05)
      {
        gint32 displacement;

        memcpy (&displacement, code + i + 3, sizeof displacement);
        return target->read (target->data, function + i + 7 + (guint64)(gint64)displacement, &type,
                             sizeof type)
                   ? type
                   : 0;
      }
  return 0;
}

gboolean
look_learn_gtasks (const InspectorProbeTarget *target, const Anchors *anchors,
                   GTaskLayout *ret_layout)
{
  guint64 type = find_type (target, anchors->functions[FUNCTION_TYPE]);
  GTaskLayout layout = {
    .source_tag = find_offset (target, anchors->functions[FUNCTION_SOURCE_TAG]),
    .name = find_offset (target, anchors->functions[FUNCTION_NAME]),
    .context = find_offset (target, anchors->functions[FUNCTION_CONTEXT]),
    .cancellable = find_offset (target, anchors->functions[FUNCTION_CANCELLABLE]),
  };

  if (type == 0 || layout.context == 0 || layout.source_tag == 0 ||
      !find_completed (target, anchors->functions[FUNCTION_COMPLETED], &layout))
    return FALSE;
  layout.class = find_class (target, type);
  *ret_layout = layout;
  return layout.class != 0;
}

/* ---- One of them ------------------------------------------------------------------------------------ */

static guint64
word_at (const guint8 *bytes, guint offset)
{
  guint64 word;

  memcpy (&word, bytes + offset, sizeof word);
  return word;
}

static guint64
code_at (const InspectorProbeTarget *target, const guint8 *bytes, guint offset)
{
  guint64 word = word_at (bytes, offset);

  return inspector_probe_is_code (target, word) ? word : 0;
}

/* Text of the program's: what is no plain text is none. It may end where the memory does. */
static void
read_name (const InspectorProbeTarget *target, guint64 address, char *name)
{
  gsize to_page_end = 4096 - address % 4096;

  if (address == 0 ||
      (!target->read (target->data, address, name, GTASK_NAME_MAX) &&
       !target->read (target->data, address, name, MIN (to_page_end, GTASK_NAME_MAX))))
    name[0] = '\0';
  name[GTASK_NAME_MAX - 1] = '\0';
  for (guint i = 0; name[i] != '\0'; i++)
    if (!g_ascii_isprint (name[i]))
      name[0] = '\0';
}

/* The callback, its data and the function that a thread runs have followed the cancellable since GLib 2.36, with at
 * most one flag between. */
static void
read_functions (const InspectorProbeTarget *target, const GTaskLayout *layout, const guint8 *bytes,
                LookGTask *gtask)
{
  guint at = layout->cancellable + 8;

  if (layout->cancellable == 0)
    return;
  if (word_at (bytes, at) <= 1 && inspector_probe_is_code (target, word_at (bytes, at + 8)))
    at += 8;
  gtask->callback = code_at (target, bytes, at);
  if (gtask->callback != 0 || word_at (bytes, at) == 0)
    gtask->work = code_at (target, bytes, at + 16);
}

gboolean
look_read_gtask (const InspectorProbeTarget *target, const GTaskLayout *layout, guint64 address,
                 LookGTask *ret_gtask)
{
  guint8 bytes[MAX_INSTANCE + 64];
  gsize length = MAX (MAX (layout->context, layout->completed), layout->cancellable + 32) + 8;
  const InspectorProbeRegion *region;
  guint32 references;

  if (length > sizeof bytes || !target->read (target->data, address, bytes, length))
    return FALSE;
  memcpy (&references, bytes + REFERENCES, sizeof references);
  region = inspector_probe_find_region (target, word_at (bytes, layout->context));
  if (word_at (bytes, 0) != layout->class || references == 0 || references >= 1u << 24 ||
      region == NULL || !region->is_writable ||
      (bytes[layout->completed] & layout->completed_mask) != 0)
    return FALSE;
  *ret_gtask =
      (LookGTask){ .address = address, .source_tag = code_at (target, bytes, layout->source_tag) };
  read_functions (target, layout, bytes, ret_gtask);
  if (layout->name != 0)
    read_name (target, word_at (bytes, layout->name), ret_gtask->name);
  return TRUE;
}
