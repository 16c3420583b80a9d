/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/target-private.h"

/* How this process was started, as a program that it starts must be: whoever uses this library may
 * block signals for a signalfd and ignore SIGPIPE before it comes here. One for the process, as
 * they are. */
static sigset_t inherited_mask;
static sigset_t inherited_ignored;

static void __attribute__ ((constructor)) remember_signals (void)
{
  sigprocmask (SIG_BLOCK, NULL, &inherited_mask);
  sigemptyset (&inherited_ignored);
  for (int number = 1; number < NSIG; number++)
    {
      struct sigaction action;

      if (sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
        sigaddset (&inherited_ignored, number);
    }
}

/* From here to exec only what is safe in the child of a process with threads. */
static void
restore_signals (void)
{
  for (int number = 1; number < NSIG; number++)
    {
      struct sigaction action = { .sa_handler = SIG_DFL };

      if (sigismember (&inherited_ignored, number) == 1)
        action.sa_handler = SIG_IGN;
      /* Fails for SIGKILL, SIGSTOP and those that libc keeps. */
      sigaction (number, &action, NULL);
    }
  sigprocmask (SIG_SETMASK, &inherited_mask, NULL);
}

/* @parent: who may have died before the child could ask for a signal at that. */
static void
apply_options (const TargetSpawnOptions *options, pid_t parent)
{
  if (options->own_session)
    {
      setsid ();
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      if (getppid () != parent)
        _exit (127);
    }
  if (options->own_group)
    setpgid (0, 0);
  if (options->no_input)
    {
      int nothing = open ("/dev/null", O_RDONLY);

      if (nothing >= 0)
        dup2 (nothing, STDIN_FILENO);
      if (nothing > STDIN_FILENO)
        close (nothing);
    }
  if (options->output >= 0)
    dup2 (options->output, STDOUT_FILENO);
}

static _Noreturn void
run_child (int report, const char *path, const char *const *argv, const char *const *environment,
           const TargetSpawnOptions *options, pid_t parent)
{
  int reason;

  if (options != NULL)
    apply_options (options, parent);
  restore_signals ();
  if (options == NULL || options->folder == NULL || chdir (options->folder) == 0)
    execve (path, (char *const *)argv, (char *const *)environment);
  reason = errno;
  while (write (report, &reason, sizeof reason) < 0 && errno == EINTR)
    ;
  _exit (127);
}

/* 0 when exec has closed the pipe, else the errno that came through it. */
static int
read_outcome (int report)
{
  int reason = 0;
  gssize length;

  do
    length = read (report, &reason, sizeof reason);
  while (length < 0 && errno == EINTR);
  return length == sizeof reason ? reason : 0;
}

int
target_spawn (const char *path, const char *const *argv, const char *const *environment,
              const TargetSpawnOptions *options)
{
  const pid_t parent = getpid ();
  int report[2];
  int reason;
  sigset_t all, before;
  pid_t pid;

  if (pipe2 (report, O_CLOEXEC) < 0)
    return -errno;
  /* A handler of ours must not run in the child. */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  pid = fork ();
  reason = errno;
  if (pid == 0)
    run_child (report[1], path, argv, environment, options, parent);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  close (report[1]);
  if (pid > 0)
    reason = read_outcome (report[0]);
  close (report[0]);
  if (reason == 0)
    return pid;
  if (pid > 0)
    while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
      ;
  return -reason;
}
