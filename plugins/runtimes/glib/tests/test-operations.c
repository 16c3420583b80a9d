/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* operations.def and blocking.def against the headers of GIO that are installed. */

#include <glib.h>
#include <string.h>

#include "operations.h"

typedef struct
{
  const char *function;
  const char *kind;
  const char *phrase;
  guint flags;
} Row;

static const Row rows[] = {
#define GIO_OPERATION(function, ID, kind, phrase, flags, says, parameters, arguments)                  \
  { #function, kind, phrase, flags },
#define GIO_NOTICE(function) { #function, NULL, NULL, 0 },
#include "operations.def"
#define BLOCKING(type, failure, function, ID, kind, phrase, flags, says, parameters, arguments)    \
  { #function, kind, phrase, flags },
#include "blocking.def"
};

/* They take a callback, and are not followed. */
static const char *const others[] = {
  /* make an object and start another function of the table, which is libgio's own call */
  "g_async_initable_new_async", "g_async_initable_new_valist_async", "g_async_initable_newv_async",
  /* have failed before they return */
  "g_task_report_error", "g_task_report_new_error",
  /* superseded by GTask in 2.36 */
  "g_simple_async_report_error_in_idle", "g_simple_async_report_gerror_in_idle",
  "g_simple_async_report_take_gerror_in_idle", "g_simple_async_result_new",
  "g_simple_async_result_new_error", "g_simple_async_result_new_from_error",
  "g_simple_async_result_new_take_error", NULL
};

static gboolean
is_known (const char *function)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].function, function))
      return TRUE;
  return g_strv_contains (others, function);
}

/* Of the prototypes of one header; members of structs have their name in parentheses. */
static guint
check_header (const char *path, GString *missing)
{
  GError *error = NULL;
  GMatchInfo *match;
  GRegex *regex;
  char *header;
  guint n = 0;

  g_file_get_contents (path, &header, NULL, &error);
  g_assert_no_error (error);
  regex = g_regex_new ("\\b(g_\\w+)\\s*\\(([^;{}()]*\\bGAsyncReadyCallback\\b[^;{}()]*)\\)", 0, 0,
                       &error);
  g_assert_no_error (error);
  for (g_regex_match (regex, header, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL), n++)
    {
      char *function = g_match_info_fetch (match, 1);

      if (!is_known (function))
        g_string_append_printf (missing, " %s", function);
      g_free (function);
    }
  g_match_info_free (match);
  g_regex_unref (regex);
  g_free (header);
  return n;
}

static void
test_every_function_is_hooked (void)
{
  GString *missing = g_string_new (NULL);
  GError *error = NULL;
  GDir *dir = g_dir_open (GIO_HEADERS, 0, &error);
  const char *name;
  guint n = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      char *path = g_build_filename (GIO_HEADERS, name, NULL);

      n += check_header (path, missing);
      g_free (path);
    }
  g_dir_close (dir);
  g_assert_cmpstr (missing->str, ==, "");
  g_assert_cmpuint (n, >=, 120);
  g_string_free (missing, TRUE);
}

static void
test_kinds_are_distinct (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint k = 0; k < i; k++)
      {
        g_assert_cmpstr (rows[i].function, !=, rows[k].function);
        if (rows[i].kind != NULL && rows[k].kind != NULL)
          g_assert_cmpstr (rows[i].kind, !=, rows[k].kind);
      }
}

static void
test_phrases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (rows[i].kind == NULL)
        continue;
      g_assert_true (g_str_has_prefix (rows[i].kind, "gio."));
      g_assert_cmpuint (rows[i].flags, !=, 0);
      g_assert_cmpuint (strlen (rows[i].phrase), >, 3);
      g_assert_true (g_regex_match_simple ("^([^{}]|\\{[a-z]+\\})*$", rows[i].phrase, 0, 0));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/operations/every-function-is-hooked", test_every_function_is_hooked);
  g_test_add_func ("/operations/kinds-are-distinct", test_kinds_are_distinct);
  g_test_add_func ("/operations/phrases", test_phrases);
  return g_test_run ();
}
