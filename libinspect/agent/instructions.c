/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/instructions.h"

#include <string.h>

/* ---- Lengths --------------------------------------------------------------------------------- */

/* What follows an opcode (Intel SDM, volume 2, appendix A), by a letter in the tables below. */
enum
{
  MODRM = 1 << 0, /* a ModRM byte, and what that asks for */
  BYTE = 1 << 1,  /* one byte */
  WORD = 1 << 2,  /* four bytes; two after 66 */
  SHORT = 1 << 3, /* where it jumps to, in one byte */
  NEAR = 1 << 4,  /* in four */
  END = 1 << 5,   /* it does not go on behind it */
  CALL = 1 << 6,  /* it comes back */
  KNOWN = 1 << 7,
};

static const uint8_t forms[128] = {
  ['.'] = KNOWN,
  ['r'] = KNOWN | END,
  ['m'] = KNOWN | MODRM,
  ['1'] = KNOWN | BYTE,
  ['4'] = KNOWN | WORD,
  ['b'] = KNOWN | MODRM | BYTE,
  ['z'] = KNOWN | MODRM | WORD,
  ['j'] = KNOWN | SHORT,
  ['J'] = KNOWN | NEAR,
  ['s'] = KNOWN | SHORT | END,
  ['S'] = KNOWN | NEAR | END,
  ['C'] = KNOWN | NEAR | CALL,
};

static const char one_byte[] = "mmmm14--mmmm14--" /* 00 */
                               "mmmm14--mmmm14--" /* 10 */
                               "mmmm14--mmmm14--" /* 20 */
                               "mmmm14--mmmm14--" /* 30 */
                               "----------------" /* 40 */
                               "................" /* 50 */
                               "---m----4z1b----" /* 60 */
                               "jjjjjjjjjjjjjjjj" /* 70 */
                               "bz-bmmmmmmmm-m-m" /* 80 */
                               "..........------" /* 90 */
                               "----..--14..----" /* a0 */
                               "1111111144444444" /* b0 */
                               "bb-r--bz-.------" /* c0 */
                               "mmmm------------" /* d0 */
                               "--------CS-s----" /* e0 */
                               "------mm------mm" /* f0 */;

static const char after_0f[] = "-----.-----r-m--" /* 00 */
                               "mmmmmmmmmmmmmmmm" /* 10 */
                               "--------mmmmmmmm" /* 20 */
                               "-.--------------" /* 30 */
                               "mmmmmmmmmmmmmmmm" /* 40 */
                               "mmmmmmmmmmmmmmmm" /* 50 */
                               "mmmmmmmmmmmmmmmm" /* 60 */
                               "bbbbmmm-------mm" /* 70 */
                               "JJJJJJJJJJJJJJJJ" /* 80 */
                               "mmmmmmmmmmmmmmmm" /* 90 */
                               "--.mbm-----mbm-m" /* a0 */
                               "mm-m--mmm-bmmmmm" /* b0 */
                               "mmbmbbb-........" /* c0 */
                               "-mmmmmmmmmmmmmmm" /* d0 */
                               "mmmmmmmmmmmmmmmm" /* e0 */
                               "-mmmmmmmmmmmmmm-" /* f0 */;

typedef struct
{
  const uint8_t *code;
  size_t n, at;
  bool is_wide;   /* REX.W */
  bool is_narrow; /* 66 */
} Reader;

static bool
peek (const Reader *reader, uint8_t *ret_byte)
{
  if (reader->at >= reader->n)
    return false;
  *ret_byte = reader->code[reader->at];
  return true;
}

/* Returns: false where the code ends before */
static bool
skip_prefixes (Reader *reader, uint8_t *ret_opcode)
{
  for (int i = 0; i < 4 && peek (reader, ret_opcode); i++, reader->at++)
    {
      if (*ret_opcode == 0x66)
        reader->is_narrow = true;
      /* REP and REPNE, which belong to the opcode of many instructions; FS, LOCK. */
      else if (*ret_opcode != 0xf2 && *ret_opcode != 0xf3 && *ret_opcode != 0x64 &&
               *ret_opcode != 0xf0 && *ret_opcode != 0x2e)
        break;
    }
  if (peek (reader, ret_opcode) && (*ret_opcode & 0xf0) == 0x40)
    {
      reader->is_wide = (*ret_opcode & 8) != 0;
      reader->at++;
    }
  return peek (reader, ret_opcode);
}

