/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_TIME_INDEX_H
#define SESSION_TIME_INDEX_H

#include "recording/reader.h"

G_BEGIN_DECLS

/* Writes to @path all that is whole of @reader's recording, with what its tasks did where that is missing: of a
 * recording that was cut off, of which records were dropped, or that begins in the middle of a program's life. All
 * records are read for it. What is at @path stays until the new file is whole, and may be @reader's own file.
 *
 * @cancellable: (nullable): asked now and then, in the thread that calls */
gboolean analysis_time_index_write (RecordingReader *reader, const char *path,
                                    GCancellable *cancellable, GError **error);

/* The same for the file at @path itself, in a thread of its own that gives way to all others: where it fails, the
 * file stays as it is. */
typedef struct _AnalysisIndexing AnalysisIndexing;
AnalysisIndexing *analysis_indexing_begin (const char *path);
/* NULL is fine, both. Waits until the thread has done its work, or has given it up. */
void analysis_indexing_finish (AnalysisIndexing *indexing);
void analysis_indexing_cancel (AnalysisIndexing *indexing);

G_END_DECLS

#endif
