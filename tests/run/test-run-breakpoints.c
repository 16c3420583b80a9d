/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Breakpoints and steps in real programs, of each kind and of each runtime. */

#include <signal.h>
#include <string.h>

#include "fixture.h"

/* A program of the coroutine executors, which are no tests/apps. */
static char *
coroutine_program (const char *name)
{
  return g_build_filename (g_getenv ("TEST_APPS_BUILD"), "..", "..", "plugins", "runtimes",
                           "coroutine", name, NULL);
}

typedef struct
{
  const char *name;
  const char *
      program; /* of tests/apps; after "co:" of the coroutine executors, after "run:" of this folder */
  const char *argument; /* (nullable) */
  const char *where;
  const char *commands[6];
  const char *expects[6]; /* in this order; NULL ends */
} Case;

/* "FILE:%LABEL" is the line of that label in the program's source. */
static const Case cases[] = {
  { "uv/function",
    "http-client/http-client",
    "--demo",
    "fetch_posts",
    { "bt", "locals", "kill" },
    { "Breakpoint 1: task ", "begins to wait: writing",
      "fetch_posts at client.c:", "on_user at client.c:", "request *request = 0x" } },
  { "uv/inlined-locals",
    "http-client/http-client",
    "--demo",
    "fetch_posts",
    { "locals 2", "kill" },
    { "on_read at client.c:", "request *request = 0x", "user_id: ", "body = \"{" } },
  { "uv/line-of-a-function",
    "echo-server",
    NULL,
    "echo-server.c:%CALLBACK: tick",
    { "kill" },
    { "Breakpoint 1: task ", "is about to run, on_tick at echo-server.c:" } },
  { "uv/kind",
    "http-client/http-client",
    "--demo",
    "kind:uv.tcp-connect",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: connecting to 127.0.0.1:" } },
  { "uv/longer",
    "http-client/http-client",
    "--demo",
    "longer:5s",
    { "kill" },
    { "begins to wait: timer, due in 8.0 s" } },
  { "uv/task",
    "http-client/http-client",
    "--demo",
    "task:fetch_user_data",
    { "locals", "kill" },
    { "(fetch_user_data) begins", "loop = 0x" } },
  { "uv/resource",
    "http-client/http-client",
    "--demo",
    "resource:127.0.0.1",
    { "kill" },
    { "begins to wait", "127.0.0.1:" } },
  { "uv/condition",
    "http-client/http-client",
    "--demo",
    "kind:uv.write if request ~ /posts/11",
    { "kill" },
    { "Breakpoint 1: task ", "fetch_posts at client.c:" } },
  { "uv/steps",
    "http-client/http-client",
    "--demo",
    "fetch_user",
    { "delete 1", "step", "next", "why", "kill" },
    { "fetch_user at client.c:", "Stopped: task ", "begins to wait", "Stopped: task ",
      "is about to run", "waiting for " } },
  { "uv/step-to-the-end",
    "run:stops-uv",
    "state",
    "kind:uv.timer",
    { "delete 1", "step", "kill" },
    { "Breakpoint 1: task ", "Stopped: task ", "(main) has ended" } },
  { "threads/deadlock",
    "abba-pthread",
    NULL,
    "deadlock",
    { "why", "kill" },
    { "Breakpoint 1: a deadlock has formed", "hold locks and wait for each other's" } },
  /* It begins later, and does not run all the time. */
  { "uv/number",
    "http-client/http-client",
    "--demo",
    "#3",
    { "kill" },
    { "Breakpoint 1: task 3 ", "is about to run" } },
  { "uv/line",
    "http-client/http-client",
    "--demo",
    "client.c:%AWAIT: friends",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: writing", "fetch_friends at client.c:" } },
  { "uv/state",
    "run:stops-uv",
    "state",
    "state:reading",
    { "vars", "kill" },
    { "is in the state “reading” from now on", "state = reading", "attempts = 3" } },
  { "uv/condition-on-a-variable",
    "run:stops-uv",
    "state",
    "state:reading if attempts > 2",
    { "kill" },
    { "Breakpoint 1: task " } },
  { "uv/point",
    "run:stops-uv",
    "state",
    "point:checked",
    { "locals", "kill" },
    { "Breakpoint 1: task ", "passes a point", "on_state at stops-uv.c:" } },
  { "uv/deadlock",
    "run:stops-uv",
    "deadlock",
    "deadlock",
    { "why", "kill" },
    { "Breakpoint 1: a deadlock has formed", "lock_both" } },
  { "glib/function",
    "healthy/main-loop",
    NULL,
    "main",
    { "bt", "kill" },
    { "Breakpoint 1: ", "main at main-loop.c:" } },
  { "glib/callback",
    "healthy/main-loop",
    NULL,
    "on_tick",
    { "kill" },
    { "Breakpoint 1: task ", "is about to run, on_tick at main-loop.c:" } },
  { "glib/line",
    "healthy/main-loop",
    NULL,
    "main-loop.c:%AWAIT: end",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: timeout every 2.0 s" } },
  { "glib/kind",
    "healthy/main-loop",
    NULL,
    "kind:glib.timeout",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: timeout every 100 ms" } },
  { "glib/task",
    "healthy/main-loop",
    NULL,
    "task:run_other",
    { "kill" },
    { "Breakpoint 1: task ", "begins, run_other at main-loop.c:" } },
  { "glib/resource",
    "healthy/main-loop",
    NULL,
    "resource:timeout every 2.0 s",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: timeout every 2.0 s" } },
  { "glib/condition",
    "healthy/main-loop",
    NULL,
    "kind:glib.timeout if repeat > 1000000000",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: timeout every 2.0 s" } },
  { "glib/longer",
    "healthy/main-loop",
    NULL,
    "longer:1s",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: timeout every 2.0 s" } },
  { "glib/state",
    "run:stops-glib",
    NULL,
    "state:reading if attempts = 3",
    { "vars", "kill" },
    { "is in the state “reading” from now on", "state = reading", "attempts = 3" } },
  { "glib/point",
    "run:stops-glib",
    NULL,
    "point:checked",
    { "locals", "kill" },
    { "Breakpoint 1: task ", "passes a point", "on_timeout at stops-glib.c:" } },
  { "glib/deadlock",
    "abba-gmutex",
    NULL,
    "deadlock",
    { "why", "kill" },
    { "Breakpoint 1: a deadlock has formed", "hold locks and wait for each other's" } },
  { "coroutine/state",
    "co:state-machine-example",
    NULL,
    "state:reply if machine.attempts > 0",
    { "vars", "locals", "kill" },
    { "is in the state “reply” from now on", "state = reply",
      "machine.attempts = ", "Machine *self = 0x", "state: STATE_REPLY" } },
  { "coroutine/point",
    "co:state-machine-example",
    NULL,
    "point:retry",
    { "kill" },
    { "Breakpoint 1: task ", "passes a point" } },
  { "coroutine/kind",
    "co:state-machine-example",
    NULL,
    "kind:machine.reply",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: waiting for a reply" } },
  { "coroutine/stack",
    "co:coroutine-example",
    NULL,
    "kind:co.lock",
    { "bt", "kill" },
    { "Breakpoint 1: task ", "begins to wait" } },
  { "coroutine/function",
    "co:coroutine-example",
    NULL,
    "run_market",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: waiting for a coroutine to return, run_market at" } },
  { "coroutine/line",
    "co:coroutine-example",
    NULL,
    "example.c:%RECEIVES",
    { "kill" },
    { "Breakpoint 1: task ", "(consumer) begins to wait: waiting for a message, consume at" } },
  { "coroutine/task",
    "co:coroutine-example",
    NULL,
    "task:consumer",
    { "kill" },
    { "Breakpoint 1: task ", "(consumer) begins" } },
  { "coroutine/resource",
    "co:coroutine-example",
    NULL,
    "resource:accounts",
    { "kill" },
    { "Breakpoint 1: task ", "(transfer) has taken mutex “accounts”" } },
  { "coroutine/longer",
    "co:coroutine-example",
    NULL,
    "longer:100us",
    { "kill" },
    { "Breakpoint 1: task ", "begins to wait: sleeping, produce at" } },
  { "coroutine/condition",
    "co:coroutine-example",
    NULL,
    "kind:co.lock if name = audit",
    { "kill" },
    { "Breakpoint 1: task ", "(audit) begins to wait: waiting for a mutex" } },
  { "coroutine/deadlock",
    "co:coroutine-example",
    "deadlock",
    "deadlock",
    { "why", "kill" },
    { "Breakpoint 1: a deadlock has formed", "hold locks and wait for each other's" } },
};

/* "client.c:%AWAIT: user" with the line of the label. */
static char *
dup_where (const Case *test)
{
  const char *label = strchr (test->where, '%');
  g_autofree char *file = NULL, *source = NULL;
  g_autofree char *folder = NULL;

  if (label == NULL)
    return g_strdup (test->where);
  file = g_strndup (test->where, (gsize)(label - test->where - 1));
  folder = g_str_has_prefix (test->program, "co:") ? g_strdup ("../../plugins/runtimes/coroutine")
                                                   : g_path_get_dirname (test->program);
  source = g_build_filename (folder, file, NULL);
  return g_strdup_printf ("%s:%u", file, run_label_line (source, label + 1));
}

static char *
dup_program (const Case *test)
{
  if (g_str_has_prefix (test->program, "co:"))
    return coroutine_program (test->program + 3);
  if (g_str_has_prefix (test->program, "run:"))
    return g_build_filename (g_getenv ("TEST_RUN_BUILD"), test->program + 4, NULL);
  return run_app (test->program);
}

static void
run_case (const Case *test, RunResult *result)
{
  g_autofree char *program = dup_program (test), *where = dup_where (test);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();

  g_ptr_array_add (arguments, (gpointer) "run");
  g_ptr_array_add (arguments, (gpointer) "--break");
  g_ptr_array_add (arguments, where);
  for (guint i = 0; i < G_N_ELEMENTS (test->commands) && test->commands[i] != NULL; i++)
    {
      g_ptr_array_add (arguments, (gpointer) "--command");
      g_ptr_array_add (arguments, (gpointer)test->commands[i]);
    }
  g_ptr_array_add (arguments, (gpointer) "--");
  g_ptr_array_add (arguments, program);
  if (test->argument != NULL)
    g_ptr_array_add (arguments, (gpointer)test->argument);
  g_ptr_array_add (arguments, NULL);
  run_plain (result, (const char *const *)arguments->pdata);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  RunResult result = { 0 };
  const char *at;

  run_case (test, &result);
  at = result.err;
  for (guint i = 0; i < G_N_ELEMENTS (test->expects) && test->expects[i] != NULL; i++)
    {
      const char *found = strstr (at, test->expects[i]);

      if (found == NULL)
        g_test_message ("no '%s' in: %s", test->expects[i], at);
      g_assert_nonnull (found);
      at = found + strlen (test->expects[i]);
    }
  g_assert_cmpint (result.status, ==, 128 + SIGKILL);
  run_result_clear (&result);
}

/* A compiler is told of "../tests/apps/http-client/client.c", and editors know the whole path. */
static void
test_whole_path (void)
{
  RunResult result = { 0 };
  g_autofree char *program = run_app ("http-client/http-client");
  g_autofree char *source = run_app_source ("http-client/client.c");
  g_autofree char *path = g_canonicalize_filename (source, NULL);
  g_autofree char *where = g_strdup_printf ("%s:%u", path, run_label_line (source, "AWAIT: posts"));

  run_plain (&result,
             PROGRAM ("run", "--break", where, "--command", "kill", "--", program, "--demo"));
  g_assert_nonnull (strstr (result.err, "fetch_posts at client.c:"));
  run_result_clear (&result);
}

/* Commands that have run out let the program go on, to its own end. */
static void
test_goes_on (void)
{
  RunResult result = { 0 };
  g_autofree char *program = coroutine_program ("state-machine-example");

  run_plain (&result,
             PROGRAM ("run", "--break", "state:reply", "--command", "vars", "--", program));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.err, "Breakpoint 1: task 3"));
  g_assert_null (strstr (result.err, "stuck"));
  run_result_clear (&result);
}

static void
test_stop_all (void)
{
  RunResult result = { 0 };
  g_autofree char *program = run_app ("healthy/many-locks");

  run_plain (&result, PROGRAM ("run", "--stop-all", "--break", "kind:thread.join", "--command",
                               "where", "--command", "kill", "--", program));
  g_assert_nonnull (strstr (result.err, "Breakpoint 1: "));
  run_result_clear (&result);
}

static void
test_not_met (void)
{
  RunResult result = { 0 };
  g_autofree char *program = coroutine_program ("state-machine-example");

  run_plain (&result, PROGRAM ("run", "--break", "no_such_function", "--", program));
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.err, "Breakpoint 1 at no_such_function was not met: no module"));
  run_result_clear (&result);
  /* Of one that did not end by itself it is known what there was instead. */
  run_plain (&result, PROGRAM ("run", "--break", "kind:machine.reply", "--break",
                               "kind:machine.repyl", "--command", "kill", "--", program));
  g_assert_nonnull (strstr (result.err,
                            "Breakpoint 2 at kind:machine.repyl was not met: no wait of "
                            "that kind is known by now; most like it are machine.reply"));
  run_result_clear (&result);
}

static const struct
{
  const char *option, *value;
  const char *why;
} bad_cases[] = {
  { "--break", "", "write a function, FILE:LINE" },
  { "--break", "longer:soon", "a duration is written as 5s" },
  { "--break", "f if x", "NAME OPERATOR VALUE" },
  { "--command", "dance", "--command help lists the commands" },
};

/* Found before anything is started. */
static void
test_bad (void)
{
  g_autofree char *program = run_app ("http-client/http-client");

  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      RunResult result = { 0 };

      run_plain (&result, PROGRAM ("run", bad_cases[i].option, bad_cases[i].value, "--", program));
      g_assert_cmpint (result.status, ==, 125);
      run_assert_one_line (&result, bad_cases[i].why);
      run_result_clear (&result);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/breakpoints/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/run/breakpoints/uv/whole-path", test_whole_path);
  g_test_add_func ("/run/breakpoints/goes-on", test_goes_on);
  g_test_add_func ("/run/breakpoints/stop-all", test_stop_all);
  g_test_add_func ("/run/breakpoints/not-met", test_not_met);
  g_test_add_func ("/run/breakpoints/bad", test_bad);
  return g_test_run ();
}
