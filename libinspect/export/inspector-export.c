/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* A recording to a file of another format. */

#include <glib/gi18n-lib.h>

#include "export/walk.h"
#include "session/replay.h"
#include "session/session-private.h"

/* A recording may say anything; these leave room for differences and sums. */
#define MAX_TIME_NS (G_GINT64_CONSTANT (1) << 59)        /* as in the model */
#define MAX_REAL_US G_GINT64_CONSTANT (8000000000000000) /* in the year 2223 */

char *
inspector_export_list_formats (void)
{
  GString *text = g_string_new (NULL);
  guint n;
  const ExportFormat *formats = export_formats_get (&n);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "  %-11s %-28s %s\n", formats[i].id, formats[i].extensions,
                            g_dgettext (GETTEXT_PACKAGE, formats[i].what));
  return g_string_free (text, FALSE);
}

static char *
dup_format_names (void)
{
  GString *text = g_string_new (NULL);
  guint n;
  const ExportFormat *formats = export_formats_get (&n);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, i > 0 ? ", %s" : "%s", formats[i].id);
  return g_string_free (text, FALSE);
}

static const ExportFormat *
find_format (const char *format, const char *path, GError **error)
{
  const ExportFormat *found =
      format != NULL ? export_format_find (format) : export_format_find_for_file (path);
  g_autofree char *names = dup_format_names ();

  if (found == NULL && format != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("there is no export format '%s'; there are %s"), format, names);
  else if (found == NULL && g_str_equal (path, "-"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("standard output has no name that says which format; choose one with --to: %s"),
                 names);
  else if (found == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("no export format goes by the name '%s'; choose one with --to: %s"), path,
                 names);
  return found;
}

static gboolean
fill_trace (RecordingReader *reader, const char *path, gint64 at_ns, ExportTrace *ret_trace,
            GError **error)
{
  const RecordingHeader *header = recording_reader_get_header (reader);
  ExportTrace trace = { .path = path, .id = header->id };

  if (!recording_reader_get_range (reader, &trace.zero_ns, &trace.end_ns))
    trace.zero_ns = trace.end_ns = header->begin_ns;
  trace.zero_ns = CLAMP (trace.zero_ns, 0, MAX_TIME_NS);
  trace.end_ns = CLAMP (trace.end_ns, trace.zero_ns, MAX_TIME_NS);
  trace.end_ns = analysis_replay_find_end (reader, trace.end_ns, MAX_TIME_NS);
  for (guint32 i = 1; i <= recording_reader_get_n_targets (reader); i++)
    trace.n_lost += recording_reader_get_lost (reader, i);
  if (at_ns > trace.end_ns - trace.zero_ns)
    {
      g_autofree char *length =
          g_strdup_printf ("%.6f", (double)(trace.end_ns - trace.zero_ns) / 1e9);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("the recording '%s' is %s seconds long, and has no instant after that"), path,
                   length);
      return FALSE;
    }
  trace.has_instant = at_ns >= 0;
  if (trace.has_instant)
    trace.end_ns = trace.zero_ns + at_ns;
  trace.zero_real_ns = CLAMP (header->begin_real_us, 0, MAX_REAL_US) * 1000 +
                       (trace.zero_ns - CLAMP (header->begin_ns, 0, MAX_TIME_NS));
  *ret_trace = trace;
  return TRUE;
}

static gboolean
is_other_file (const char *path, const char *export_path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) export_file = g_file_new_for_path (export_path);

  /* Standard output is no file of that name. */
  if (g_str_equal (export_path, "-") || !g_file_equal (file, export_file))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("'%s' would be written over itself; choose another file with --output"), path);
  return FALSE;
}

static void
write_all (RecordingReader *reader, const ExportTrace *trace, ExportOutput *output,
           const ExportWriter *writer)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  gpointer self = writer->new (output, trace);

  export_walk (reader, trace, output, writer, self, session);
  if (writer->wants_again != NULL && writer->wants_again (self, session))
    {
      g_object_unref (session);
      session = inspector_session_new ();
      export_walk (reader, trace, output, writer, self, session);
    }
  if (writer->end != NULL)
    writer->end (self, session);
  writer->free (self);
}

gboolean
inspector_recording_export (const char *path, const char *export_path, const char *format,
                            gint64 at_ns, char **ret_warning, GError **error)
{
  const ExportFormat *found = find_format (format, export_path, error);
  RecordingReader *reader = found != NULL ? recording_reader_open (path, error) : NULL;
  ExportOutput *output = NULL;
  ExportTrace trace;
  gboolean is_written = FALSE;

  if (reader == NULL)
    return FALSE;
  if (is_other_file (path, export_path, error) && fill_trace (reader, path, at_ns, &trace, error))
    output = export_output_open (export_path, error);
  if (output != NULL)
    {
      write_all (reader, &trace, output, found->writer);
      is_written = export_output_finish (output, error);
    }
  if (is_written && ret_warning != NULL)
    *ret_warning = analysis_replay_dup_warning (reader, path);
  export_output_free (output);
  recording_reader_close (reader);
  return is_written;
}
