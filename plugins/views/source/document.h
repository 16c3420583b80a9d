/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_DOCUMENT_H
#define SOURCE_DOCUMENT_H

#include <gio/gio.h>

G_BEGIN_DECLS

/* A source file that was read, or why it is not shown. */

typedef enum
{
  SOURCE_DOCUMENT_TEXT,
  SOURCE_DOCUMENT_BINARY, /* no text */
  SOURCE_DOCUMENT_HUGE,   /* more than anybody wrote */
  SOURCE_DOCUMENT_FAILED, /* .trouble says why */
} SourceDocumentState;

/* Beyond that a text view takes seconds. */
#define SOURCE_DOCUMENT_MAX_BYTES (8 * 1024 * 1024)

typedef struct
{
  char *path;
  SourceDocumentState state;
  char *text; /* UTF-8; NULL: none */
  gsize length;
  guint n_lines;
  gint64 changed_us; /* real time */
  guint64 size;
  gboolean was_made_valid; /* some of it was no UTF-8, and stands as question marks */
  char *trouble;
} SourceDocument;

void source_document_free (SourceDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SourceDocument, source_document_free)
/* Reads it, in the calling thread. */
SourceDocument *source_document_read (const char *path);
/* The same in a thread of its own. */
void source_document_read_async (const char *path, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
/* (transfer full) (nullable): NULL: it was cancelled */
SourceDocument *source_document_read_finish (GAsyncResult *result);

G_END_DECLS

#endif
