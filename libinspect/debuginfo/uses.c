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

#include <gelf.h>
#include <string.h>

#include "debuginfo/use-function.h"

#define MAX_DEPTH 4 /* of calls */
#define MAX_INSTRUCTIONS 4096
#define MAX_WAYS 256
#define MAX_USES 64

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
  UseFunction function;
  guint depth;
  GArray *ways;     /* UseState: where it may go on */
  GHashTable *seen; /* addresses */
} Walk;

/* ---- What is found --------------------------------------------------------------------------------- */

static void
add_use (Search *self, const UseValue *value, DebugType *type, const char *name)
{
  DebugUse use = {
    value->parameter, value->of == USE_OF_LOADED, value->at, value->offset, type, name
  };

  if (value->of != USE_OF_PARAMETER && value->of != USE_OF_LOADED)
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

static void
look_at_variables (Walk *self, const UseState *state)
{
  for (guint i = 0; i < self->function.variables->len; i++)
    {
      UseVariable *variable = &g_array_index (self->function.variables, UseVariable, i);
      UseValue value =
          use_function_get_variable (&self->function, state, variable, self->depth == 0);

      add_use (self->search, &value, variable->type, variable->name);
    }
}

/* ---- Code ------------------------------------------------------------------------------------------ */

static void follow_function (Search *self, guint64 address, const UseState *caller, guint depth);

static void
add_way (Walk *self, const UseState *state, guint64 target)
{
  if (target < self->function.low || target >= self->function.high || self->ways->len >= MAX_WAYS ||
      g_hash_table_contains (self->seen, GSIZE_TO_POINTER (target)))
    return;
  g_array_append_vals (self->ways, state, 1);
  g_array_index (self->ways, UseState, self->ways->len - 1).pc = target;
}

/* Until it ends, or comes where it was already. */
static void
follow_way (Walk *self, UseState *state)
{
  while (state->pc >= self->function.low && state->pc < self->function.high &&
         self->search->instructions_left > 0 &&
         g_hash_table_add (self->seen, GSIZE_TO_POINTER (state->pc)))
    {
      Instruction instruction;

      self->search->instructions_left--;
      look_at_variables (self, state);
      if (!instruction_decode (self->function.code + (state->pc - self->function.low),
                               self->function.high - state->pc, state->pc, &instruction))
        return;
      if (instruction.of == INSTRUCTION_CALL && instruction.target != 0)
        follow_function (self->search, instruction.target, state, self->depth + 1);
      use_state_step (state, &instruction);
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
          if (instruction.target < self->function.low || instruction.target >= self->function.high)
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
look_at_parameters (Walk *self, const UseState *state)
{
  Dwarf_Die parameters[USE_MAX_PARAMETERS];
  int registers[USE_MAX_PARAMETERS];
  guint n = use_function_list_parameters (self->search->types, &self->function.die, parameters,
                                          registers);

  for (guint i = 0; i < n; i++)
    {
      DebugType *type = use_function_get_struct (self->search->types, &parameters[i]);
      const char *name = debug_types_take_name (self->search->types, &parameters[i]);

      if (type != NULL && name != NULL && registers[i] >= 0)
        add_use (self->search, &state->registers[registers[i]], type, name);
    }
}

static void
enter (Walk *self, UseState *state)
{
  look_at_parameters (self, state);
  state->pc = self->function.entry;
  g_array_append_vals (self->ways, state, 1);
  while (self->ways->len > 0)
    {
      UseState next = g_array_index (self->ways, UseState, self->ways->len - 1);

      g_array_set_size (self->ways, self->ways->len - 1);
      follow_way (self, &next);
    }
}

static void
follow_function (Search *self, guint64 address, const UseState *caller, guint depth)
{
  Walk walk = { .search = self, .depth = depth };
  UseState state = *caller;
  gboolean is_handed = FALSE;

  for (guint i = 0; i < USE_N_REGISTERS; i++)
    is_handed |=
        state.registers[i].of == USE_OF_PARAMETER || state.registers[i].of == USE_OF_LOADED;
  if (!is_handed || depth >= MAX_DEPTH ||
      !g_hash_table_add (self->entered, GSIZE_TO_POINTER (address)) ||
      !use_function_init (&walk.function, self->types, address))
    return;
  /* It has a frame of its own, and does not look into that of its caller. */
  for (guint i = 0; i < USE_N_REGISTERS; i++)
    if (state.registers[i].of == USE_OF_FRAME)
      state.registers[i].of = USE_OF_NOTHING;
  state.registers[INSTRUCTION_RSP] = (UseValue){ USE_OF_FRAME, 0, 0, -8 };
  state.n_slots = 0;
  walk.ways = g_array_new (FALSE, FALSE, sizeof (UseState));
  walk.seen = g_hash_table_new (NULL, NULL);
  enter (&walk, &state);
  g_array_unref (walk.ways);
  g_hash_table_unref (walk.seen);
  use_function_clear (&walk.function);
}

static gboolean
is_x86_64 (DebugTypes *types)
{
  Elf *elf = debug_types_get_elf (types);
  GElf_Ehdr header;

  return elf != NULL && gelf_getehdr (elf, &header) != NULL && header.e_machine == EM_X86_64;
}

GArray *
debug_uses_list (DebugTypes *types, guint64 address, guint *ret_n_parameters)
{
  GArray *uses = g_array_new (FALSE, FALSE, sizeof (DebugUse));
  g_autoptr (GHashTable) entered = g_hash_table_new (NULL, NULL);
  Search search = { types, uses, entered, MAX_INSTRUCTIONS };
  Dwarf_Die function, parameters[USE_MAX_PARAMETERS];
  int registers[USE_MAX_PARAMETERS];
  UseState state = { 0 };
  guint n = 0;

  if (is_x86_64 (types) && use_function_find (types, address, &function))
    n = use_function_list_parameters (types, &function, parameters, registers);
  for (guint i = 0; i < n; i++)
    if (registers[i] >= 0)
      state.registers[registers[i]] = (UseValue){ USE_OF_PARAMETER, i, 0, 0 };
  if (n > 0)
    follow_function (&search, address, &state, 0);
  *ret_n_parameters = n;
  return uses;
}
