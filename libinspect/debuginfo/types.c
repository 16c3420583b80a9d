/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dwarf.h>
#include <string.h>

#include "debuginfo/types-private.h"

/* A DIE does not know what is around it, and a type is nothing without its scope. The scopes of a
 * unit are noted when the first type in it is asked for by name: a walk over its namespaces and
 * types that leaves out all functions. */

#define SCOPES_MAX_DEPTH 64

const char *
debug_types_intern (DebugTypes *types, const char *text)
{
  return text == NULL ? "" : g_string_chunk_insert_const (types->strings, text);
}

/* Names of other people's compilers are valid and can be printed; of other people's files they may be
 * anything. */
static gboolean
is_clean (const char *text)
{
  const char *end;

  for (const char *c = text; *c != '\0'; c++)
    if ((guchar)*c < 0x20 || *c == 0x7f)
      return FALSE;
  return g_utf8_validate (text, -1, &end);
}

const char *
debug_types_take_name (DebugTypes *types, Dwarf_Die *die)
{
  const char *name = debug_module_get_die_name (types->module, die);
  g_autofree char *valid = NULL;

  if (name == NULL)
    return NULL;
  if (is_clean (name))
    return name;
  valid = g_utf8_make_valid (name, -1);
  for (char *c = valid; *c != '\0'; c++)
    if ((guchar)*c < 0x20 || *c == 0x7f)
      *c = '?';
  return debug_types_intern (types, valid);
}

DebugTypes *
debug_types_open (const char *path, const guint8 *build_id, gsize build_id_length)
{
  g_autoptr (DebugTypes) types = g_new0 (DebugTypes, 1);
  Dwarf_Addr bias;

  types->callbacks.find_elf = debug_module_find_elf;
  types->callbacks.find_debuginfo = debug_module_find_debuginfo;
  types->callbacks.debuginfo_path = &types->debug_path;
  types->types = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)debug_type_free);
  types->scopes = g_hash_table_new (NULL, NULL);
  types->units = g_hash_table_new (NULL, NULL);
  types->skeletons = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  types->strings = g_string_chunk_new (16384);
  types->module =
      debug_module_new (&types->callbacks, path, 0, G_MAXUINT64, 0, build_id, build_id_length);
  types->dwarf = debug_module_get_dwarf (types->module, &bias);
  return types->dwarf == NULL ? NULL : g_steal_pointer (&types);
}

void
debug_types_close (DebugTypes *types)
{
  if (types == NULL)
    return;
  g_clear_pointer (&types->by_name, g_hash_table_unref);
  g_hash_table_unref (types->types);
  g_hash_table_unref (types->scopes);
  g_hash_table_unref (types->units);
  g_hash_table_unref (types->skeletons);
  g_string_chunk_free (types->strings);
  debug_module_free (types->module);
  g_free (types->debug_path);
  g_free (types);
}

Elf *
debug_types_get_elf (DebugTypes *types)
{
  Dwfl_Module *module = debug_module_get_dwfl (types->module);
  GElf_Addr bias;

  return module == NULL ? NULL : dwfl_module_getelf (module, &bias);
}

void
debug_types_set_reader (DebugTypes *types, gpointer reader)
{
  types->reader = reader;
}

gpointer
debug_types_get_reader (DebugTypes *types)
{
  return types->reader;
}

const char *
debug_types_get_missing (DebugTypes *types)
{
  return types->module->missing;
}

Dwarf *
debug_types_get_dwarf (DebugTypes *types)
{
  return types->dwarf;
}

/* ---- Units and scopes ------------------------------------------------------------------------ */

