/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_PROTOBUF_H
#define EXPORT_PROTOBUF_H

#include <string.h>
#include <glib.h>

G_BEGIN_DECLS

/* The wire format of protocol buffers, as far as it takes to write one: fields of varints, of eight
 * bytes, of bytes, and messages within messages. */

typedef enum
{
  PROTOBUF_VARINT = 0,
  PROTOBUF_FIXED64 = 1,
  PROTOBUF_BYTES = 2,
} ProtobufType;

static inline void
protobuf_put_varint (GByteArray *bytes, guint64 value)
{
  guint8 groups[10];
  guint n = 0;

  do
    groups[n++] = (guint8)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
  while ((value >>= 7) != 0);
  g_byte_array_append (bytes, groups, n);
}

static inline void
protobuf_put_tag (GByteArray *bytes, guint field, ProtobufType type)
{
  protobuf_put_varint (bytes, field << 3 | type);
}

static inline void
protobuf_put_number (GByteArray *bytes, guint field, guint64 value)
{
  protobuf_put_tag (bytes, field, PROTOBUF_VARINT);
  protobuf_put_varint (bytes, value);
}

static inline void
protobuf_put_fixed64 (GByteArray *bytes, guint field, guint64 value)
{
  guint64 little = GUINT64_TO_LE (value);

  protobuf_put_tag (bytes, field, PROTOBUF_FIXED64);
  g_byte_array_append (bytes, (const guint8 *)&little, sizeof little);
}

/* Readers refuse a message of which one text is not UTF-8. */
static inline void
protobuf_put_text (GByteArray *bytes, guint field, const char *text)
{
  g_autofree char *valid = g_utf8_validate (text, -1, NULL) ? NULL : g_utf8_make_valid (text, -1);
  gsize length;

  text = valid != NULL ? valid : text;
  length = strlen (text);
  protobuf_put_tag (bytes, field, PROTOBUF_BYTES);
  protobuf_put_varint (bytes, length);
  g_byte_array_append (bytes, (const guint8 *)text, (guint)length);
}

/* A message within: its length stands before it and is known after it, so it gets four bytes, which
 * a varint may take however small it is. Returns: what protobuf_end() wants */
static inline guint
protobuf_begin (GByteArray *bytes, guint field)
{
  static const guint8 unknown[4];

  protobuf_put_tag (bytes, field, PROTOBUF_BYTES);
  g_byte_array_append (bytes, unknown, sizeof unknown);
  return bytes->len;
}

static inline void
protobuf_end (GByteArray *bytes, guint begin)
{
  guint length = bytes->len - begin;

  g_assert (length < 1u << 28);
  for (guint i = 0; i < 4; i++, length >>= 7)
    bytes->data[begin - 4 + i] = (guint8)((length & 0x7f) | (i < 3 ? 0x80 : 0));
}

G_END_DECLS

#endif
