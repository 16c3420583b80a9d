/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "hpack.h"

#include <string.h>

/* As much of HPACK (RFC 7541) as tells what a request asks for. A library that decodes all of it needs all that the
 * connection has sent since it began, for headers refer to earlier ones; but a path never does, in what h2 sends, and a
 * method only where it is a rare one. */

#define MAX_PATH_BYTES 200
#define MAX_FIELDS 8 /* those of the request itself come first */

typedef struct
{
  const guint8 *at, *end;
} Block;

/* ---- Numbers and text ----------------------------------------------------------------------------- */

/* RFC 7541, 5.1; no number in a request is as large as four more bytes make it. */
static gboolean
read_number (Block *block, guint bits, guint32 *ret_number)
{
  guint32 most = (1u << bits) - 1, number;

  if (block->at == block->end)
    return FALSE;
  number = *block->at++ & most;
  for (guint shift = 0; number >= most && shift <= 21; shift += 7)
    {
      guint8 byte;

      if (block->at == block->end)
        return FALSE;
      byte = *block->at++;
      number += (guint32)(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        break;
      if (shift == 21)
        return FALSE;
    }
  *ret_number = number;
  return TRUE;
}

/* RFC 7541, appendix B, of what an address may have: the codes of each length follow one another in this order, and those
 * of the next length follow them. */
static const struct
{
  guint bits;
  const char *characters;
} codes[] = {
  { 5, "012aceiost" },
  { 6, " %-./3456789=A_bdfghlmnpru" },
  { 7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz" },
  { 8, "&*,;XZ" },
  { 10, "!\"()?" },
  { 11, "'+|" },
  { 12, "#>" },
  { 13, "\001$@[]~" }, /* the first one is NUL, which no text has */
  { 14, "^}" },
  { 15, "<`{" },
};

/* One character from the upper bits of @bits, of which @n_bits count. Returns: how many it takes; 0: it is none */
static guint
read_code (guint32 bits, guint n_bits, char *ret_character)
{
  guint32 first = 0;
  guint length = 0;

  for (guint i = 0; i < G_N_ELEMENTS (codes) && codes[i].bits <= n_bits; i++)
    {
      guint32 code = bits >> (32 - codes[i].bits);
      guint n = (guint)strlen (codes[i].characters);

      first <<= codes[i].bits - length;
      length = codes[i].bits;
      if (code < first + n)
        {
          *ret_character = codes[i].characters[code - first];
          return *ret_character != '\001' ? length : 0;
        }
      first += n;
    }
  return 0;
}

/* The end is filled up with ones, of which there are fewer than a byte has. */
static gboolean
append_coded (GString *text, const guint8 *at, gsize length)
{
  guint32 bits = 0;
  guint n_bits = 0;

  for (;;)
    {
      guint taken;
      char character;

      while (n_bits <= 24 && length > 0)
        {
          bits |= (guint32)*at++ << (24 - n_bits);
          n_bits += 8;
          length--;
        }
      if (n_bits < 8 && bits >> (32 - MAX (n_bits, 1)) == (n_bits > 0 ? (1u << n_bits) - 1 : 0))
        return TRUE;
      taken = read_code (bits, n_bits, &character);
      if (taken == 0)
        return FALSE;
      g_string_append_c (text, character);
      bits <<= taken;
      n_bits -= taken;
    }
}

/* @text: (nullable): it is not wanted */
static gboolean
read_text (Block *block, GString *text)
{
  gboolean is_coded;
  const guint8 *at;
  guint32 length;

  if (block->at == block->end)
    return FALSE;
  is_coded = (*block->at & 0x80) != 0;
  if (!read_number (block, 7, &length) || length > (gsize)(block->end - block->at))
    return FALSE;
  at = block->at;
  block->at += length;
  if (text == NULL)
    return TRUE;
  if (is_coded)
    return append_coded (text, at, length);
  g_string_append_len (text, (const char *)at, (gssize)length);
  return TRUE;
}

/* ---- Fields ------------------------------------------------------------------------------------------ */

/* RFC 7541, appendix A. */
#define FIELD_GET 2
#define FIELD_POST 3
#define FIELD_ROOT 4
#define FIELD_INDEX 5

static gboolean
read_field (Block *block, GString *method, GString *path)
{
  gboolean is_method, is_path;
  guint8 form = *block->at;
  guint32 index;

  if ((form & 0x80) != 0)
    {
      if (!read_number (block, 7, &index) || index == 0)
        return FALSE;
      if (index == FIELD_GET || index == FIELD_POST)
        g_string_assign (method, index == FIELD_GET ? "GET" : "POST");
      else if (index == FIELD_ROOT || index == FIELD_INDEX)
        g_string_assign (path, index == FIELD_ROOT ? "/" : "/index.html");
      return TRUE;
    }
  /* A limit of the table of those that were sent before. */
  if ((form & 0xe0) == 0x20)
    return read_number (block, 5, &index);
  if (!read_number (block, (form & 0x40) != 0 ? 6 : 4, &index) ||
      (index == 0 && !read_text (block, NULL)))
    return FALSE;
  is_method = index == FIELD_GET || index == FIELD_POST;
  is_path = index == FIELD_ROOT || index == FIELD_INDEX;
  if (is_method)
    g_string_truncate (method, 0);
  if (is_path)
    g_string_truncate (path, 0);
  return read_text (block, is_method ? method : is_path ? path : NULL);
}

static gboolean
is_graphic (const GString *text)
{
  for (gsize i = 0; i < text->len; i++)
    if (!g_ascii_isgraph (text->str[i]))
      return FALSE;
  return text->len > 0;
}

char *
rust_hpack_dup_request (const guint8 *bytes, gsize length)
{
  g_autoptr (GString) method = g_string_new (NULL);
  g_autoptr (GString) path = g_string_new (NULL);
  Block block = { bytes, bytes + length };

  for (guint i = 0; i < MAX_FIELDS && path->len == 0 && block.at < block.end; i++)
    if (!read_field (&block, method, path))
      return NULL;
  if (!is_graphic (path) || (method->len > 0 && !is_graphic (method)) ||
      (*path->str != '/' && *path->str != '*'))
    return NULL;
  if (path->len > MAX_PATH_BYTES)
    g_string_append (g_string_truncate (path, MAX_PATH_BYTES), "…");
  return g_strdup_printf ("%s%s%s", method->str, method->len > 0 ? " " : "", path->str);
}

/* ---- Frames ------------------------------------------------------------------------------------------ */

#define FRAME_HEADERS 0x1

/* No number of a stream is used a second time. Headers that end a body have no path. */
static char *
dup_by_number (const guint8 *sent, gsize length, guint32 number)
{
  guint32 wanted = GUINT32_TO_BE (number);

  for (gsize at = 0; at + RUST_HPACK_FRAME_BYTES < length; at++)
    {
      gsize size = (gsize)sent[at] << 16 | (gsize)sent[at + 1] << 8 | sent[at + 2];
      gsize left = length - at - RUST_HPACK_FRAME_BYTES;
      char *request;

      if (sent[at + 3] != FRAME_HEADERS || memcmp (&sent[at + 5], &wanted, sizeof wanted) != 0)
        continue;
      request = rust_hpack_dup_request (&sent[at + RUST_HPACK_FRAME_BYTES], MIN (size, left));
      if (request != NULL)
        return request;
    }
  return NULL;
}

/* A client answers the settings of a server after its first request, and writes that where the number of the stream was. What
 * lies behind is the request that was the first one in the buffer: before the one that follows it there, or the only one. */
static char *
dup_behind_settings (const guint8 *sent, gsize length)
{
  static const guint8 settings[RUST_HPACK_FRAME_BYTES] = { 0, 0, 0, 4, 1, 0, 0, 0, 0 };

  return length > sizeof settings && memcmp (sent, settings, sizeof settings) == 0
             ? rust_hpack_dup_request (&sent[sizeof settings], length - sizeof settings)
             : NULL;
}

char *
rust_hpack_dup_sent (const guint8 *sent, gsize length, guint32 number, gboolean is_newest)
{
  char *request = dup_by_number (sent, length, number);
  g_autofree char *after = NULL;

  if (request != NULL)
    return request;
  if (!is_newest)
    after = dup_by_number (sent, length, number + 2);
  return after != NULL || (is_newest && number == 1) ? dup_behind_settings (sent, length) : NULL;
}
