/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the view "Source" needs no window for: where files are, what is in them, who opens them, and what
 * is known of their lines. */

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "document.h"
#include "editor.h"
#include "folders.h"
#include "lines.h"
#include "profile-story.h"

typedef struct
{
  char *folder;
  GPtrArray *made; /* paths, in the order in which they were made */
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("source-XXXXXX", NULL);
  fixture->made = g_ptr_array_new_with_free_func (g_free);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  for (guint i = fixture->made->len; i > 0; i--)
    g_remove (fixture->made->pdata[i - 1]);
  g_ptr_array_unref (fixture->made);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
}

/* (transfer none) */
static const char *
make (Fixture *fixture, const char *name, const char *text, gssize length)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_mkdir (folder, 0700);
      g_ptr_array_add (fixture->made, g_strdup (folder));
    }
  g_assert_true (g_file_set_contents (path, text, length, NULL));
  g_ptr_array_add (fixture->made, path);
  return path;
}

/* ---- Folders ----------------------------------------------------------------------------------- */

static const struct
{
  const char *name, *told, *chosen, *from, *to;
} compare_cases[] = {
  { "moved", "/build/x/src/a.c", "/home/me/x/src/a.c", "/build", "/home/me" },
  { "renamed", "/build/x-1.2/src/a.c", "/home/me/x/src/a.c", "/build/x-1.2", "/home/me/x" },
  { "same-end-of-a-name", "/build/xsrc/a.c", "/home/src/a.c", "/build/xsrc", "/home/src" },
  { "relative", "src/a.c", "/home/me/src/a.c", "", "/home/me" },
  { "up", "../src/a.c", "/home/me/src/a.c", "..", "/home/me" },
  { "to-the-root", "/build/a.c", "/a.c", "/build", "/" },
  { "the-same", "/src/a.c", "/src/a.c", "/", "/" },
  { "another-name", "/src/a.c", "/src/b.c", NULL, NULL },
  { "longer-name", "/src/a.c", "/src/aa.c", NULL, NULL },
};

static void
test_compare (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  g_assert_cmpint (
      source_folders_compare (compare_cases[i].told, compare_cases[i].chosen, &from, &to), ==,
      compare_cases[i].from != NULL);
  g_assert_cmpstr (from, ==, compare_cases[i].from);
  g_assert_cmpstr (to, ==, compare_cases[i].to);
}

static void
test_find (Fixture *fixture, gconstpointer data)
{
  const char *path = make (fixture, "src/a.c", "int a;\n", -1);
  g_autofree char *settings = g_build_filename (fixture->folder, "settings.ini", NULL);
  g_autoptr (SourceFolders) folders = source_folders_new (settings);
  g_autoptr (SourceFolders) again = NULL;
  const char *bases[] = { fixture->folder, NULL };
  g_auto (GStrv) tried = NULL;
  g_auto (GStrv) tried_again = NULL;
  g_auto (GStrv) tried_relative = NULL;
  g_autofree char *found = NULL;
  g_autofree char *relative = NULL;
  g_autoptr (GError) error = NULL;

  /* Where it lies is not known, and what was looked at is. */
  g_assert_null (source_folders_find (folders, "/nowhere/src/a.c", bases, &tried));
  g_assert_cmpuint (g_strv_length (tried), ==, 1);
  g_assert_cmpstr (tried[0], ==, "/nowhere/src/a.c");

  /* Once it was said, it is remembered. */
  g_assert_true (source_folders_add (folders, "/nowhere", fixture->folder, &error));
  g_assert_no_error (error);
  g_ptr_array_add (fixture->made, g_strdup (settings));
  again = source_folders_new (settings);
  found = source_folders_find (again, "/nowhere/src/a.c", NULL, &tried_again);
  g_assert_cmpstr (found, ==, path);
  g_assert_null (source_folders_find (again, "/nowherever/src/a.c", NULL, &tried_relative));

  /* From one of the folders beside the program. */
  g_clear_pointer (&tried_relative, g_strfreev);
  relative = source_folders_find (again, "./build/../src/a.c", bases, &tried_relative);
  g_assert_cmpstr (relative, ==, path);

  g_assert_true (source_folders_remove (again, 0, &error));
  g_assert_cmpuint (source_folders_get_n (again), ==, 0);
}

