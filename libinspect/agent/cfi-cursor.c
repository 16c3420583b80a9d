/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/cfi-cursor.h"

#include <string.h>

AgentCursor
agent_cursor_of (const AgentCfiBytes *bytes)
{
  return (AgentCursor){ bytes->bytes, bytes->bytes + bytes->length, bytes->address, false };
}

AgentCfiBytes
agent_cursor_rest (const AgentCursor *cursor)
{
  return (AgentCfiBytes){ cursor->at, (size_t)(cursor->end - cursor->at), cursor->address };
}

void
agent_cursor_skip (AgentCursor *cursor, uint64_t length)
{
  if (length > (size_t)(cursor->end - cursor->at))
    {
      cursor->failed = true;
      length = (uint64_t)(cursor->end - cursor->at);
    }
  cursor->at += length;
  cursor->address += length;
}

uint64_t
agent_cursor_word (AgentCursor *cursor, size_t size)
{
  uint64_t value = 0;

  if (size > (size_t)(cursor->end - cursor->at))
    {
      cursor->failed = true;
      return 0;
    }
  memcpy (&value, cursor->at, size);
  agent_cursor_skip (cursor, size);
  return value;
}

uint64_t
agent_cursor_uleb (AgentCursor *cursor)
{
  uint64_t value = 0;

  for (unsigned shift = 0;; shift += 7)
    {
      uint8_t byte = (uint8_t)agent_cursor_word (cursor, 1);

      if (shift < 64)
        value |= (uint64_t)(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        return value;
    }
}

int64_t
agent_cursor_sleb (AgentCursor *cursor)
{
  uint64_t value = 0;
  unsigned shift = 0;
  uint8_t byte;

  do
    {
      byte = (uint8_t)agent_cursor_word (cursor, 1);
      if (shift < 64)
        value |= (uint64_t)(byte & 0x7f) << shift;
      shift += 7;
    }
  while ((byte & 0x80) != 0);
  if (shift < 64 && (byte & 0x40) != 0)
    value |= ~UINT64_C (0) << shift;
  return (int64_t)value;
}

uint64_t
agent_cursor_format (AgentCursor *cursor, uint8_t encoding)
{
  switch (encoding & 0x0f)
    {
    case 0x00: /* absptr */
    case 0x04: /* udata8 */
    case 0x0c: /* sdata8 */
      return agent_cursor_word (cursor, 8);
    case 0x01:
      return agent_cursor_uleb (cursor);
    case 0x02:
      return agent_cursor_word (cursor, 2);
    case 0x03:
      return agent_cursor_word (cursor, 4);
    case 0x09:
      return (uint64_t)agent_cursor_sleb (cursor);
    case 0x0a:
      return (uint64_t)(int16_t)agent_cursor_word (cursor, 2);
    case 0x0b:
      return (uint64_t)(int32_t)agent_cursor_word (cursor, 4);
    default:
      cursor->failed = true;
      return 0;
    }
}

uintptr_t
agent_cursor_address (AgentCursor *cursor, uint8_t encoding)
{
  uintptr_t base = (encoding & 0x70) == 0x10 ? cursor->address : 0;

  if ((encoding & 0x70) > 0x10 || (encoding & AGENT_CURSOR_INDIRECT) != 0)
    cursor->failed = true;
  return base + agent_cursor_format (cursor, encoding);
}
