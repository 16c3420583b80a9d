/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "stacks.h"

#include <dwarf.h>
#include <string.h>

#include "debuginfo/expression.h"

/* The functions around an instruction, those among them that the compiler has put into others, and their
 * variables that lead to a future. Going through a unit for that takes long: it is kept for each
 * instruction. */

#define MAX_KEPT 4096
#define MAX_VARIABLES 64
#define MAX_DEPTH 128

typedef struct
{
  Dwarf_Die die;
  DebugType *type;
} Variable;

struct _RustScopes
{
  gboolean is_block_on;
  DebugType *future; /* (nullable) */
  Dwarf_Die function;
  GArray *variables; /* Variable, of the inner functions first */
};

static void
scopes_free (gpointer data)
{
  RustScopes *scopes = data;

  g_array_unref (scopes->variables);
  g_free (scopes);
}

static DebugType *
get_type (RustProgram *program, Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  Dwarf_Die type;

  if (dwarf_attr_integrate (die, DW_AT_type, &attribute) == NULL ||
      dwarf_formref_die (&attribute, &type) == NULL)
    return NULL;
  return debug_types_get (program->types, &type);
}

/* A future, or what leads to one by itself. */
static gboolean
leads_to_future (DebugType *type)
{
  for (guint i = 0; i < 4 && type != NULL; i++)
    {
      const RustPlan *plan = rust_plan_get (type);

      if (plan->is_coroutine || plan->is_dyn || plan->leaf != NULL || plan->is_named ||
          plan->is_traced)
        return TRUE;
      if (!plan->is_pointer || !plan->has_future)
        return FALSE;
      type = rust_plan_get_pointed (type);
    }
  return FALSE;
}

/* What a function was given, of all that it is generic over: of an inlined one only the function itself says
 * it. */
static DebugType *
find_parameter (RustProgram *program, Dwarf_Die *function)
{
  Dwarf_Attribute attribute;
  Dwarf_Die child, origin;

  if (dwarf_child (function, &child) == 0)
    do
      {
        DebugType *type = dwarf_tag (&child) == DW_TAG_template_type_parameter
                              ? get_type (program, &child)
                              : NULL;

        if (type != NULL && leads_to_future (type))
          return type;
      }
    while (dwarf_siblingof (&child, &child) == 0);
  if (dwarf_attr (function, DW_AT_abstract_origin, &attribute) != NULL &&
      dwarf_formref_die (&attribute, &origin) != NULL && origin.addr != function->addr)
    return find_parameter (program, &origin);
  return NULL;
}

static const char *
get_text (Dwarf_Die *die, guint name)
{
  Dwarf_Attribute attribute;
  const char *text = NULL;

  if (dwarf_attr_integrate (die, name, &attribute) != NULL)
    text = dwarf_formstring (&attribute);
  return text != NULL ? text : "";
}

static void
add_variables (RustProgram *program, RustScopes *scopes, Dwarf_Die *around)
{
  Dwarf_Die child;

  if (dwarf_child (around, &child) != 0)
    return;
  do
    {
      int tag = dwarf_tag (&child);
      Variable variable = { child, NULL };

      if ((tag != DW_TAG_variable && tag != DW_TAG_formal_parameter) ||
          scopes->variables->len >= MAX_VARIABLES ||
          (variable.type = get_type (program, &child)) == NULL || !leads_to_future (variable.type))
        continue;
      g_array_append_val (scopes->variables, variable);
    }
  while (dwarf_siblingof (&child, &child) == 0);
}

