/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What speaks against attaching to a process, and what is told of one. */

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib.h>

#include "target/attachable.h"
#include "target/candidate.h"
#include "target/facts.h"
#include "target/mappings.h"

static char *
dup_refusal (int pid)
{
  g_autoptr (GPtrArray) mappings = target_mappings_read (pid);

  return target_attachable_dup_refusal (pid, mappings);
}

static void
assert_refused (int pid, const char *words)
{
  g_autofree char *refusal = dup_refusal (pid);

  g_test_message ("%d: %s", pid, refusal);
  g_assert_nonnull (refusal);
  g_assert_nonnull (strstr (refusal, words));
  /* One line, which begins in the middle of a sentence and does not end it. */
  g_assert_null (strchr (refusal, '\n'));
  g_assert_false (g_str_has_suffix (refusal, "."));
}

/* A child that has done @func says so, and then sleeps until it is killed. */
static int
begin_child (void (*func) (void))
{
  int ready[2];
  char byte;
  int pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      if (func != NULL)
        func ();
      if (write (ready[1], "x", 1) != 1)
        _exit (1);
      for (;;)
        pause ();
    }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  close (ready[1]);
  return pid;
}

static void
end_child (int pid)
{
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_nothing_against_it (void)
{
  int pid = begin_child (NULL);
  g_autofree char *refusal = dup_refusal (pid);

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
  /* Where a system lets nobody attach, that is what is to be said. */
  if (refusal != NULL)
    g_assert_true (strstr (refusal, "ptrace_scope") != NULL ||
                   strstr (refusal, "seccomp") != NULL ||
                   strstr (refusal, "does not allow") != NULL);
#endif
  end_child (pid);
}

static void
test_none_such (void)
{
  int pid = begin_child (NULL);

  end_child (pid);
  assert_refused (pid, "no such process");
}

static void
test_oneself (void)
{
  assert_refused (getpid (), "this very program");
}

static void
test_zombie (void)
{
  int pid = begin_child (NULL);
  siginfo_t info;

  kill (pid, SIGKILL);
  g_assert_cmpint (waitid (P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), ==, 0);
  assert_refused (pid, "has ended already");
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
test_stopped (void)
{
  int pid = begin_child (NULL);
  g_autofree char *refusal = NULL;
  int status;

  kill (pid, SIGSTOP);
  g_assert_cmpint (waitpid (pid, &status, WUNTRACED), ==, pid);
  refusal = dup_refusal (pid);
  if (refusal != NULL && strstr (refusal, "seccomp") != NULL)
    g_test_skip ("everything here has a seccomp filter");
  else
    assert_refused (pid, "kill -CONT");
  end_child (pid);
}

static void
test_traced (void)
{
  g_autofree char *name = NULL;
  int pid = begin_child (NULL);
  int status;

  if (ptrace (PTRACE_SEIZE, pid, NULL, NULL) != 0)
    {
      g_test_skip ("this system lets nobody trace its own child");
      end_child (pid);
      return;
    }
  name = g_strdup_printf ("pid %d", getpid ());
  assert_refused (pid, name);
  kill (pid, SIGKILL);
  while (waitpid (pid, &status, 0) == pid && !WIFSIGNALED (status))
    ;
}

static void
enter_seccomp (void)
{
  struct sock_filter filter[] = { BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
  struct sock_fprog program = { 1, filter };

  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void
test_seccomp (void)
{
  int pid = begin_child (enter_seccomp);

  assert_refused (pid, "seccomp");
  end_child (pid);
}

static void
test_kernel_thread (void)
{
  TargetProcess process = { 0 };

  if (!target_facts_get_process (2, &process) || process.executable[0] != '\0' ||
      !target_attachable_is_kernel_thread (2))
    g_test_skip ("a pid namespace has no threads of the kernel");
  else
    assert_refused (2, "kernel");
  target_process_clear (&process);
}

static void
become_nobody (void)
{
  if (setgid (65534) != 0 || setuid (65534) != 0)
    _exit (1);
}

/* A forked child of an ordinary user asks about a process of root. */
static void
test_other_user (void)
{
  int pid, asker, status;

  if (geteuid () != 0)
    {
      g_test_skip ("only root has processes of two users");
      return;
    }
  pid = begin_child (NULL);
  asker = fork ();
  if (asker == 0)
    {
      char *refusal;

      become_nobody ();
      refusal = dup_refusal (pid);
      _exit (refusal != NULL && strstr (refusal, "belongs to the user root") != NULL ? 0 : 1);
    }
  g_assert_cmpint (waitpid (asker, &status, 0), ==, asker);
  g_assert_cmpint (status, ==, 0);
  end_child (pid);
}

static void
runtime_free (gpointer data)
{
  TargetRuntime *runtime = data;

  g_strfreev (runtime->symbols);
  g_strfreev (runtime->imports);
  g_free (runtime);
}

static TargetRuntime *
make_runtime (const char *id, const char *symbol, const char *import)
{
  TargetRuntime *runtime = g_new0 (TargetRuntime, 1);
  const char *symbols[] = { symbol, NULL }, *imports[] = { import, NULL };

  runtime->id = (char *)id;
  runtime->name = (char *)id;
  runtime->symbols = g_strdupv ((char **)symbols);
  runtime->imports = g_strdupv ((char **)imports);
  return runtime;
}

/* What libraries of the process define counts, and what others than libc use. */
static void
test_runtimes (void)
{
  g_autoptr (GPtrArray) runtimes = g_ptr_array_new_with_free_func (runtime_free);
  g_autoptr (TargetSurvey) survey = NULL;
  int pid = begin_child (NULL);

  g_ptr_array_add (runtimes, make_runtime ("glib", "g_main_context_default", NULL));
  g_ptr_array_add (runtimes, make_runtime ("none", "no_such_function", "no_such_function_either"));
  g_ptr_array_add (runtimes, make_runtime ("child", NULL, "waitpid"));
  g_ptr_array_add (runtimes, make_runtime ("libc's own", NULL, "__tls_get_addr_none"));
  survey = target_survey_new (runtimes);
  /* The second time from what is remembered. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TargetCandidate) candidate = target_survey_look (survey, pid);

      g_assert_nonnull (candidate);
      g_assert_cmpint (candidate->pid, ==, pid);
      g_assert_cmpuint (candidate->uid, ==, geteuid ());
      g_assert_false (candidate->is_inspected);
      g_assert_cmpuint (candidate->runtimes->len, ==, 2);
      g_assert_true (candidate->runtimes->pdata[0] == runtimes->pdata[0]);
      g_assert_true (candidate->runtimes->pdata[1] == runtimes->pdata[2]);
    }
  end_child (pid);
  g_assert_null (target_survey_look (survey, pid));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attachable/nothing-against-it", test_nothing_against_it);
  g_test_add_func ("/attachable/refused/none-such", test_none_such);
  g_test_add_func ("/attachable/refused/oneself", test_oneself);
  g_test_add_func ("/attachable/refused/zombie", test_zombie);
  g_test_add_func ("/attachable/refused/stopped", test_stopped);
  g_test_add_func ("/attachable/refused/traced", test_traced);
  g_test_add_func ("/attachable/refused/seccomp", test_seccomp);
  g_test_add_func ("/attachable/refused/kernel-thread", test_kernel_thread);
  g_test_add_func ("/attachable/refused/other-user", test_other_user);
  g_test_add_func ("/candidate/runtimes", test_runtimes);
  return g_test_run ();
}