static bool
read_modrm (Reader *reader, AgentInstruction *instruction, uint8_t *ret_reg)
{
  uint8_t modrm, mod, rm, sib;

  if (!peek (reader, &modrm))
    return false;
  reader->at++;
  mod = modrm >> 6;
  rm = modrm & 7;
  *ret_reg = modrm >> 3 & 7;
  if (mod == 3)
    return true;
  if (rm == 4)
    {
      if (!peek (reader, &sib))
        return false;
      reader->at++;
      if (mod == 0 && (sib & 7) == 5)
        reader->at += 4;
    }
  else if (mod == 0 && rm == 5)
    {
      instruction->displacement_at = (uint8_t)reader->at;
      reader->at += 4;
    }
  if (mod != 0)
    reader->at += mod == 1 ? 1 : 4;
  return true;
}

AgentInstruction
agent_instruction_read (const uint8_t *code, size_t n)
{
  Reader reader = { .code = code, .n = n };
  AgentInstruction result = { 0 }, unknown = { 0 };
  uint8_t opcode, form, reg = 0;
  bool is_two = false;

  if (!skip_prefixes (&reader, &opcode))
    return unknown;
  reader.at++;
  if (opcode == 0x0f)
    {
      is_two = true;
      if (!peek (&reader, &opcode))
        return unknown;
      reader.at++;
      form = forms[(uint8_t)after_0f[opcode]];
    }
  else
    form = forms[(uint8_t)one_byte[opcode]];
  if (form == 0 || ((form & MODRM) != 0 && !read_modrm (&reader, &result, &reg)))
    return unknown;
  if (!is_two && (opcode == 0xf6 || opcode == 0xf7) && reg < 2)
    form |= opcode == 0xf6 ? BYTE : WORD;
  if (!is_two && opcode == 0xff)
    {
      /* Calls, jumps; far ones. */
      result.is_call = reg == 2;
      result.ends = reg == 4;
      if (reg == 3 || reg == 5 || reg == 7)
        return unknown;
    }
  if ((form & BYTE) != 0)
    reader.at += 1;
  if ((form & WORD) != 0)
    reader.at += !is_two && opcode >= 0xb8 && opcode <= 0xbf && reader.is_wide ? 8
                 : reader.is_narrow                                            ? 2
                                                                               : 4;
  if ((form & SHORT) != 0)
    {
      result.is_short = true;
      reader.at += 1;
    }
  if ((form & NEAR) != 0)
    {
      /* What 66 means here depends on the maker of the processor. */
      if (reader.is_narrow)
        return unknown;
      result.displacement_at = (uint8_t)reader.at;
      reader.at += 4;
    }
  result.is_call |= (form & CALL) != 0;
  result.ends |= (form & END) != 0;
  if (reader.at > n)
    return unknown;
  result.length = (uint8_t)reader.at;
  return result;
}

static int32_t
read_32 (const uint8_t *bytes)
{
  int32_t value;

  memcpy (&value, bytes, sizeof value);
  return value;
}

/* Where a jump, call, or reference of @instruction leads that stands at @address; 0: it has none. */
static uintptr_t
get_target (const AgentInstruction *instruction, const uint8_t *code, uintptr_t address)
{
  uintptr_t end = address + instruction->length;

  if (instruction->is_short)
    return end + (uintptr_t)(intptr_t)(int8_t)code[instruction->length - 1];
  if (instruction->displacement_at != 0)
    return end + (uintptr_t)(intptr_t)read_32 (code + instruction->displacement_at);
  return 0;
}

/* ---- Jumps into the beginning ---------------------------------------------------------------- */

/* How far a short jump leads. */
#define SHORT_REACH 132u

static bool
is_inside (uintptr_t target, uintptr_t address, size_t length)
{
  return target - address < length;
}

/* Where the instructions are not known, any byte may be the first of one: rather too many are taken
 * for jumps than one too few. */
