/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_SYMBOLS_H
#define RECORDING_SYMBOLS_H

/* What the addresses of a recording stand for, looked up where the program's files were: on another
 * machine, or a year later, they are gone. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *function; /* (nullable) */
  const char *file;     /* (nullable) */
  const char *module;   /* (nullable) */
  guint32 line;
  guint64 offset;
  gboolean exact;
} RecordingSymbol;

/* What kinds of address there may be, and how many functions that were put into each other at one. */
#define RECORDING_SYMBOL_KINDS 16u
#define RECORDING_SYMBOL_MAX_DEPTH 16u

/* Appends one. @of: what kind of address it is, a number of the caller's; @depth: 0 is the innermost function
 * that is there, 1 the one that it was put into. */
void recording_symbol_write (guint64 address, guint of, guint depth, const RecordingSymbol *symbol,
                             GByteArray *ret_bytes);

typedef struct _RecordingSymbols RecordingSymbols;

RecordingSymbols *recording_symbols_new (void);
void recording_symbols_free (RecordingSymbols *symbols);
/* FALSE where @bytes are damaged: what came before is kept. */
gboolean recording_symbols_read (RecordingSymbols *symbols, const guint8 *bytes, gsize length);
/* (transfer none) (nullable) */
const RecordingSymbol *recording_symbols_get (RecordingSymbols *symbols, guint64 address, guint of,
                                              guint depth);

G_END_DECLS

#endif
