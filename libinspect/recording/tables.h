/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_TABLES_H
#define RECORDING_TABLES_H

/* What makes a recording stand alone: the kinds, locations, strings and modules that its records
 * name, written once each before the records, and read back by number. */

#include <glib.h>
#include "channel/reader.h"

G_BEGIN_DECLS

/* Where a writer finds them: the channel's. Entries may be missing, or come later. */
typedef struct
{
  gboolean (*get_kind) (gpointer data, guint32 number, ChannelKindInfo *ret_info);
  gboolean (*get_location) (gpointer data, guint32 number, ChannelLocationInfo *ret_info);
  const char *(*get_string) (gpointer data, guint32 offset);
  guint32 (*count_modules) (gpointer data); /* (nullable): there are none */
  gboolean (*get_module) (gpointer data, guint32 number, ChannelModuleInfo *ret_info);
} RecordingSource;

/* ---- Writing -------------------------------------------------------------------------------- */

/* What one target's records have named. */
typedef struct _RecordingNames RecordingNames;

RecordingNames *recording_names_new (const RecordingSource *source, gpointer source_data);
void recording_names_free (RecordingNames *names);
void recording_names_add (RecordingNames *names, const ChannelEvent *event);
/* Appends what has been named and not been written yet. Returns: whether there was anything */
gboolean recording_names_write (RecordingNames *names, GByteArray *ret_bytes);

/* ---- Reading -------------------------------------------------------------------------------- */

typedef struct _RecordingTables RecordingTables;

RecordingTables *recording_tables_new (void);
void recording_tables_free (RecordingTables *tables);
/* FALSE where @bytes are damaged: what came before is kept. */
gboolean recording_tables_read (RecordingTables *tables, const guint8 *bytes, gsize length);

/* As those of a channel: FALSE, or "", where there is no such entry. */
gboolean recording_tables_get_kind (RecordingTables *tables, guint32 number,
                                    ChannelKindInfo *ret_info);
gboolean recording_tables_get_location (RecordingTables *tables, guint32 number,
                                        ChannelLocationInfo *ret_info);
const char *recording_tables_get_string (RecordingTables *tables, guint32 offset);
guint32 recording_tables_count_modules (RecordingTables *tables);
gboolean recording_tables_get_module (RecordingTables *tables, guint32 number,
                                      ChannelModuleInfo *ret_info);

G_END_DECLS

#endif
