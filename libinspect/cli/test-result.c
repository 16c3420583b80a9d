/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/test-result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

/* GitHub takes 1 MiB a step. */
#define MAX_SUMMARY 500000

/* ---- JUnit ---------------------------------------------------------------------------------- */

/* XML has no form for most control characters. */
static char *
escape (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  for (char *at = valid; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at) && *at != '\n' && *at != '\t')
      *at = '?';
  return g_markup_escape_text (valid, -1);
}

static void
add_case (GString *xml, const CliTestResult *result, const char *name, const char *inside)
{
  g_autofree char *class = escape (result->program);
  g_autofree char *safe = escape (name);

  g_string_append_printf (xml, "    <testcase classname=\"%s\" name=\"%s\"", class, safe);
  if (inside == NULL)
    g_string_append (xml, "/>\n");
  else
    g_string_append_printf (xml, ">\n%s    </testcase>\n", inside);
}

static char *
format_failure (const CliTestResult *result)
{
  const InspectorReportCause *cause = result->causes != NULL && result->causes->len > 0
                                          ? g_ptr_array_index (result->causes, 0)
                                          : NULL;
  g_autofree char *message = escape (cause != NULL ? cause->message : result->hang_reason);
  g_autofree char *text = escape (result->hang_text);

  return g_strdup_printf ("      <failure message=\"%s\" type=\"hang\">%s</failure>\n", message,
                          text);
}

static const char *
case_name (const CliTapCase *one)
{
  return one->name != NULL && *one->name != '\0' ? one->name : "?";
}

static guint
add_cases (GString *xml, const CliTestResult *result, guint *ret_failed, guint *ret_skipped)
{
  guint n = result->cases != NULL ? result->cases->len : 0;

  for (guint i = 0; i < n; i++)
    {
      const CliTapCase *one = g_ptr_array_index (result->cases, i);

      *ret_failed += !one->passed;
      *ret_skipped += one->skipped;
      add_case (xml, result, case_name (one),
                !one->passed   ? "      <failure message=\"not ok\"/>\n"
                : one->skipped ? "      <skipped/>\n"
                               : NULL);
    }
  return n;
}

/* A file is replaced once all is written; what is a link or a device stays what it is. */
static gboolean
write_file (const char *path, const char *text, gsize length, GError **error)
{
  GStatBuf status;
  FILE *file;
  gboolean is_written;

  if (g_lstat (path, &status) != 0 || S_ISREG (status.st_mode))
    return g_file_set_contents (path, text, (gssize)length, error);
  file = fopen (path, "we");
  is_written = file != NULL && fwrite (text, 1, length, file) == length;
  if (file != NULL && fclose (file) != 0)
    is_written = FALSE;
  if (!is_written)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                 _ ("cannot write '%s': %s; choose another file with %s"), path, g_strerror (errno),
                 "--junit");
  return is_written;
}

gboolean
cli_result_write_junit (const CliTestResult *result, const char *path, GError **error)
{
  g_autoptr (GString) cases = g_string_new (NULL);
  g_autoptr (GString) xml = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  g_autofree char *name = escape (result->program);
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];
  guint n_failed = 0, n_skipped = 0;
  guint n = add_cases (cases, result, &n_failed, &n_skipped);

  if (result->hang_text != NULL)
    {
      g_autofree char *failure = format_failure (result);

      add_case (cases, result, result->case_name != NULL ? result->case_name : result->program,
                failure);
      n_failed++;
      n++;
    }
  else if (n == 0 || (result->status != 0 && n_failed == 0))
    {
      g_autofree char *failure = g_strdup_printf (
          "      <failure message=\"%sexit status %d\"/>\n",
          result->n_missing > 0 ? "the test ended half-way: " : "", result->status);

      add_case (cases, result,
                result->status != 0 && result->case_name != NULL ? result->case_name
                                                                 : result->program,
                result->status != 0 ? failure : NULL);
      n_failed += result->status != 0;
      n++;
    }
  g_ascii_formatd (seconds, sizeof seconds, "%.3f", (double)result->duration_us / 1e6);
  g_string_append_printf (xml,
                          "<testsuites>\n  <testsuite name=\"%s\" tests=\"%u\" failures=\"%u\" "
                          "errors=\"0\" skipped=\"%u\" time=\"%s\">\n%s  </testsuite>\n"
                          "</testsuites>\n",
                          name, n, n_failed, n_skipped, seconds, cases->str);
  return write_file (path, xml->str, xml->len, error);
}

/* ---- GitHub --------------------------------------------------------------------------------- */

/* The escapes of workflow commands; @property: also those of their parameters. */
static char *
escape_command (const char *text, gboolean property)
{
  GString *result = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at++)
    if (*at == '%' || *at == '\r' || *at == '\n' || (property && (*at == ':' || *at == ',')))
      g_string_append_printf (result, "%%%02X", (guint)(guchar)*at);
    else
      g_string_append_c (result, *at);
  return g_string_free (result, FALSE);
}

static void
annotate_cause (const CliTestResult *result, const InspectorReportCause *cause)
{
  g_autofree char *what = g_strdup_printf (
      "Hang in %s", result->case_name != NULL ? result->case_name : result->program);
  g_autofree char *title = escape_command (what, TRUE);
  g_autofree char *message = escape_command (cause->message, FALSE);
  g_autofree char *file = cause->file != NULL ? escape_command (cause->file, TRUE) : NULL;

  if (file != NULL)
    fprintf (stderr, "::error file=%s,line=%u,title=%s::%s\n", file, cause->line, title, message);
  else
    fprintf (stderr, "::error title=%s::%s\n", title, message);
}

static void
append_summary (const CliTestResult *result)
{
  const char *path = g_getenv ("GITHUB_STEP_SUMMARY");
  FILE *file = path != NULL && *path != '\0' ? fopen (path, "ae") : NULL;

  if (file == NULL)
    return;
  fprintf (file, "### Hang in `%s`\n\n```\n%.*s\n```\n",
           result->case_name != NULL ? result->case_name : result->program, MAX_SUMMARY,
           result->hang_text);
  fclose (file);
}

void
cli_result_annotate (const CliTestResult *result)
{
  if (result->hang_text == NULL || g_strcmp0 (g_getenv ("GITHUB_ACTIONS"), "true") != 0)
    return;
  for (guint i = 0; result->causes != NULL && i < result->causes->len; i++)
    annotate_cause (result, g_ptr_array_index (result->causes, i));
  append_summary (result);
}
