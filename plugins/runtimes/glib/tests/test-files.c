/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Files and names, as a program asks for them. */

#include <string.h>

#include "turn.h"

static char *directory;

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (g_async_result_get_user_data (result) == user_data);
  n_ready++;
}

static GFile *
make_file (const char *name)
{
  char *path = g_build_filename (directory, name, NULL);
  GFile *file = g_file_new_for_path (path);

  g_assert_true (g_file_set_contents (path, "content", -1, NULL));
  g_free (path);
  return file;
}

static __attribute__ ((noinline)) void
load (GFile *file, gpointer user_data)
{
  g_file_load_contents_async (file, NULL, on_done, user_data);
}

static void
test_load (void)
{
  GFile *file = make_file ("loaded");
  const Event *begin;

  load (file, file);
  begin = harness_first (EVENT_AWAIT_BEGIN, "gio.file-load-contents");
  g_assert_cmpstr (begin->kind->phrase, ==, "loading {path}");
  g_assert_true (harness_is_in (begin, load));
  g_assert_cmpstr (harness_attribute (begin->object, "path")->bytes, ==, g_file_peek_path (file));
  turn_until_ready (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "gio.file-load-contents")->status, ==, 0);
  g_object_unref (file);
}

/* A file that is on no file system has its URI. */
static void
test_uri (void)
{
  GFile *file = g_file_new_for_uri ("nowhere://host/file");

  g_file_query_info_async (file, "*", 0, 0, NULL, on_done, NULL);
  g_assert_cmpstr (
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "gio.file-query-info")->object, "path")
          ->bytes,
      ==, "nowhere://host/file");
  turn_until_ready (1);
  g_object_unref (file);
}

static void
test_missing (void)
{
  GFile *file = g_file_new_for_path ("/nonexistent/file");

  g_file_read_async (file, 0, NULL, on_done, NULL);
  turn_until_ready (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "gio.file-read")->status, <, 0);
  g_object_unref (file);
}

/* The callback is not the last argument but one. */
static void
test_copy (void)
{
  GFile *from = make_file ("from");
  GFile *to = g_file_get_child (g_file_new_for_path (directory), "to");
  InspectObject await;

  g_file_copy_async (from, to, G_FILE_COPY_OVERWRITE, 0, NULL, NULL, NULL, on_done, from);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.file-copy")->object;
  g_assert_cmpstr (harness_attribute (await, "path")->bytes, ==, g_file_peek_path (from));
  g_assert_cmpstr (harness_attribute (await, "to")->bytes, ==, g_file_peek_path (to));
  turn_until_ready (1);
  g_file_delete (to, NULL, NULL);
  g_object_unref (from);
  g_object_unref (to);
}

static void
test_no_callback (void)
{
  GFile *file = make_file ("silent");

  g_file_load_contents_async (file, NULL, NULL, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "gio.file-load-contents"), ==, 0);
  while (harness_count (EVENT_TASK_BEGIN, NULL) > harness_count (EVENT_TASK_END, NULL) + 1)
    g_main_context_iteration (NULL, TRUE);
  g_object_unref (file);
}

/* Each is in the callback of the one before, and so are they all in one task. */
static void
on_chained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  if (++n_ready < 3)
    g_file_load_contents_async (G_FILE (source), NULL, on_chained, user_data);
}

static void
test_chain (void)
{
  GFile *file = make_file ("chained");
  InspectId task;

  g_file_load_contents_async (file, NULL, on_chained, NULL);
  turn_until_ready (3);
  task = harness_nth (EVENT_AWAIT_BEGIN, "gio.file-load-contents", 0)->task;
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "gio.file-load-contents", 1)->task, ==, task);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "gio.file-load-contents", 2)->task, ==, task);
  g_object_unref (file);
}

static __attribute__ ((noinline)) void
look_up (const char *name)
{
  GResolver *resolver = g_resolver_get_default ();

  g_resolver_lookup_by_name_async (resolver, name, NULL, on_done, NULL);
  g_object_unref (resolver);
}

static void
test_name (void)
{
  const Event *begin;

  look_up ("127.0.0.1");
  begin = harness_first (EVENT_AWAIT_BEGIN, "gio.resolver-lookup-by-name");
  g_assert_true (harness_is_in (begin, look_up));
  g_assert_cmpstr (harness_attribute (begin->object, "host")->bytes, ==, "127.0.0.1");
  turn_until_ready (1);
}

/* ---- Hostile --------------------------------------------------------------------------------- */

static void
test_no_memory (void)
{
  GFile *file = make_file ("memory");
  unsigned int before = harness_count_skipped ();

  for (int i = 0; i < 300; i++)
    {
      harness_fail_memory (1);
      g_file_load_contents_async (file, NULL, on_done, NULL);
    }
  harness_fail_memory (0);
  turn_until_ready (300);
  g_assert_cmpuint (harness_count_skipped (), >=, before);
  g_object_unref (file);
}

static void
test_stopped_on_the_way (void)
{
  GFile *file = make_file ("stopped");

  g_file_load_contents_async (file, NULL, on_done, file);
  harness_stop_plugin ();
  turn_until_ready (1);
  g_object_unref (file);
  harness_set_payload (true);
  harness_clear ();
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  directory = g_dir_make_tmp ("test-files-XXXXXX", NULL);
  harness_install ();
  turn_add ("/files/load", test_load);
  turn_add ("/files/uri", test_uri);
  turn_add ("/files/missing", test_missing);
  turn_add ("/files/copy", test_copy);
  turn_add ("/files/no-callback", test_no_callback);
  turn_add ("/files/chain-is-one-task", test_chain);
  turn_add ("/files/name", test_name);
  turn_add ("/files/no-memory", test_no_memory);
  turn_add ("/files/plugin-stops-on-the-way", test_stopped_on_the_way);
  status = g_test_run ();
  g_free (directory);
  return status;
}
