/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/symbols.h"

#include <string.h>
#include "recording/varint.h"

#define MAX_TEXT (64u << 10)
#define MAX_OF (RECORDING_SYMBOL_KINDS * RECORDING_SYMBOL_MAX_DEPTH - 1)

/* ---- Writing -------------------------------------------------------------------------------- */

static void
put (GByteArray *bytes, guint64 value)
{
  guint8 number[10];

  g_byte_array_append (bytes, number, varint_write (number, value));
}

/* 0 is no text, else its length + 1. */
static void
put_text (GByteArray *bytes, const char *text)
{
  gsize length = text != NULL ? MIN (strlen (text), MAX_TEXT) : 0;

  put (bytes, text != NULL ? length + 1 : 0);
  g_byte_array_append (bytes, (const guint8 *)text, (guint)length);
}

void
recording_symbol_write (guint64 address, guint of, guint depth, const RecordingSymbol *symbol,
                        GByteArray *ret_bytes)
{
  put (ret_bytes, address);
  put (ret_bytes, of + depth * RECORDING_SYMBOL_KINDS);
  put_text (ret_bytes, symbol->function);
  put_text (ret_bytes, symbol->file);
  put_text (ret_bytes, symbol->module);
  put (ret_bytes, symbol->line);
  put (ret_bytes, symbol->offset);
  put (ret_bytes, symbol->exact ? 1 : 0);
}

/* ---- Reading -------------------------------------------------------------------------------- */

typedef struct
{
  guint64 address;
  guint of;
  RecordingSymbol symbol;
} Entry;

struct _RecordingSymbols
{
  GHashTable *entries; /* of Entry */
  GStringChunk *texts;
};

static guint
entry_hash (gconstpointer data)
{
  const Entry *entry = data;

  return g_int64_hash (&entry->address) ^ entry->of;
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *one = a, *other = b;

  return one->address == other->address && one->of == other->of;
}

RecordingSymbols *
recording_symbols_new (void)
{
  RecordingSymbols *self = g_new0 (RecordingSymbols, 1);

  self->entries = g_hash_table_new_full (entry_hash, entry_equal, g_free, NULL);
  self->texts = g_string_chunk_new (4096);
  return self;
}

void
recording_symbols_free (RecordingSymbols *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->entries);
  g_string_chunk_free (self->texts);
  g_free (self);
}

static gboolean
get_text (RecordingSymbols *self, const guint8 **at, const guint8 *end, const char **ret_text)
{
  guint64 length;
  g_autofree char *text = NULL;

  *ret_text = NULL;
  if (!varint_read (at, end, &length) || length > MAX_TEXT + 1)
    return FALSE;
  if (length == 0)
    return TRUE;
  if (--length > (guint64)(end - *at))
    return FALSE;
  text = g_utf8_make_valid ((const char *)*at, (gssize)length);
  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = '?';
  *ret_text = g_string_chunk_insert_const (self->texts, text);
  *at += length;
  return TRUE;
}

static gboolean
read_entry (RecordingSymbols *self, const guint8 **at, const guint8 *end, Entry *entry)
{
  guint64 of, line, exact;

  if (!varint_read (at, end, &entry->address) || !varint_read (at, end, &of) || of > MAX_OF ||
      !get_text (self, at, end, &entry->symbol.function) ||
      !get_text (self, at, end, &entry->symbol.file) ||
      !get_text (self, at, end, &entry->symbol.module) || !varint_read (at, end, &line) ||
      line > G_MAXUINT32 || !varint_read (at, end, &entry->symbol.offset) ||
      !varint_read (at, end, &exact))
    return FALSE;
  entry->of = (guint)of;
  entry->symbol.line = (guint32)line;
  entry->symbol.exact = exact != 0;
  return TRUE;
}

gboolean
recording_symbols_read (RecordingSymbols *self, const guint8 *bytes, gsize length)
{
  const guint8 *at = bytes, *end = bytes + length;

  while (at < end)
    {
      Entry entry = { 0 };

      if (!read_entry (self, &at, end, &entry))
        return FALSE;
      g_hash_table_add (self->entries, g_memdup2 (&entry, sizeof entry));
    }
  return TRUE;
}

const RecordingSymbol *
recording_symbols_get (RecordingSymbols *self, guint64 address, guint of, guint depth)
{
  const Entry key = { .address = address, .of = of + depth * RECORDING_SYMBOL_KINDS };
  const Entry *entry = g_hash_table_lookup (self->entries, &key);

  return entry != NULL ? &entry->symbol : NULL;
}
