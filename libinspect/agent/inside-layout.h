/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_INSIDE_LAYOUT_H
#define AGENT_INSIDE_LAYOUT_H

/* What the inspector reads of the agent to write to the code of a program: by the symbol
 * AGENT_INSIDE_SYMBOL, from outside. */

#include <stdint.h>

#define AGENT_INSIDE_SYMBOL "inspect_agent_inside"
/* In the place of a runtime's id, by a thread that waits for the inspector to do what is wished. */
#define AGENT_INSIDE_QUESTION "@inside"
/* Of the instructions that the five bytes of a jump belong to: 4 + 15. */
#define AGENT_INSIDE_BYTES 24u
#define AGENT_INSIDE_MAX 512u

typedef enum
{
  AGENT_INSIDE_NOTHING,
  AGENT_INSIDE_INSTALL,
  AGENT_INSIDE_REMOVE,
} AgentInsideWish;

typedef struct
{
  uint64_t address;
  uint32_t length; /* of @before and @after: no thread may be at any but the first of these bytes */
  uint8_t before[AGENT_INSIDE_BYTES];
  uint8_t after[AGENT_INSIDE_BYTES];
  uint32_t reserved;
} AgentInsidePatch;

typedef struct
{
  uint32_t size; /* sizeof (AgentInside) */
  uint32_t wish; /* AgentInsideWish; atomic */
  uint32_t n;
  uint32_t patch_size; /* sizeof (AgentInsidePatch) */
  AgentInsidePatch patches[AGENT_INSIDE_MAX];
} AgentInside;

#endif
