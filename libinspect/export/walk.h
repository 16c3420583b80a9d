/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_WALK_H
#define EXPORT_WALK_H

#include "export/exporter.h"
#include "recording/reader.h"

G_BEGIN_DECLS

/* Reads a recording up to @trace's end and tells @writer of it; what the model keeps is all that is
 * kept. @session gets its targets. */
void export_walk (RecordingReader *reader, const ExportTrace *trace, ExportOutput *output,
                  const ExportWriter *writer, gpointer data, InspectorSession *session);

G_END_DECLS

#endif
