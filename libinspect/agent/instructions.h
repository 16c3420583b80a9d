/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_INSTRUCTIONS_H
#define AGENT_INSTRUCTIONS_H

/* The machine code at the beginning of a function: how long its instructions are, and the same
 * instructions for another place. It knows what compilers write there, and says so of anything else. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a jump to anywhere within 2 GB: what it takes in the place of the first instructions. */
#define AGENT_JUMP_BYTES 5u
/* Room for the instructions that @agent_instructions_move() writes, and the jump behind them. */
#define AGENT_MOVED_BYTES 96u

typedef struct
{
  uint8_t length; /* 0: not known */
  uint8_t
      displacement_at; /* offset of 4 bytes that count from the end of the instruction; 0: none */
  bool is_short;       /* a jump whose last byte counts from the end of the instruction */
  bool is_call;
  bool ends; /* what follows is not reached through it */
} AgentInstruction;

/* The instruction at @code, of which @n bytes can be read. x86-64. */
AgentInstruction agent_instruction_read (const uint8_t *code, size_t n);

/* The instructions at the beginning of a function that the first AGENT_JUMP_BYTES bytes belong to,
 * written to @to for execution at @to_address, and a jump back behind them.
 * @code: @size bytes that are at @address now.
 * Returns: how many bytes of @code they are; 0 where they cannot stand elsewhere, or where something in
 * the function jumps between them, or to its very beginning. */
size_t agent_instructions_move (const uint8_t *code, size_t size, uintptr_t address,
                                uint8_t to[AGENT_MOVED_BYTES], uintptr_t to_address);

/* A jump at @from to @to, which has to be within 2 GB. */
bool agent_instructions_write_jump (uint8_t jump[AGENT_JUMP_BYTES], uintptr_t from, uintptr_t to);

#endif