/* The DIE of a unit that has the types (debug_unit_get_full()). */
static gboolean
get_unit (DebugTypes *types, Dwarf_Die *die)
{
  gboolean is_split = FALSE;
  Dwarf_Die full = debug_unit_get_full (types->module, die, &is_split);

  if (is_split && !g_hash_table_contains (types->skeletons, full.cu))
    {
      DebugDieRef ref = { 1 + dwarf_dieoffset (die), dwarf_dieoffset (&full) };

      g_hash_table_insert (types->skeletons, full.cu, g_memdup2 (&ref, sizeof ref));
      /* Of units of types in the same file. */
      g_hash_table_replace (types->skeletons, dwarf_cu_getdwarf (full.cu),
                            g_memdup2 (&ref, sizeof ref));
    }
  *die = full;
  return die->addr != NULL;
}

gboolean
debug_types_find_unit (DebugTypes *types, guint64 address, Dwarf_Die *ret_unit)
{
  Dwarf_Addr bias = 0;

  return debug_module_find_unit (types->module, address, ret_unit, &bias) &&
         get_unit (types, ret_unit);
}

static gboolean
is_scope (int tag)
{
  return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
         tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type || tag == DW_TAG_module;
}

static void
walk (DebugTypes *types, Dwarf_Die *around, const char *scope, guint depth, DebugVisitFunc func,
      gpointer data)
{
  Dwarf_Die die;

  if (depth > SCOPES_MAX_DEPTH || dwarf_child (around, &die) != 0)
    return;
  do
    {
      int tag = dwarf_tag (&die);
      gboolean goes_on = is_scope (tag);

      if (tag == DW_TAG_member || tag == DW_TAG_template_type_parameter)
        continue;
      if (func != NULL)
        goes_on = func (types, scope, &die, data) && goes_on;
      if (is_scope (tag) && *scope != '\0')
        g_hash_table_insert (types->scopes, die.addr, (gpointer)scope);
      if (goes_on && dwarf_haschildren (&die) == 1)
        {
          const char *name = debug_types_take_name (types, &die);
          g_autofree char *inner = NULL;

          if (tag != DW_TAG_namespace && tag != DW_TAG_module && *scope == '\0' && name == NULL)
            {
              walk (types, &die, scope, depth + 1, func, data);
              continue;
            }
          inner = g_strconcat (scope, *scope != '\0' ? "::" : "", name != NULL ? name : "{}", NULL);
          walk (types, &die, debug_types_intern (types, inner), depth + 1, func, data);
        }
    }
  while (dwarf_siblingof (&die, &die) == 0);
}

static void
note_scopes (DebugTypes *types, Dwarf_Die *die)
{
  Dwarf_Die unit;

  if (dwarf_diecu (die, &unit, NULL, NULL) == NULL ||
      g_hash_table_contains (types->units, unit.addr))
    return;
  g_hash_table_add (types->units, unit.addr);
  walk (types, &unit, "", 0, NULL, NULL);
}

