/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <gio/gio.h>

#include "debuginfo/rust.h"

/* This program reads itself: its own debug info, and its memory as that of another process. */

enum colour
{
  RED,
  GREEN = 7,
  NONE = -1,
};

struct point
{
  short x;
  double y;
};

struct everything
{
  int number;
  unsigned char small;
  unsigned bits : 3;
  unsigned more_bits : 11;
  _Bool yes;
  enum colour colour, other_colour, unknown_colour;
  struct point point;
  int grid[2][3];
  char text[8];
  const char *string;
  struct point *to_point;
  void *nothing;
  struct everything *itself;
  union
  {
    int as_number;
    float as_ratio;
  };
};

static struct everything everything = {
  .number = -5,
  .small = 200,
  .bits = 5,
  .more_bits = 1500,
  .yes = 1,
  .colour = GREEN,
  .other_colour = NONE,
  .unknown_colour = (enum colour)3,
  .point = { -1, 2.5 },
  .grid = { { 1, 2, 3 }, { 4, 5, 6 } },
  .text = "short",
  .string = "a \"line\"\n",
  .itself = &everything,
  .as_number = 1,
};

static gboolean
read_process (gpointer data, guint64 address, void *buffer, gsize length)
{
  struct iovec local = { buffer, length };
  struct iovec remote = { (void *)(gsize)address, length };

  return process_vm_readv (GPOINTER_TO_INT (data), &local, 1, &remote, 1, 0) == (gssize)length;
}

static DebugTypes *
open_self (void)
{
  DebugTypes *types = debug_types_open ("/proc/self/exe", NULL, 0);

  g_assert_nonnull (types);
  return types;
}

static char *
format (const DebugMemory *memory, DebugFormatFunc language, DebugValue value)
{
  GString *text = g_string_new (NULL);
  DebugFormat how = DEBUG_FORMAT_INIT (memory, language, text);

  debug_format_value (&how, value);
  return g_string_free (text, FALSE);
}

static void
assert_shown (const DebugMemory *memory, DebugFormatFunc language, DebugValue of, const char *name,
              const char *expected)
{
  DebugValue value;
  g_autofree char *text = NULL;

  if (!debug_value_get_member (of, name, &value))
    g_error ("no member %s", name);
  text = format (memory, language, value);
  if (!g_str_equal (text, expected))
    g_error ("%s is shown as %s, not as %s", name, text, expected);
}

typedef struct
{
  const char *name;
  const char *shown;
} ShownCase;

static const ShownCase c_cases[] = {
  { "number", "-5" },
  { "small", "200" },
  { "yes", "true" },
  { "colour", "GREEN" },
  { "other_colour", "NONE" },
  { "unknown_colour", "3" },
  { "point", "{x: -1, y: 2.5}" },
  { "grid", "[1, 2, 3, 4, 5, 6]" },
  { "text", "\"short\"" },
  { "string", "\"a \\\"line\\\"\\n\"" },
  { "to_point", "NULL" },
  { "nothing", "NULL" },
};

static void
test_c_is_read_as_its_types_say (void)
{
  g_autoptr (DebugTypes) types = open_self ();
  DebugMemory memory = { read_process, GINT_TO_POINTER (getpid ()) };
  DebugType *type = debug_types_find (types, "everything");
  DebugValue value, itself;
  g_autofree char *text = NULL;

  g_assert_nonnull (type);
  g_assert_cmpuint (type->size, ==, sizeof everything);
  value = (DebugValue){ type, (gsize)&everything };
  for (guint i = 0; i < G_N_ELEMENTS (c_cases); i++)
    assert_shown (&memory, NULL, value, c_cases[i].name, c_cases[i].shown);

  g_assert_true (debug_value_get_member (value, "itself", &itself));
  g_assert_true (debug_value_follow (&memory, itself, &itself));
  g_assert_cmpuint (itself.address, ==, value.address);
  g_assert_true (itself.type == type);

  text = format (&memory, NULL, value);
  g_assert_nonnull (strstr (text, "bits: 5, more_bits: 1500, yes: true"));
}

typedef unsigned long Count;
typedef struct point Point;

