/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/use-state.h"

/* A function keeps what its caller needs again: rbx, rsp, rbp, r12 to r15. */
#define CALL_CLOBBERS 0x0fc7u

/* ---- Registers and the frame ----------------------------------------------------------------------- */

UseValue
use_state_get_register (const UseState *state, int number)
{
  return number >= 0 ? state->registers[number] : (UseValue){ USE_OF_NOTHING, 0, 0, 0 };
}

static UseValue
get_slot (const UseState *state, gint64 offset)
{
  for (guint i = 0; i < state->n_slots; i++)
    if (state->slots[i].offset == offset)
      return state->slots[i].value;
  return (UseValue){ USE_OF_NOTHING, 0, 0, 0 };
}

static void
forget_slots (UseState *state, gint64 offset, gint64 length)
{
  for (guint i = state->n_slots; i-- > 0;)
    if (state->slots[i].offset < offset + length && offset < state->slots[i].offset + 8)
      state->slots[i] = state->slots[--state->n_slots];
}

static void
set_slot (UseState *state, gint64 offset, const UseValue *value)
{
  forget_slots (state, offset, 8);
  if (value->of != USE_OF_NOTHING && state->n_slots < USE_N_SLOTS)
    state->slots[state->n_slots++] = (UseSlot){ offset, *value };
}

static UseValue
get_address (const UseState *state, const Instruction *instruction)
{
  UseValue value = use_state_get_register (state, instruction->base);

  if (instruction->index != INSTRUCTION_NO_REGISTER)
    value.of = USE_OF_NOTHING;
  value.offset += instruction->displacement;
  return value;
}

UseValue
use_state_read_memory (const UseState *state, const UseValue *address)
{
  switch (address->of)
    {
    case USE_OF_FRAME:
      return get_slot (state, address->offset);
    case USE_OF_PARAMETER:
      return (UseValue){ USE_OF_LOADED, address->parameter, address->offset, 0 };
    default:
      return (UseValue){ USE_OF_NOTHING, 0, 0, 0 };
    }
}

static UseValue
read_operand (const UseState *state, const Instruction *instruction)
{
  UseValue address = get_address (state, instruction);

  return instruction->has_memory ? use_state_read_memory (state, &address)
                                 : use_state_get_register (state, instruction->operand);
}

/* ---- Instructions ---------------------------------------------------------------------------------- */

/* What is elsewhere than in the frame is not kept, and a pointer into the frame that went elsewhere is not known: code
 * that writes there through it is hardly written for the variables that are looked for. */
static void
write_operand (UseState *state, const Instruction *instruction, const UseValue *value)
{
  UseValue address;

  if (!instruction->has_memory)
    {
      if (instruction->operand != INSTRUCTION_NO_REGISTER)
        state->registers[instruction->operand] = *value;
      return;
    }
  address = get_address (state, instruction);
  if (address.of != USE_OF_FRAME)
    return;
  if (value->of != USE_OF_NOTHING)
    set_slot (state, address.offset, value);
  else
    forget_slots (state, address.offset, instruction->size);
}

/* @registers: bits */
static void
forget_registers (UseState *state, guint32 registers)
{
  for (guint i = 0; i < USE_N_REGISTERS; i++)
    if ((registers >> i & 1) != 0)
      state->registers[i].of = USE_OF_NOTHING;
}

static void
push (UseState *state, const UseValue *value)
{
  UseValue *stack = &state->registers[INSTRUCTION_RSP];

  stack->offset -= 8;
  if (stack->of == USE_OF_FRAME)
    set_slot (state, stack->offset, value);
}

static UseValue
pop (UseState *state)
{
  UseValue *stack = &state->registers[INSTRUCTION_RSP];
  UseValue value = { USE_OF_NOTHING, 0, 0, 0 };

  if (stack->of == USE_OF_FRAME)
    value = get_slot (state, stack->offset);
  stack->offset += 8;
  return value;
}

void
use_state_step (UseState *state, const Instruction *instruction)
{
  const UseValue nothing = { USE_OF_NOTHING, 0, 0, 0 };
  UseValue value;

  forget_registers (state, instruction->clobbers);
  if (instruction->clobbers_memory)
    state->n_slots = 0;
  switch (instruction->of)
    {
    case INSTRUCTION_LOAD:
      state->registers[instruction->reg] = read_operand (state, instruction);
      break;
    case INSTRUCTION_STORE:
      value = use_state_get_register (state, instruction->reg);
      write_operand (state, instruction, &value);
      break;
    case INSTRUCTION_ADDRESS:
      state->registers[instruction->reg] = get_address (state, instruction);
      break;
    case INSTRUCTION_ADD:
      value = read_operand (state, instruction);
      value.offset += instruction->immediate;
      write_operand (state, instruction, &value);
      break;
    case INSTRUCTION_PUSH:
      value = use_state_get_register (state, instruction->reg);
      push (state, &value);
      break;
    case INSTRUCTION_PUSH_OTHER:
      push (state, &nothing);
      break;
    case INSTRUCTION_POP:
      state->registers[instruction->reg] = pop (state);
      break;
    case INSTRUCTION_LEAVE:
      state->registers[INSTRUCTION_RSP] = state->registers[INSTRUCTION_RBP];
      state->registers[INSTRUCTION_RBP] = pop (state);
      break;
    case INSTRUCTION_CALL:
      forget_registers (state, CALL_CLOBBERS);
      break;
    default:
      if (instruction->writes)
        write_operand (state, instruction, &nothing);
      break;
    }
}
