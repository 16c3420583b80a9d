/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <glib.h>

G_BEGIN_DECLS

/* The signals that async-inspect itself acts on, read from a signalfd in the main loop, because
 * the sender matters: Ctrl-C on a terminal has reached the program already, kill(1) has not. */
typedef void (*CliSignalFunc) (int number, gboolean from_terminal, gpointer data);

/* Blocks SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGUSR1 in this process and calls @func for each
 * that arrives. Call before any thread and before the program is started.
 * Returns: the id of the source, 0 on failure */
guint cli_signals_watch (CliSignalFunc func, gpointer data);

G_END_DECLS

#endif
