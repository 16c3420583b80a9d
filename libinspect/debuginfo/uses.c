/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Where code goes is followed with what its registers and its stack hold, as far as that comes from the function's
 * parameters: a parameter, what one of its first words points to, each with an offset. At each instruction
 * debug info says which variables are where. What comes together there is a use.
 *
 * Of two ways to one place the first that comes there is followed. All that is found was true on a way through the
 * code, so that nothing has to be known of the others. */

#include "config.h"

#include "debuginfo/uses.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/instruction.h"

#define N_REGISTERS 16
#define N_SLOTS 64
#define N_ARGUMENTS 6
#define MAX_PARAMETERS 16
#define MAX_DEPTH 4 /* of calls */
#define MAX_INSTRUCTIONS 4096
#define MAX_CODE (64 * 1024)
#define MAX_WAYS 256
#define MAX_VARIABLES 256
#define MAX_USES 64

typedef enum
{
  OF_NOTHING,
  OF_PARAMETER, /* of the first function, + offset */
  OF_LOADED,    /* what is at `at` behind it, + offset */
  OF_FRAME,     /* stack pointer before the call, + offset */
} ValueOf;

typedef struct
{
  ValueOf of;
  guint parameter;
  gint64 at, offset;
} Value;

typedef struct
{
  gint64 offset; /* in the frame */
  Value value;
} Slot;

/* What is known at one instruction. */
typedef struct
{
  guint64 pc;
  Value registers[N_REGISTERS];
  Slot slots[N_SLOTS];
  guint n_slots;
} State;

typedef struct
{
  Dwarf_Die die;   /* that has the location */
  Dwarf_Die scope; /* where it is there */
  DebugType *type; /* what it points to */
  const char *name;
} Variable;

typedef struct
{
  DebugTypes *types;
  GArray *uses;        /* DebugUse */
  GHashTable *entered; /* addresses of functions */
  guint instructions_left;
} Search;

/* One function. */
typedef struct
{
  Search *search;
  Dwarf_Die die;
  guint depth;
  guint64 entry, low, high;
  guint8 *code;
  GArray *variables; /* Variable */
  GArray *ways;      /* State: where it may go on */
  GHashTable *seen;  /* addresses */
} Function;

/* ---- Types ---------------------------------------------------------------------------------------- */

static gboolean
get_type_die (Dwarf_Die *die, Dwarf_Die *ret_die)
{
  Dwarf_Attribute attribute;

  return dwarf_attr_integrate (die, DW_AT_type, &attribute) != NULL &&
         dwarf_formref_die (&attribute, ret_die) != NULL;
}

/* The struct that it points to; NULL: it points to none, or to one of which nothing is known. */
static DebugType *
get_struct_pointed_to (DebugTypes *types, Dwarf_Die *die)
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

static void
add_use (Search *self, const Value *value, DebugType *type, const char *name)
{
  DebugUse use = { value->parameter, value->of == OF_LOADED, value->at, value->offset, type, name };

  if (value->of != OF_PARAMETER && value->of != OF_LOADED)
    return;
  for (guint i = 0; i < self->uses->len; i++)
    {
      const DebugUse *other = &g_array_index (self->uses, DebugUse, i);

      if (other->parameter == use.parameter && other->is_loaded == use.is_loaded &&
          other->at == use.at && other->offset == use.offset &&
          g_str_equal (other->type->name, type->name) && other->type->size == type->size)
        return;
    }
  if (self->uses->len < MAX_USES)
    g_array_append_val (self->uses, use);
}

/* ---- A function ----------------------------------------------------------------------------------- */

/* The one that begins there. */
static gboolean
find_function (DebugTypes *types, guint64 address, Dwarf_Die *ret_die)
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

static gboolean
is_x86_64 (DebugTypes *types)
{
  Elf *elf = debug_types_get_elf (types);
  GElf_Ehdr header;

  return elf != NULL && gelf_getehdr (elf, &header) != NULL && header.e_machine == EM_X86_64;
}

/* Those of the blocks in it, and of what the compiler has put into it. */
static void
collect_variables (Function *self, Dwarf_Die *scope, guint depth)
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
          Variable variable = { child, *scope, NULL,
                                debug_types_take_name (self->search->types, &child) };

          variable.type = get_struct_pointed_to (self->search->types, &child);
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

