/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "debuginfo/package.h"
#include "debuginfo/statics.h"
#include "debuginfo/symbols.h"
#include "debuginfo/type.h"

/* The same program with its debug info in itself, in files of their own, and in a package of these. */

static const char *const structs[] = { "shared", "only_in_one", "only_in_two" };
static const char *const functions[] = { "main", "count_of_two", "helper_of_two" };
static const char *const variables[] = { "kept_by_one", "kept_by_two", "calls" };

typedef struct
{
  char *folder, *before;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("package-XXXXXX", &error);
  g_assert_no_error (error);
}

static void
remove_all (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  remove_all (fixture->folder);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static char *
dup_path (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static gboolean
run (Fixture *fixture, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) process = NULL;

  g_subprocess_launcher_set_cwd (launcher, fixture->folder);
  process = g_subprocess_launcher_spawnv (launcher, argv, NULL);
  return process != NULL && g_subprocess_wait_check (process, NULL, NULL);
}

/* FALSE: these options are unknown to the compiler, or there is none. */
static gboolean
build (Fixture *fixture, const char *version, const char *option)
{
  g_autofree char *one = g_test_build_filename (G_TEST_DIST, "package", "one.c", NULL);
  g_autofree char *two = g_test_build_filename (G_TEST_DIST, "package", "two.c", NULL);
  const char *argv[] = { "cc", "-O1", version, option, "-o", "program", one, two, NULL };

  if (run (fixture, argv))
    return TRUE;
  g_test_skip ("no compiler that knows such debug info");
  return FALSE;
}

static void
write_types (GString *text, DebugTypes *types)
{
  for (guint i = 0; i < G_N_ELEMENTS (structs); i++)
    {
      DebugType *type = debug_types_find (types, structs[i]);

      g_string_append_printf (text, "%s %d\n", structs[i], type != NULL ? (int)type->size : -1);
      for (guint j = 0; type != NULL && j < type->n_members; j++)
        {
          DebugType *of = debug_member_get_type (types, &type->members[j]);
          const char *path = type->members[j].file;
          g_autofree char *file = g_path_get_basename (path != NULL ? path : "?");

          g_string_append_printf (text, "  %s %d %s:%u", type->members[j].name,
                                  (int)type->members[j].offset, file, type->members[j].line);
          if (of != NULL)
            g_string_append_printf (text, " %d \"%s\" %d", of->class, of->name, (int)of->size);
          g_string_append_c (text, '\n');
        }
    }
}

/* Of a symbol of the program. */
static guint64
find_address (DebugTypes *types, const char *wanted)
{
  Elf *elf = debug_types_get_elf (types);
  Elf_Scn *section = NULL;
  GElf_Shdr header;

  while ((section = elf_nextscn (elf, section)) != NULL)
    if (gelf_getshdr (section, &header) != NULL && header.sh_type == SHT_SYMTAB)
      for (guint i = 0; i < header.sh_size / header.sh_entsize; i++)
        {
          GElf_Sym symbol;

          if (gelf_getsym (elf_getdata (section, NULL), (int)i, &symbol) != NULL &&
              g_strcmp0 (elf_strptr (elf, header.sh_link, symbol.st_name), wanted) == 0)
            return symbol.st_value;
        }
  return 0;
}

static void
write_places (GString *text, DebugTypes *types, const char *path)
{
  DebugSymbols *symbols = debug_symbols_new ();
  DebugStatics *statics = debug_statics_new (types, NULL);

  debug_symbols_add_module (symbols, path, 0, 1 << 30, 0, NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      const DebugSymbol *symbol = debug_symbols_lookup (symbols, find_address (types, functions[i]),
                                                        DEBUG_ADDRESS_FUNCTION);
      g_autofree char *file = g_path_get_basename (symbol->file != NULL ? symbol->file : "?");

      g_string_append_printf (text, "%s %s %s:%u\n", functions[i], symbol->function, file,
                              symbol->line);
    }
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    {
      DebugType *type = debug_statics_find (statics, find_address (types, variables[i]));

      g_string_append_printf (text, "%s %s\n", variables[i], type != NULL ? type->name : "?");
    }
  debug_statics_free (statics);
  debug_symbols_free (symbols);
}

/* All that is read of the program. */
static char *
describe (Fixture *fixture)
{
  g_autofree char *path = dup_path (fixture, "program");
  g_autoptr (DebugTypes) types = debug_types_open (path, NULL, 0);
  GString *text = g_string_new (NULL);

  g_assert_nonnull (types);
  write_types (text, types);
  write_places (text, types, path);
  return g_string_free (text, FALSE);
}

static gboolean
pack (Fixture *fixture, const char *packer)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *argv[] = { packer, "-e", "program", "-o", "program.dwp", NULL };
  const char *name;

  if (!run (fixture, argv))
    {
      g_test_skip ("no program that makes packages of such debug info");
      return FALSE;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".dwo"))
      {
        g_autofree char *path = dup_path (fixture, name);

        g_unlink (path);
      }
  return TRUE;
}

typedef struct
{
  const char *name;
  const char *version;
  const char *packer;
} PackCase;

