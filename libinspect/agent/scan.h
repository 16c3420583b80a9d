/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_SCAN_H
#define AGENT_SCAN_H

/* Keeps the process hooked as it loads and unloads objects. */

#include "agent/configuration.h"
#include "agent/objects.h"
#include "agent/runtime-plugin.h"

/* Adds hooks that are there whatever is loaded. */
typedef void AgentAddHooksFunc (const AgentObjects *objects);

/* 0, or -EBUSY where another thread is at it. @site: of the thread of a program that runs already; NULL:
 * it has not begun. @add_hooks: called before the first look */
int agent_scan_start (const AgentConfiguration *configuration, const InspectSite *site,
                      AgentAddHooksFunc *add_hooks);
/* @site: as above; NULL: the calling thread is anywhere. */
int agent_scan_stop (const InspectSite *site);

/* Something is being loaded: the calls below look again, for a while. */
void agent_scan_expect (void);
/* Hooks what has been loaded; one load where nothing is expected. Any thread; never waits. */
void agent_scan_settle (void);
/* And loads the plugins of runtimes that came with it. Only where the program is in a call of the
 * loader itself. */
void agent_scan_settle_and_load (void);

#endif