static gboolean
function_init (Function *self, Search *search, guint64 address, guint depth)
{
  Dwarf_Addr low = 0, high = 0;

  *self = (Function){ .search = search, .depth = depth, .entry = address };
  if (!find_function (search->types, address, &self->die) ||
      !find_range (&self->die, address, &low, &high))
    return FALSE;
  self->code = read_code (search->types, low, high - low);
  if (self->code == NULL)
    return FALSE;
  self->low = low;
  self->high = high;
  self->variables = g_array_new (FALSE, FALSE, sizeof (Variable));
  self->ways = g_array_new (FALSE, FALSE, sizeof (State));
  self->seen = g_hash_table_new (NULL, NULL);
  collect_variables (self, &self->die, 0);
  return TRUE;
}

static void
function_clear (Function *self)
{
  g_array_unref (self->variables);
  g_array_unref (self->ways);
  g_hash_table_unref (self->seen);
  g_free (self->code);
}

/* The registers that its parameters come in: rdi, rsi, rdx, rcx, r8, r9 for numbers and pointers; -1: elsewhere.
 * Returns: how many parameters; 0: also where one of them says that all of it is otherwise */
static guint
list_parameters (DebugTypes *types, Dwarf_Die *function, Dwarf_Die *parameters, int *registers)
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
      if (n == MAX_PARAMETERS || !get_type_die (&child, &type_die))
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

/* ---- Values ---------------------------------------------------------------------------------------- */

static Value
get_register (const State *state, int number)
{
  return number >= 0 ? state->registers[number] : (Value){ OF_NOTHING, 0, 0, 0 };
}

static Value
get_slot (const State *state, gint64 offset)
{
  for (guint i = 0; i < state->n_slots; i++)
    if (state->slots[i].offset == offset)
      return state->slots[i].value;
  return (Value){ OF_NOTHING, 0, 0, 0 };
}

static void
forget_slots (State *state, gint64 offset, gint64 length)
{
  for (guint i = state->n_slots; i-- > 0;)
    if (state->slots[i].offset < offset + length && offset < state->slots[i].offset + 8)
      state->slots[i] = state->slots[--state->n_slots];
}

static void
set_slot (State *state, gint64 offset, const Value *value)
{
  forget_slots (state, offset, 8);
  if (value->of != OF_NOTHING && state->n_slots < N_SLOTS)
    state->slots[state->n_slots++] = (Slot){ offset, *value };
}

static Value
get_address (const State *state, const Instruction *instruction)
{
  Value value = get_register (state, instruction->base);

  if (instruction->index != INSTRUCTION_NO_REGISTER)
    value.of = OF_NOTHING;
  value.offset += instruction->displacement;
  return value;
}

static Value
read_memory (const State *state, const Value *address)
{
  switch (address->of)
    {
    case OF_FRAME:
      return get_slot (state, address->offset);
    case OF_PARAMETER:
      return (Value){ OF_LOADED, address->parameter, address->offset, 0 };
    default:
      return (Value){ OF_NOTHING, 0, 0, 0 };
    }
}

static Value
read_operand (const State *state, const Instruction *instruction)
{
  Value address = get_address (state, instruction);

  return instruction->has_memory ? read_memory (state, &address)
                                 : get_register (state, instruction->operand);
}

/* What is elsewhere than in the frame is not kept, and a pointer into the frame that went elsewhere is not known: code
 * that writes there through it is hardly written for the variables that are looked for. */
static void
write_operand (State *state, const Instruction *instruction, const Value *value)
{
  Value address;

  if (!instruction->has_memory)
    {
      if (instruction->operand != INSTRUCTION_NO_REGISTER)
        state->registers[instruction->operand] = *value;
      return;
    }
  address = get_address (state, instruction);
  if (address.of != OF_FRAME)
    return;
  if (value->of != OF_NOTHING)
    set_slot (state, address.offset, value);
  else
    forget_slots (state, address.offset, instruction->size);
}

static void
forget_registers (State *state, guint32 registers)
{
  for (guint i = 0; i < N_REGISTERS; i++)
    if ((registers >> i & 1) != 0)
      state->registers[i].of = OF_NOTHING;
}

static void
push (State *state, const Value *value)
{
  Value *stack = &state->registers[INSTRUCTION_RSP];

  stack->offset -= 8;
  if (stack->of == OF_FRAME)
    set_slot (state, stack->offset, value);
}

static Value
pop (State *state)
{
  Value *stack = &state->registers[INSTRUCTION_RSP];
  Value value = { OF_NOTHING, 0, 0, 0 };

  if (stack->of == OF_FRAME)
    value = get_slot (state, stack->offset);
  stack->offset += 8;
  return value;
}

/* ---- Where variables are -------------------------------------------------------------------------- */

