/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_INSIDE_H
#define AGENT_INSIDE_H

/* A runtime that is linked into the program: nobody calls it through a slot, so that the beginnings of
 * its functions lead to the plugin. What the runtime itself calls of its own functions goes on as
 * before, as it does with a library: where a call comes from is seen by its return address.
 *
 * Code is written to while no thread can be in it: when the program starts, and has one thread, by
 * the agent; in a program that runs by the inspector, which stops all threads first
 * (target/inside.h). x86-64. */

#include "agent/inside-layout.h"
#include "agent/objects.h"
#include "agent/program.h"
#include "agent/runtime-plugin.h"

/* Makes what the functions of @plugin that are in the program are to lead to, and sets the plugin's
 * originals. Called again, it finds what it has made. False: one of them cannot be led anywhere, for
 * its code is of a kind that is not known, or the runtime's code lies among others', or there is no
 * memory: all stay as they are. Under the agent's lock. */
bool agent_inside_prepare (const AgentObject *program, const InspectRuntimePlugin *plugin,
                           const AgentProgramFunctions *functions);

/* Leads them there now. False: the process has more threads than this one, or its code cannot be
 * written to. */
bool agent_inside_install (void);

/* The inspector is asked to do it, or to undo it. */
void agent_inside_ask (AgentInsideWish wish);

#endif
