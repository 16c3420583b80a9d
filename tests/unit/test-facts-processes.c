/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the kernel says of processes and threads. */

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/target-private.h"

static void
test_process (void)
{
  TargetProcess process = { 0 };
  g_autofree char *executable = g_file_read_link ("/proc/self/exe", NULL);
  guint64 started;

  g_assert_true (target_facts_get_process (getpid (), &process));
  g_assert_cmpstr (process.executable, ==, executable);
  g_assert_nonnull (strstr (process.command, "test-facts"));
  g_assert_cmpint (process.parent_pid, ==, getppid ());
  g_assert_cmpuint (process.n_threads, >=, 1);
  g_assert_cmpint (process.state, ==, 'R');
  g_assert_cmpint (process.cpu_ns, >=, 0);
  started = process.start_ticks;
  g_assert_cmpuint (started, >, 0);
  target_process_clear (&process);
  g_assert_true (target_facts_get_process (getpid (), &process));
  g_assert_cmpuint (process.start_ticks, ==, started);
  target_process_clear (&process);
  target_process_clear (&process);
}

/* A name may look like the rest of the line. */
static void
test_process_with_hostile_name (void)
{
  int ready[2];
  TargetProcess process = { 0 };
  char byte;
  pid_t pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_NAME, "a) R 1 (\n\xff");
      if (write (ready[1], "x", 1) == 1)
        pause ();
      _exit (0);
    }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  g_assert_true (target_facts_get_process (pid, &process));
  g_assert_cmpint (process.parent_pid, ==, getpid ());
  target_process_clear (&process);

  /* A zombie has no command line left, but its name. */
  kill (pid, SIGKILL);
  g_assert_cmpint (waitid (P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), ==, 0);
  g_assert_true (target_facts_get_process (pid, &process));
  g_assert_cmpint (process.state, ==, 'Z');
  g_assert_true (g_utf8_validate (process.command, -1, NULL));
  g_assert_true (g_str_has_prefix (process.command, "[a) R 1 ("));
  target_process_clear (&process);
  waitpid (pid, NULL, 0);
  g_assert_false (target_facts_get_process (pid, &process));
  close (ready[0]);
  close (ready[1]);
}

static void
test_long_command (void)
{
  g_autofree char *argument = g_strnfill (5000, 'x');
  int ready[2];
  TargetProcess process = { 0 };
  char byte;
  pid_t pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      dup2 (ready[1], STDOUT_FILENO);
      execlp ("sh", "sh", "-c", "echo; kill -STOP $$", argument, NULL);
      _exit (1);
    }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  g_assert_true (target_facts_get_process (pid, &process));
  g_assert_true (g_str_has_prefix (process.command, "sh -c echo; kill -STOP $$ xxx"));
  g_assert_cmpuint (strlen (process.command), ==, 256);
  target_process_clear (&process);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  close (ready[0]);
  close (ready[1]);
}

static void *
run_thread (void *data)
{
  int *pipes = data;
  char byte;

  prctl (PR_SET_NAME, "the-worker");
  if (write (pipes[1], "x", 1) != 1)
    return NULL;
  return read (pipes[2], &byte, 1) == 0 ? NULL : data;
}

static void
test_thread (void)
{
  int pipes[4];
  pthread_t thread;
  g_autofree char *name = NULL;
  GDir *tasks = NULL;
  const char *entry;
  gboolean seen = FALSE;
  char byte;
  char state = '?';

  g_assert_cmpint (pipe (pipes), ==, 0);
  g_assert_cmpint (pipe (pipes + 2), ==, 0);
  g_assert_cmpint (pthread_create (&thread, NULL, run_thread, pipes), ==, 0);
  g_assert_cmpint (read (pipes[0], &byte, 1), ==, 1);
  tasks = g_dir_open ("/proc/self/task", 0, NULL);
  while ((entry = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *found = NULL;

      g_assert_true (target_facts_get_thread (getpid (), atoi (entry), &found, &state));
      seen |= strcmp (found, "the-worker") == 0;
    }
  g_dir_close (tasks);
  g_assert_true (seen);
  close (pipes[3]);
  pthread_join (thread, NULL);
  g_assert_true (target_facts_get_thread (getpid (), getpid (), &name, &state));
  g_assert_cmpint (state, ==, 'R');
  g_assert_false (target_facts_get_thread (getpid (), G_MAXINT, NULL, NULL));
  for (guint i = 0; i < 3; i++)
    close (pipes[i]);
}

/* It has gone to sleep once the kernel counts no more of it. */
static guint64
wait_for_rest (pid_t pid)
{
  guint64 runs = TARGET_RUNS_UNKNOWN, before;
  char state = 'R';

  do
    {
      before = runs;
      g_usleep (1000);
      g_assert_true (target_facts_get_thread (pid, pid, NULL, &state));
      runs = target_facts_get_runs (pid, pid);
    }
  while (state != 'S' || (runs != before && runs != TARGET_RUNS_UNKNOWN));
  return runs;
}

static void
test_runs (void)
{
  guint64 first, second, of_process;
  int there[2];
  pid_t pid;
  char byte;

  g_assert_cmpint (pipe (there), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      close (there[1]);
      while (read (there[0], &byte, 1) == 1)
        ;
      _exit (0);
    }
  first = wait_for_rest (pid);
  of_process = target_facts_get_process_runs (pid);
  g_assert_cmpint (write (there[1], "x", 1), ==, 1);
  if (first != TARGET_RUNS_UNKNOWN)
    {
      g_assert_true (
          target_runs_are_same (of_process, target_runs_add (TARGET_RUNS_NONE, pid, first)));
      while ((second = wait_for_rest (pid)) == first)
        ;
      g_assert_false (target_runs_are_same (of_process, target_facts_get_process_runs (pid)));
    }
  else
    g_test_skip ("this kernel does not count how often a thread runs");
  close (there[1]);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  close (there[0]);
  g_assert_cmpuint (target_facts_get_runs (pid, pid), ==, TARGET_RUNS_UNKNOWN);
  g_assert_cmpuint (target_facts_get_process_runs (pid), ==, TARGET_RUNS_UNKNOWN);
  g_assert_false (target_runs_are_same (TARGET_RUNS_UNKNOWN, TARGET_RUNS_UNKNOWN));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/facts/process/own", test_process);
  g_test_add_func ("/facts/process/hostile-name", test_process_with_hostile_name);
  g_test_add_func ("/facts/process/long-command", test_long_command);
  g_test_add_func ("/facts/thread", test_thread);
  g_test_add_func ("/facts/runs", test_runs);
  return g_test_run ();
}
