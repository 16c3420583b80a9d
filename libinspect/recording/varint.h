/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_VARINT_H
#define RECORDING_VARINT_H

/* Numbers of 1 to 10 bytes, seven bits a byte, the lowest first, as in protobuf. */

#include <glib.h>

static inline guint64
varint_zigzag (gint64 value)
{
  return ((guint64)value << 1) ^ (guint64)(value >> 63);
}

static inline gint64
varint_unzigzag (guint64 value)
{
  return (gint64)(value >> 1) ^ -(gint64)(value & 1);
}

/* @ret has room for 10 bytes. Returns: how many were written */
static inline guint
varint_write (guint8 *ret, guint64 value)
{
  guint n = 0;

  while (value >= 0x80)
    {
      ret[n++] = (guint8)value | 0x80;
      value >>= 7;
    }
  ret[n++] = (guint8)value;
  return n;
}

/* Reads from *@at, which moves on. FALSE where there is none before @end. */
static inline gboolean
varint_read (const guint8 **at, const guint8 *end, guint64 *ret_value)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64 && *at < end; shift += 7)
    {
      guint8 byte = *(*at)++;

      value |= (guint64)(byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *ret_value = value;
          return TRUE;
        }
    }
  return FALSE;
}

#endif
