/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "debuginfo/demangle.h"
#include "debuginfo/symbols.h"

/* What a run of tests/unit/symbols/subject.c has said about itself. */
typedef struct
{
  GArray *modules;   /* Module */
  GHashTable *calls; /* label -> address in a string */
  GHashTable *functions;
} Subject;

typedef struct
{
  char *path;
  guint64 start, end, bias;
  guint8 build_id[64];
  gsize build_id_length;
} Module;

typedef struct
{
  char *folder; /* of the copies that a test makes */
  DebugSymbols *symbols;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("symbols-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->symbols = debug_symbols_new ();
}

static void
remove_tree (const char *path)
{
  GDir *folder = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_clear_pointer (&folder, g_dir_close);
  g_remove (path);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  debug_symbols_free (fixture->symbols);
  remove_tree (fixture->folder);
  g_free (fixture->folder);
}

static char *
dup_built (const char *name)
{
  return g_test_build_filename (G_TEST_BUILT, "symbols", name, NULL);
}

static void
run_tool (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

#define RUN(...) run_tool ((const char *const[]){ __VA_ARGS__, NULL })

/* Copies the program and its library into the fixture's folder. */
static char *
copy_subject (Fixture *fixture, const char *form)
{
  g_autofree char *name = g_strconcat ("subject-", form, NULL);
  g_autofree char *from = dup_built (name);
  g_autofree char *library = dup_built ("libsubject.so");
  char *to = g_build_filename (fixture->folder, "subject", NULL);
  g_autofree char *library_to = g_build_filename (fixture->folder, "libsubject.so", NULL);

  RUN ("cp", from, to);
  RUN ("cp", library, library_to);
  return to;
}

static void
clear_module (gpointer data)
{
  g_free (((Module *)data)->path);
}

static void
subject_free (Subject *subject)
{
  g_array_unref (subject->modules);
  g_hash_table_unref (subject->calls);
  g_hash_table_unref (subject->functions);
  g_free (subject);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Subject, subject_free)

static void
parse_module (Subject *subject, char **words)
{
  Module module = { .path = g_strdup (words[5]) };
  const char *hex = words[4] + 1;

  module.start = g_ascii_strtoull (words[1], NULL, 16);
  module.end = g_ascii_strtoull (words[2], NULL, 16);
  module.bias = g_ascii_strtoull (words[3], NULL, 16);
  for (; hex[0] != '\0' && hex[1] != '\0' && module.build_id_length < 64; hex += 2)
    module.build_id[module.build_id_length++] =
        (guint8)(g_ascii_xdigit_value (hex[0]) * 16 + g_ascii_xdigit_value (hex[1]));
  g_array_append_val (subject->modules, module);
}

static Subject *
run_subject (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "LD_LIBRARY_PATH", folder, TRUE);
  g_autofree char *output = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  Subject *subject = g_new0 (Subject, 1);
  const char *const argv[] = { path, NULL };

  subject->modules = g_array_new (FALSE, FALSE, sizeof (Module));
  g_array_set_clear_func (subject->modules, clear_module);
  subject->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  subject->functions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_spawn_sync (NULL, (char **)argv, environment, 0, NULL, NULL, &output, NULL, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (output, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 6);

      if (g_str_has_prefix (lines[i], "M "))
        parse_module (subject, words);
      else if (g_str_has_prefix (lines[i], "C "))
        g_hash_table_insert (subject->calls, g_strdup (words[1]), g_strdup (words[2]));
      else if (g_str_has_prefix (lines[i], "F "))
        g_hash_table_insert (subject->functions, g_strdup (words[1]), g_strdup (words[2]));
    }
  g_assert_cmpuint (g_hash_table_size (subject->calls), ==, 5);
  return subject;
}

static void
add_modules (DebugSymbols *symbols, Subject *subject)
{
  for (guint i = 0; i < subject->modules->len; i++)
    {
      Module *module = &g_array_index (subject->modules, Module, i);

      debug_symbols_add_module (symbols, module->path, module->start, module->end, module->bias,
                                module->build_id, module->build_id_length);
    }
}

static const DebugSymbol *
lookup_call (DebugSymbols *symbols, Subject *subject, const char *label)
{
  const char *address = g_hash_table_lookup (subject->calls, label);

  g_assert_nonnull (address);
  return debug_symbols_lookup (symbols, g_ascii_strtoull (address, NULL, 16), DEBUG_ADDRESS_CALL);
}

static const DebugSymbol *
lookup_function (DebugSymbols *symbols, Subject *subject, const char *label)
{
  const char *address = g_hash_table_lookup (subject->functions, label);

  g_assert_nonnull (address);
  return debug_symbols_lookup (symbols, g_ascii_strtoull (address, NULL, 16),
                               DEBUG_ADDRESS_FUNCTION);
}

/* The line of the source that has the comment of that label. */
static guint
find_label (const char *file, const char *kind, const char *label)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "symbols", file, NULL);
  g_autofree char *text = NULL;
  g_autofree char *comment = g_strdup_printf ("/* %s: %s */", kind, label);
  const char *found;
  guint line = 1;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  found = strstr (text, comment);
  g_assert_nonnull (found);
  for (const char *at = text; at < found; at++)
    line += *at == '\n';
  return line;
}

