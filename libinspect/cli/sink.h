/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_SINK_H
#define CLI_SINK_H

#include <glib.h>

G_BEGIN_DECLS

/* Where reports go. A file is opened before the program is started, so that a mistake in its name
 * costs nothing; a report that it cannot take goes to standard error instead. */
typedef struct
{
  int fd;
  char *path;       /* NULL: a standard stream */
  gboolean terminal;
  gboolean colour;
  guint width;      /* columns; 0: no limit */
  gboolean failed;  /* a report could not be written where it was asked for */
} CliSink;

/* Of a terminal, in columns. */
guint cli_terminal_width (int fd);
gboolean cli_sink_open (CliSink *sink, const char *output, GError **error);
void cli_sink_write (CliSink *sink, const char *text);
void cli_sink_close (CliSink *sink);

G_END_DECLS

#endif