static const PackCase pack_cases[] = {
  { "dwarf-4/binutils", "-gdwarf-4", "dwp" },
  { "dwarf-5/binutils", "-gdwarf-5", "dwp" },
  { "dwarf-4/llvm", "-gdwarf-4", "llvm-dwp" },
  { "dwarf-5/llvm", "-gdwarf-5", "llvm-dwp" },
};

static void
test_what_is_packed_is_the_same (Fixture *fixture, gconstpointer data)
{
  const PackCase *test = data;
  g_autofree char *whole = NULL;
  g_autofree char *packed = NULL;
  g_autofree char *missing = NULL;

  if (!build (fixture, test->version, "-g"))
    return;
  whole = describe (fixture);
  g_assert_nonnull (strstr (whole, "only_in_two 24\n"));
  g_assert_nonnull (strstr (whole, "calls int\n"));
  g_assert_nonnull (strstr (whole, "helper_of_two helper_of_two two.c:"));
  if (!build (fixture, test->version, "-gsplit-dwarf") || !pack (fixture, test->packer))
    return;
  packed = describe (fixture);
  g_assert_cmpstr (packed, ==, whole);
}

/* There are two files named as what is not there, one after the other. */
static void
test_a_package_that_is_gone_is_named (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = dup_path (fixture, "program");
  g_autofree char *package = dup_path (fixture, "program.dwp");
  g_autoptr (DebugTypes) types = NULL;

  if (!build (fixture, "-gdwarf-4", "-gsplit-dwarf") || !pack (fixture, "dwp"))
    return;
  types = debug_types_open (path, NULL, 0);
  g_assert_nonnull (debug_types_find (types, "only_in_one"));
  g_assert_null (debug_types_get_missing (types));
  g_clear_pointer (&types, debug_types_close);
  g_assert_cmpint (g_unlink (package), ==, 0);
  types = debug_types_open (path, NULL, 0);
  g_assert_null (debug_types_find (types, "only_in_one"));
  g_assert_true (g_str_has_suffix (debug_types_get_missing (types), ".dwo"));
}

/* The package of another build is that of no unit. */
static void
test_a_package_of_another_build_is_not_used (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = dup_path (fixture, "program");
  g_autofree char *package = dup_path (fixture, "program.dwp");
  g_autofree char *bytes = NULL;
  g_autoptr (DebugTypes) types = NULL;
  DebugPackage *opened;
  gsize length;

  if (!build (fixture, "-gdwarf-4", "-gsplit-dwarf") || !pack (fixture, "dwp"))
    return;
  opened = debug_package_open (package);
  g_assert_nonnull (opened);
  g_assert_cmpint (debug_package_extract (opened, 4711), ==, -1);
  debug_package_free (opened);
  g_assert_true (g_file_get_contents (package, &bytes, &length, NULL));
  remove_all (fixture->folder);
  if (!build (fixture, "-gdwarf-5", "-gsplit-dwarf") || !pack (fixture, "llvm-dwp"))
    return;
  g_assert_true (g_file_set_contents (package, bytes, (gssize)length, NULL));
  types = debug_types_open (path, NULL, 0);
  g_assert_null (debug_types_find (types, "only_in_one"));
  g_assert_nonnull (debug_types_get_missing (types));
}

/* ---- What is no package --------------------------------------------------------------------------- */

static void
put (GByteArray *bytes, guint32 word)
{
  g_byte_array_append (bytes, (const guint8 *)&word, sizeof word);
}

/* A table with one unit of two sections, with that in its header. */
static GByteArray *
make_index (guint32 version, guint32 n_columns, guint32 n_rows, guint32 n_slots)
{
  GByteArray *bytes = g_byte_array_new ();
  static const guint32 rest[] = {
    7,  0,  9, 0, /* the ids of two slots */
    0,  1,        /* their rows */
    1,  3,        /* columns: info, abbrev */
    16, 32, 8, 4,
  };

  put (bytes, version);
  put (bytes, n_columns);
  put (bytes, n_rows);
  put (bytes, n_slots);
  for (guint i = 0; i < G_N_ELEMENTS (rest); i++)
    put (bytes, rest[i]);
  return bytes;
}

typedef struct
{
  const char *name;
  guint32 version, n_columns, n_rows, n_slots;
  gboolean is_one;
} IndexCase;

static const IndexCase index_cases[] = {
  { "gnu", 2, 2, 1, 2, TRUE },
  { "dwarf-5", 5, 2, 1, 2, TRUE },
  { "other-version", 3, 2, 1, 2, FALSE },
  { "no-columns", 2, 0, 1, 2, FALSE },
  { "many-columns", 2, G_MAXUINT32, 1, 2, FALSE },
  { "more-rows-than-slots", 2, 2, 3, 2, FALSE },
  { "no-slots", 2, 2, 0, 0, FALSE },
  { "slots-of-no-power-of-two", 2, 2, 1, 3, FALSE },
  { "many-slots", 2, 2, 1, 1u << 31, FALSE },
  { "more-slots-than-bytes", 2, 2, 1, 4, FALSE },
};