void
debug_types_visit (DebugTypes *types, DebugVisitFunc func, gpointer data)
{
  Dwarf_CU *cu = NULL;
  Dwarf_Die die;

  while (dwarf_get_units (types->dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0)
    {
      if (!get_unit (types, &die))
        continue;
      g_hash_table_add (types->units, die.addr);
      walk (types, &die, "", 0, func, data);
    }
}

const char *
debug_types_get_name (DebugTypes *types, Dwarf_Die *die)
{
  const char *name = debug_types_take_name (types, die);
  const char *scope;
  g_autofree char *whole = NULL;

  if (name == NULL)
    return "";
  note_scopes (types, die);
  scope = g_hash_table_lookup (types->scopes, die->addr);
  if (scope == NULL)
    return name;
  whole = g_strconcat (scope, "::", name, NULL);
  return debug_types_intern (types, whole);
}

/* ---- References that last --------------------------------------------------------------------- */

DebugDieRef
debug_types_get_ref (DebugTypes *types, Dwarf_Die *die)
{
  const DebugDieRef *skeleton = g_hash_table_lookup (types->skeletons, die->cu);
  guint64 offset = dwarf_dieoffset (die);

  if (skeleton == NULL)
    skeleton = g_hash_table_lookup (types->skeletons, dwarf_cu_getdwarf (die->cu));
  return skeleton == NULL ? (DebugDieRef){ 0, offset }
                          : (DebugDieRef){ skeleton->unit, offset - skeleton->offset };
}

gboolean
debug_types_get_die (DebugTypes *types, DebugDieRef ref, Dwarf_Die *ret_die)
{
  Dwarf *dwarf = types->dwarf;
  guint64 begin = 0;
  Dwarf_Die die;

  if (ref.unit > 0)
    {
      if (dwarf_offdie (dwarf, ref.unit - 1, &die) == NULL || !get_unit (types, &die))
        return FALSE;
      dwarf = dwarf_cu_getdwarf (die.cu);
      begin = dwarf_dieoffset (&die);
    }
  return dwarf_offdie (dwarf, begin + ref.offset, ret_die) != NULL;
}

/* ---- Types ------------------------------------------------------------------------------------ */

/* dwarf_peel_type() follows a circle for ever. */
#define PEEL_MAX 32

static Dwarf_Die
peel (Dwarf_Die die)
{
  for (guint i = 0; i < PEEL_MAX; i++)
    {
      Dwarf_Attribute attribute;

      switch (dwarf_tag (&die))
        {
        case DW_TAG_typedef:
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_restrict_type:
        case DW_TAG_atomic_type:
          break;
        default:
          return die;
        }
      if (dwarf_attr_integrate (&die, DW_AT_type, &attribute) == NULL ||
          dwarf_formref_die (&attribute, &die) == NULL)
        return die;
    }
  return die;
}

DebugType *
debug_types_get (DebugTypes *types, Dwarf_Die *die)
{
  Dwarf_Die peeled = peel (*die);
  DebugType *type;

  type = g_hash_table_lookup (types->types, peeled.addr);
  if (type == NULL)
    {
      type = debug_type_new (types, &peeled);
      g_hash_table_insert (types->types, peeled.addr, type);
    }
  /* What has a name only by a typedef is called by that. */
  if (*type->name == '\0' && dwarf_tag (die) == DW_TAG_typedef)
    type->name = type->base_name = debug_types_get_name (types, die);
  return type;
}

const char *
debug_member_get_path (DebugTypes *types, const DebugMember *member)
{
  g_autofree char *path = NULL;

  if (member->folder == NULL)
    return member->file;
  path = g_canonicalize_filename (member->file, member->folder);
  return debug_types_intern (types, path);
}

DebugType *
debug_member_get_type (DebugTypes *types, const DebugMember *member)
{
  Dwarf_Die die = member->die;

  if (member->type == NULL && member->has_type)
    ((DebugMember *)member)->type = debug_types_get (types, &die);
  return member->type;
}

static gboolean
is_named_type (int tag)
{
  return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
         tag == DW_TAG_enumeration_type || tag == DW_TAG_typedef || tag == DW_TAG_base_type;
}

static gboolean
note_name (DebugTypes *types, const char *scope, Dwarf_Die *die, gpointer data)
{
  const char *name = debug_module_get_die_name (types->module, die);

  if (name != NULL && is_named_type (dwarf_tag (die)) && !dwarf_hasattr (die, DW_AT_declaration))
    {
      g_autofree char *whole = *scope == '\0' ? NULL : g_strconcat (scope, "::", name, NULL);
      const char *key = whole != NULL ? debug_types_intern (types, whole) : name;

      if (!g_hash_table_contains (types->by_name, key))
        {
          DebugDieRef *ref = g_new (DebugDieRef, 1);

          *ref = debug_types_get_ref (types, die);
          g_hash_table_insert (types->by_name, (gpointer)key, ref);
        }
    }
  return TRUE;
}

DebugType *
debug_types_find (DebugTypes *types, const char *name)
{
  const DebugDieRef *ref;
  Dwarf_Die die;

  if (types->by_name == NULL)
    {
      types->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
      debug_types_visit (types, note_name, NULL);
    }
  ref = g_hash_table_lookup (types->by_name, name);
  if (ref == NULL || !debug_types_get_die (types, *ref, &die))
    return NULL;
  return debug_types_get (types, &die);
}
