/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_LOADER_H
#define AGENT_LOADER_H

#include "agent/objects.h"

/* Hooks the program's own calls of dlopen(), dlmopen(), dlsym() and dlvsym(), those of them that
 * this process has. */
void agent_loader_add_hooks (const AgentObjects *objects);

#endif