static void
add_scope (RustProgram *program, RustScopes *scopes, Dwarf_Die *scope)
{
  int tag = dwarf_tag (scope);

  if (tag == DW_TAG_lexical_block || tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
    add_variables (program, scopes, scope);
  if (tag == DW_TAG_subprogram)
    scopes->function = *scope;
  if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
    return;
  /* The outermost was given what the program has written. */
  if (g_str_has_prefix (get_text (scope, DW_AT_name), "block_on"))
    scopes->future = find_parameter (program, scope);
  /* Its closures have more in their names. */
  scopes->is_block_on |= strstr (get_text (scope, DW_AT_linkage_name), "8block_on") != NULL;
}

/* dwarf_getscopes() does not look into namespaces, where all functions of Rust are. What has the address is
 * noted from the outside in. */
static gboolean
find_around (Dwarf_Die *around, guint64 address, guint depth, GArray *found)
{
  Dwarf_Die child;

  if (depth > MAX_DEPTH || dwarf_child (around, &child) != 0)
    return FALSE;
  do
    {
      int tag = dwarf_tag (&child);

      if (tag == DW_TAG_namespace)
        {
          if (find_around (&child, address, depth + 1, found))
            return TRUE;
        }
      else if ((tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
                tag == DW_TAG_lexical_block) &&
               dwarf_haspc (&child, address) == 1)
        {
          g_array_append_val (found, child);
          find_around (&child, address, depth + 1, found);
          return TRUE;
        }
    }
  while (dwarf_siblingof (&child, &child) == 0);
  return FALSE;
}

static RustScopes *
find_scopes (RustProgram *program, guint64 address)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Dwarf_Die));
  RustScopes *scopes = g_new0 (RustScopes, 1);
  Dwarf_Die unit;

  scopes->variables = g_array_new (FALSE, FALSE, sizeof (Variable));
  if (debug_types_find_unit (program->types, address, &unit))
    find_around (&unit, address, 0, found);
  for (guint i = found->len; i-- > 0;)
    add_scope (program, scopes, &g_array_index (found, Dwarf_Die, i));
  return scopes;
}

static const RustScopes *
get_scopes (RustProgram *program, guint64 address)
{
  RustScopes *scopes;

  if (program->scopes == NULL)
    program->scopes = g_hash_table_new_full (NULL, NULL, NULL, scopes_free);
  scopes = g_hash_table_lookup (program->scopes, GSIZE_TO_POINTER (address));
  if (scopes != NULL)
    return scopes;
  if (g_hash_table_size (program->scopes) >= MAX_KEPT)
    g_hash_table_remove_all (program->scopes);
  scopes = find_scopes (program, address);
  g_hash_table_insert (program->scopes, GSIZE_TO_POINTER (address), scopes);
  return scopes;
}

/* ---- One call of a stack --------------------------------------------------------------------------- */

#if defined(__aarch64__)
#define REGISTER_SP 31
#else
#define REGISTER_SP 7
#endif

static void
fill_frame (const RustStack *stack, guint i, DebugFrame *frame)
{
  const InspectorProbeCall *call = &stack->stack.calls[i];

  *frame = (DebugFrame){ .pc = call->pc - !call->is_activation, .known = call->known };
  memcpy (frame->registers, call->registers, sizeof frame->registers);
  /* Where the next one's stack begins, this one's ends. */
  if (i + 1 >= stack->stack.n_calls || (call[1].known & 1u << REGISTER_SP) == 0)
    return;
  frame->has_cfa = TRUE;
  frame->cfa = call[1].registers[REGISTER_SP];
}

static gboolean
locate (RustProgram *program, const RustScopes *scopes, const Variable *variable,
        const DebugFrame *frame, const DebugMemory *memory, DebugValue *ret_value)
{
  Dwarf_Die die = variable->die, function = scopes->function;
  Dwarf_Attribute attribute;
  DebugWhere where;

  if (dwarf_attr_integrate (&die, DW_AT_location, &attribute) == NULL)
    return FALSE;
  where = debug_expression_locate (&attribute, &function, program->bias, frame, memory);
  *ret_value = (DebugValue){ variable->type, where.value };
  if (where.of == DEBUG_PLACE_MEMORY)
    return TRUE;
  /* A pointer that is in a register. */
  return where.of == DEBUG_PLACE_VALUE && rust_plan_get (variable->type)->is_pointer &&
         (ret_value->type = rust_plan_get_pointed (variable->type)) != NULL;
}

gboolean
rust_scopes_find_blocked (RustProgram *program, const RustStack *stack, guint call,
                          const DebugMemory *memory,
                          gboolean (*accepts) (gpointer data, DebugValue value), gpointer data,
                          RustBlocked *ret_blocked)
{
  const RustScopes *scopes;
  DebugFrame frame;

  fill_frame (stack, call, &frame);
  if (frame.pc < program->start || frame.pc >= program->end)
    return FALSE;
  scopes = get_scopes (program, frame.pc - program->bias);
  if (!scopes->is_block_on)
    return FALSE;
  *ret_blocked = (RustBlocked){ .future = scopes->future };
  for (guint i = 0; i < scopes->variables->len && !ret_blocked->has_value; i++)
    ret_blocked->has_value =
        locate (program, scopes, &g_array_index (scopes->variables, Variable, i), &frame, memory,
                &ret_blocked->value) &&
        accepts (data, ret_blocked->value);
  return TRUE;
}
