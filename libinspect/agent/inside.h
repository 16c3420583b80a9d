/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_INSIDE_H
#define AGENT_INSIDE_H

/* A runtime that is linked into the program, or into a library that uses it: nobody calls it through a slot
 * that is not the runtime's as well, so that the beginnings of its functions lead to the plugin. What the runtime
 * itself calls of its own functions goes on as before, as it does with a library of its own: where a call comes
 * from is seen by its return address.
 *
 * Code is written to while no thread can be in it: in a process that has one thread, which is not on its way back
 * there, by the agent; else by the inspector, which stops all threads first (target/inside.h). x86-64. */

#include "agent/inside-layout.h"
#include "agent/objects.h"
#include "agent/functions.h"
#include "agent/runtime-plugin.h"

/* Makes what the functions of @plugin that are in @object are to lead to, and sets the plugin's originals. Called again, it finds what it has made. False: one of them cannot be led anywhere, for
 * its code is of a kind that is not known, or the runtime's code lies among others', or there is no
 * memory: all stay as they are. Under the agent's lock. */
bool agent_inside_prepare (const AgentObject *object, const InspectRuntimePlugin *plugin,
                           const AgentFunctions *functions);

/* Leads them there now; waits for the inspector, where it has to do it. False: it cannot be done, or the inspector
 * does not answer. */
bool agent_inside_install (void);

/* The inspector is asked to do it, or to undo it. */
void agent_inside_ask (AgentInsideWish wish);

#endif
