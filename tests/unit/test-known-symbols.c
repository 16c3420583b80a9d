/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is found in the symbol table of a process for an agent, which need not read it then. The process is this one. */

#include <gio/gio.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "agent/known-layout.h"
#include "target/known-symbols.h"
#include "target/launch.h"

int known_run (void);
int known_stop (void);
int other_marker (void);

int
known_run (void)
{
  return 1;
}

int
known_stop (void)
{
  return 2;
}

int
other_marker (void)
{
  return 3;
}

static char *own[] = { (char *)"known_run", NULL };
static char *others[] = { (char *)"other_marker", NULL };
static char *texts[] = { (char *)"any text", NULL };
static char *nothing[] = { NULL };

static GBytes *
find (char **inside)
{
  TargetRuntime followed = { .symbols = own, .inside = inside };
  TargetRuntime told = { .symbols = others, .inside = nothing };
  g_autoptr (GPtrArray) runtimes = g_ptr_array_new ();

  g_ptr_array_add (runtimes, &followed);
  g_ptr_array_add (runtimes, &told);
  return target_known_symbols_find (getpid (), runtimes);
}

static const AgentKnownObject *
get_program (GBytes *bytes)
{
  const AgentKnown *head = g_bytes_get_data (bytes, NULL);
  const AgentKnownObject *objects = (const void *)(head + 1);

  g_assert_cmphex (head->magic, ==, AGENT_KNOWN_MAGIC);
  for (guint i = 0; i < head->n_objects; i++)
    if (objects[i].dynamic == (guint64)GPOINTER_TO_SIZE (_DYNAMIC))
      return &objects[i];
  return NULL;
}

static gboolean
has_function (GBytes *bytes, const AgentKnownObject *object, const char *name, gpointer address)
{
  const char *data = g_bytes_get_data (bytes, NULL);
  const Elf64_Sym *symbols = (const void *)(data + object->symbols);
  Dl_info info;
  struct link_map *map = NULL;

  g_assert_true (dladdr1 (address, &info, (void **)&map, RTLD_DL_LINKMAP) != 0);
  for (guint i = 0; i < object->n_symbols; i++)
    if (g_str_equal (data + object->strings + symbols[i].st_name, name) &&
        map->l_addr + symbols[i].st_value == GPOINTER_TO_SIZE (address))
      return TRUE;
  return FALSE;
}

static void
test_functions (void)
{
  g_autoptr (GBytes) bytes = find (texts);
  const AgentKnownObject *object = get_program (bytes);
  const char *data = g_bytes_get_data (bytes, NULL);

  g_assert_nonnull (object);
  g_assert_cmpstr (object->prefix, ==, "known_");
  g_assert_cmpuint (object->is_merged, ==, 0);
  g_assert_cmpuint (object->build_id_length, >, 0);
  g_assert_true (has_function (bytes, object, "known_run", known_run));
  g_assert_true (has_function (bytes, object, "known_stop", known_stop));
  g_assert_true (has_function (bytes, object, "other_marker", other_marker));
  /* One of each gap between three functions at most, beside these. */
  g_assert_cmpuint (object->n_symbols, <=, 3 + 4);
  g_assert_cmpuint (object->strings + object->strings_size, <=, g_bytes_get_size (bytes));
  g_assert_cmpint (data[object->strings + object->strings_size - 1], ==, '\0');
}

/* Where no runtime may be followed inside another object, markers are all that is looked for. */
static void
test_markers_alone (void)
{
  g_autoptr (GBytes) bytes = find (nothing);
  const AgentKnownObject *object = get_program (bytes);

  g_assert_nonnull (object);
  g_assert_cmpstr (object->prefix, ==, "");
  g_assert_true (has_function (bytes, object, "known_run", known_run));
  g_assert_true (has_function (bytes, object, "other_marker", other_marker));
  g_assert_false (has_function (bytes, object, "known_stop", known_stop));
  g_assert_cmpuint (object->n_symbols, ==, 2);
}

/* A process that has ended, and one that is nobody's. */
static void
test_nothing (void)
{
  g_autoptr (GPtrArray) runtimes = g_ptr_array_new ();

  g_assert_null (target_known_symbols_find (0, runtimes));
  g_assert_null (target_known_symbols_find (G_MAXINT, runtimes));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/known-symbols/functions", test_functions);
  g_test_add_func ("/known-symbols/markers-alone", test_markers_alone);
  g_test_add_func ("/known-symbols/nothing", test_nothing);
  return g_test_run ();
}
