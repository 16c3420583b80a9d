/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The language of breakpoints, and what is said of those that cannot be met. */

#include <string.h>
#include <gio/gio.h>

#include "own-module.h"
#include "session/breakpoint-private.h"

typedef struct
{
  const char *text;
  BreakpointOf of;
  const char *name; /* NULL: none */
  guint64 number;   /* of a line, a task or nanoseconds */
  guint n_conditions;
} GoodCase;

static const GoodCase good_cases[] = {
  { "fetch_posts", BREAKPOINT_FUNCTION, "fetch_posts" },
  { "  fetch_posts ", BREAKPOINT_FUNCTION, "fetch_posts" },
  { "net::Client::fetch", BREAKPOINT_FUNCTION, "net::Client::fetch" },
  { "request.c:88", BREAKPOINT_LINE, "request.c", 88 },
  { "src/request.c:88", BREAKPOINT_LINE, "src/request.c", 88 },
  { "state:half done", BREAKPOINT_STATE, "half done" },
  { "state::odd", BREAKPOINT_FUNCTION, "state::odd" },
  { "kind:uv.tcp-connect", BREAKPOINT_KIND, "uv.tcp-connect" },
  { "task:fetch_user_data", BREAKPOINT_TASK, "fetch_user_data" },
  { "task:#42", BREAKPOINT_NUMBER, NULL, 42 },
  { "#42", BREAKPOINT_NUMBER, NULL, 42 },
  { "resource:127.0.0.1:80", BREAKPOINT_RESOURCE, "127.0.0.1:80" },
  { "longer:1.5s", BREAKPOINT_LONGER, "1.5s", 1500000000 },
  { "point:retry", BREAKPOINT_POINT, "retry" },
  { "deadlock", BREAKPOINT_DEADLOCK },
  { "fetch if attempts > 3", BREAKPOINT_FUNCTION, "fetch", 0, 1 },
  { "fetch if attempts>=3 and path ~ '/posts and more'", BREAKPOINT_FUNCTION, "fetch", 0, 2 },
  { "state:done if state = done", BREAKPOINT_STATE, "done", 0, 1 },
};

static void
test_good (gconstpointer data)
{
  const GoodCase *test = data;
  g_autoptr (GError) error = NULL;
  Breakpoint *breakpoint = breakpoint_parse (test->text, &error);

  g_assert_no_error (error);
  g_assert_cmpint (breakpoint->of, ==, test->of);
  g_assert_cmpstr (breakpoint->name, ==, test->name);
  g_assert_cmpuint (breakpoint->of == BREAKPOINT_LINE     ? breakpoint->line
                    : breakpoint->of == BREAKPOINT_LONGER ? (guint64)breakpoint->duration_ns
                                                          : breakpoint->number,
                    ==, test->number);
  g_assert_cmpuint (breakpoint->conditions->len, ==, test->n_conditions);
  breakpoint_free (breakpoint);
}

