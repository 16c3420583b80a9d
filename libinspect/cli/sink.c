/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <gio/gio.h>
#include <glib/gi18n.h>

#include "command.h"
#include "sink.h"

guint
cli_terminal_width (int fd)
{
  struct winsize size;

  if (ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return size.ws_col;
  return 100;
}

gboolean
cli_sink_open (CliSink *sink, const char *output, GError **error)
{
  const char *term = g_getenv ("TERM");
  const char *no_colour = g_getenv ("NO_COLOR");

  *sink = (CliSink){ .fd = STDERR_FILENO };
  if (output != NULL && g_str_equal (output, "-"))
    sink->fd = STDOUT_FILENO;
  else if (output != NULL)
    {
      sink->fd = open (output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      if (sink->fd < 0)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                       _ ("cannot write reports to '%s': %s; choose another file with --output"),
                       output, g_strerror (code));
          return FALSE;
        }
      sink->path = g_strdup (output);
    }
  sink->terminal = isatty (sink->fd);
  sink->colour = sink->terminal && (no_colour == NULL || *no_colour == '\0')
                 && (term == NULL || !g_str_equal (term, "dumb"));
  sink->width = sink->terminal ? cli_terminal_width (sink->fd) : 100;
  return TRUE;
}

static int
write_all (int fd, const char *text)
{
  gsize left = strlen (text);

  while (left > 0)
    {
      gssize n = write (fd, text, left);

      if (n < 0 && errno == EAGAIN)
        {
          /* The program shares our terminal and may have made it non-blocking. */
          GPollFD poll = { .fd = fd, .events = G_IO_OUT };

          g_poll (&poll, 1, 1000);
          continue;
        }
      if (n < 0 && errno != EINTR)
        return errno;
      if (n > 0)
        {
          text += n;
          left -= n;
        }
    }
  return 0;
}

void
cli_sink_write (CliSink *sink, const char *text)
{
  int code;

  if (sink->terminal)
    sink->width = cli_terminal_width (sink->fd);
  code = write_all (sink->fd, text);
  if (code == 0 || sink->fd == STDERR_FILENO)
    return;
  sink->failed = TRUE;
  cli_complain (_ ("cannot write the report to '%s': %s; it follows here"),
                sink->path != NULL ? sink->path : "-", g_strerror (code));
  write_all (STDERR_FILENO, text);
}

void
cli_sink_close (CliSink *sink)
{
  /* Some file systems say only here that there was no room. */
  if (sink->path != NULL && close (sink->fd) != 0)
    {
      sink->failed = TRUE;
      cli_complain (_ ("cannot write the report to '%s': %s"), sink->path, g_strerror (errno));
    }
  g_clear_pointer (&sink->path, g_free);
}
