/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_INSTRUCTION_H
#define DEBUGINFO_INSTRUCTION_H

#include <glib.h>

G_BEGIN_DECLS

/* One instruction of x86-64, as far as one has to know to follow a pointer: its length, its operands,
 * and which registers it may change. Registers have the machine's numbers: 0 rax, 4 rsp, 7 rdi. */

enum
{
  INSTRUCTION_NO_REGISTER = -1,
  INSTRUCTION_RSP = 4,
  INSTRUCTION_RBP = 5,
};

typedef enum
{
  INSTRUCTION_OTHER,   /* changes nothing but `clobbers`, and what `operand` is, if it `writes` */
  INSTRUCTION_LOAD,    /* reg = operand */
  INSTRUCTION_STORE,   /* operand = reg */
  INSTRUCTION_ADDRESS, /* reg = address of operand */
  INSTRUCTION_ADD,     /* operand += immediate */
  INSTRUCTION_PUSH,    /* of reg */
  INSTRUCTION_PUSH_OTHER, /* of something else */
  INSTRUCTION_POP,        /* into reg */
  INSTRUCTION_LEAVE,
  INSTRUCTION_CALL,   /* of `target`, if that is not 0 */
  INSTRUCTION_JUMP,   /* to `target`; always */
  INSTRUCTION_BRANCH, /* to `target`, or on */
  INSTRUCTION_END,    /* of what can be followed: a return, a jump through a table */
} InstructionOf;

typedef struct
{
  InstructionOf of;
  guint length;
  gboolean is_wide; /* of 64 bits: else it moves no pointer */
  int reg;
  /* The other operand: a register, or memory. */
  int operand; /* register; NO_REGISTER: it is memory, or there is none */
  gboolean has_memory;
  int base, index; /* of memory; NO_REGISTER: none, or the instruction pointer */
  gint64 displacement;
  guint size;      /* of memory, at most */
  gboolean writes; /* OTHER: changes the operand */
  gint64 immediate;
  guint32 clobbers;         /* 1 << register, beside what `of` says */
  gboolean clobbers_memory; /* anywhere */
  guint64 target;
} Instruction;

/* @address: of its first byte, as `target` is to be counted. FALSE: it is cut off, or not understood. */
gboolean instruction_decode (const guint8 *bytes, gsize n, guint64 address,
                             Instruction *ret_instruction);

G_END_DECLS

#endif