static int
from_dwarf (guint64 number)
{
  static const int numbers[] = { 0, 2, 1, 3, 6, 7, 5, 4 };

  return number < G_N_ELEMENTS (numbers) ? numbers[number]
         : number < N_REGISTERS          ? (int)number
                                         : INSTRUCTION_NO_REGISTER;
}

static Value
get_frame_base (Function *self, const State *state)
{
  Dwarf_Attribute attribute;
  Dwarf_Op *operations = NULL;
  size_t n = 0;

  if (dwarf_attr_integrate (&self->die, DW_AT_frame_base, &attribute) != NULL &&
      dwarf_getlocation_addr (&attribute, state->pc, &operations, &n, 1) > 0 && n == 1)
    {
      guint8 atom = operations[0].atom;

      if (atom == DW_OP_call_frame_cfa)
        return (Value){ OF_FRAME, 0, 0, 0 };
      if (atom >= DW_OP_reg0 && atom <= DW_OP_reg15)
        return get_register (state, from_dwarf (atom - DW_OP_reg0));
    }
  return (Value){ OF_NOTHING, 0, 0, 0 };
}

/* What it had when the first function was called, which is in the location itself. */
static Value
get_entry_value (Function *self, const Dwarf_Op *operation, Dwarf_Attribute *attribute)
{
  Dwarf_Attribute inner;
  Dwarf_Op *operations = NULL;
  size_t n = 0;
  int registers[MAX_PARAMETERS];
  Dwarf_Die parameters[MAX_PARAMETERS];
  guint n_parameters;

  if (self->depth > 0 || dwarf_getlocation_attr (attribute, operation, &inner) != 0 ||
      dwarf_getlocation (&inner, &operations, &n) != 0 || n != 1 ||
      operations[0].atom < DW_OP_reg0 || operations[0].atom > DW_OP_reg15)
    return (Value){ OF_NOTHING, 0, 0, 0 };
  n_parameters = list_parameters (self->search->types, &self->die, parameters, registers);
  for (guint i = 0; i < n_parameters; i++)
    if (registers[i] == from_dwarf (operations[0].atom - DW_OP_reg0))
      return (Value){ OF_PARAMETER, i, 0, 0 };
  return (Value){ OF_NOTHING, 0, 0, 0 };
}

static Value
get_variable (Function *self, const State *state, Variable *variable)
{
  const Value nothing = { OF_NOTHING, 0, 0, 0 };
  Dwarf_Attribute attribute;
  Dwarf_Op *operations = NULL;
  gboolean is_value;
  size_t n = 0;
  Value value = nothing;
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
    return get_register (state, from_dwarf (atom - DW_OP_reg0));
  if ((atom == DW_OP_entry_value || atom == DW_OP_GNU_entry_value) && is_value)
    return get_entry_value (self, &operations[0], &attribute);
  if (atom == DW_OP_fbreg)
    value = get_frame_base (self, state);
  else if (atom >= DW_OP_breg0 && atom <= DW_OP_breg15)
    value = get_register (state, from_dwarf (atom - DW_OP_breg0));
  value.offset += (gint64)operations[0].number;
  return is_value ? value : read_memory (state, &value);
}

static void
look_at_variables (Function *self, const State *state)
{
  for (guint i = 0; i < self->variables->len; i++)
    {
      Variable *variable = &g_array_index (self->variables, Variable, i);
      Value value = get_variable (self, state, variable);

      add_use (self->search, &value, variable->type, variable->name);
    }
}

/* ---- Code ------------------------------------------------------------------------------------------ */

static void follow_function (Search *self, guint64 address, const State *caller, guint depth);

static void
add_way (Function *self, const State *state, guint64 target)
{
  if (target < self->low || target >= self->high || self->ways->len >= MAX_WAYS ||
      g_hash_table_contains (self->seen, GSIZE_TO_POINTER (target)))
    return;
  g_array_append_vals (self->ways, state, 1);
  g_array_index (self->ways, State, self->ways->len - 1).pc = target;
}

/* A function keeps what its caller needs again: rbx, rsp, rbp, r12 to r15. */
#define CALL_CLOBBERS 0x0fc7u

static void
call (Function *self, State *state, const Instruction *instruction)
{
  if (instruction->target != 0)
    follow_function (self->search, instruction->target, state, self->depth + 1);
  forget_registers (state, CALL_CLOBBERS);
}