static bool
may_be_jumped_into (const uint8_t *code, size_t size, size_t from, uintptr_t address, size_t length)
{
  for (size_t at = from; at < size; at++)
    {
      uintptr_t here = address + at;

      if (at < SHORT_REACH && at + 2 <= size &&
          ((code[at] & 0xf0) == 0x70 || code[at] == 0xeb || (code[at] & 0xfc) == 0xe0) &&
          is_inside (here + 2 + (uintptr_t)(intptr_t)(int8_t)code[at + 1], address, length))
        return true;
      /* E8, E9, 0F 8x: the last four bytes of each. */
      if (at + 5 <= size && ((code[at] & 0xfe) == 0xe8 || (code[at] & 0xf0) == 0x80) &&
          is_inside (here + 5 + (uintptr_t)(intptr_t)read_32 (code + at + 1), address, length))
        return true;
    }
  return false;
}

static bool
is_jumped_into (const uint8_t *code, size_t size, uintptr_t address, size_t length)
{
  size_t at = 0;

  while (at < size)
    {
      AgentInstruction instruction = agent_instruction_read (code + at, size - at);

      if (instruction.length == 0)
        break;
      if (is_inside (get_target (&instruction, code + at, address + at), address, length))
        return true;
      at += instruction.length;
    }
  return may_be_jumped_into (code, size, at, address, length);
}

/* ---- Moving ---------------------------------------------------------------------------------- */

static bool
put_distance (uint8_t *at, uintptr_t target, uintptr_t end)
{
  intptr_t distance = (intptr_t)(target - end);
  int32_t value = (int32_t)distance;

  if (value != distance)
    return false;
  memcpy (at, &value, sizeof value);
  return true;
}

bool
agent_instructions_write_jump (uint8_t jump[AGENT_JUMP_BYTES], uintptr_t from, uintptr_t to)
{
  jump[0] = 0xe9;
  return put_distance (jump + 1, to, from + AGENT_JUMP_BYTES);
}

/* A short jump becomes a long one. Returns: how many bytes were written; 0: it cannot be */
static size_t
move_one (const AgentInstruction *instruction, const uint8_t *code, uintptr_t address, uint8_t *to,
          uintptr_t to_address)
{
  uintptr_t target = get_target (instruction, code, address);
  size_t length = instruction->length;

  if (instruction->is_short)
    {
      uint8_t opcode = code[length - 2];

      if (opcode == 0xeb)
        return agent_instructions_write_jump (to, to_address, target) ? AGENT_JUMP_BYTES : 0;
      to[0] = 0x0f;
      to[1] = (uint8_t)(0x80 | (opcode & 0x0f));
      return put_distance (to + 2, target, to_address + 6) ? 6 : 0;
    }
  memcpy (to, code, length);
  if (instruction->displacement_at != 0 &&
      !put_distance (to + instruction->displacement_at, target, to_address + length))
    return 0;
  return length;
}

size_t
agent_instructions_move (const uint8_t *code, size_t size, uintptr_t address,
                         uint8_t to[AGENT_MOVED_BYTES], uintptr_t to_address)
{
  size_t from = 0, written = 0;
  bool ends = false;

  while (from < AGENT_JUMP_BYTES)
    {
      AgentInstruction instruction = agent_instruction_read (code + from, size - from);
      size_t n;

      if (instruction.length == 0 || ends)
        return 0;
      n = move_one (&instruction, code + from, address + from, to + written, to_address + written);
      if (n == 0)
        return 0;
      from += instruction.length;
      written += n;
      /* What is called comes back between them. */
      if (instruction.is_call && from < AGENT_JUMP_BYTES)
        return 0;
      ends = instruction.ends;
    }
  if (is_jumped_into (code, size, address, from))
    return 0;
  if (!ends)
    {
      /* jmp *(%rip), with the address behind it: any distance. */
      static const uint8_t back[] = { 0xff, 0x25, 0, 0, 0, 0 };
      uintptr_t next = address + from;

      memcpy (to + written, back, sizeof back);
      memcpy (to + written + sizeof back, &next, sizeof next);
    }
  return from;
}
