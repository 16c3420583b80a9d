/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* operations.def against the uv.h that is installed, and README.md against operations.def. */

#include <glib.h>
#include <string.h>
#include <uv.h>

#include "plugin.h"

typedef struct
{
  const char *function;
  int callback; /* which argument, from 1; -1: the last */
} Row;

static const Row rows[] = {
#define OPERATION(function, ID, kind, subject, callback, phrase, flags) { #function, callback },
#define ALSO(function, ID, callback) { #function, callback },
#include "operations.def"
};

typedef struct
{
  const char *kind;
  const char *subject;
  const char *phrase;
  uint32_t flags;
} Kind;

static const Kind kinds[] = {
#define VARIANT(ID, kind, subject, phrase, flags) { kind, #subject, phrase, flags },
#include "operations.def"
};

/* They take a callback and start nothing: it is called within the call, or is a thread's. */
static const char *const others[] = { "uv_walk", "uv_thread_create", "uv_thread_create_ex" };

static const Row *
find_row (const char *function)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].function, function))
      return &rows[i];
  return NULL;
}

/* The last argument of a callback type, from 1, and how many there are; 0: none. An allocation
 * callback is none that something completes through. */
static int
callback_argument (const char *arguments, int *ret_n)
{
  char **each = g_strsplit (arguments, ",", -1);
  int found = 0;

  *ret_n = (int)g_strv_length (each);
  for (int i = 0; i < *ret_n; i++)
    if (g_regex_match_simple ("\\buv_(?!alloc_)\\w+_cb\\b", each[i], 0, 0))
      found = i + 1;
  g_strfreev (each);
  return found;
}

static void
test_every_function_is_hooked (void)
{
  GString *missing = g_string_new (NULL);
  GError *error = NULL;
  GMatchInfo *match;
  GRegex *regex;
  char *header;
  int n_seen = 0;

  g_file_get_contents (UV_HEADER, &header, NULL, &error);
  g_assert_no_error (error);
  regex = g_regex_new ("UV_EXTERN\\s+[\\w\\s\\*]*?\\b(uv_\\w+)\\s*\\(([^;]*?)\\)\\s*;",
                       G_REGEX_DOTALL, 0, &error);
  g_assert_no_error (error);
  for (g_regex_match (regex, header, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    {
      char *function = g_match_info_fetch (match, 1);
      char *arguments = g_match_info_fetch (match, 2);
      int n, at = callback_argument (arguments, &n);
      const Row *row = find_row (function);

      if (at != 0 && row != NULL)
        {
          n_seen++;
          g_assert_cmpint (row->callback < 0 ? n : row->callback, ==, at);
        }
      else if (at != 0 && !g_strv_contains (others, function))
        g_string_append_printf (missing, " %s", function);
      g_free (function);
      g_free (arguments);
    }
  g_match_info_free (match);
  g_regex_unref (regex);
  g_free (header);
  g_assert_cmpstr (missing->str, ==, "");
  g_assert_cmpint (n_seen, >=, 60);
  g_string_free (missing, TRUE);
}

static void
test_kinds_are_distinct (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_assert_true (g_str_has_prefix (kinds[i].kind, "uv."));
      g_assert_cmpuint (kinds[i].flags, !=, 0);
      for (guint k = 0; k < i; k++)
        g_assert_cmpstr (kinds[i].kind, !=, kinds[k].kind);
    }
}

static void
append_flags (GString *text, uint32_t flags)
{
  static const char *const names[] = { "oneshot", "repeats", "listens", "watches",  "timer", "asks",
                                       "answers", "pool",    "closes",  "external", "loop" };
  const char *separator = "";

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if ((flags & (1u << i)) != 0)
      {
        g_string_append_printf (text, "%s%s", separator, names[i]);
        separator = ", ";
      }
}

static char *
make_table (void)
{
  GString *text = g_string_new ("| await | id | phrase | flags |\n| --- | --- | --- | --- |\n");

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      char *subject = g_ascii_strdown (kinds[i].subject, -1);

      g_string_append_printf (text, "| %s | %s | %s | ", kinds[i].kind, subject, kinds[i].phrase);
      append_flags (text, kinds[i].flags);
      g_string_append (text, " |\n");
      g_free (subject);
    }
  return g_string_free (text, FALSE);
}

/* `test-uv-operations --print` writes the table that README.md has to hold. */
static void
test_readme_has_the_table (void)
{
  GError *error = NULL;
  char *table = make_table ();
  char *readme;

  g_file_get_contents (UV_README, &readme, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (readme, table));
  g_free (readme);
  g_free (table);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "--print"))
    {
      char *table = make_table ();

      g_print ("%s", table);
      g_free (table);
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uv/operations/every-function-of-uv.h-is-hooked",
                   test_every_function_is_hooked);
  g_test_add_func ("/uv/operations/kinds-are-distinct", test_kinds_are_distinct);
  g_test_add_func ("/uv/operations/readme-has-the-table", test_readme_has_the_table);
  return g_test_run ();
}