/* What is damaged is as if nothing had been said. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  const char *path = make (fixture, "settings.ini", "[folders]\npairs=/a;relative;/b\n", -1);
  g_autoptr (SourceFolders) folders = source_folders_new (path);
  const char *other = make (fixture, "other.ini", "\0\xff[[", 4);
  g_autoptr (SourceFolders) none = source_folders_new (other);

  g_assert_cmpuint (source_folders_get_n (folders), ==, 0);
  g_assert_cmpuint (source_folders_get_n (none), ==, 0);
}

/* ---- Documents --------------------------------------------------------------------------------- */

static void
test_documents (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SourceDocument) text =
      source_document_read (make (fixture, "text.c", "one\ntwo\nthree", -1));
  g_autoptr (SourceDocument) latin =
      source_document_read (make (fixture, "latin.c", "/* gr\xfc\xdf */\n", -1));
  g_autoptr (SourceDocument) binary =
      source_document_read (make (fixture, "binary", "\177ELF\0\0\0", 7));
  g_autoptr (SourceDocument) empty = source_document_read (make (fixture, "empty.c", "", 0));
  g_autoptr (SourceDocument) folder = source_document_read (fixture->folder);
  g_autoptr (SourceDocument) device = source_document_read ("/dev/zero");
  g_autoptr (SourceDocument) gone = source_document_read ("/nowhere/a.c");

  g_assert_cmpint (text->state, ==, SOURCE_DOCUMENT_TEXT);
  g_assert_cmpuint (text->n_lines, ==, 3);
  g_assert_false (text->was_made_valid);
  g_assert_cmpint (text->changed_us, >, 0);
  g_assert_cmpint (latin->state, ==, SOURCE_DOCUMENT_TEXT);
  g_assert_true (latin->was_made_valid);
  g_assert_true (g_utf8_validate (latin->text, -1, NULL));
  g_assert_cmpuint (latin->n_lines, ==, 1);
  g_assert_cmpint (binary->state, ==, SOURCE_DOCUMENT_BINARY);
  g_assert_null (binary->text);
  g_assert_cmpint (empty->state, ==, SOURCE_DOCUMENT_TEXT);
  g_assert_cmpuint (empty->n_lines, ==, 1);
  g_assert_cmpint (folder->state, ==, SOURCE_DOCUMENT_FAILED);
  g_assert_cmpint (device->state, ==, SOURCE_DOCUMENT_FAILED);
  g_assert_cmpint (gone->state, ==, SOURCE_DOCUMENT_FAILED);
  g_assert_nonnull (gone->trouble);
}

/* U+2029 begins a line for the text widget, and for no compiler. */
static void
test_separators (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SourceDocument) text =
      source_document_read (make (fixture, "text.js", "a = '\u2029';\nb\n", -1));

  g_assert_cmpuint (text->n_lines, ==, 2);
  g_assert_cmpuint (text->length, ==, strlen ("a = '\u2003';\nb\n"));
  g_assert_cmpstr (text->text, ==, "a = '\u2003';\nb\n");
}

static void
test_huge (Fixture *fixture, gconstpointer data)
{
  const char *path = make (fixture, "huge.c", "", 0);
  g_autoptr (SourceDocument) huge = NULL;

  g_assert_cmpint (truncate (path, SOURCE_DOCUMENT_MAX_BYTES + 1), ==, 0);
  huge = source_document_read (path);
  g_assert_cmpint (huge->state, ==, SOURCE_DOCUMENT_HUGE);
  g_assert_null (huge->text);
}

/* ---- Editors ----------------------------------------------------------------------------------- */

static char *
find_none (const char *name)
{
  return NULL;
}

static char *
find_all (const char *name)
{
  return g_strconcat ("/bin/", name, NULL);
}

static char *
find_vim (const char *name)
{
  return g_str_equal (name, "vim") || g_str_equal (name, "xterm") ? find_all (name) : NULL;
}

static const struct
{
  const char *name, *visual, *editor;
  SourceFindProgram find;
  const char *command;
} detect_cases[] = {
  { "none", NULL, NULL, find_none, NULL },
  { "any", NULL, NULL, find_all, "gnome-builder {file}:{line}" },
  { "visual", "kate", "vim", find_all, "kate --line {line} {file}" },
  { "with-arguments", NULL, "/usr/bin/code -n", find_all, "/usr/bin/code -n --goto {file}:{line}" },
  { "in-a-terminal", NULL, "vim", find_vim, "xterm -e vim +{line} {file}" },
  { "one-that-is-not-here", "kate", NULL, find_vim, "xterm -e vim +{line} {file}" },
  { "one-that-nobody-knows", "true", NULL, find_vim, "xterm -e vim +{line} {file}" },
  { "quotes-that-do-not-end", "'kate", NULL, find_none, NULL },
};

