/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_PATCH_H
#define AGENT_PATCH_H

/* Puts replacements into the slots through which one object calls others, and takes them out. */

#include "agent/objects.h"
#include "agent/runtime-plugin.h"

typedef struct
{
  uint32_t n_patched;   /* slots that hold a replacement now */
  uint32_t n_changed;   /* of them, those that did not before */
  uint32_t n_unbound;   /* of those changed, lazily bound ones: their first call may be under way */
  uint32_t n_undecided; /* left alone until the loader has bound them */
  bool is_unready;      /* the loader is still at work on the object: nothing was looked at */
  void **canary;        /* one slot that was patched, or NULL */
} AgentPatchResult;

/* @trust_writable: the object is known to be relocated, even where its RELRO is not protected. */
void agent_patch_object (const AgentObject *object, const AgentObjects *all, bool trust_writable,
                         AgentPatchResult *ret_result);
/* Those of @swaps that are in data of @object. Returns: how many were changed */
size_t agent_patch_swap (const AgentObject *object, const InspectSwap *swaps, size_t n);
/* Every slot that holds a replacement gets the original, as if the loader had bound it. */
void agent_unpatch_object (const AgentObject *object);

/* How many slots of a runtime hold its replacements. */
uint32_t agent_patch_count_reached (uint32_t runtime);

/* Slots that name a function of a runtime and lead to another object than that which is hooked: one function of each
 * such object. Returns: how many of @ret_functions were set */
#define AGENT_PATCH_MAX_FOREIGN 8u
uint32_t agent_patch_get_foreign (uint32_t runtime,
                                  uintptr_t ret_functions[AGENT_PATCH_MAX_FOREIGN]);

#endif
