/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/test-tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <gio/gio.h>
#include <glib-unix.h>

/* A longer line is passed on and not looked at. */
#define MAX_LINE 65536
#define MAX_CASES 100000

struct _CliTap
{
  int input, output;
  guint source;
  char **program;
  GString *line;      /* what has come of the line that is not over */
  gboolean at_start;  /* of a line, in the output */
  gboolean is_tap;
  gboolean has_ended;
  GPtrArray *cases;
  guint n_planned;     /* 0: it has not said */
  gboolean has_asked;  /* or will not any more */
  GSubprocess *lister; /* PROGRAM -l */
  gboolean is_listing;
  GCancellable *cancellable;
  char **names;        /* what it said */
};

static void
case_free (gpointer data)
{
  CliTapCase *one = data;

  g_free (one->name);
  g_free (one);
}

/* ---- The names of the cases ----------------------------------------------------------------- */

/* Among other lines. */
static char **
take_names (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", MAX_CASES);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] == '/')
      g_strv_builder_add (names, lines[i]);
  return g_strv_builder_end (names);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *text = NULL;

  ((CliTap *)data)->is_listing = FALSE;
  if (!g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &text, NULL, NULL) ||
      text == NULL)
    return;
  ((CliTap *)data)->names = take_names (text);
}

/* A test program of GLib names its cases in the order in which it runs them. */
static void
ask_names (CliTap *tap)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocessLauncher) launcher = NULL;

  tap->has_asked = TRUE;
  for (guint i = 0; tap->program[i] != NULL; i++)
    g_ptr_array_add (argv, tap->program[i]);
  g_ptr_array_add (argv, (gpointer)"-l");
  g_ptr_array_add (argv, NULL);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                        G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  tap->lister = g_subprocess_launcher_spawnv (launcher, (const char *const *)argv->pdata, NULL);
  tap->is_listing = tap->lister != NULL;
  if (tap->is_listing)
    g_subprocess_communicate_utf8_async (tap->lister, NULL, tap->cancellable, on_listed, tap);
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static void
add_case (CliTap *tap, const char *line, gboolean passed)
{
  CliTapCase *one = g_new0 (CliTapCase, 1);
  char *end;
  const char *directive;

  one->passed = passed;
  one->number = (guint)strtoul (line, &end, 10);
  if (one->number == 0)
    one->number = tap->cases->len + 1;
  while (*end == ' ' || *end == '-')
    end++;
  directive = strstr (end, " # ");
  one->name = directive != NULL ? g_strndup (end, (gsize)(directive - end)) : g_strdup (end);
  one->skipped = directive != NULL && g_ascii_strncasecmp (directive + 3, "skip", 4) == 0;
  /* What is still to be done may fail. */
  if (directive != NULL && g_ascii_strncasecmp (directive + 3, "todo", 4) == 0)
    one->passed = TRUE;
  if (tap->cases->len < MAX_CASES)
    g_ptr_array_add (tap->cases, one);
  else
    case_free (one);
}

static void
take_line (CliTap *tap, const char *line)
{
  if (g_str_has_prefix (line, "# random seed:"))
    {
      tap->is_tap = TRUE;
      if (!tap->has_asked)
        ask_names (tap);
    }
  else if (g_str_has_prefix (line, "TAP version"))
    tap->is_tap = TRUE;
  else if (g_str_has_prefix (line, "1..") && g_ascii_isdigit (line[3]))
    {
      tap->is_tap = TRUE;
      tap->n_planned = (guint)MIN (strtoul (line + 3, NULL, 10), MAX_CASES);
    }
  else if (g_str_has_prefix (line, "ok ") || g_str_has_prefix (line, "not ok "))
    {
      gboolean passed = line[0] == 'o';

      tap->is_tap = TRUE;
      add_case (tap, line + (passed ? 3 : 7), passed);
    }
}

static void
take_bytes (CliTap *tap, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] != '\n')
        {
          if (tap->line->len < MAX_LINE)
            g_string_append_c (tap->line, bytes[i]);
          continue;
        }
      if (tap->line->len < MAX_LINE)
        {
          g_autofree char *line = g_utf8_make_valid (tap->line->str, (gssize)tap->line->len);

          take_line (tap, line);
        }
      g_string_truncate (tap->line, 0);
    }
  if (length > 0)
    tap->at_start = bytes[length - 1] == '\n';
}

