/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Programs that use GLib and GIO in ways that cannot work, and one that only looks like it. */

#include "faults.h"

static const FaultFinding findings[] = {
  { .program = "nested-iteration",
    .reason = "stuck",
    .kind = "never",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "cannot make progress",
    .change = "WAITS",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .wants = { "glib.nested-loop", "main context", "wait_for_answer",
                               "WAITS" } } } },
  { .program = "dbus-self",
    .reason = "exit",
    .kind = "deadlock",
    .certainty = "inferred", /* the call gives up in the end */
    .is_pending = TRUE,
    .title = "a thread sleeps in a call that only its own loop can end",
    .suggestion = "an asynchronous one",
    .change = "WAITS",
    .evidence = { { .role = "waits",
                    .task = "ask_the_time",
                    .sentence = "waiting for org.example.Clock.Now on org.example.Clock" } } },
  { .program = "gtask-dropped",
    .reason = "stuck",
    .kind = "leak",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "dropped without ever returning",
    .suggestion = "return a result or an error on every way out",
    .change = "DROPPED",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .task = "load_async",
                    .wants = { "gio.task", "load settings", "load_async", "DROPPED" },
                    .sentence = "its callback will never be called" } } },
  { .program = "full-pipe",
    .reason = "stuck",
    .kind = "blocked",
    .certainty = "inferred", /* somebody may read it yet */
    .is_pending = TRUE,
    .title = "is blocked writing to its stdout: the pipe is full and nobody reads it",
    .suggestion = "read what the process writes while it runs",
    .change = "STARTS",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .task = "main",
                    .wants = { "gio.subprocess-wait-sync", "(head -c 1048576 /dev/zero) to exit",
                               "main", "WAITS" } },
                  { .role = "cause",
                    .wants = { "pipe", "stdout", "main", "STARTS" },
                    .sentence = "64.0 KiB of 64.0 KiB are in the pipe" } } },
  { .program = "gtask-lost",
    .reason = "stuck",
    .kind = "never",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "nobody references what would end it any more",
    .suggestion = "return on every way out",
    .change = "LOST",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .task = "save_async",
                    .wants = { "gio.task", "save settings", "save_async", "LOST" },
                    .sentence = "its callback will never be called" } } },
  { .program = "loop-not-run",
    .reason = "stuck",
    .kind = "never",
    .certainty = "inferred", /* somebody may run it yet */
    .is_pending = TRUE,
    .title = "nobody runs main context 0x",
    .suggestion = "run that loop",
    .change = "BEGINS",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .task = "load_async",
                    .wants = { "glib.context", "main context", "load_async", "BEGINS" },
                    .sentence = "has returned, its context has to turn" } } },
  { .program = "pool-starved",
    .reason = "stuck",
    .kind = "starved",
    .certainty = "inferred",
    .is_pending = TRUE,
    .title = "a pool starves",
    .suggestion = "give the inner work a pool of its own",
    .change = "WAITS",
    .n_stuck = 1,
    .evidence = { { .role = "cause",
                    .task = "compute_whole",
                    .wants = { "thread.condition", NULL, "compute_whole", "WAITS" },
                    .holds = { "glib.thread-pool", "thread pool", "work", NULL } },
                  { .role = "subject",
                    .wants = { "glib.thread-pool", "thread pool", "compute_whole", "QUEUED" } } } },
};

static const FaultFinding starved = {
  .program = "source-starved",
  .reason = "stuck",
  .kind = "starved",
  .certainty = "inferred",
  .is_pending = TRUE,
  .title = "something of a higher priority always comes first",
  .suggestion = "let what is begun at",
  .change = "RIVAL",
  .n_stuck = 1,
  .evidence = { { .role = "cause",
                  .wants = { "glib.idle", "idle callback", "main", "RIVAL" },
                  .sentence = "with priority 100" },
                { .role = "subject",
                  .wants = { "glib.idle", "idle callback", "main", "STARVES" },
                  .sentence = "with priority 200" } }
};

static const FaultWait waits[] = {
  { "gtask-dropped", "exit", FALSE, "save_async", "task-awaited", "FORGOTTEN",
    "waiting for save settings" },
  { "gtask-lost", "exit", FALSE, "save_late", "task-awaited", "LATE", "waiting for" },
  { "full-pipe", "stuck", TRUE, "main", "unread", "WAITS", "(head -c 1048576 /dev/zero) to exit" },
  { "dns-hang", "stuck", TRUE, "[gio] resolver lookup", "work-running", "AWAIT", NULL },
};

static void
test_finding (gconstpointer data)
{
  fault_check_finding (data);
}

static void
test_wait (gconstpointer data)
{
  fault_check_wait (data);
}

static void
test_timeout_comes_first (void)
{
  fault_check_nothing ("timeout-first");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (findings); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/glib/%s", findings[i].program);

      g_test_add_data_func (path, &findings[i], test_finding);
    }
  g_test_add_data_func ("/run/glib/source-starved", &starved, test_finding);
  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/glib/%s/%s", waits[i].program, waits[i].name);

      g_test_add_data_func (path, &waits[i], test_wait);
    }
  g_test_add_func ("/run/glib/a-timeout-that-comes-first-is-no-fault", test_timeout_comes_first);
  return g_test_run ();
}
