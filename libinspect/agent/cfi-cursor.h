/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_CFI_CURSOR_H
#define AGENT_CFI_CURSOR_H

#include "agent/cfi.h"

/* Reads what other people's compilers wrote, one thing after the other, and nothing beyond its end. */

#define AGENT_CURSOR_OMITTED 0xff
#define AGENT_CURSOR_INDIRECT 0x80

typedef struct
{
  const uint8_t *at, *end;
  uintptr_t address; /* of `at` in the process */
  bool failed;       /* something was read beyond the end: what was read is 0 */
} AgentCursor;

AgentCursor agent_cursor_of (const AgentCfiBytes *bytes);
AgentCfiBytes agent_cursor_rest (const AgentCursor *cursor);
void agent_cursor_skip (AgentCursor *cursor, uint64_t length);
uint64_t agent_cursor_word (AgentCursor *cursor, size_t size);
uint64_t agent_cursor_uleb (AgentCursor *cursor);
int64_t agent_cursor_sleb (AgentCursor *cursor);
/* A value in one of the DW_EH_PE_ formats, without what it is relative to. */
uint64_t agent_cursor_format (AgentCursor *cursor, uint8_t encoding);
/* Absolute, or relative to where it stands: what linkers write of code. */
uintptr_t agent_cursor_address (AgentCursor *cursor, uint8_t encoding);

#endif
