/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Expressions that say where a variable is (DWARF 5, section 2.5). Those operations that compilers of C,
 * C++ and Rust use for variables; any other makes the variable one that is nowhere. */

#include "config.h"

#include "debuginfo/expression.h"

#include <dwarf.h>

#define MAX_DEPTH 32
#define MAX_OPERATIONS 256

typedef struct
{
  Dwarf_Attribute *attribute;
  Dwarf_Die *function;
  guint64 bias;
  const DebugFrame *frame;
  const DebugMemory *memory;
  guint64 stack[MAX_DEPTH];
  guint depth;
  gboolean is_value; /* what is left is no address */
  gboolean in_base;  /* within the frame base, which can name no other */
} Machine;

static gboolean evaluate (Machine *machine, const Dwarf_Op *operations, size_t n);

static gboolean
push (Machine *machine, guint64 value)
{
  if (machine->depth == MAX_DEPTH)
    return FALSE;
  machine->stack[machine->depth++] = value;
  return TRUE;
}

static gboolean
pop (Machine *machine, guint64 *ret_value)
{
  if (machine->depth == 0)
    return FALSE;
  *ret_value = machine->stack[--machine->depth];
  return TRUE;
}

static gboolean
push_register (Machine *machine, guint64 number, gint64 offset)
{
  if (number >= G_N_ELEMENTS (machine->frame->registers) ||
      (machine->frame->known >> number & 1) == 0)
    return FALSE;
  return push (machine, machine->frame->registers[number] + (guint64)offset);
}

static gboolean
push_frame_base (Machine *machine, gint64 offset)
{
  Machine base = { .function = machine->function,
                   .bias = machine->bias,
                   .frame = machine->frame,
                   .memory = machine->memory,
                   .in_base = TRUE };
  Dwarf_Attribute attribute;
  Dwarf_Op *operations = NULL;
  size_t n = 0;
  guint64 value;

  if (machine->in_base || machine->function == NULL ||
      dwarf_attr_integrate (machine->function, DW_AT_frame_base, &attribute) == NULL ||
      dwarf_getlocation_addr (&attribute, machine->frame->pc - machine->bias, &operations, &n, 1) <=
          0 ||
      !evaluate (&base, operations, n) || !pop (&base, &value))
    return FALSE;
  return push (machine, value + (guint64)offset);
}

static gboolean
push_read (Machine *machine, guint size)
{
  guint64 address, value;

  return pop (machine, &address) &&
         debug_memory_read_number (machine->memory, address, size, &value) && push (machine, value);
}

static gboolean
compute (Machine *machine, guint8 operation)
{
  guint64 right, left;

  if (!pop (machine, &right) || !pop (machine, &left))
    return FALSE;
  switch (operation)
    {
    case DW_OP_plus:
      return push (machine, left + right);
    case DW_OP_minus:
      return push (machine, left - right);
    case DW_OP_mul:
      return push (machine, left * right);
    case DW_OP_and:
      return push (machine, left & right);
    case DW_OP_or:
      return push (machine, left | right);
    case DW_OP_xor:
      return push (machine, left ^ right);
    case DW_OP_shl:
      return push (machine, right < 64 ? left << right : 0);
    case DW_OP_shr:
      return push (machine, right < 64 ? left >> right : 0);
    default:
      return push (machine, (guint64)((gint64)left >> MIN (right, 63)));
    }
}

/* Of split debug info, whose expressions name addresses by their number in a table of the program. */
static gboolean
read_numbered (Dwarf_Attribute *attribute, const Dwarf_Op *operation, guint64 *ret_address)
{
  Dwarf_Attribute entry;

  return dwarf_getlocation_attr (attribute, operation, &entry) == 0 &&
         dwarf_formaddr (&entry, ret_address) == 0;
}