static void
test_only_a_whole_table_is_read (gconstpointer data)
{
  const IndexCase *test = data;
  g_autoptr (GByteArray) bytes =
      make_index (test->version, test->n_columns, test->n_rows, test->n_slots);
  PackageIndex index;
  PackagePart part;

  g_assert_cmpint (package_index_init (&index, bytes->data, bytes->len), ==, test->is_one);
  if (!test->is_one)
    return;
  g_assert_cmpuint (package_index_find (&index, 9), ==, 1);
  g_assert_cmpuint (package_index_find (&index, 7), ==, 0);
  g_assert_true (package_index_get (&index, 1, PACKAGE_ABBREV, &part));
  g_assert_cmpuint (part.offset, ==, 32);
  g_assert_cmpuint (part.size, ==, 4);
  g_assert_false (package_index_get (&index, 1, PACKAGE_LINE, &part));
  for (guint length = 0; length < bytes->len; length++)
    g_assert_false (package_index_init (&index, bytes->data, length));
}

/* A table without an empty slot ends the search, too. */
static void
test_a_search_ends (void)
{
  g_autoptr (GByteArray) bytes = make_index (2, 2, 1, 2);
  guint32 row = 1;
  PackageIndex index;

  memcpy (bytes->data + 32, &row, sizeof row);
  g_assert_true (package_index_init (&index, bytes->data, bytes->len));
  g_assert_cmpuint (package_index_find (&index, 4711), ==, 0);
}

/* Of the units of the program. */
static guint
read_ids (Fixture *fixture, guint64 *ids, guint max)
{
  g_autofree char *path = dup_path (fixture, "program");
  g_autoptr (DebugTypes) types = debug_types_open (path, NULL, 0);
  Dwarf_CU *cu = NULL;
  guint n = 0;

  while (n < max &&
         dwarf_get_units (debug_types_get_dwarf (types), cu, &cu, NULL, NULL, NULL, NULL) == 0)
    n += dwarf_cu_info (cu, NULL, NULL, NULL, NULL, &ids[n], NULL, NULL) == 0;
  return n;
}

static guint
extract (const char *package, const guint64 *ids, guint n_ids)
{
  DebugPackage *opened = debug_package_open (package);
  guint n = 0;

  for (guint i = 0; opened != NULL && i < n_ids; i++)
    {
      int fd = debug_package_extract (opened, ids[i]);

      n += fd >= 0;
      if (fd >= 0)
        close (fd);
    }
  debug_package_free (opened);
  return n;
}

/* Wherever it is damaged, there is an answer, and nothing is read from beyond its end. */
static void
test_a_damaged_package_is_survived (Fixture *fixture, gconstpointer data)
{
  g_autofree char *package = dup_path (fixture, "program.dwp");
  g_autoptr (GRand) random = g_rand_new_with_seed (0xd0);
  g_autofree char *bytes = NULL;
  g_autofree char *damaged = NULL;
  guint64 ids[4];
  guint n_ids;
  gsize length;

  if (!build (fixture, "-gdwarf-4", "-gsplit-dwarf") || !pack (fixture, "dwp"))
    return;
  n_ids = read_ids (fixture, ids, G_N_ELEMENTS (ids));
  g_assert_cmpuint (extract (package, ids, n_ids), ==, 2);
  g_assert_true (g_file_get_contents (package, &bytes, &length, NULL));
  damaged = g_malloc (length);
  for (guint i = 0; i < 300; i++)
    {
      gsize kept = i % 3 == 0 ? (gsize)g_rand_int_range (random, 1, (gint32)length) : length;

      memcpy (damaged, bytes, length);
      for (guint j = 0; j < 1 + i % 16; j++)
        damaged[g_rand_int_range (random, 0, (gint32)length)] = (char)g_rand_int (random);
      g_assert_true (g_file_set_contents_full (package, damaged, (gssize)kept,
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      g_assert_cmpuint (extract (package, ids, n_ids), <=, 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pack_cases); i++)
    {
      g_autofree char *path =
          g_strconcat ("/package/what-is-packed-is-the-same/", pack_cases[i].name, NULL);

      g_test_add (path, Fixture, &pack_cases[i], setup, test_what_is_packed_is_the_same, teardown);
    }
  g_test_add ("/package/one-that-is-gone-is-named", Fixture, NULL, setup,
              test_a_package_that_is_gone_is_named, teardown);
  g_test_add ("/package/one-of-another-build-is-not-used", Fixture, NULL, setup,
              test_a_package_of_another_build_is_not_used, teardown);
  for (guint i = 0; i < G_N_ELEMENTS (index_cases); i++)
    {
      g_autofree char *path =
          g_strconcat ("/package/only-a-whole-table-is-read/", index_cases[i].name, NULL);

      g_test_add_data_func (path, &index_cases[i], test_only_a_whole_table_is_read);
    }
  g_test_add_func ("/package/a-search-ends", test_a_search_ends);
  g_test_add ("/package/a-damaged-one-is-survived", Fixture, NULL, setup,
              test_a_damaged_package_is_survived, teardown);
  return g_test_run ();
}
