/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What stands before the programs of an .eh_frame: the Linux Standard Base, "Exception Frames". */

#include "agent/cfi-cursor.h"

#include <string.h>

/* The sizes of a 64-bit entry would differ; nobody writes any. */
static bool
measure (const AgentCfiBytes *head, size_t *ret_length, uint32_t *ret_id)
{
  AgentCursor cursor = agent_cursor_of (head);
  uint64_t length = agent_cursor_word (&cursor, 4);

  *ret_id = (uint32_t)agent_cursor_word (&cursor, 4);
  if (cursor.failed || length < 8 || length >= 0xfffffff0)
    return false;
  *ret_length = (size_t)length + 4;
  return true;
}

bool
agent_cfi_measure_fde (const AgentCfiBytes *head, size_t *ret_length, uintptr_t *ret_cie)
{
  uint32_t id;

  if (!measure (head, ret_length, &id) || id == 0 || id > head->address + 4)
    return false;
  *ret_cie = head->address + 4 - id;
  return true;
}

bool
agent_cfi_measure_cie (const AgentCfiBytes *head, size_t *ret_length)
{
  uint32_t id;

  return measure (head, ret_length, &id) && id == 0;
}

/* Every letter has to be known, for each may have data. */
static bool
read_augmentation (AgentCursor *cursor, const char *letters, AgentCie *cie)
{
  uint64_t length = agent_cursor_uleb (cursor);
  AgentCursor data = *cursor;

  agent_cursor_skip (cursor, length);
  if (cursor->failed)
    return false;
  data.end = cursor->at;
  for (; *letters != '\0'; letters++)
    switch (*letters)
      {
      case 'R':
        cie->pointer_encoding = (uint8_t)agent_cursor_word (&data, 1);
        break;
      case 'P':
        {
          uint8_t encoding = (uint8_t)agent_cursor_word (&data, 1);

          if (encoding == 0x50) /* aligned */
            return false;
          agent_cursor_format (&data, encoding);
          break;
        }
      case 'L':
        agent_cursor_word (&data, 1);
        break;
      case 'S':
        cie->is_signal_frame = true;
        break;
      case 'B': /* signed with the other key */
      case 'G': /* tagged memory */
        break;
      default:
        return false;
      }
  return !data.failed;
}

bool
agent_cfi_read_cie (const AgentCfiBytes *entry, AgentCie *ret_cie)
{
  AgentCursor cursor = agent_cursor_of (entry);
  const char *letters;
  uint64_t version, ra;

  memset (ret_cie, 0, sizeof *ret_cie);
  agent_cursor_skip (&cursor, 8);
  version = agent_cursor_word (&cursor, 1);
  letters = (const char *)cursor.at;
  while (!cursor.failed && agent_cursor_word (&cursor, 1) != 0)
    ;
  if (version == 4)
    agent_cursor_skip (&cursor, 2); /* sizes of an address and of a segment */
  ret_cie->code_alignment = agent_cursor_uleb (&cursor);
  ret_cie->data_alignment = agent_cursor_sleb (&cursor);
  ra = version == 1 ? agent_cursor_word (&cursor, 1) : agent_cursor_uleb (&cursor);
  if (cursor.failed || (version != 1 && version != 3 && version != 4) || ra != AGENT_CFI_RA ||
      (letters[0] != '\0' && letters[0] != 'z'))
    return false;
  ret_cie->has_augmentation = letters[0] == 'z';
  if (ret_cie->has_augmentation && !read_augmentation (&cursor, letters + 1, ret_cie))
    return false;
  ret_cie->program = agent_cursor_rest (&cursor);
  return ret_cie->pointer_encoding != AGENT_CURSOR_OMITTED;
}

bool
agent_cfi_read_fde (const AgentCfiBytes *entry, const AgentCie *cie, AgentFde *ret_fde)
{
  AgentCursor cursor = agent_cursor_of (entry);

  agent_cursor_skip (&cursor, 8);
  ret_fde->start = agent_cursor_address (&cursor, cie->pointer_encoding);
  ret_fde->end = ret_fde->start + agent_cursor_format (&cursor, cie->pointer_encoding);
  if (cie->has_augmentation)
    agent_cursor_skip (&cursor, agent_cursor_uleb (&cursor));
  ret_fde->program = agent_cursor_rest (&cursor);
  return !cursor.failed && ret_fde->start < ret_fde->end;
}
