/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/use-function.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>

#define N_ARGUMENTS 6
#define MAX_CODE (64 * 1024)
#define MAX_VARIABLES 256

/* ---- Types ---------------------------------------------------------------------------------------- */

static gboolean
get_type_die (Dwarf_Die *die, Dwarf_Die *ret_die)
{
  Dwarf_Attribute attribute;

  return dwarf_attr_integrate (die, DW_AT_type, &attribute) != NULL &&
         dwarf_formref_die (&attribute, ret_die) != NULL;
}

DebugType *
use_function_get_struct (DebugTypes *types, Dwarf_Die *die)
{
  Dwarf_Die type_die;
  DebugType *type;

  if (!get_type_die (die, &type_die))
    return NULL;
  type = debug_types_get (types, &type_die);
  if (type->class != DEBUG_TYPE_POINTER)
    return NULL;
  type = debug_type_get_target (type);
  return type != NULL && type->class == DEBUG_TYPE_STRUCTURE && type->n_members > 0 &&
                 *type->name != '\0'
             ? type
             : NULL;
}

/* ---- The function ---------------------------------------------------------------------------------- */

gboolean
use_function_find (DebugTypes *types, guint64 address, Dwarf_Die *ret_die)
{
  Dwarf_Die unit, *scopes = NULL;
  gboolean found = FALSE;
  Dwarf_Addr low;
  int n;

  if (!debug_types_find_unit (types, address, &unit))
    return FALSE;
  n = dwarf_getscopes (&unit, address, &scopes);
  for (int i = 0; i < n && !found; i++)
    if (dwarf_tag (&scopes[i]) == DW_TAG_subprogram && dwarf_entrypc (&scopes[i], &low) == 0 &&
        low == address)
      {
        *ret_die = scopes[i];
        found = TRUE;
      }
  free (scopes);
  return found;
}

static guint8 *
read_code (DebugTypes *types, guint64 address, gsize length)
{
  Elf *elf = debug_types_get_elf (types);
  size_t n = 0;

  if (elf == NULL || elf_getphdrnum (elf, &n) != 0)
    return NULL;
  for (size_t i = 0; i < n; i++)
    {
      GElf_Phdr segment;
      Elf_Data *data;

      if (gelf_getphdr (elf, (int)i, &segment) == NULL || segment.p_type != PT_LOAD ||
          address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz ||
          length > segment.p_filesz - (address - segment.p_vaddr))
        continue;
      data = elf_getdata_rawchunk (elf, (gint64)(segment.p_offset + (address - segment.p_vaddr)),
                                   length, ELF_T_BYTE);
      return data != NULL && data->d_size == length ? g_memdup2 (data->d_buf, length) : NULL;
    }
  return NULL;
}

/* Those of the blocks in it, and of what the compiler has put into it. */
static void
collect_variables (UseFunction *self, Dwarf_Die *scope, guint depth)
{
  Dwarf_Die child;

  if (depth > 32 || dwarf_child (scope, &child) != 0)
    return;
  do
    switch (dwarf_tag (&child))
      {
      case DW_TAG_variable:
      case DW_TAG_formal_parameter:
        {
          UseVariable variable = { child, *scope, NULL,
                                   debug_types_take_name (self->types, &child) };

          variable.type = use_function_get_struct (self->types, &child);
          if (variable.type != NULL && variable.name != NULL &&
              self->variables->len < MAX_VARIABLES)
            g_array_append_val (self->variables, variable);
          break;
        }
      case DW_TAG_lexical_block:
      case DW_TAG_inlined_subroutine:
        collect_variables (self, &child, depth + 1);
        break;
      default:
        break;
      }
  while (dwarf_siblingof (&child, &child) == 0);
}

/* Where the function goes on from @address: its parts may lie apart from each other. */
static gboolean
find_range (Dwarf_Die *die, guint64 address, Dwarf_Addr *ret_low, Dwarf_Addr *ret_high)
{
  Dwarf_Addr base = 0;
  ptrdiff_t at = 0;

  while ((at = dwarf_ranges (die, at, &base, ret_low, ret_high)) > 0)
    if (address >= *ret_low && address < *ret_high)
      return *ret_high - *ret_low <= MAX_CODE;
  return FALSE;
}

gboolean
use_function_init (UseFunction *self, DebugTypes *types, guint64 address)
{
  Dwarf_Addr low = 0, high = 0;

  *self = (UseFunction){ .types = types, .entry = address };
  if (!use_function_find (types, address, &self->die) ||
      !find_range (&self->die, address, &low, &high))
    return FALSE;
  self->code = read_code (types, low, high - low);
  if (self->code == NULL)
    return FALSE;
  self->low = low;
  self->high = high;
  self->variables = g_array_new (FALSE, FALSE, sizeof (UseVariable));
  collect_variables (self, &self->die, 0);
  return TRUE;
}

void
use_function_clear (UseFunction *self)
{
  g_array_unref (self->variables);
  g_free (self->code);
}

