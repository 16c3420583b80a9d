/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Whether anybody knows an address: asked of programs that keep one in a known place. */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "target/facts.h"

#define ADDRESS G_GUINT64_CONSTANT (0x5a5a12345000)
#define PATIENCE_US (20 * G_TIME_SPAN_SECOND)

typedef enum
{
  FOUND,
  NOT_FOUND,
  UNKNOWN,
} Answer;

typedef struct
{
  const char *where;
  Answer answer;
} ReferenceCase;

static const ReferenceCase cases[] = {
  { "variable", FOUND },    { "flagged", FOUND },    { "heap", FOUND },
  { "large", FOUND },       { "frame", FOUND },      { "thread", FOUND },
  { "stack-below", FOUND },
#if defined(__x86_64__)
  { "register", FOUND },
#endif

  { "nowhere", NOT_FOUND }, { "before", NOT_FOUND }, { "ended-frame", NOT_FOUND },
#if defined(__x86_64__)
  { "ended-frame-of-thread", NOT_FOUND },
#endif
  { "channel", NOT_FOUND },

  { "running", UNKNOWN },   { "epoll", UNKNOWN },    { "endless", UNKNOWN },
};

static Answer
ask (int pid)
{
  const guint64 address = ADDRESS;
  gboolean is_found = FALSE;

  if (!target_facts_find_references (pid, &address, 1, &is_found))
    return UNKNOWN;
  return is_found ? FOUND : NOT_FOUND;
}

static pid_t
start (const char *where)
{
  g_autofree char *subject = g_test_build_filename (G_TEST_BUILT, "reference-subject", NULL);
  int output[2];
  pid_t pid;
  char c;

  g_assert_cmpint (pipe (output), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      dup2 (output[1], STDOUT_FILENO);
      close (output[0]);
      close (output[1]);
      execl (subject, subject, where, NULL);
      _exit (127);
    }
  close (output[1]);
  g_assert_cmpint (read (output[0], &c, 1), ==, 1);
  close (output[0]);
  return pid;
}

static void
test_case (gconstpointer data)
{
  const ReferenceCase *test = data;
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  pid_t pid = start (test->where);
  Answer answer = ask (pid);

  /* It may be on its way to sleep, and a busy machine may take too long over it. */
  while (test->answer != UNKNOWN && answer == UNKNOWN && g_get_monotonic_time () < until_us)
    answer = ask (pid);
  (void)kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_cmpint (answer, ==, test->answer);
}

/* It sleeps where it slept, and nothing has come to it. */
static void
test_goes_on (void)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  pid_t pid = start ("nowhere");
  char state = '\0';

  for (guint i = 0; i < 20; i++)
    ask (pid);
  while (state != 'S' && g_get_monotonic_time () < until_us)
    g_assert_true (target_facts_get_thread (pid, pid, NULL, &state));
  g_assert_cmpint (state, ==, 'S');
  g_assert_cmpint (waitpid (pid, NULL, WNOHANG), ==, 0);
  (void)kill (pid, SIGTERM);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_several (void)
{
  const guint64 addresses[] = { 0x7a7a00001000, ADDRESS, 0x123400005000 };
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  gboolean is_found[G_N_ELEMENTS (addresses)] = { FALSE };
  pid_t pid = start ("heap");

  while (!target_facts_find_references (pid, addresses, G_N_ELEMENTS (addresses), is_found))
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
  g_assert_false (is_found[0]);
  g_assert_true (is_found[1]);
  g_assert_false (is_found[2]);
  (void)kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_nonsense (void)
{
  const guint64 address = ADDRESS;
  gboolean is_found = FALSE;

  g_assert_false (target_facts_find_references (0, &address, 1, &is_found));
  g_assert_false (target_facts_find_references (-1, &address, 1, &is_found));
  g_assert_false (target_facts_find_references (G_MAXINT, &address, 1, &is_found));
  g_assert_false (target_facts_find_references (getpid (), &address, 0, &is_found));
  g_assert_false (target_facts_find_references (getpid (), &address, 100000, &is_found));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/references/", cases[i].where, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/references/it-goes-on", test_goes_on);
  g_test_add_func ("/references/several", test_several);
  g_test_add_func ("/references/nonsense", test_nonsense);
  return g_test_run ();
}
