/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Exports of records that make no sense, and of text that no format likes. What the formats mean is
 * asked of other parsers by tests/run/check-exports. */

#include <string.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "export/exporter.h"
#include "inspect.h"
#include "inspector.h"
#include "recording/writer.h"

/* ---- Text ----------------------------------------------------------------------------------- */

typedef void (*PutFunc) (ExportOutput *output, const char *text);

typedef struct
{
  const char *name;
  PutFunc put;
  const char *text;
  const char *written;
} TextCase;

static const TextCase text_cases[] = {
  { "json/quotes", export_put_json, "a\"b\\c", "\"a\\\"b\\\\c\"" },
  { "json/controls", export_put_json, "a\nb\x01\x7f", "\"a\\nb\\u0001\\u007f\"" },
  { "json/markup", export_put_json, "</script>", "\"\\u003c/script>\"" },
  { "json/line-separator", export_put_json, "\342\200\250", "\"\\u2028\"" },
  { "json/not-utf-8", export_put_json, "a\xff\xc3", "\"a\357\277\275\357\277\275\"" },
  { "json/none", export_put_json, NULL, "null" },
  { "xml/markup", export_put_xml, "<a href='x'>&\"", "&lt;a href=&#39;x&#39;&gt;&amp;&quot;" },
  { "xml/controls", export_put_xml,
    "a\x01\x1b"
    "b\n",
    "ab\n" },
  { "xml/not-utf-8", export_put_xml, "\xfe", "\357\277\275" },
  { "csv/plain", export_put_csv, "plain text", "plain text" },
  { "csv/quotes", export_put_csv, "a \"b\", c\nd", "\"a \"\"b\"\", c\nd\"" },
  { "csv/formula", export_put_csv, "=1+1", "\"'=1+1\"" },
  { "csv/formula-at", export_put_csv, "@SUM(A1)", "\"'@SUM(A1)\"" },
  { "csv/not-utf-8", export_put_csv, "a\xff", "\"a\357\277\275\"" },
  { "dot/quotes", export_put_dot, "a\"b\\N\nc", "a\\\"b\\\\N\\nc" },
};

static char *
take_file (const char *path)
{
  char *text;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_unlink (path);
  return text;
}

static void
test_text (gconstpointer data)
{
  const TextCase *test = data;
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-export-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "text", NULL);
  g_autofree char *written = NULL;
  g_autoptr (GError) error = NULL;
  ExportOutput *output = export_output_open (path, &error);

  g_assert_no_error (error);
  test->put (output, test->text);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS)); /* it has no name before it is whole */
  g_assert_true (export_output_finish (output, &error));
  export_output_free (output);
  written = take_file (path);
  g_assert_cmpstr (written, ==, test->written);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_given_up (void)
{
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-export-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "text", NULL);
  g_autofree char *text = NULL;
  ExportOutput *output;

  g_assert_true (g_file_set_contents (path, "as it was", -1, NULL));
  output = export_output_open (path, NULL);
  export_put (output, "half");
  export_output_free (output);
  text = take_file (path);
  g_assert_cmpstr (text, ==, "as it was");
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_every_format_is_found_by_its_names (void)
{
  guint n;
  const ExportFormat *formats = export_formats_get (&n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GStrv) extensions = g_strsplit (formats[i].extensions, " ", -1);

      g_assert_true (export_format_find (formats[i].id) == &formats[i]);
      for (guint j = 0; extensions[j] != NULL; j++)
        {
          g_autofree char *path = g_strconcat ("some/file", extensions[j], NULL);

          g_assert_true (export_format_find_for_file (path) == &formats[i]);
        }
    }
  g_assert_null (export_format_find_for_file ("json"));
  g_assert_null (export_format_find ("JSON"));
}

/* ---- Records that make no sense ------------------------------------------------------------- */

static const char *const texts[] = {
  "\"quoted\", <b>markup</b>", "=formula", "line\nend", "\xff\xfe", "00-0-x", "</script>", "",
};

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  static const ChannelKindInfo kinds[] = {
    { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS, "x.ask", "{resource} <&\">" },
    { INSPECT_KIND_AWAIT, INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL, "x;lock\n", "a {name}" },
    { INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_ANSWERS, "x.read", "" },
    { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK, "x.mutex", "mutex" },
    { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOOP, "x.loop", "loop" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, "resource", "resource" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, "name", "name" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, "traceparent", "trace" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, "owner", "owner" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_BOOL, "client", "client" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_U64, "tid", "tid" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, "request", "request" },
  };

  if (number < 1 || number > G_N_ELEMENTS (kinds))
    return FALSE;
  *ret_info = kinds[number - 1];
  return TRUE;
}
#define N_OBJECT_KINDS 5
#define FIRST_KEY 6
#define N_KEYS 7

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  *ret_info = (ChannelLocationInfo){ .of = CHANNEL_LOCATION_STATIC,
                                     .file = "a \"b\".c",
                                     .function = texts[number % G_N_ELEMENTS (texts)],
                                     .line = number };
  return number < 9;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return "state";
}

