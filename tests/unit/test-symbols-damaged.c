/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <elf.h>
#include <string.h>
#include <sys/stat.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "debuginfo/symbols.h"

/* Files that are no modules, or no longer sound ones. */

typedef struct
{
  char *folder; /* of the files that a test makes */
  DebugSymbols *symbols;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("symbols-damaged-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->symbols = debug_symbols_new ();
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "file", "fifo", "damaged", "unended" };

  debug_symbols_free (fixture->symbols);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static char *
dup_built (const char *name)
{
  return g_test_build_filename (G_TEST_BUILT, "symbols", name, NULL);
}

/* Every file that is no module gives module+offset, and never a crash or a wait. */
static void
assert_no_file (Fixture *fixture, const char *path)
{
  const DebugSymbol *symbol;

  debug_symbols_add_module (fixture->symbols, path, 0x100000, 0x200000, 0x100000, NULL, 0);
  for (int of = DEBUG_ADDRESS_CALL; of <= DEBUG_ADDRESS_FUNCTION; of++)
    {
      symbol = debug_symbols_lookup (fixture->symbols, 0x101234, of);
      g_assert_null (symbol->file);
      g_assert_cmphex (symbol->offset, ==, 0x1234);
    }
}

static void
test_not_a_module (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "file", NULL);
  g_autofree char *fifo = g_build_filename (fixture->folder, "fifo", NULL);
  g_autoptr (GRand) noise = g_rand_new_with_seed (4096);
  char random[4096];

  g_file_set_contents (path, "", 0, NULL);
  assert_no_file (fixture, path);
  g_file_set_contents (path, "\177ELF", 4, NULL);
  assert_no_file (fixture, path);
  for (guint i = 0; i < sizeof random; i++)
    random[i] = (char)g_rand_int (noise);
  g_file_set_contents (path, random, sizeof random, NULL);
  assert_no_file (fixture, path);
  memcpy (random, "\177ELF\2\1\1", 7);
  g_file_set_contents (path, random, sizeof random, NULL);
  assert_no_file (fixture, path);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_no_file (fixture, fifo);
  assert_no_file (fixture, fixture->folder);
  assert_no_file (fixture, "/dev/zero");
  assert_no_file (fixture, "linux-vdso.so.1");
  assert_no_file (fixture, "[vdso]");
  assert_no_file (fixture, "");
}

/* libdw itself loses memory in some of its error paths: what it allocates meanwhile is no leak of
 * ours. */
extern void __lsan_disable (void) __attribute__ ((weak));
extern void __lsan_enable (void) __attribute__ ((weak));

/* Cut, and damaged in its headers and debug info: any answer is right but a crash. Each run
 * does the same damage, so that a failure is of the code that was changed. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *from = dup_built ("subject-optimized");
  g_autofree char *path = g_build_filename (fixture->folder, "damaged", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GRand) damage = g_rand_new_with_seed (20261130);
  gsize length = 0;

  g_assert_true (g_file_get_contents (from, &bytes, &length, NULL));
  if (__lsan_disable != NULL)
    __lsan_disable ();
  for (guint round = 0; round < 150; round++)
    {
      g_autofree char *copy = g_memdup2 (bytes, length);
      DebugSymbols *symbols = debug_symbols_new ();
      gsize kept = round % 3 == 0 ? (gsize)g_rand_int_range (damage, 1, (int)length) : length;
      int reach = round % 3 == 1 ? 1024 : (int)length;

      for (guint i = 0; round % 3 != 0 && i < 40; i++)
        copy[g_rand_int_range (damage, 4, reach)] = (char)g_rand_int (damage);
      g_assert_true (g_file_set_contents (path, copy, (gssize)kept, NULL));
      debug_symbols_add_module (symbols, path, 0x100000, 0x200000, 0x100000, NULL, 0);
      for (guint64 address = 0x101000; address < 0x102000; address += 64)
        for (int of = DEBUG_ADDRESS_CALL; of <= DEBUG_ADDRESS_FUNCTION; of++)
          g_assert_nonnull (debug_symbols_lookup (symbols, address, of));
      debug_symbols_free (symbols);
    }
  if (__lsan_enable != NULL)
    __lsan_enable ();
}

/* Whether the names of @section are to lose their end. */
typedef gboolean (*ChooseFunc) (const Elf64_Shdr *section, const char *name);

static gboolean
is_symbol_names (const Elf64_Shdr *section, const char *name)
{
  return section->sh_type == SHT_STRTAB;
}

static gboolean
is_names_of_debug_info (const Elf64_Shdr *section, const char *name)
{
  return strcmp (name, ".debug_str") == 0;
}

static gboolean
is_names_of_lines (const Elf64_Shdr *section, const char *name)
{
  return strcmp (name, ".debug_line_str") == 0;
}

/* The last name of a section runs into what lies behind it. */
static void
test_names_without_an_end (Fixture *fixture, gconstpointer data)
{
  ChooseFunc is_chosen = (ChooseFunc)data;
  g_autofree char *from = dup_built ("subject-optimized");
  g_autofree char *path = g_build_filename (fixture->folder, "unended", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;
  guint n_cut = 0;
  const Elf64_Ehdr *header;
  const Elf64_Shdr *sections;
  const char *names;
  DebugSymbols *symbols;

  g_assert_true (g_file_get_contents (from, &bytes, &length, NULL));
  header = (gconstpointer)bytes;
  sections = (gconstpointer)(bytes + header->e_shoff);
  names = bytes + sections[header->e_shstrndx].sh_offset;
  for (guint i = 0; i < header->e_shnum; i++)
    if (is_chosen (&sections[i], names + sections[i].sh_name) && sections[i].sh_size > 8)
      {
        memset (bytes + sections[i].sh_offset + sections[i].sh_size - 8, 'x', 8);
        n_cut++;
      }
  if (n_cut == 0)
    {
      g_test_skip ("this compiler writes no such section");
      return;
    }
  g_assert_true (g_file_set_contents (path, bytes, (gssize)length, NULL));
  symbols = debug_symbols_new ();
  debug_symbols_add_module (symbols, path, 0x100000, 0x200000, 0x100000, NULL, 0);
  for (guint64 address = 0x101000; address < 0x102000; address += 16)
    for (int of = DEBUG_ADDRESS_CALL; of <= DEBUG_ADDRESS_FUNCTION; of++)
      {
        guint line = debug_symbols_lookup (symbols, address, of)->line;

        g_assert_true (line == 0 || is_chosen == is_symbol_names);
      }
  debug_symbols_free (symbols);
}

int
main (int argc, char **argv)
{
  /* Tests ask no server. */
  g_unsetenv ("DEBUGINFOD_URLS");
  g_test_init (&argc, &argv, NULL);
#define ADD(path, data, func) g_test_add (path, Fixture, data, setup, func, teardown)
  ADD ("/symbols-damaged/not-a-module", NULL, test_not_a_module);
  ADD ("/symbols-damaged/bytes", NULL, test_damaged);
  ADD ("/symbols-damaged/names-without-an-end/symbols", is_symbol_names, test_names_without_an_end);
  ADD ("/symbols-damaged/names-without-an-end/debug-info", is_names_of_debug_info,
       test_names_without_an_end);
  ADD ("/symbols-damaged/names-without-an-end/lines", is_names_of_lines, test_names_without_an_end);
  return g_test_run ();
}
