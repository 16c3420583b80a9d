/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_SCAN_H
#define AGENT_SCAN_H

/* Keeps the process hooked as it loads and unloads objects. */

#include <stdbool.h>

#include "agent/configuration.h"

/* 0, or -EBUSY where another thread is at it. @is_late: the program runs already. */
int agent_scan_start (const AgentConfiguration *configuration, bool is_late);
int agent_scan_stop (void);

/* Something is being loaded: the calls below look again, for a while. */
void agent_scan_expect (void);
/* Hooks what has been loaded; one load where nothing is expected. Any thread; never waits. */
void agent_scan_settle (void);
/* And loads the plugins of runtimes that came with it. Only where the program is in a call of the
 * loader itself. */
void agent_scan_settle_and_load (void);

#endif