static void
test_detect (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autofree char *command =
      source_editor_detect (detect_cases[i].visual, detect_cases[i].editor, detect_cases[i].find);

  g_assert_cmpstr (command, ==, detect_cases[i].command);
}

/* Whatever is in a path, it is one word, and nothing of it is run. */
static void
test_parse (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words =
      source_editor_parse ("edit '+{line}' {file}:{line}", "/a b/$(rm)/{line};c.c", 7, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (words), ==, 3);
  g_assert_cmpstr (words[0], ==, "edit");
  g_assert_cmpstr (words[1], ==, "+7");
  g_assert_cmpstr (words[2], ==, "/a b/$(rm)/{line};c.c:7");
  g_assert_false (source_editor_check ("edit --line {line}", &error));
  g_assert_nonnull (strstr (error->message, "{file}"));
  g_clear_error (&error);
  g_assert_false (source_editor_check ("edit '{file}", &error));
  g_assert_nonnull (error);
}

/* ---- Lines ------------------------------------------------------------------------------------- */

/* What is not over has no time yet, and what has no figure is not "0 × 0 ns". */
static void
test_lines_without_figures (void)
{
  const SourceLine none = { .line = 7 }, open = { .line = 7, .n_pending = 1 };
  g_autofree char *of_none = source_line_dup_short (&none);
  g_autofree char *of_open = source_line_dup_short (&open);

  g_assert_cmpstr (of_none, ==, "");
  g_assert_cmpstr (of_open, ==, "1 not over");
}

static void
test_lines (void)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = profile_story_open (NULL, &profile);
  g_autoptr (InspectorFigures) figures = inspector_profile_build_figures (profile);
  g_autoptr (SourceLines) lines = source_lines_new (figures, "/src/app.c");
  g_autoptr (SourceLines) other = source_lines_new (figures, "/else/app.c");
  const SourceLine *fetch = source_lines_find (lines, 30), *handle = source_lines_find (lines, 20);
  const InspectorProfileRow *worst;
  g_autofree char *text = NULL;
  g_autofree char *brief = NULL;

  g_assert_cmpuint (lines->lines->len, ==, 2);
  g_assert_cmpuint (other->lines->len, ==, 0);
  g_assert_null (source_lines_find (lines, 25));
  g_assert_nonnull (fetch);
  g_assert_true (fetch->waits);
  g_assert_cmpuint (fetch->count, ==, 2);
  g_assert_cmpint (fetch->total_ns, ==, 8 * STORY_SECOND);
  g_assert_cmpint (fetch->max_ns, ==, 6 * STORY_SECOND);
  worst = source_line_get_worst (lines, fetch);
  g_assert_cmphex (worst->task, ==, STORY_SLOW);
  brief = source_line_dup_short (fetch);
  g_assert_cmpstr (brief, ==, "2 × 8.0 s");
  text = source_line_dup_text (lines, fetch);
  g_assert_nonnull (strstr (text, "2 times, 8.0 s in all, longest 6.0 s"));
  /* It runs there, and tasks begin there. */
  g_assert_nonnull (handle);
  g_assert_false (handle->waits);
  g_assert_cmpuint (handle->rows->len, ==, 2);
  g_assert_cmpint (lines->most_ns, >=, 8 * STORY_SECOND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (compare_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/source/folders/", compare_cases[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_compare);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (detect_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/source/editor/", detect_cases[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_detect);
    }
  g_test_add ("/source/found", Fixture, NULL, setup, test_find, teardown);
  g_test_add ("/source/damaged-settings", Fixture, NULL, setup, test_damaged, teardown);
  g_test_add ("/source/documents", Fixture, NULL, setup, test_documents, teardown);
  g_test_add ("/source/separators", Fixture, NULL, setup, test_separators, teardown);
  g_test_add ("/source/huge", Fixture, NULL, setup, test_huge, teardown);
  g_test_add_func ("/source/editor/words", test_parse);
  g_test_add_func ("/source/lines", test_lines);
  g_test_add_func ("/source/lines-without-figures", test_lines_without_figures);
  return g_test_run ();
}
