/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that looks at itself, with no inspector around. */

#include "fixture.h"

#include <string.h>
#include <glib/gstdio.h>

static void
test_draws (void)
{
  g_autofree char *program = run_app ("embed/embed");
  RunResult result;

  run_bare (&result, PROGRAM (program, "draw"));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_true (g_str_has_prefix (result.out, "3 of 3 downloads pending\n"));
  g_assert_true (g_str_has_suffix (result.out, "\n1 of 3 downloads pending\n"));
  run_result_clear (&result);
}

static void
test_records (void)
{
  g_autofree char *program = run_app ("embed/embed");
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-embed-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "itself.airec", NULL);
  RunResult result;

  run_bare (&result, PROGRAM (program, "record", path));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);

  run_plain (&result, PROGRAM ("open", "--json", path));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, "\"film\""));
  g_assert_null (strstr (result.out, "\"song\""));
  g_test_message ("%s", result.out);
  run_result_clear (&result);
  g_remove (path);
  g_rmdir (folder);
}

/* Who looks from outside was first. */
static void
test_is_inspected_itself (void)
{
  g_autofree char *program = run_app ("embed/embed");
  RunResult result;

  run_json (&result, "", PROGRAM (program, "draw"));
  g_assert_cmpint (result.status, ==, 1);
  g_assert_nonnull (strstr (result.err, "embed: no channel: Device or resource busy"));
  run_result_clear (&result);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/embed/draws-its-own-tasks", test_draws);
  g_test_add_func ("/embed/records-itself", test_records);
  g_test_add_func ("/embed/one-inspector-at-a-time", test_is_inspected_itself);
  return g_test_run ();
}