struct declared
{
  Count count;
  const Point *place;
  char **words;
  struct point grid[2][3];
  int (*call) (int);
  const void *nothing;
  enum colour colour;
  struct
  {
    int x;
  } unnamed;
  volatile double ratio;
};

static struct declared declared;

/* As they were declared: what a typedef stands for says less than its name. */
static void
test_types_are_called_as_they_were_declared (void)
{
  static const char *const wanted[] = { "Count",  "Point *", "char **", "point[2][3]", "function *",
                                        "void *", "colour",  "struct",  "double" };
  g_autoptr (DebugTypes) types = open_self ();
  const DebugType *type = debug_types_find (types, "declared");

  g_assert_cmpuint (sizeof declared, >, 0);
  g_assert_nonnull (type);
  g_assert_cmpuint (type->n_members, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < type->n_members; i++)
    {
      Dwarf_Die die = type->members[i].die;
      g_autofree char *name = debug_types_dup_type_name (types, &die);
      g_autofree char *target = debug_types_dup_target_name (types, &die);

      g_assert_cmpstr (name, ==, wanted[i]);
      if (i == 1)
        g_assert_cmpstr (target, ==, "Point");
      if (i == 5)
        g_assert_cmpstr (target, ==, "void");
      if (i == 0)
        g_assert_cmpstr (target, ==, "");
    }
}

/* Compilers are told of a file by its place in the folder in which they run; somebody who opens it is elsewhere. */
static void
test_files_are_found_from_anywhere (void)
{
  g_autoptr (DebugTypes) types = open_self ();
  const DebugType *type = debug_types_find (types, "everything");
  DebugMember told = { .name = "", .file = "src/main.rs", .folder = "/home/ann/app" };
  guint n = 0;

  for (guint i = 0; i < type->n_members; i++)
    {
      const char *path = debug_member_get_path (types, &type->members[i]);

      if (path == NULL)
        continue;
      n++;
      g_assert_true (g_str_has_suffix (path, "test-types.c"));
      if (type->members[i].folder != NULL)
        g_assert_true (g_path_is_absolute (path) && strstr (path, "..") == NULL);
    }
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpstr (debug_member_get_path (types, &told), ==, "/home/ann/app/src/main.rs");
  told.folder = NULL;
  g_assert_cmpstr (debug_member_get_path (types, &told), ==, "src/main.rs");
  told.file = NULL;
  g_assert_null (debug_member_get_path (types, &told));
}

static void
test_what_is_not_there_is_said (void)
{
  g_autoptr (DebugTypes) types = open_self ();
  DebugMemory memory = { read_process, GINT_TO_POINTER (getpid ()) };
  DebugType *type = debug_types_find (types, "everything");
  struct everything wild = { .string = (const char *)8, .to_point = (struct point *)16 };
  DebugValue value = { type, 32 }, member;

  g_assert_null (debug_types_find (types, "nothing is called so"));
  g_assert_null (debug_types_open ("/nonexistent", NULL, 0));
  g_assert_null (debug_types_open ("/proc/self/exe", (const guint8 *)"another", 7));
  assert_shown (&memory, NULL, value, "number", "?");
  assert_shown (&memory, NULL, value, "grid", "[?, ?, ?, ?, ?, ?]");

  value.address = (gsize)&wild;
  assert_shown (&memory, NULL, value, "string", "0x8");
  assert_shown (&memory, NULL, value, "to_point", "0x10");
  g_assert_true (debug_value_get_member (value, "to_point", &member));
  g_assert_true (debug_value_follow (&memory, member, &member));
  assert_shown (&memory, NULL, member, "x", "?");
}

/* ---- Any bytes -------------------------------------------------------------------------------- */

static gboolean
read_noise (gpointer data, guint64 address, void *buffer, gsize length)
{
  GRand *random = data;
  guint8 *bytes = buffer;

  for (gsize i = 0; i < length; i++)
    bytes[i] = g_rand_int (random);
  return g_rand_int (random) % 64 != 0;
}

/* Lengths and numbers that may well be right, of what lies anywhere. */
static gboolean
read_likely (gpointer data, guint64 address, void *buffer, gsize length)
{
  GRand *random = data;
  guint8 *bytes = buffer;

  for (gsize i = 0; i < length; i++)
    bytes[i] = i % 8 == 0 || g_rand_int (random) % 16 == 0 ? g_rand_int (random) % 13 : 0;
  return TRUE;
}

