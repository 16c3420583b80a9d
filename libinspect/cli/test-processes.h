/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_TEST_PROCESSES_H
#define CLI_TEST_PROCESSES_H

#include <glib.h>

G_BEGIN_DECLS

/* What a test has left below us. Processes that lose their parent become our children, for we are
 * made their reaper: none gets away, whatever session it has given itself. */

void cli_processes_adopt (void);

typedef struct
{
  int pid;
  char *command;
} CliProcess;

/* All processes below this one; (transfer full): CliProcess */
GPtrArray *cli_processes_list (void);
/* All processes below @pid and itself. */
GPtrArray *cli_processes_list_of (int pid);
/* SIGTERM to each of @processes, and SIGKILL to what is left after @grace_ms. Reaps what are our
 * children, but not @keep, whose status somebody waits for. */
void cli_processes_end (GPtrArray *processes, guint grace_ms, int keep);

G_END_DECLS

#endif
