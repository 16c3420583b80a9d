/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <glib.h>

G_BEGIN_DECLS

/* That something takes long, to whoever sits at a terminal: nobody else wants to know. */
void cli_progress_tell (const char *line);

/* The same of something that the thread is busy with: @line, once it has taken a second. To be ended in any case. */
typedef struct _CliProgress CliProgress;

/* @line: (transfer full) */
CliProgress *cli_progress_begin (char *line);
void cli_progress_end (CliProgress *progress);

G_END_DECLS

#endif
