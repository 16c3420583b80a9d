/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_USE_STATE_H
#define DEBUGINFO_USE_STATE_H

/* What is known of registers and of the frame at one instruction of a function, as far as it comes from its parameters:
 * a parameter, what one of its first words points to, each with an offset. x86-64. */

#include <glib.h>

#include "debuginfo/instruction.h"

G_BEGIN_DECLS

#define USE_N_REGISTERS 16
#define USE_N_SLOTS 64

typedef enum
{
  USE_OF_NOTHING,
  USE_OF_PARAMETER, /* of the first function, + offset */
  USE_OF_LOADED,    /* what is at `at` behind it, + offset */
  USE_OF_FRAME,     /* stack pointer before the call, + offset */
} UseValueOf;

typedef struct
{
  UseValueOf of;
  guint parameter;
  gint64 at, offset;
} UseValue;

typedef struct
{
  gint64 offset; /* in the frame */
  UseValue value;
} UseSlot;

/* What is known at one instruction. */
typedef struct
{
  guint64 pc;
  UseValue registers[USE_N_REGISTERS];
  UseSlot slots[USE_N_SLOTS];
  guint n_slots;
} UseState;

UseValue use_state_get_register (const UseState *state, int number);
/* The word that is at @address. */
UseValue use_state_read_memory (const UseState *state, const UseValue *address);

/* What is known behind @instruction. A call leaves what functions leave; its target is the caller's to follow. */
void use_state_step (UseState *state, const Instruction *instruction);

G_END_DECLS

#endif