static void
step (Function *self, State *state, const Instruction *instruction)
{
  const Value nothing = { OF_NOTHING, 0, 0, 0 };
  Value value;

  forget_registers (state, instruction->clobbers);
  if (instruction->clobbers_memory)
    state->n_slots = 0;
  switch (instruction->of)
    {
    case INSTRUCTION_LOAD:
      state->registers[instruction->reg] = read_operand (state, instruction);
      break;
    case INSTRUCTION_STORE:
      value = get_register (state, instruction->reg);
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
      value = get_register (state, instruction->reg);
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
      call (self, state, instruction);
      break;
    default:
      if (instruction->writes)
        write_operand (state, instruction, &nothing);
      break;
    }
}

/* Until it ends, or comes where it was already. */
static void
follow_way (Function *self, State *state)
{
  while (state->pc >= self->low && state->pc < self->high && self->search->instructions_left > 0 &&
         g_hash_table_add (self->seen, GSIZE_TO_POINTER (state->pc)))
    {
      Instruction instruction;

      self->search->instructions_left--;
      look_at_variables (self, state);
      if (!instruction_decode (self->code + (state->pc - self->low), self->high - state->pc,
                               state->pc, &instruction))
        return;
      step (self, state, &instruction);
      state->pc += instruction.length;
      switch (instruction.of)
        {
        case INSTRUCTION_END:
          return;
        case INSTRUCTION_BRANCH:
          add_way (self, state, instruction.target);
          break;
        case INSTRUCTION_JUMP:
          /* A call that comes last. */
          if (instruction.target < self->low || instruction.target >= self->high)
            {
              follow_function (self->search, instruction.target, state, self->depth + 1);
              return;
            }
          state->pc = instruction.target;
          break;
        default:
          break;
        }
    }
}

/* What its parameters are declared as, where it is known what they are. */
static void
look_at_parameters (Function *self, const State *state)
{
  Dwarf_Die parameters[MAX_PARAMETERS];
  int registers[MAX_PARAMETERS];
  guint n = list_parameters (self->search->types, &self->die, parameters, registers);

  for (guint i = 0; i < n; i++)
    {
      DebugType *type = get_struct_pointed_to (self->search->types, &parameters[i]);
      const char *name = debug_types_take_name (self->search->types, &parameters[i]);

      if (type != NULL && name != NULL && registers[i] >= 0)
        add_use (self->search, &state->registers[registers[i]], type, name);
    }
}

static void
enter (Function *self, State *state)
{
  look_at_parameters (self, state);
  state->pc = self->entry;
  g_array_append_vals (self->ways, state, 1);
  while (self->ways->len > 0)
    {
      State next = g_array_index (self->ways, State, self->ways->len - 1);

      g_array_set_size (self->ways, self->ways->len - 1);
      follow_way (self, &next);
    }
}

static void
follow_function (Search *self, guint64 address, const State *caller, guint depth)
{
  Function function;
  State state = *caller;
  gboolean is_handed = FALSE;

  for (guint i = 0; i < N_REGISTERS; i++)
    is_handed |= state.registers[i].of == OF_PARAMETER || state.registers[i].of == OF_LOADED;
  if (!is_handed || depth >= MAX_DEPTH ||
      !g_hash_table_add (self->entered, GSIZE_TO_POINTER (address)) ||
      !function_init (&function, self, address, depth))
    return;
  /* It has a frame of its own, and does not look into that of its caller. */
  for (guint i = 0; i < N_REGISTERS; i++)
    if (state.registers[i].of == OF_FRAME)
      state.registers[i].of = OF_NOTHING;
  state.registers[INSTRUCTION_RSP] = (Value){ OF_FRAME, 0, 0, -8 };
  state.n_slots = 0;
  enter (&function, &state);
  function_clear (&function);
}

GArray *
debug_uses_list (DebugTypes *types, guint64 address, guint *ret_n_parameters)
{
  GArray *uses = g_array_new (FALSE, FALSE, sizeof (DebugUse));
  g_autoptr (GHashTable) entered = g_hash_table_new (NULL, NULL);
  Search search = { types, uses, entered, MAX_INSTRUCTIONS };
  Dwarf_Die function, parameters[MAX_PARAMETERS];
  int registers[MAX_PARAMETERS];
  State state = { 0 };
  guint n = 0;

  if (is_x86_64 (types) && find_function (types, address, &function))
    n = list_parameters (types, &function, parameters, registers);
  for (guint i = 0; i < n; i++)
    if (registers[i] >= 0)
      state.registers[registers[i]] = (Value){ OF_PARAMETER, i, 0, 0 };
  if (n > 0)
    follow_function (&search, address, &state, 0);
  *ret_n_parameters = n;
  return uses;
}
