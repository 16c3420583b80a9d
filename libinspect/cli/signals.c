/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <glib-unix.h>

#include "signals.h"

typedef struct
{
  CliSignalFunc func;
  gpointer data;
  int fd;
} Watch;

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  Watch *watch = data;
  struct signalfd_siginfo info;

  while (read (fd, &info, sizeof info) == sizeof info)
    watch->func (info.ssi_signo, info.ssi_code == SI_KERNEL, watch->data);
  return G_SOURCE_CONTINUE;
}

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  close (watch->fd);
  g_free (watch);
}

guint
cli_signals_watch (CliSignalFunc func, gpointer data)
{
  Watch *watch;
  sigset_t set;
  int fd;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGHUP);
  sigaddset (&set, SIGQUIT);
  sigaddset (&set, SIGUSR1);
  if (sigprocmask (SIG_BLOCK, &set, NULL) != 0)
    return 0;
  fd = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0)
    return 0;
  watch = g_new0 (Watch, 1);
  *watch = (Watch){ func, data, fd };
  return g_unix_fd_add_full (G_PRIORITY_HIGH, fd, G_IO_IN, on_readable, watch, watch_free);
}