static const struct
{
  const char *text;
  const char *why;
} bad_cases[] = {
  { "", "write a function" },
  { "two words", "no spaces" },
  { "stat:reading", "state, kind, task" },
  { "main.c:fetch", "number of a line" },
  { "std::vector:x", "state, kind, task" },
  { "state:", "after the colon" },
  { "longer:soon", "5s, 300ms" },
  { "longer:0s", "5s, 300ms" },
  { "longer:1e300h", "5s, 300ms" },
  { "#", "#42" },
  { "#many", "#42" },
  { "x.c:0", "such a line" },
  { "x.c:99999999999", "such a line" },
  { "fetch if attempts", "NAME OPERATOR VALUE" },
  { "fetch if > 3", "before the operator" },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (breakpoint_parse (bad_cases[i].text, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, bad_cases[i].why));
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
test_values (void)
{
  Breakpoint *breakpoint = breakpoint_parse ("f if path = \"a = b\" and n != 4", NULL);
  const BreakpointCondition *first = breakpoint->conditions->pdata[0];
  const BreakpointCondition *second = breakpoint->conditions->pdata[1];

  g_assert_cmpstr (first->name, ==, "path");
  g_assert_cmpint (first->op, ==, BREAKPOINT_EQUAL);
  g_assert_cmpstr (first->value, ==, "a = b");
  g_assert_cmpstr (second->name, ==, "n");
  g_assert_cmpint (second->op, ==, BREAKPOINT_NOT_EQUAL);
  g_assert_cmpstr (second->value, ==, "4");
  breakpoint_free (breakpoint);
}

/* ---- Several programs -------------------------------------------------------------------------- */

static void
arm (Breakpoint *breakpoint, ModelTarget *model, DebugSymbols *symbols)
{
  const BreakpointProgram program = { model, NULL, symbols };
  g_autoptr (GArray) breaks = g_array_new (FALSE, FALSE, sizeof (ChannelBreak));

  breakpoint_arm (breakpoint, &program, breaks);
}

static DebugSymbols *
new_own_symbols (void)
{
  DebugSymbols *symbols = debug_symbols_new ();
  OwnModule own;

  own_module_find (&own);
  debug_symbols_add_module (symbols, own.path, own.start, own.end, own.bias, NULL, 0);
  own_module_clear (&own);
  return symbols;
}

/* Whichever of two programs is armed last: the one speaks that has code for the line. */
static void
test_line_of_one_of_two_programs (void)
{
  Breakpoint *breakpoint = breakpoint_parse ("test-breakpoint.c:1", NULL);
  DebugSymbols *own = new_own_symbols (), *none = debug_symbols_new ();
  ModelTarget model = { 0 }, other = { 0 };

  arm (breakpoint, &other, none);
  g_assert_nonnull (strstr (breakpoint->trouble, "no module"));
  arm (breakpoint, &model, own);
  g_assert_nonnull (strstr (breakpoint->trouble, "line 1 has no code"));
  arm (breakpoint, &other, none);
  g_assert_nonnull (strstr (breakpoint->trouble, "line 1 has no code"));
  breakpoint_free (breakpoint);
  debug_symbols_free (own);
  debug_symbols_free (none);
}

#line 10 "ticker.rs"
static int __attribute__ ((noinline)) poll_ticker (volatile int *count) { return ++*count; }
#line 157 "test-breakpoint.c"

/* What would never be met is said, and not only waited for. */
static void
test_line_of_rust (void)
{
  Breakpoint *breakpoint = breakpoint_parse ("ticker.rs:10", NULL);
  DebugSymbols *own = new_own_symbols ();
  ModelTarget model = { 0 };
  volatile int count = 0;

  g_assert_cmpint (poll_ticker (&count), ==, 1);
  arm (breakpoint, &model, own);
  g_assert_nonnull (strstr (breakpoint->trouble, "where its async function begins"));
  breakpoint_free (breakpoint);
  debug_symbols_free (own);
}

static void
test_task_of_one_of_two_programs (void)
{
  Breakpoint *breakpoint = breakpoint_parse ("#3", NULL);
  ModelTask task = { .number = 3, .id = 0x10 };
  ModelTarget model = { .first_task = &task }, other = { 0 };

  arm (breakpoint, &model, NULL);
  arm (breakpoint, &other, NULL);
  g_assert_null (breakpoint->trouble);
  model.first_task = NULL;
  arm (breakpoint, &model, NULL);
  arm (breakpoint, &other, NULL);
  g_assert_nonnull (strstr (breakpoint->trouble, "no task of that number"));
  breakpoint_free (breakpoint);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/breakpoint/good/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, &good_cases[i], test_good);
    }
  g_test_add_func ("/breakpoint/bad", test_bad);
  g_test_add_func ("/breakpoint/values", test_values);
  g_test_add_func ("/breakpoint/line-of-one-of-two-programs", test_line_of_one_of_two_programs);
  g_test_add_func ("/breakpoint/line-of-rust", test_line_of_rust);
  g_test_add_func ("/breakpoint/task-of-one-of-two-programs", test_task_of_one_of_two_programs);
  return g_test_run ();
}