typedef struct
{
  DebugMemory memory;
  guint n_shown;
} Noise;

static gboolean
show_noise (DebugTypes *types, const char *scope, Dwarf_Die *die, gpointer data)
{
  Noise *noise = data;
  DebugType *type = debug_types_get (types, die);
  g_autofree char *text = format (&noise->memory, debug_rust_format, (DebugValue){ type, 4096 });

  g_assert_true (g_utf8_validate (text, -1, NULL));
  /* A name or a number may be written where there was room for less. */
  g_assert_cmpuint (strlen (text), <, 2000);
  noise->n_shown++;
  return TRUE;
}

static void
visit_noise (const char *path)
{
  g_autoptr (DebugTypes) types = debug_types_open (path, NULL, 0);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  Noise noises[] = { { { read_noise, random }, 0 }, { { read_likely, random }, 0 } };

  g_assert_nonnull (types);
  for (guint i = 0; i < G_N_ELEMENTS (noises); i++)
    {
      debug_types_visit (types, show_noise, &noises[i]);
      g_assert_cmpuint (noises[i].n_shown, >, 50);
      g_test_message ("%u types shown", noises[i].n_shown);
    }
}

static void
test_any_bytes_are_shown (void)
{
  visit_noise ("/proc/self/exe");
}

/* ---- Rust ------------------------------------------------------------------------------------- */

static const ShownCase rust_cases[] = {
  { "text", "\"h\u00e9llo \\\"world\\\"\\n\"" },
  { "part", "\"part\"" },
  { "numbers", "[3, 1, 4]" },
  { "some", "Some(-12)" },
  { "none", "None" },
  { "niche", "Some(200)" },
  { "error", "Err(\"no\")" },
  { "dot", "Dot" },
  { "circle", "Circle{radius: 9}" },
  { "pair", "Pair(-3, true)" },
  { "below", "Below(5)" },
  { "above", "Above" },
  { "boxed", "77" },
  { "shared", "(5, 'x')" },
  { "counted", "\"rc\"" },
  { "span", "1.5s" },
  { "short", "20ms" },
  { "moment", "SystemTime(2001-09-09T01:46:40.250000000Z)" },
  { "address", "10.1.2.3:80" },
  { "ratio", "0.25" },
  { "grid", "[[1, 2], [3, 4]]" },
  { "unit", "()" },
  { "map", "{\"a\": 1}" },
  { "set", "{(7, 'x')}" },
  { "tree",
    "{0: None, 1: Some(\"one\"), 2: None, 3: None, 4: None, 5: None, 6: None, 7: None, … 492 "
    "more}" },
  { "sorted", "{(1, 10), (2, 20), (3, 30)}" },
  { "ring", "[1, 2, 3, 4]" },
  { "heap", "[5]" },
  { "linked", "[\"a\", \"b\"]" },
  { "none_of", "({}, {}, [], {}, {})" },
  { "nested", "{1: {2: [Dot]}}" },
};

static char *
find_rust_subject (const char *name)
{
  char *path = g_test_build_filename (G_TEST_BUILT, "types", name, NULL);

  if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return path;
  g_free (path);
  g_test_skip ("no Rust compiler");
  return NULL;
}

/* One of the monotonic clock, which the program has read since it began. */
static void
assert_instant (const DebugMemory *memory, DebugValue of)
{
  g_autoptr (GString) text = g_string_new (NULL);
  DebugFormat format = DEBUG_FORMAT_INIT (memory, debug_rust_format, text);
  DebugValue instant;
  double seconds;

  g_assert_true (debug_value_get_member (of, "instant", &instant));
  debug_format_value (&format, instant);
  g_test_message ("%s", text->str);
  g_assert_true (g_str_has_prefix (text->str, "Instant("));
  g_assert_true (g_str_has_suffix (text->str, "s)"));
  seconds = g_ascii_strtod (text->str + strlen ("Instant("), NULL);
  g_assert_cmpfloat (seconds, >, 0);
  g_assert_cmpfloat (seconds, <=, (double)g_get_monotonic_time () / 1e6 + 1);
}

