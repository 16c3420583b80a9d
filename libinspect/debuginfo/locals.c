/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/locals.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/glib.h"
#include "debuginfo/rust.h"

#define MAX_LOCALS 64

struct _DebugLocals
{
  GHashTable *files; /* path -> DebugTypes; NULL: it has none */
};

static void
close_types (gpointer data)
{
  debug_types_close (data);
}

DebugLocals *
debug_locals_new (void)
{
  DebugLocals *locals = g_new0 (DebugLocals, 1);

  locals->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, close_types);
  return locals;
}

void
debug_locals_free (DebugLocals *locals)
{
  if (locals == NULL)
    return;
  g_hash_table_unref (locals->files);
  g_free (locals);
}

DebugTypes *
debug_locals_get_types (DebugLocals *self, const DebugModuleInfo *module)
{
  gpointer types = NULL;

  if (g_hash_table_lookup_extended (self->files, module->path, NULL, &types))
    return types;
  types = debug_types_open (module->path, module->build_id, module->build_id_length);
  g_hash_table_insert (self->files, g_strdup (module->path), types);
  return types;
}

/* ---- Values -------------------------------------------------------------------------------------- */

/* What is in a register is read as memory is, at an address that no program has. */
#define REGISTER_ADDRESS (G_MAXUINT64 - 4095)

typedef struct
{
  const DebugMemory *below;
  guint64 value;
} Overlay;

static gboolean
read_overlay (gpointer data, guint64 address, void *buffer, gsize length)
{
  const Overlay *overlay = data;

  if (address < REGISTER_ADDRESS)
    return debug_memory_read (overlay->below, address, buffer, length);
  if (address - REGISTER_ADDRESS > sizeof overlay->value ||
      length > sizeof overlay->value - (address - REGISTER_ADDRESS))
    return FALSE;
  memcpy (buffer, (const char *)&overlay->value + (address - REGISTER_ADDRESS), length);
  return TRUE;
}

char *
debug_dup_value (DebugType *type, DebugWhere where, gboolean is_rust, const DebugMemory *memory)
{
  Overlay overlay = { memory, where.value };
  const DebugMemory both = { read_overlay, &overlay };
  g_autoptr (GString) text = g_string_new (NULL);
  DebugFormat format =
      DEBUG_FORMAT_INIT (&both, is_rust ? debug_rust_format : debug_glib_format, text);

  DebugValue value = { type, where.of == DEBUG_PLACE_VALUE ? REGISTER_ADDRESS : where.value };

  debug_format_value (&format, value);
  return g_strdup (text->str);
}

/* ---- Scopes -------------------------------------------------------------------------------------- */

typedef struct
{
  DebugTypes *types;
  const DebugModuleInfo *module;
  const DebugFrame *frame;
  const DebugMemory *memory;
  Dwarf_Die *function;
  gboolean is_rust;
  GPtrArray *list;
} Walk;

static void
local_free (gpointer data)
{
  DebugLocal *local = data;

  g_free (local->name);
  g_free (local->type);
  g_free (local->value);
  g_free (local);
}

