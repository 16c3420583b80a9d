/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/lent.h"

#include <assert.h>

#include "agent/libraries.h"
#include "agent/memory.h"
#include "agent/stack.h"

/* Process-wide, as the runtimes are. */
static const AgentRuntime *lenders[AGENT_MAX_RUNTIMES];

/* ---- By number -------------------------------------------------------------------------------- */

/* The plugin's lookup has no argument for its own runtime, so that there is one for each. */
static void *
look_up (uint32_t number, const char *symbol)
{
  const AgentCopy *hooked = lenders[number]->hooked;

  if (hooked == NULL)
    return agent_objects_lookup (symbol);
  return agent_originals_look_in (&hooked->object, agent_copy_get_inside (hooked), symbol,
                                  agent_object_hash_name (symbol));
}

#define LOOKUP(number)                                                                             \
  static void *look_up_##number (const char *symbol) { return look_up (number, symbol); }
LOOKUP (0)
LOOKUP (1)
LOOKUP (2)
LOOKUP (3)
LOOKUP (4)
LOOKUP (5)
LOOKUP (6)
LOOKUP (7)
LOOKUP (8)
LOOKUP (9)
LOOKUP (10)
LOOKUP (11)
LOOKUP (12)
LOOKUP (13)
LOOKUP (14)
LOOKUP (15)

static void *(*const lookups[]) (const char *symbol) = {
  look_up_0, look_up_1, look_up_2,  look_up_3,  look_up_4,  look_up_5,  look_up_6,  look_up_7,
  look_up_8, look_up_9, look_up_10, look_up_11, look_up_12, look_up_13, look_up_14, look_up_15,
};
static_assert (sizeof lookups / sizeof *lookups == AGENT_MAX_RUNTIMES, "one for each runtime");

/* The same for what is asked. */
static const void *
ask (uint32_t number, size_t *ret_size)
{
  const void *bytes = NULL;

  *ret_size = 0;
  if (emit_process_ask == NULL)
    return NULL;
  return emit_process_ask (lenders[number]->entry->id, &bytes, ret_size) ? bytes : NULL;
}

#define ASK(number)                                                                                \
  static const void *ask_##number (size_t *ret_size) { return ask (number, ret_size); }
ASK (0)
ASK (1)
ASK (2)
ASK (3)
ASK (4)
ASK (5)
ASK (6)
ASK (7)
ASK (8)
ASK (9)
ASK (10)
ASK (11)
ASK (12)
ASK (13)
ASK (14)
ASK (15)

static const void *(*const asks[]) (size_t *ret_size) = {
  ask_0, ask_1, ask_2,  ask_3,  ask_4,  ask_5,  ask_6,  ask_7,
  ask_8, ask_9, ask_10, ask_11, ask_12, ask_13, ask_14, ask_15,
};
static_assert (sizeof asks / sizeof *asks == AGENT_MAX_RUNTIMES, "one for each runtime");

/* ---- All of it -------------------------------------------------------------------------------- */

void
agent_lent_init (InspectAgent *lent, const AgentRuntime *runtime, uint32_t number,
                 void (*settle) (void), size_t (*swap) (const InspectSwap *swaps, size_t n))
{
  lenders[number] = runtime;
  *lent = (InspectAgent){
    .size = sizeof *lent,
    .payload = emit_process_option ("payload", 0) == 1,
    .lookup = lookups[number],
    .reserve = agent_memory_reserve,
    .count_skipped = emit_count_skipped,
    .settle = settle,
    .lookup_global = agent_objects_lookup,
    .stack = agent_stack_take,
    .ask = asks[number],
    .swap = swap,
  };
}