gboolean
debug_expression_get_address (Dwarf_Attribute *attribute, guint64 *ret_address)
{
  Dwarf_Op *operations = NULL;
  size_t n = 0;

  if (attribute == NULL || dwarf_getlocation (attribute, &operations, &n) != 0 || n != 1)
    return FALSE;
  if (operations[0].atom == DW_OP_addrx || operations[0].atom == DW_OP_GNU_addr_index)
    return read_numbered (attribute, &operations[0], ret_address);
  if (operations[0].atom != DW_OP_addr)
    return FALSE;
  *ret_address = operations[0].number;
  return TRUE;
}

static gboolean
evaluate_one (Machine *machine, const Dwarf_Op *operation)
{
  guint8 atom = operation->atom;
  guint64 address;

  if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
    return push (machine, atom - DW_OP_lit0);
  if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
    return push_register (machine, atom - DW_OP_breg0, (gint64)operation->number);
  /* The variable is the register; in a frame base the register is the base. */
  if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31)
    {
      machine->is_value = TRUE;
      return push_register (machine, atom - DW_OP_reg0, 0);
    }
  switch (atom)
    {
    case DW_OP_addr:
      return push (machine, operation->number + machine->bias);
    case DW_OP_addrx:
    case DW_OP_GNU_addr_index:
      return read_numbered (machine->attribute, operation, &address) &&
             push (machine, address + machine->bias);
    case DW_OP_fbreg:
      return push_frame_base (machine, (gint64)operation->number);
    case DW_OP_bregx:
      return push_register (machine, operation->number, (gint64)operation->number2);
    case DW_OP_regx:
      machine->is_value = TRUE;
      return push_register (machine, operation->number, 0);
    case DW_OP_call_frame_cfa:
      return machine->frame->has_cfa && push (machine, machine->frame->cfa);
    case DW_OP_const1u:
    case DW_OP_const1s:
    case DW_OP_const2u:
    case DW_OP_const2s:
    case DW_OP_const4u:
    case DW_OP_const4s:
    case DW_OP_const8u:
    case DW_OP_const8s:
    case DW_OP_constu:
    case DW_OP_consts:
      return push (machine, operation->number);
    case DW_OP_plus_uconst:
      return machine->depth > 0 &&
             push (machine, machine->stack[--machine->depth] + operation->number);
    case DW_OP_dup:
      return machine->depth > 0 && push (machine, machine->stack[machine->depth - 1]);
    case DW_OP_neg:
      return machine->depth > 0 &&
             push (machine, (guint64)(-(gint64)machine->stack[--machine->depth]));
    case DW_OP_not:
      return machine->depth > 0 && push (machine, ~machine->stack[--machine->depth]);
    case DW_OP_deref:
      return push_read (machine, 8);
    case DW_OP_deref_size:
      return push_read (machine, (guint)operation->number);
    case DW_OP_plus:
    case DW_OP_minus:
    case DW_OP_mul:
    case DW_OP_and:
    case DW_OP_or:
    case DW_OP_xor:
    case DW_OP_shl:
    case DW_OP_shr:
    case DW_OP_shra:
      return compute (machine, atom);
    case DW_OP_stack_value:
      machine->is_value = TRUE;
      return TRUE;
    case DW_OP_nop:
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
evaluate (Machine *machine, const Dwarf_Op *operations, size_t n)
{
  if (n == 0 || n > MAX_OPERATIONS)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    if (!evaluate_one (machine, &operations[i]))
      return FALSE;
  return machine->depth > 0;
}

DebugWhere
debug_expression_locate (Dwarf_Attribute *attribute, Dwarf_Die *function, guint64 bias,
                         const DebugFrame *frame, const DebugMemory *memory)
{
  Machine machine = {
    .attribute = attribute, .function = function, .bias = bias, .frame = frame, .memory = memory
  };
  Dwarf_Op *operations = NULL;
  size_t n = 0;
  guint64 value;

  if (dwarf_getlocation_addr (attribute, frame->pc - bias, &operations, &n, 1) <= 0 ||
      !evaluate (&machine, operations, n) || !pop (&machine, &value))
    return (DebugWhere){ DEBUG_PLACE_NOWHERE, 0 };
  return (DebugWhere){ machine.is_value ? DEBUG_PLACE_VALUE : DEBUG_PLACE_MEMORY, value };
}