static void
assert_place (const DebugSymbol *symbol, const char *function, const char *file, guint line)
{
  g_autofree char *base = symbol->file != NULL ? g_path_get_basename (symbol->file) : NULL;

  g_assert_cmpstr (symbol->function, ==, function);
  g_assert_cmpstr (base, ==, file);
  g_assert_true (symbol->file == NULL || g_path_is_absolute (symbol->file));
  g_assert_cmpuint (symbol->line, ==, line);
  g_assert_true (symbol->exact);
}

static const struct
{
  const char *label;
  const char *function;
  const char *file;
} calls[] = {
  { "direct", "direct", "subject.c" },
  { "inlined", "inlined_helper", "subject.c" },
  { "exported", "exported", "subject.c" },
  { "library", "library_call", "subject-library.c" },
  { "library-hidden", "library_hidden", "subject-library.c" },
};

static void
assert_all_places (DebugSymbols *symbols, Subject *subject)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    assert_place (lookup_call (symbols, subject, calls[i].label), calls[i].function, calls[i].file,
                  find_label (calls[i].file, "CALL", calls[i].label));
  assert_place (lookup_function (symbols, subject, "direct"), "direct", "subject.c",
                find_label ("subject.c", "FUNCTION", "direct"));
  assert_place (lookup_function (symbols, subject, "exported"), "exported", "subject.c",
                find_label ("subject.c", "FUNCTION", "exported"));
}

/* The function that it was put into, at the line that would have called it. */
static void
assert_caller (DebugSymbols *symbols, Subject *subject)
{
  const DebugSymbol *inlined = lookup_call (symbols, subject, "inlined");

  g_assert_nonnull (inlined->caller);
  assert_place (inlined->caller, "caller_of_inlined", "subject.c",
                find_label ("subject.c", "PUT", "inlined"));
  g_assert_cmpstr (inlined->caller->module, ==, inlined->module);
  g_assert_null (inlined->caller->caller);
  g_assert_null (lookup_call (symbols, subject, "direct")->caller);
}

/* ---- What is found ----------------------------------------------------------------------------
 */

static void
test_form (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, data);
  g_autoptr (Subject) subject = run_subject (path);

  add_modules (fixture->symbols, subject);
  assert_all_places (fixture->symbols, subject);
  assert_caller (fixture->symbols, subject);
  g_assert_null (debug_symbols_get_changed (fixture->symbols)[0]);
}

static void
test_no_address_index (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "optimized");
  g_autoptr (Subject) subject = NULL;

  /* As clang leaves its files. */
  RUN ("objcopy", "-R", ".debug_aranges", path);
  subject = run_subject (path);
  add_modules (fixture->symbols, subject);
  assert_all_places (fixture->symbols, subject);
}