static void
write_all (CliTap *tap, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = write (tap->output, bytes, length);

      if (n < 0 && errno == EAGAIN)
        {
          GPollFD poll = { .fd = tap->output, .events = G_IO_OUT };

          g_poll (&poll, 1, 1000);
        }
      else if (n < 0 && errno != EINTR)
        return; /* nobody reads any more; the test goes on all the same */
      else if (n > 0)
        {
          bytes += n;
          length -= (gsize)n;
        }
    }
}

gboolean
cli_tap_drain (CliTap *tap)
{
  char bytes[16384];
  gssize n;

  while (!tap->has_ended && (n = read (tap->input, bytes, sizeof bytes)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno != EAGAIN;
      write_all (tap, bytes, (gsize)n);
      take_bytes (tap, bytes, (gsize)n);
    }
  tap->has_ended = TRUE;
  return TRUE;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  CliTap *tap = data;

  if (!cli_tap_drain (tap))
    return G_SOURCE_CONTINUE;
  tap->source = 0;
  return G_SOURCE_REMOVE;
}

/* ---- What is called ------------------------------------------------------------------------- */

CliTap *
cli_tap_new (int input, int output, const char *const *program)
{
  CliTap *tap = g_new0 (CliTap, 1);

  tap->input = input;
  tap->output = output;
  tap->program = g_strdupv ((char **)program);
  tap->line = g_string_new (NULL);
  tap->at_start = TRUE;
  tap->cases = g_ptr_array_new_with_free_func (case_free);
  tap->cancellable = g_cancellable_new ();
  g_unix_set_fd_nonblocking (input, TRUE, NULL);
  tap->source = g_unix_fd_add (input, G_IO_IN | G_IO_HUP, on_readable, tap);
  return tap;
}

static gboolean
on_late (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

void
cli_tap_await_names (CliTap *tap, guint max_ms)
{
  gboolean is_late = FALSE;
  guint timeout = g_timeout_add (max_ms, on_late, &is_late);

  while (tap->is_listing && !is_late)
    g_main_context_iteration (NULL, TRUE);
  if (!is_late)
    g_source_remove (timeout);
}

void
cli_tap_stop_asking (CliTap *tap)
{
  if (tap == NULL)
    return;
  tap->has_asked = TRUE;
  if (tap->lister == NULL)
    return;
  /* Its callback must not come any more. */
  g_cancellable_cancel (tap->cancellable);
  g_subprocess_force_exit (tap->lister);
  g_subprocess_wait (tap->lister, NULL, NULL);
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
  g_clear_object (&tap->lister);
}

void
cli_tap_free (CliTap *tap)
{
  if (tap == NULL)
    return;
  g_clear_handle_id (&tap->source, g_source_remove);
  cli_tap_stop_asking (tap);
  g_object_unref (tap->cancellable);
  close (tap->input);
  g_string_free (tap->line, TRUE);
  g_strfreev (tap->program);
  g_strfreev (tap->names);
  g_ptr_array_unref (tap->cases);
  g_free (tap);
}

gboolean
cli_tap_is_tap (CliTap *tap)
{
  return tap->is_tap;
}

GPtrArray *
cli_tap_get_cases (CliTap *tap)
{
  return tap->cases;
}

guint
cli_tap_count_missing (CliTap *tap)
{
  return tap->is_tap && tap->n_planned > tap->cases->len ? tap->n_planned - tap->cases->len : 0;
}

guint
cli_tap_get_current (CliTap *tap, const char **ret_name)
{
  guint n = tap->cases->len;

  *ret_name = NULL;
  if (tap->names != NULL && g_strv_length (tap->names) > n)
    *ret_name = tap->names[n];
  return n + 1;
}

void
cli_tap_fail (CliTap *tap, const char *reason, const char *report)
{
  g_auto (GStrv) lines = g_strsplit (report, "\n", -1);
  g_autoptr (GString) text = g_string_new (tap->at_start ? "" : "\n");
  const char *name;
  guint number = cli_tap_get_current (tap, &name);

  g_string_append_printf (text, "not ok %u %s\n", number, name != NULL ? name : "- hang");
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i + 1] != NULL || *lines[i] != '\0')
      g_string_append_printf (text, "# %s\n", lines[i]);
  g_string_append_printf (text, "Bail out! %s\n", reason);
  write_all (tap, text->str, text->len);
}