static void
test_rust_is_read_as_its_types_say (gconstpointer subject)
{
  g_autofree char *path = find_rust_subject (subject);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (DebugTypes) types = NULL;
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  DebugMemory memory = { read_process, NULL };
  DebugValue value;

  if (path == NULL)
    return;
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                              &error, path, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  words = g_strsplit (line, " ", 2);

  types = debug_types_open (path, NULL, 0);
  g_assert_nonnull (types);
  value.type = debug_types_find (types, "subject::All");
  g_assert_nonnull (value.type);
  value.address = g_ascii_strtoull (words[1], NULL, 16);
  memory.data = GINT_TO_POINTER (atoi (g_subprocess_get_identifier (process)));
  for (guint i = 0; i < G_N_ELEMENTS (rust_cases); i++)
    assert_shown (&memory, debug_rust_format, value, rust_cases[i].name, rust_cases[i].shown);
  assert_instant (&memory, value);
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

/* A file of split debug info need not have a table of files. */
static void
test_an_await_has_its_line (gconstpointer subject)
{
  g_autofree char *path = find_rust_subject (subject);
  g_autoptr (DebugTypes) types = NULL;
  const DebugVariant *await = NULL;
  DebugType *coroutine;

  if (path == NULL)
    return;
  types = debug_types_open (path, NULL, 0);
  g_assert_nonnull (types);
  coroutine = debug_types_find (types, "subject::waits::{async_fn_env#0}");
  g_assert_nonnull (coroutine);
  for (guint i = 0; i < coroutine->n_variants; i++)
    if (g_str_equal (coroutine->variants[i].member.name, "3") || coroutine->variants[i].first == 3)
      await = &coroutine->variants[i];
  g_assert_nonnull (await);
  g_assert_cmpuint (await->member.line, >, 0);
  g_assert_nonnull (await->member.file);
  g_assert_true (g_str_has_suffix (await->member.file, "subject.rs"));
}

static void
test_any_bytes_of_rust_are_shown (void)
{
  g_autofree char *path = find_rust_subject ("subject-rust");

  if (path != NULL)
    visit_noise (path);
}

static const ShownCase name_cases[] = {
  { "alloc::vec::Vec<u8, alloc::alloc::Global>", "Vec<u8>" },
  { "alloc::boxed::Box<dyn core::future::future::Future<Output=u32>, alloc::alloc::Global>",
    "Box<dyn Future<Output=u32>>" },
  { "app::fetch::{async_fn_env#0}<i32>", "fetch::{async_fn_env#0}<i32>" },
  { "&mut [core::option::Option<u8>]", "&mut [Option<u8>]" },
  { "", "" },
};

static void
test_names_are_short (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (name_cases); i++)
    {
      g_autofree char *name = debug_rust_dup_short_name (name_cases[i].name);

      g_assert_cmpstr (name, ==, name_cases[i].shown);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/types/called-as-declared", test_types_are_called_as_they_were_declared);
  g_test_add_func ("/types/c-is-read-as-its-types-say", test_c_is_read_as_its_types_say);
  g_test_add_func ("/types/files-are-found-from-anywhere", test_files_are_found_from_anywhere);
  g_test_add_func ("/types/what-is-not-there-is-said", test_what_is_not_there_is_said);
  g_test_add_func ("/types/any-bytes-are-shown", test_any_bytes_are_shown);
  g_test_add_data_func ("/types/rust-is-read-as-its-types-say", "subject-rust",
                        test_rust_is_read_as_its_types_say);
  g_test_add_data_func ("/types/rust-is-read-as-its-types-say/split", "subject-rust-split",
                        test_rust_is_read_as_its_types_say);
  g_test_add_data_func ("/types/an-await-has-its-line", "subject-rust", test_an_await_has_its_line);
  g_test_add_data_func ("/types/an-await-has-its-line/split", "subject-rust-split",
                        test_an_await_has_its_line);
  g_test_add_func ("/types/any-bytes-of-rust-are-shown", test_any_bytes_of_rust_are_shown);
  g_test_add_func ("/types/names-are-short", test_names_are_short);
  return g_test_run ();
}
