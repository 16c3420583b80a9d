/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_OUTPUT_H
#define EXPORT_OUTPUT_H

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where an export goes. A file gets its name only when it is whole: until then what is written lies
 * beside it under another one. Writing never fails at once; the end says whether it did. */
typedef struct _ExportOutput ExportOutput;

/* @path: "-" is standard output */
ExportOutput *export_output_open (const char *path, GError **error);
/* Gives the file its name. FALSE: not all could be written, and there is no file. */
gboolean export_output_finish (ExportOutput *output, GError **error);
/* Without export_output_finish() there is no file. */
void export_output_free (ExportOutput *output);
/* What is written from here on is for nobody. */
gboolean export_output_has_failed (const ExportOutput *output);
void export_output_fail (ExportOutput *output, int code);
/* A file without a name, where the output is; -1, and the output has failed. */
int export_output_open_spool (ExportOutput *output);

void export_put_bytes (ExportOutput *output, gconstpointer bytes, gsize length);
void export_put (ExportOutput *output, const char *text);
void export_put_char (ExportOutput *output, char c);
void export_put_number (ExportOutput *output, gint64 number);
void export_printf (ExportOutput *output, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* With its quotes; what is not UTF-8 becomes U+FFFD. NULL: null */
void export_put_json (ExportOutput *output, const char *text);
/* As text or the value of an attribute of XML; characters that XML cannot hold are left out. */
void export_put_xml (ExportOutput *output, const char *text);
/* A field of CSV, in quotes where it needs them; what a spreadsheet would take for a formula is led
 * by an apostrophe. */
void export_put_csv (ExportOutput *output, const char *text);
/* Within quotes of DOT. */
void export_put_dot (ExportOutput *output, const char *text);

G_END_DECLS

#endif