static void
test_debuglink (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "optimized");
  g_autofree char *debug_folder = g_build_filename (fixture->folder, ".debug", NULL);
  g_autofree char *debug = g_build_filename (debug_folder, "subject.debug", NULL);
  g_autofree char *link = g_strconcat ("--add-gnu-debuglink=", debug, NULL);
  g_autoptr (Subject) subject = NULL;

  g_mkdir (debug_folder, 0700);
  RUN ("objcopy", "--only-keep-debug", path, debug);
  /* Without a build id, so that it is the link that finds it. */
  RUN ("objcopy", "--strip-all", "-R", ".note.gnu.build-id", link, path);
  subject = run_subject (path);
  add_modules (fixture->symbols, subject);
  assert_all_places (fixture->symbols, subject);
}

/* What a section says while it is packed is no text. */
static void
test_compressed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "optimized");
  g_autoptr (Subject) subject = NULL;

  RUN ("objcopy", "--compress-debug-sections=zlib", path);
  subject = run_subject (path);
  add_modules (fixture->symbols, subject);
  assert_all_places (fixture->symbols, subject);
}

static void
test_build_id_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "optimized");
  g_autofree char *kept = g_build_filename (fixture->folder, "kept", NULL);
  g_autoptr (Subject) subject = NULL;
  g_autoptr (GString) id = g_string_new (NULL);
  g_autofree char *debug_folder = NULL;
  g_autofree char *debug = NULL;
  Module *module;

  RUN ("objcopy", "--only-keep-debug", path, kept);
  RUN ("strip", "--strip-all", path);
  subject = run_subject (path);
  module = &g_array_index (subject->modules, Module, 0);
  g_assert_cmpuint (module->build_id_length, ==, 20);
  for (guint i = 0; i < 20; i++)
    g_string_append_printf (id, "%02x%s", module->build_id[i], i == 0 ? "/" : "");
  debug = g_strdup_printf ("%s/debug/.build-id/%s.debug", fixture->folder, id->str);
  debug_folder = g_path_get_dirname (debug);
  g_mkdir_with_parents (debug_folder, 0700);
  g_assert_cmpint (g_rename (kept, debug), ==, 0);

  g_free (kept);
  kept = g_build_filename (fixture->folder, "debug", NULL);
  debug_symbols_set_debug_path (fixture->symbols, kept);
  add_modules (fixture->symbols, subject);
  assert_all_places (fixture->symbols, subject);
}

static void
test_symbol_table_names_functions (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "plain");
  g_autoptr (Subject) subject = run_subject (path);
  const DebugSymbol *symbol;
  g_autofree char *text = NULL;

  add_modules (fixture->symbols, subject);
  assert_place (lookup_call (fixture->symbols, subject, "direct"), "direct", NULL, 0);
  /* Nothing tells that it was inlined: the function that the linker knows. */
  assert_place (lookup_call (fixture->symbols, subject, "inlined"), "caller_of_inlined", NULL, 0);
  symbol = lookup_function (fixture->symbols, subject, "exported");
  assert_place (symbol, "exported", NULL, 0);
  g_assert_cmpuint (symbol->offset, ==, 0);
  text = debug_symbol_dup_text (symbol);
  g_assert_cmpstr (text, ==, "exported");
}

static void
test_stripped_has_exports_alone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "plain");
  g_autofree char *library = g_build_filename (fixture->folder, "libsubject.so", NULL);
  g_autoptr (Subject) subject = NULL;
  const DebugSymbol *symbol;
  g_autofree char *text = NULL;

  RUN ("strip", "--strip-all", path, library);
  subject = run_subject (path);
  add_modules (fixture->symbols, subject);
  assert_place (lookup_call (fixture->symbols, subject, "library"), "library_call", NULL, 0);
  symbol = lookup_call (fixture->symbols, subject, "library-hidden");
  g_assert_null (symbol->function);
  g_assert_cmpstr (symbol->module, ==, "libsubject.so");
  g_assert_false (symbol->exact);
  symbol = lookup_function (fixture->symbols, subject, "direct");
  g_assert_null (symbol->function);
  text = debug_symbol_dup_text (symbol);
  g_assert_true (g_str_has_prefix (text, "subject+0x"));
}

