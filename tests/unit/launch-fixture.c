/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "launch-fixture.h"

#include <sys/stat.h>
#include <glib/gstdio.h>

char *
launch_fixture_dup_built (const char *folder, const char *name)
{
  return g_test_build_filename (G_TEST_BUILT, folder, name, NULL);
}

void
launch_fixture_setup (Fixture *fixture, gconstpointer data)
{
  g_autofree char *agent = launch_fixture_dup_built ("launch", "agent-good.so");

  fixture->folder = g_dir_make_tmp ("launch-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->program = g_build_filename (fixture->folder, "program", NULL);
  fixture->hellos = g_array_new (FALSE, FALSE, sizeof (LaunchHello));
  g_setenv ("ASYNC_INSPECT_AGENT", agent, TRUE);
  g_setenv ("XDG_RUNTIME_DIR", fixture->folder, TRUE);
  g_unsetenv ("ASYNC_INSPECT_PLUGIN_PATH");
  g_unsetenv ("LD_PRELOAD");
}

void
launch_fixture_teardown (Fixture *fixture, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", fixture->folder, NULL };

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_array_unref (fixture->hellos);
  g_free (fixture->program);
  g_free (fixture->folder);
}

void
launch_fixture_write (const char *path, const void *bytes, gssize length, int mode)
{
  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
  g_assert_cmpint (g_chmod (path, (mode_t)mode), ==, 0);
}

void
launch_fixture_write_plugin (Fixture *fixture, const char *parent, const char *id,
                             const char *manifest)
{
  g_autofree char *folder = g_build_filename (fixture->folder, parent, id, NULL);
  g_autofree char *json = g_build_filename (folder, "plugin.json", NULL);
  g_autofree char *name = g_strconcat (id, ".so", NULL);
  g_autofree char *library = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  launch_fixture_write (json, manifest, -1, 0644);
  launch_fixture_write (library, "", 0, 0755);
}

GPtrArray *
launch_fixture_find_runtimes (Fixture *fixture, const char *parents, GPtrArray **ret_warnings)
{
  g_auto (GStrv) names = g_strsplit (parents, ":", -1);
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint i = 0; names[i] != NULL; i++)
    g_string_append_printf (path, "%s%s/%s", i > 0 ? ":" : "", fixture->folder, names[i]);
  g_setenv ("ASYNC_INSPECT_PLUGIN_PATH", path->str, TRUE);
  return target_runtimes_find (ret_warnings);
}
