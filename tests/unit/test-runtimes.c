/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which runtime plugins are found, and which are not believed. */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "launch-fixture.h"

static const TargetRuntime *
get_runtime (GPtrArray *runtimes, const char *id)
{
  for (guint i = 0; i < runtimes->len; i++)
    if (strcmp (((TargetRuntime *)runtimes->pdata[i])->id, id) == 0)
      return runtimes->pdata[i];
  return NULL;
}

static void
test_runtime (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) runtimes = NULL;
  const TargetRuntime *runtime;

  launch_fixture_write_plugin (fixture, "a", "rt", GOOD_MANIFEST);
  /* Hidden by the first, whatever it is. */
  launch_fixture_write_plugin (fixture, "b", "rt", "{");
  launch_fixture_write_plugin (fixture, "b", "view", "{\"id\":\"view\",\"kind\":\"view\"}");
  runtimes = launch_fixture_find_runtimes (fixture, "a:b", &warnings);
  g_assert_cmpuint (warnings->len, ==, 0);
  runtime = get_runtime (runtimes, "rt");
  g_assert_nonnull (runtime);
  g_assert_cmpstr (runtime->name, ==, "Name");
  g_assert_cmpstr (runtime->summary, ==, "Text");
  g_assert_true (g_str_has_suffix (runtime->path, "/a/rt/rt.so"));
  g_assert_true (g_path_is_absolute (runtime->path));
  g_assert_cmpuint (g_strv_length (runtime->symbols), ==, 2);
  g_assert_cmpstr (runtime->symbols[1], ==, "rt_go");
  g_assert_cmpuint (g_strv_length (runtime->imports), ==, 1);
  g_assert_cmpstr (runtime->imports[0], ==, "rt_use");
  g_assert_cmpuint (g_strv_length (runtime->libraries), ==, 1);
  g_assert_cmpstr (runtime->libraries[0], ==, "librt.so.0");
  g_assert_null (get_runtime (runtimes, "view"));
}

static const struct
{
  const char *name;
  const char *manifest;
  const char *says;
} manifest_cases[] = {
  { "not-json", "{", "" },
  { "not-an-object", "[1]", "not a JSON object" },
  { "nothing", "", "not a JSON object" },
  { "other-id", "{\"id\":\"x\",\"kind\":\"runtime\",\"abi\":1}", "folder's name" },
  { "no-id", "{\"kind\":\"runtime\",\"abi\":1}", "folder's name" },
  { "other-abi", "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":2}", "interface 2" },
  { "abi-as-text", "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":\"1\"}", "interface 0" },
  { "no-needs", "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":1}", "no symbols" },
  { "needs-of-another-kind", "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":1,\"needs\":[]}",
    "no symbols" },
  { "symbol-that-breaks-the-list",
    "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":1,\"needs\":{\"symbols\":[\"a:b\"]}}",
    "no symbols" },
  { "symbol-is-a-number",
    "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":1,\"needs\":{\"symbols\":[1]}}", "no symbols" },
  { "import-with-the-sign",
    "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":1,\"needs\":{\"imports\":[\"^a\"]}}",
    "no symbols" },
  { "library-that-is-none",
    "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":1,\"needs\":{\"imports\":[\"a\"]},"
    "\"libraries\":[\"\"]}",
    "libraries" },
};

static void
test_damaged_manifest (Fixture *fixture, gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) runtimes = NULL;

  launch_fixture_write_plugin (fixture, "a", "rt", manifest_cases[i].manifest);
  runtimes = launch_fixture_find_runtimes (fixture, "a", &warnings);
  g_assert_null (get_runtime (runtimes, "rt"));
  g_assert_cmpuint (warnings->len, ==, 1);
  if (strstr (warnings->pdata[0], manifest_cases[i].says) == NULL)
    g_error ("\"%s\" is not in: %s", manifest_cases[i].says, (char *)warnings->pdata[0]);
}

static void
assert_distrusted (Fixture *fixture, const char *says)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) runtimes = launch_fixture_find_runtimes (fixture, "a", &warnings);

  g_assert_null (get_runtime (runtimes, "rt"));
  g_assert_cmpuint (warnings->len, ==, 1);
  if (strstr (warnings->pdata[0], says) == NULL)
    g_error ("\"%s\" is not in: %s", says, (char *)warnings->pdata[0]);
}

static void
test_plugin_that_others_can_change (Fixture *fixture, gconstpointer data)
{
  static const char *const parts[] = { "a", "a/rt", "a/rt/plugin.json", "a/rt/rt.so" };

  launch_fixture_write_plugin (fixture, "a", "rt", GOOD_MANIFEST);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, parts[i], NULL);
      struct stat status;

      g_assert_cmpint (stat (path, &status), ==, 0);
      g_chmod (path, 0757);
      assert_distrusted (fixture, "others can write");
      g_chmod (path, status.st_mode & 07777);
      if (geteuid () != 0)
        continue;
      g_assert_cmpint (chown (path, 12345, 12345), ==, 0);
      assert_distrusted (fixture, "another user");
      g_assert_cmpint (chown (path, 0, 0), ==, 0);
    }
}

static void
test_plugin_path (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) none_warnings = NULL;
  g_autoptr (GPtrArray) none = launch_fixture_find_runtimes (fixture, "missing", &none_warnings);
  g_autoptr (GPtrArray) spaced_warnings = NULL;
  g_autoptr (GPtrArray) spaced = NULL;

  g_assert_cmpuint (none_warnings->len, ==, 1);
  g_assert_nonnull (strstr (none_warnings->pdata[0], "no such folder"));
  /* LD_PRELOAD's own list, and ours, could not hold it. */
  launch_fixture_write_plugin (fixture, "a b", "rt", GOOD_MANIFEST);
  spaced = launch_fixture_find_runtimes (fixture, "a b", &spaced_warnings);
  g_assert_null (get_runtime (spaced, "rt"));
  g_assert_cmpuint (spaced_warnings->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, data, func)                                                                      \
  g_test_add (path, Fixture, data, launch_fixture_setup, func, launch_fixture_teardown)
  ADD ("/runtimes/good", NULL, test_runtime);
  for (guint i = 0; i < G_N_ELEMENTS (manifest_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/runtimes/", manifest_cases[i].name, NULL);

      ADD (path, GUINT_TO_POINTER (i), test_damaged_manifest);
    }
  ADD ("/runtimes/that-others-can-change", NULL, test_plugin_that_others_can_change);
  ADD ("/runtimes/path", NULL, test_plugin_path);
  return g_test_run ();
}