static void
test_text (void)
{
  static const struct
  {
    DebugSymbol symbol;
    const char *text;
  } cases[] = {
    { { "f", "/src/a.c", 88, "app", 4, TRUE }, "f (a.c:88)" },
    { { "f", "/src/a.c", 0, "app", 4, TRUE }, "f (a.c)" },
    { { "f", NULL, 0, "app", 4, TRUE }, "f" },
    { { "f", NULL, 0, "app", 4, FALSE }, "f+0x4" },
    { { NULL, NULL, 0, "app", 0x1234, FALSE }, "app+0x1234" },
    { { NULL, NULL, 0, NULL, 0x1234, FALSE }, "0x1234" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = debug_symbol_dup_text (&cases[i].symbol);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_demangle (void)
{
  g_autofree char *plain = debug_demangle ("fetch_posts");
  g_autofree char *damaged = debug_demangle ("_ZN");
  g_autofree char *huge = g_strnfill (100000, 'Z');
  g_autofree char *cxx = debug_demangle ("_ZN3app5fetchEi");
  g_autofree char *rust = debug_demangle ("_ZN3app5fetch17h0123456789abcdefE");
  g_autofree char *thunk = debug_demangle ("_ZThn16_N3app6Stream5fetchEi");
  g_autofree char *part = debug_dup_source_name ("fetch.part.0.constprop.1");
  g_autofree char *versioned = debug_dup_source_name ("memcpy@@GLIBC_2.14");
  g_autofree char *whole = debug_dup_source_name ("fetch");

  g_assert_null (plain);
  g_assert_null (damaged);
  huge[0] = '_';
  g_assert_null (debug_demangle (huge));
  g_assert_cmpstr (part, ==, "fetch");
  g_assert_cmpstr (versioned, ==, "memcpy");
  g_assert_cmpstr (whole, ==, "fetch");
  if (cxx == NULL)
    {
      g_test_skip ("no C++ runtime here");
      return;
    }
  g_assert_cmpstr (cxx, ==, "app::fetch(int)");
  g_assert_cmpstr (rust, ==, "app::fetch");
  g_assert_cmpstr (thunk, ==, "app::Stream::fetch(int)");
}

/* ---- What must not be believed ----------------------------------------------------------------
 */

static void
test_changed_file_is_not_used (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "pie");
  g_autoptr (Subject) subject = run_subject (path);
  g_autofree char *other = dup_built ("subject-optimized");
  const DebugSymbol *symbol;

  RUN ("cp", other, path);
  add_modules (fixture->symbols, subject);
  symbol = lookup_call (fixture->symbols, subject, "direct");
  g_assert_null (symbol->function);
  g_assert_cmpstr (symbol->module, ==, "subject");
  g_assert_cmpstr (debug_symbols_get_changed (fixture->symbols)[0], ==, path);
  g_assert_null (debug_symbols_get_changed (fixture->symbols)[1]);
}

static void
test_rebuild_while_inspected (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = copy_subject (fixture, "pie");
  g_autoptr (Subject) subject = run_subject (path);
  g_autofree char *other = dup_built ("subject-optimized");

  add_modules (fixture->symbols, subject);
  g_assert_cmpint (g_unlink (path), ==, 0);
  RUN ("cp", other, path);
  assert_all_places (fixture->symbols, subject);
}

static void
test_deleted_file (Fixture *fixture, gconstpointer data)
{
  const DebugSymbol *symbol;
  g_autofree char *path = g_build_filename (fixture->folder, "gone", NULL);

  debug_symbols_add_module (fixture->symbols, path, 0x10000, 0x20000, 0x10000, NULL, 0);
  symbol = debug_symbols_lookup (fixture->symbols, 0x11234, DEBUG_ADDRESS_CALL);
  g_assert_null (symbol->function);
  g_assert_cmpstr (symbol->module, ==, "gone");
  g_assert_cmphex (symbol->offset, ==, 0x1234);
}

static void
test_later_module_wins (Fixture *fixture, gconstpointer data)
{
  const DebugSymbol *first, *second;

  debug_symbols_add_module (fixture->symbols, "/none/a", 0x10000, 0x20000, 0x10000, NULL, 0);
  debug_symbols_add_module (fixture->symbols, "/none/b", 0x30000, 0x40000, 0x30000, NULL, 0);
  first = debug_symbols_lookup (fixture->symbols, 0x18000, DEBUG_ADDRESS_FUNCTION);
  g_assert_cmpstr (first->module, ==, "a");
  g_assert_null (debug_symbols_lookup (fixture->symbols, 0x28000, DEBUG_ADDRESS_FUNCTION)->module);

  debug_symbols_add_module (fixture->symbols, "/none/c", 0x18000, 0x38000, 0x18000, NULL, 0);
  second = debug_symbols_lookup (fixture->symbols, 0x18000, DEBUG_ADDRESS_FUNCTION);
  g_assert_cmpstr (second->module, ==, "c");
  g_assert_cmphex (second->offset, ==, 0);
  g_assert_cmpstr (debug_symbols_lookup (fixture->symbols, 0x28000, DEBUG_ADDRESS_FUNCTION)->module,
                   ==, "c");
  /* Both were unmapped to make room. */
  g_assert_null (debug_symbols_lookup (fixture->symbols, 0x11000, DEBUG_ADDRESS_FUNCTION)->module);
  g_assert_null (debug_symbols_lookup (fixture->symbols, 0x39000, DEBUG_ADDRESS_FUNCTION)->module);
  /* What was handed out stays readable. */
  g_assert_cmpstr (first->module, ==, "a");
}

static void
test_same_module_twice_is_one (Fixture *fixture, gconstpointer data)
{
  const DebugSymbol *symbol;

  debug_symbols_add_module (fixture->symbols, "/none/a", 0x10000, 0x20000, 0x10000, NULL, 0);
  symbol = debug_symbols_lookup (fixture->symbols, 0x18000, DEBUG_ADDRESS_FUNCTION);
  debug_symbols_add_module (fixture->symbols, "/none/a", 0x10000, 0x20000, 0x10000, NULL, 0);
  g_assert_true (symbol ==
                 debug_symbols_lookup (fixture->symbols, 0x18000, DEBUG_ADDRESS_FUNCTION));
}

static void
test_edges_of_the_address_space (Fixture *fixture, gconstpointer data)
{
  static const guint64 addresses[] = { 0, 1, G_MAXINT64, G_MAXUINT64 };

  debug_symbols_add_module (fixture->symbols, "/none/a", 0, G_MAXUINT64, 0, NULL, 0);
  debug_symbols_add_module (fixture->symbols, "/none/b", 5, 5, 0, NULL, 0);
  debug_symbols_add_module (fixture->symbols, NULL, 9, 2, 0, NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    for (int of = DEBUG_ADDRESS_CALL; of <= DEBUG_ADDRESS_FUNCTION; of++)
      g_assert_nonnull (debug_symbols_lookup (fixture->symbols, addresses[i], of));
}

int
main (int argc, char **argv)
{
  static const char *const forms[] = { "pie", "fixed", "optimized", "dwarf4" };

  /* Tests ask no server. */
  g_unsetenv ("DEBUGINFOD_URLS");
  g_test_init (&argc, &argv, NULL);
#define ADD(path, data, func) g_test_add (path, Fixture, data, setup, func, teardown)
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *path = g_strconcat ("/symbols/form/", forms[i], NULL);

      ADD (path, forms[i], test_form);
    }
  ADD ("/symbols/no-address-index", NULL, test_no_address_index);
  ADD ("/symbols/compressed", NULL, test_compressed);
  ADD ("/symbols/separate/debuglink", NULL, test_debuglink);
  ADD ("/symbols/separate/build-id-folder", NULL, test_build_id_folder);
  ADD ("/symbols/symbol-table-names-functions", NULL, test_symbol_table_names_functions);
  ADD ("/symbols/stripped-has-exports-alone", NULL, test_stripped_has_exports_alone);
  g_test_add_func ("/symbols/text", test_text);
  g_test_add_func ("/symbols/demangle", test_demangle);
  ADD ("/symbols/changed-file-is-not-used", NULL, test_changed_file_is_not_used);
  ADD ("/symbols/rebuild-while-inspected", NULL, test_rebuild_while_inspected);
  ADD ("/symbols/deleted-file", NULL, test_deleted_file);
  ADD ("/symbols/later-module-wins", NULL, test_later_module_wins);
  ADD ("/symbols/same-module-twice-is-one", NULL, test_same_module_twice_is_one);
  ADD ("/symbols/edges-of-the-address-space", NULL, test_edges_of_the_address_space);
  return g_test_run ();
}
