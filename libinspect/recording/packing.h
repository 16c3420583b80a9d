/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_PACKING_H
#define RECORDING_PACKING_H

/* A block as columns of bytes: how many there are, the length of each, and then all of them. A reader
 * leaves out columns that it does not know. */

#include <string.h>

#include "recording/varint.h"

G_BEGIN_DECLS

/* ---- Writing ----------------------------------------------------------------------------------- */

/* One column as it grows; zeros to begin with. */
typedef struct
{
  guint8 *data;
  gsize length, capacity;
} PackingColumn;

static inline void
packing_clear (PackingColumn *columns, guint n_columns)
{
  for (guint i = 0; i < n_columns; i++)
    g_free (columns[i].data);
}

/* Room for @length more. */
static inline guint8 *
packing_make_room (PackingColumn *column, gsize length)
{
  if (G_UNLIKELY (column->capacity - column->length < length))
    {
      column->capacity = 2 * (column->capacity + length);
      column->data = g_realloc (column->data, column->capacity);
    }
  return column->data + column->length;
}

static inline void
packing_put_byte (PackingColumn *column, guint8 byte)
{
  *packing_make_room (column, 1) = byte;
  column->length++;
}

static inline void
packing_put (PackingColumn *column, guint64 value)
{
  column->length += varint_write (packing_make_room (column, 10), value);
}

static inline void
packing_put_signed (PackingColumn *column, gint64 value)
{
  packing_put (column, varint_zigzag (value));
}

/* A length and so many bytes. */
static inline void
packing_put_bytes (PackingColumn *column, const void *bytes, gsize length)
{
  packing_put (column, length);
  if (length > 0)
    memcpy (packing_make_room (column, length), bytes, length);
  column->length += length;
}

/* Into two columns: the lowest byte apart from the rest. The former is mostly noise, the latter mostly
 * not. */
static inline void
packing_put_split (PackingColumn *column, guint64 value)
{
  packing_put_byte (column, (guint8)value);
  packing_put (column + 1, value >> 8);
}

/* @ret_parts: (nullable) (element-type gsize): where each column ends */
static inline void
packing_finish (const PackingColumn *columns, guint n_columns, GByteArray *ret_bytes,
                GArray *ret_parts)
{
  guint8 bytes[10];

  g_byte_array_append (ret_bytes, bytes, varint_write (bytes, n_columns));
  for (guint i = 0; i < n_columns; i++)
    g_byte_array_append (ret_bytes, bytes, varint_write (bytes, columns[i].length));
  for (guint i = 0; i < n_columns; i++)
    {
      gsize end;

      g_byte_array_append (ret_bytes, columns[i].data, (guint)columns[i].length);
      end = ret_bytes->len;
      if (ret_parts != NULL && columns[i].length > 0)
        g_array_append_val (ret_parts, end);
    }
}

/* ---- Reading ----------------------------------------------------------------------------------- */

/* What is left of one column. */
typedef struct
{
  const guint8 *at;
  const guint8 *end;
} PackingCursor;

/* @n_least: so many there have to be; of those that are not, nothing is left. FALSE: @bytes are no such columns. */
static inline gboolean
packing_open_some (PackingCursor *ret_cursors, guint n_least, guint n_columns, const guint8 *bytes,
                   gsize length)
{
  const guint8 *at = bytes, *end = bytes + length, *sizes;
  guint64 n, size;

  if (!varint_read (&at, end, &n) || n < n_least || n > 256)
    return FALSE;
  sizes = at;
  for (guint i = 0; i < n; i++)
    if (!varint_read (&at, end, &size))
      return FALSE;
  for (guint i = 0; i < n_columns; i++)
    {
      size = 0;
      if (i < n && (!varint_read (&sizes, end, &size) || size > (guint64)(end - at)))
        return FALSE;
      ret_cursors[i] = (PackingCursor){ at, at + size };
      at += size;
    }
  return TRUE;
}

static inline gboolean
packing_open (PackingCursor *ret_cursors, guint n_columns, const guint8 *bytes, gsize length)
{
  return packing_open_some (ret_cursors, n_columns, n_columns, bytes, length);
}

static inline gboolean
packing_get_byte (PackingCursor *column, guint8 *ret_byte)
{
  if (column->at == column->end)
    return FALSE;
  *ret_byte = *column->at++;
  return TRUE;
}

static inline gboolean
packing_get (PackingCursor *column, guint64 *ret_value)
{
  return varint_read (&column->at, column->end, ret_value);
}

static inline gboolean
packing_get_signed (PackingCursor *column, gint64 *ret_value)
{
  guint64 value;

  if (!packing_get (column, &value))
    return FALSE;
  *ret_value = varint_unzigzag (value);
  return TRUE;
}

static inline gboolean
packing_get_split (PackingCursor *column, guint64 *ret_value)
{
  guint8 low;
  guint64 rest;

  if (!packing_get_byte (column, &low) || !packing_get (column + 1, &rest))
    return FALSE;
  *ret_value = rest << 8 | low;
  return TRUE;
}

/* Bytes as they lie there. */
static inline gboolean
packing_get_bytes (PackingCursor *column, gsize most, const guint8 **ret_bytes, gsize *ret_length)
{
  guint64 length;

  if (!packing_get (column, &length) || length > most ||
      length > (guint64)(column->end - column->at))
    return FALSE;
  *ret_bytes = column->at;
  *ret_length = (gsize)length;
  column->at += length;
  return TRUE;
}

G_END_DECLS

#endif
