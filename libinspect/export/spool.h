/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_SPOOL_H
#define EXPORT_SPOOL_H

#include "export/output.h"

G_BEGIN_DECLS

/* Texts that grow side by side and are wanted one after the other: all of them lie in one file
 * without a name beside the output, in pieces. */
typedef struct _ExportSpool ExportSpool;

ExportSpool *export_spool_new (ExportOutput *output);
void export_spool_free (ExportSpool *spool);
/* Returns: the number of a new text */
guint export_spool_add (ExportSpool *spool);
void export_spool_put (ExportSpool *spool, guint text, const char *bytes, gsize length);
/* All of a text to the output. */
void export_spool_copy (ExportSpool *spool, guint text);

G_END_DECLS

#endif