guint
use_function_list_parameters (DebugTypes *types, Dwarf_Die *function, Dwarf_Die *parameters,
                              int *registers)
{
  static const int order[N_ARGUMENTS] = { 7, 6, 2, 1, 8, 9 };
  guint n = 0, n_whole = 0;
  Dwarf_Die child;

  if (dwarf_child (function, &child) != 0)
    return 0;
  do
    {
      Dwarf_Die type_die;
      DebugType *type;

      if (dwarf_tag (&child) != DW_TAG_formal_parameter)
        continue;
      if (n == USE_MAX_PARAMETERS || !get_type_die (&child, &type_die))
        return 0;
      type = debug_types_get (types, &type_die);
      parameters[n] = child;
      registers[n] = -1;
      switch (type->class)
        {
        case DEBUG_TYPE_FLOATING:
          break;
        case DEBUG_TYPE_BOOLEAN:
        case DEBUG_TYPE_CHARACTER:
        case DEBUG_TYPE_SIGNED:
        case DEBUG_TYPE_UNSIGNED:
        case DEBUG_TYPE_ENUMERATION:
        case DEBUG_TYPE_POINTER:
          if (type->size > 8)
            return 0;
          registers[n] = n_whole < N_ARGUMENTS ? order[n_whole++] : -1;
          break;
        default:
          return 0;
        }
      n++;
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return n;
}

/* ---- Where variables are -------------------------------------------------------------------------- */

static int
from_dwarf (guint64 number)
{
  static const int numbers[] = { 0, 2, 1, 3, 6, 7, 5, 4 };

  return number < G_N_ELEMENTS (numbers) ? numbers[number]
         : number < USE_N_REGISTERS      ? (int)number
                                         : INSTRUCTION_NO_REGISTER;
}

static UseValue
get_frame_base (UseFunction *self, const UseState *state)
{
  Dwarf_Attribute attribute;
  Dwarf_Op *operations = NULL;
  size_t n = 0;

  if (dwarf_attr_integrate (&self->die, DW_AT_frame_base, &attribute) != NULL &&
      dwarf_getlocation_addr (&attribute, state->pc, &operations, &n, 1) > 0 && n == 1)
    {
      guint8 atom = operations[0].atom;

      if (atom == DW_OP_call_frame_cfa)
        return (UseValue){ USE_OF_FRAME, 0, 0, 0 };
      if (atom >= DW_OP_reg0 && atom <= DW_OP_reg15)
        return use_state_get_register (state, from_dwarf (atom - DW_OP_reg0));
    }
  return (UseValue){ USE_OF_NOTHING, 0, 0, 0 };
}

/* What it had when the first function was called, which is in the location itself. */
static UseValue
get_entry_value (UseFunction *self, const Dwarf_Op *operation, Dwarf_Attribute *attribute)
{
  Dwarf_Attribute inner;
  Dwarf_Op *operations = NULL;
  size_t n = 0;
  int registers[USE_MAX_PARAMETERS];
  Dwarf_Die parameters[USE_MAX_PARAMETERS];
  guint n_parameters;

  if (dwarf_getlocation_attr (attribute, operation, &inner) != 0 ||
      dwarf_getlocation (&inner, &operations, &n) != 0 || n != 1 ||
      operations[0].atom < DW_OP_reg0 || operations[0].atom > DW_OP_reg15)
    return (UseValue){ USE_OF_NOTHING, 0, 0, 0 };
  n_parameters = use_function_list_parameters (self->types, &self->die, parameters, registers);
  for (guint i = 0; i < n_parameters; i++)
    if (registers[i] == from_dwarf (operations[0].atom - DW_OP_reg0))
      return (UseValue){ USE_OF_PARAMETER, i, 0, 0 };
  return (UseValue){ USE_OF_NOTHING, 0, 0, 0 };
}

UseValue
use_function_get_variable (UseFunction *self, const UseState *state, UseVariable *variable,
                           gboolean is_first)
{
  const UseValue nothing = { USE_OF_NOTHING, 0, 0, 0 };
  Dwarf_Attribute attribute;
  Dwarf_Op *operations = NULL;
  gboolean is_value;
  size_t n = 0;
  UseValue value = nothing;
  guint8 atom;

  if (dwarf_attr (&variable->die, DW_AT_location, &attribute) == NULL ||
      (dwarf_tag (&variable->scope) != DW_TAG_subprogram &&
       dwarf_haspc (&variable->scope, state->pc) != 1) ||
      dwarf_getlocation_addr (&attribute, state->pc, &operations, &n, 1) <= 0 || n == 0 || n > 2)
    return nothing;
  is_value = n == 2 && operations[1].atom == DW_OP_stack_value;
  if (n == 2 && !is_value)
    return nothing;
  atom = operations[0].atom;
  if (atom >= DW_OP_reg0 && atom <= DW_OP_reg15 && n == 1)
    return use_state_get_register (state, from_dwarf (atom - DW_OP_reg0));
  if ((atom == DW_OP_entry_value || atom == DW_OP_GNU_entry_value) && is_value)
    return is_first ? get_entry_value (self, &operations[0], &attribute) : nothing;
  if (atom == DW_OP_fbreg)
    value = get_frame_base (self, state);
  else if (atom >= DW_OP_breg0 && atom <= DW_OP_breg15)
    value = use_state_get_register (state, from_dwarf (atom - DW_OP_breg0));
  value.offset += (gint64)operations[0].number;
  return is_value ? value : use_state_read_memory (state, &value);
}