static gboolean
has_name (const Walk *walk, const char *name)
{
  for (guint i = 0; i < walk->list->len; i++)
    if (g_str_equal (((const DebugLocal *)walk->list->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* Of Rust, without paths, which are longer than the names. */
static char *
dup_type (const Walk *walk, Dwarf_Die *die)
{
  g_autofree char *name = debug_types_dup_type_name (walk->types, die);

  return walk->is_rust ? debug_rust_dup_short_name (name) : g_steal_pointer (&name);
}

static void
add_variable (Walk *walk, Dwarf_Die *die)
{
  const char *name = debug_types_take_name (walk->types, die);
  Dwarf_Attribute attribute;
  Dwarf_Die type_die;
  DebugWhere where = { DEBUG_PLACE_NOWHERE, 0 };
  DebugType *type = NULL;
  DebugLocal *local;

  if (name == NULL || walk->list->len >= MAX_LOCALS || has_name (walk, name))
    return;
  if (dwarf_attr_integrate (die, DW_AT_type, &attribute) != NULL &&
      dwarf_formref_die (&attribute, &type_die) != NULL)
    type = debug_types_get (walk->types, &type_die);
  if (dwarf_attr_integrate (die, DW_AT_location, &attribute) != NULL)
    where = debug_expression_locate (&attribute, walk->function, walk->module->bias, walk->frame,
                                     walk->memory);
  local = g_new0 (DebugLocal, 1);
  local->name = g_strdup (name);
  local->type = type != NULL ? dup_type (walk, &type_die) : g_strdup ("");
  local->is_parameter = dwarf_tag (die) == DW_TAG_formal_parameter;
  if (type != NULL && where.of != DEBUG_PLACE_NOWHERE)
    local->value = debug_dup_value (type, where, walk->is_rust, walk->memory);
  g_ptr_array_add (walk->list, local);
}

/* __func__ and its like. */
static gboolean
is_of_compiler (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  bool artificial = false;

  return dwarf_tag (die) == DW_TAG_variable &&
         dwarf_attr_integrate (die, DW_AT_artificial, &attribute) != NULL &&
         dwarf_formflag (&attribute, &artificial) == 0 && artificial;
}

static void
add_scope (Walk *walk, Dwarf_Die *scope, int tag)
{
  Dwarf_Die child;

  if (dwarf_child (scope, &child) != 0)
    return;
  do
    if (dwarf_tag (&child) == tag && !is_of_compiler (&child))
      add_variable (walk, &child);
  while (dwarf_siblingof (&child, &child) == 0);
}

/* The scopes of one function: it itself is the last of them, at @ret_end - 1. What was put into it by the
 * compiler counts as a function. FALSE: there are not so many. */
static gboolean
find_level (Dwarf_Die *scopes, int n, guint level, int *ret_begin, int *ret_end)
{
  *ret_begin = 0;
  for (int i = 0; i < n; i++)
    {
      int tag = dwarf_tag (&scopes[i]);

      if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
        continue;
      *ret_end = i + 1;
      if (level-- == 0)
        return TRUE;
      *ret_begin = i + 1;
    }
  return FALSE;
}

static Dwarf_Die *
find_frame_function (Dwarf_Die *scopes, int n)
{
  for (int i = 0; i < n; i++)
    if (dwarf_tag (&scopes[i]) == DW_TAG_subprogram)
      return &scopes[i];
  return NULL;
}

static gboolean
is_rust (Dwarf_Die *unit)
{
  return dwarf_srclang (unit) == DW_LANG_Rust;
}

GPtrArray *
debug_locals_list (DebugLocals *self, const DebugModuleInfo *module, const DebugFrame *frame,
                   guint level, const DebugMemory *memory)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (local_free);
  DebugTypes *types = debug_locals_get_types (self, module);
  Walk walk = { types, module, frame, memory, NULL, FALSE, list };
  Dwarf_Die *inner = NULL, *scopes = NULL;
  Dwarf_Addr pc = frame->pc - module->bias;
  Dwarf_Die unit;
  int n = 0, begin = 0, end = 0;

  if (types == NULL || !debug_types_find_unit (types, pc, &unit))
    return list;
  walk.is_rust = is_rust (&unit);
  if (dwarf_getscopes (&unit, pc, &inner) > 0)
    n = dwarf_getscopes_die (&inner[0], &scopes);
  walk.function = find_frame_function (scopes, n);
  if (find_level (scopes, n, level, &begin, &end))
    {
      add_scope (&walk, &scopes[end - 1], DW_TAG_formal_parameter);
      for (int i = begin; i < end; i++)
        add_scope (&walk, &scopes[i], DW_TAG_variable);
    }
  free (inner);
  free (scopes);
  return list;
}
