/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_LENT_H
#define AGENT_LENT_H

/* What a runtime plugin is lent (InspectAgent). */

#include "agent/runtime.h"

/* @number: of @runtime, below AGENT_MAX_RUNTIMES. @settle, @swap: lent as they are. */
void agent_lent_init (InspectAgent *lent, const AgentRuntime *runtime, uint32_t number,
                      void (*settle) (void), size_t (*swap) (const InspectSwap *swaps, size_t n));

#endif
