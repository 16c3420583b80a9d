/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/test-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void
guard (int input)
{
  int pid = 0, told;
  ssize_t n;

  setsid ();
  signal (SIGTERM, SIG_IGN);
  signal (SIGINT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  prctl (PR_SET_NAME, "inspect-guard");
  /* It must not keep anybody's pipe open. */
  for (int fd = 0; fd < 1024; fd++)
    if (fd != input)
      close (fd);
  while ((n = read (input, &told, sizeof told)) != 0)
    {
      if (n == sizeof told)
        pid = told;
      else if (n < 0 && errno != EINTR)
        break;
    }
  if (pid > 0)
    kill (-pid, SIGKILL);
  _exit (0);
}

int
cli_guard_start (void)
{
  int ends[2];
  pid_t pid;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return -1;
  pid = fork ();
  if (pid == 0)
    {
      close (ends[1]);
      /* Nobody's child, so that it is none of what the test has left behind. */
      if (fork () == 0)
        guard (ends[0]);
      _exit (0);
    }
  close (ends[0]);
  if (pid > 0)
    {
      while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
        ;
      return ends[1];
    }
  close (ends[1]);
  return -1;
}

void
cli_guard_tell (int guard_fd, int pid)
{
  while (guard_fd >= 0 && write (guard_fd, &pid, sizeof pid) < 0 && errno == EINTR)
    ;
}
