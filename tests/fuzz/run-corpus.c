/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* run-corpus DIRECTORY: every file of it through the fuzz target, as a test of its own; and cut
 * short at some lengths. Needs no fuzzer, so that each compiler and each architecture does it. */

#include <glib.h>
#include "fuzz.h"

static void
test_file (gconstpointer data)
{
  const char *path = data;
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  for (gsize n = length > 32 ? length - 32 : 0; n < length; n++)
    {
      /* A copy of that size, for a sanitizer to see the end of. */
      g_autofree char *cut = g_memdup2 (contents, n);
      g_assert_cmpint (LLVMFuzzerTestOneInput ((const uint8_t *)cut, n), ==, 0);
    }
  g_assert_cmpint (LLVMFuzzerTestOneInput ((const uint8_t *)contents, length), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GDir) folder = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  folder = g_dir_open (argv[1], 0, NULL);
  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/corpus/", name, NULL);
      g_test_add_data_func_full (path, g_build_filename (argv[1], name, NULL), test_file, g_free);
    }
  return g_test_run ();
}