static guint64
make_object (GRand *random, guint n_kinds)
{
  return (guint64)g_rand_int_range (random, 0, (gint32)n_kinds + 1) << 48 |
         (guint64)g_rand_int_range (random, 0, 12);
}

static void
make_event (GRand *random, gint64 *time_ns, ChannelEvent *event)
{
  *time_ns += g_rand_int_range (random, -2000, 4000);
  *event = (ChannelEvent){ .time_ns = MAX (*time_ns, 0),
                           .type = (guint32)g_rand_int_range (random, 1, CHANNEL_BYTES),
                           .location = (guint32)g_rand_int_range (random, 0, 10),
                           .ring = (guint32)g_rand_int_range (random, 0, 4),
                           .tid = g_rand_int_range (random, 0, 6),
                           .task = (guint64)g_rand_int_range (random, 0, 12),
                           .arg = make_object (random, N_OBJECT_KINDS) };
  if (event->type == CHANNEL_TASK_END || event->type == CHANNEL_AWAIT_END)
    event->status = -g_rand_int_range (random, 0, 140);
  if (event->type != CHANNEL_ATTRIBUTE)
    return;
  event->task = make_object (random, N_OBJECT_KINDS);
  event->key = FIRST_KEY + (guint32)g_rand_int_range (random, 0, N_KEYS);
  event->value = make_object (random, N_OBJECT_KINDS);
  event->arg = 0;
  if (g_rand_boolean (random))
    {
      event->bytes = texts[g_rand_int_range (random, 0, G_N_ELEMENTS (texts))];
      event->n_bytes = (guint32)strlen (event->bytes);
      event->value = 0;
    }
}

static void
write_nonsense (const char *path, guint32 seed)
{
  static const RecordingSource source = { get_kind, get_location, get_string, NULL, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  RecordingWriter *writer = recording_writer_new (path, NULL, &error);

  g_assert_no_error (error);
  for (guint program = 0; program < 3; program++)
    {
      guint32 target = recording_writer_add_target (writer, &source, NULL);
      gint64 time_ns = 1000000;

      recording_writer_add_facts (writer, target,
                                  program == 0
                                      ? "{\"pid\":1,\"command\":\"<b>\\u0001\",\"seen_ns\":-5}"
                                      : "[\"no object\"]");
      for (guint i = 0; i < 2000; i++)
        {
          ChannelEvent event;

          make_event (random, &time_ns, &event);
          recording_writer_add_event (writer, target, &event);
        }
    }
  g_assert_true (recording_writer_close (writer, NULL, &error));
}

static void
assert_parses (const ExportFormat *format, const char *text)
{
  static const GMarkupParser any = { NULL };
  g_autoptr (GError) error = NULL;

  if (g_str_equal (format->id, "svg"))
    {
      g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&any, 0, NULL, NULL);

      g_assert_true (g_markup_parse_context_parse (context, text, -1, &error));
      g_assert_true (g_markup_parse_context_end_parse (context, &error));
    }
  else if (strstr (format->extensions, ".json") != NULL && !g_str_equal (format->id, "otlp"))
    {
      g_autoptr (JsonNode) root = json_from_string (text, &error);

      g_assert_no_error (error);
      g_assert_nonnull (root);
    }
}

static void
test_nonsense (gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-export-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "nonsense.airec", NULL);
  g_autofree char *export_path = g_build_filename (folder, "export", NULL);
  guint n;
  const ExportFormat *formats = export_formats_get (&n);

  write_nonsense (path, GPOINTER_TO_UINT (data));
  for (guint i = 0; i < n; i++)
    for (gint64 at_ns = -1; at_ns < 2000000; at_ns += 1000001)
      {
        g_autoptr (GError) error = NULL;
        g_autofree char *text = NULL;

        inspector_recording_export (path, export_path, formats[i].id, at_ns, NULL, &error);
        g_assert_no_error (error);
        text = take_file (export_path);
        assert_parses (&formats[i], text);
      }
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (text_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/export/text/", text_cases[i].name, NULL);

      g_test_add_data_func (path, &text_cases[i], test_text);
    }
  g_test_add_func ("/export/given-up", test_given_up);
  g_test_add_func ("/export/every-format-is-found-by-its-names",
                   test_every_format_is_found_by_its_names);
  for (guint seed = 1; seed <= (g_test_slow () ? 200 : 4); seed++)
    {
      g_autofree char *path = g_strdup_printf ("/export/nonsense/%u", seed);

      g_test_add_data_func (path, GUINT_TO_POINTER (seed), test_nonsense);
    }
  return g_test_run ();
}
