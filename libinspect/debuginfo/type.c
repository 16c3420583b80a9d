/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dwarf.h>
#include <string.h>

#include "debuginfo/module.h"
#include "debuginfo/types-private.h"

/* From a DIE to what memory is read by. The debug info is a file of the user's, but may be damaged:
 * all counts are bounded, and an attribute that is missing leaves its field 0. */

#define MAX_MEMBERS 8192u
#define MAX_VARIANTS 65536u
#define MAX_DIMENSIONS 8u

static gboolean
get_number (Dwarf_Die *die, guint name, guint64 *ret_value)
{
  Dwarf_Attribute attribute;
  Dwarf_Word value;

  if (dwarf_attr (die, name, &attribute) == NULL || dwarf_formudata (&attribute, &value) != 0)
    return FALSE;
  *ret_value = value;
  return TRUE;
}

static gboolean
get_type_die (Dwarf_Die *die, Dwarf_Die *ret_die)
{
  Dwarf_Attribute attribute;

  return dwarf_attr_integrate (die, DW_AT_type, &attribute) != NULL &&
         dwarf_formref_die (&attribute, ret_die) != NULL;
}

/* ---- Members ---------------------------------------------------------------------------------- */

/* Bits are counted from the lowest one, as DWARF 4 and 5 do (DW_AT_data_bit_offset). */
static void
read_bits (Dwarf_Die *die, DebugMember *member)
{
  guint64 size = 0, offset = 0;

  if (!get_number (die, DW_AT_bit_size, &size) || size == 0 || size > 64)
    return;
  if (get_number (die, DW_AT_data_bit_offset, &offset))
    {
      member->offset = offset / 8;
      member->bit_offset = offset % 8;
    }
  else if (get_number (die, DW_AT_bit_offset, &offset))
    {
      /* From the highest bit of a unit of that size. */
      guint64 storage = 0;

      if (!get_number (die, DW_AT_byte_size, &storage) || storage * 8 < offset + size)
        return;
      offset = storage * 8 - offset - size;
      member->offset += offset / 8;
      member->bit_offset = offset % 8;
    }
  member->bit_size = size;
}

/* (nullable): where its compiler ran, if that is a folder at all (-ffile-prefix-map makes it something else) */
static const char *
get_folder (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  Dwarf_Die unit;
  const char *folder = dwarf_diecu (die, &unit, NULL, NULL) != NULL
                           ? dwarf_formstring (dwarf_attr (&unit, DW_AT_comp_dir, &attribute))
                           : NULL;

  return folder != NULL && g_path_is_absolute (folder) ? folder : NULL;
}

void
debug_member_read_place (DebugMember *member, Dwarf_Die *die)
{
  int line = 0;

  if (!dwarf_hasattr_integrate (die, DW_AT_decl_line) || dwarf_decl_line (die, &line) != 0 ||
      line <= 0)
    return;
  member->line = line;
  member->file = debug_unit_get_decl_file (die);
  if (member->file != NULL && !g_path_is_absolute (member->file))
    member->folder = get_folder (die);
}

static void
read_member (DebugTypes *types, Dwarf_Die *die, DebugMember *member)
{
  guint64 artificial = 0;

  member->name = debug_types_take_name (types, die);
  if (member->name == NULL)
    member->name = "";
  member->has_type = get_type_die (die, &member->die);
  get_number (die, DW_AT_data_member_location, &member->offset);
  read_bits (die, member);
  if (dwarf_hasattr (die, DW_AT_decl_line))
    debug_member_read_place (member, die);
  member->is_artificial = get_number (die, DW_AT_artificial, &artificial) && artificial != 0;
}

static void
read_variant_value (Dwarf_Die *die, DebugVariant *variant)
{
  guint64 value;

  if (get_number (die, DW_AT_discr_value, &value))
    variant->first = variant->last = value;
  else
    variant->is_default = TRUE;
}

static void
read_variant (DebugTypes *types, Dwarf_Die *die, GArray *variants)
{
  DebugVariant variant;
  Dwarf_Die child;

  memset (&variant, 0, sizeof variant);
  read_variant_value (die, &variant);
  if (dwarf_child (die, &child) != 0)
    return;
  do
    if (dwarf_tag (&child) == DW_TAG_member)
      {
        read_member (types, &child, &variant.member);
        if (variants->len < MAX_VARIANTS)
          g_array_append_val (variants, variant);
        return;
      }
  while (dwarf_siblingof (&child, &child) == 0);
}

static void
read_discriminator (DebugTypes *types, DebugType *type, Dwarf_Die *part)
{
  Dwarf_Attribute attribute;
  Dwarf_Die die, of;
  guint64 offset = 0;
  int size;

  if (dwarf_attr (part, DW_AT_discr, &attribute) == NULL ||
      dwarf_formref_die (&attribute, &die) == NULL || !get_type_die (&die, &of))
    return;
  get_number (&die, DW_AT_data_member_location, &offset);
  size = dwarf_bytesize (&of);
  if (size != 1 && size != 2 && size != 4 && size != 8)
    return;
  type->has_discriminator = TRUE;
  type->discriminator_offset = offset;
  type->discriminator_size = size;
}

static void
read_variant_part (DebugTypes *types, DebugType *type, Dwarf_Die *part)
{
  g_autoptr (GArray) variants = g_array_new (FALSE, TRUE, sizeof (DebugVariant));
  Dwarf_Die child;
  guint64 mask;

  read_discriminator (types, type, part);
  if (dwarf_child (part, &child) != 0)
    return;
  do
    if (dwarf_tag (&child) == DW_TAG_variant)
      read_variant (types, &child, variants);
  while (dwarf_siblingof (&child, &child) == 0);
  /* Of several forms none can be told from the others. */
  if (!type->has_discriminator && variants->len > 1)
    return;
  /* Values are signed or not as the compiler liked: only the discriminator's own bits count. */
  mask = type->discriminator_size >= 8
             ? G_MAXUINT64
             : (G_GUINT64_CONSTANT (1) << 8 * type->discriminator_size) - 1;
  for (guint i = 0; i < variants->len && type->has_discriminator; i++)
    {
      DebugVariant *variant = &g_array_index (variants, DebugVariant, i);

      variant->first &= mask;
      variant->last &= mask;
    }
  type->n_variants = variants->len;
  type->variants = (DebugVariant *)g_array_free (g_steal_pointer (&variants), FALSE);
}

static void
read_structure (DebugTypes *types, DebugType *type, Dwarf_Die *die)
{
  g_autoptr (GArray) members = g_array_new (FALSE, TRUE, sizeof (DebugMember));
  g_autoptr (GArray) parameters = g_array_new (FALSE, TRUE, sizeof (DebugMember));
  Dwarf_Die child;

  if (dwarf_child (die, &child) != 0)
    return;
  do
    {
      int tag = dwarf_tag (&child);
      GArray *to = tag == DW_TAG_template_type_parameter ? parameters : members;
      DebugMember member;

      if (tag == DW_TAG_variant_part && type->n_variants == 0)
        read_variant_part (types, type, &child);
      if (tag != DW_TAG_member && tag != DW_TAG_inheritance &&
          tag != DW_TAG_template_type_parameter)
        continue;
      /* A static member is somewhere else. */
      if (dwarf_hasattr (&child, DW_AT_external) || dwarf_hasattr (&child, DW_AT_const_value))
        continue;
      memset (&member, 0, sizeof member);
      read_member (types, &child, &member);
      if (to->len < MAX_MEMBERS)
        g_array_append_val (to, member);
    }
  while (dwarf_siblingof (&child, &child) == 0);
  type->n_members = members->len;
  type->members = (DebugMember *)g_array_free (g_steal_pointer (&members), FALSE);
  type->n_parameters = parameters->len;
  type->parameters = (DebugMember *)g_array_free (g_steal_pointer (&parameters), FALSE);
}

/* ---- Other types ------------------------------------------------------------------------------ */

static void
read_enumeration (DebugType *type, Dwarf_Die *die)
{
  g_autoptr (GArray) enumerators = g_array_new (FALSE, TRUE, sizeof (DebugEnumerator));
  Dwarf_Die child;

  if (dwarf_child (die, &child) != 0)
    return;
  do
    {
      DebugEnumerator enumerator = { debug_types_take_name (type->types, &child), 0 };
      Dwarf_Attribute attribute;
      Dwarf_Sword value;

      if (dwarf_tag (&child) != DW_TAG_enumerator || enumerator.name == NULL ||
          dwarf_attr (&child, DW_AT_const_value, &attribute) == NULL ||
          dwarf_formsdata (&attribute, &value) != 0 || enumerators->len >= MAX_VARIANTS)
        continue;
      enumerator.value = value;
      g_array_append_val (enumerators, enumerator);
    }
  while (dwarf_siblingof (&child, &child) == 0);
  type->n_enumerators = enumerators->len;
  type->enumerators = (DebugEnumerator *)g_array_free (g_steal_pointer (&enumerators), FALSE);
}

static void
read_array (DebugTypes *types, DebugType *type, Dwarf_Die *die)
{
  Dwarf_Die child;
  guint64 count = 1, dimensions[MAX_DIMENSIONS];
  guint n_dimensions = 0;

  type->target.name = "";
  type->target.has_type = get_type_die (die, &type->target.die);
  if (dwarf_child (die, &child) != 0)
    return;
  do
    {
      guint64 n = 0;

      if (dwarf_tag (&child) != DW_TAG_subrange_type || ++n_dimensions > MAX_DIMENSIONS)
        continue;
      if (!get_number (&child, DW_AT_count, &n))
        n = get_number (&child, DW_AT_upper_bound, &n) && n < G_MAXINT32 ? n + 1 : 0;
      if (n > G_MAXINT32 || (n > 0 && count > G_MAXINT32 / n))
        n = 0;
      count *= n;
      dimensions[type->n_dimensions++] = n;
    }
  while (dwarf_siblingof (&child, &child) == 0);
  type->count = n_dimensions > 0 ? count : 0;
  type->dimensions = g_memdup2 (dimensions, type->n_dimensions * sizeof *dimensions);
}

static gboolean
is_char (Dwarf_Die *die)
{
  const char *name = dwarf_diename (die);

  return name != NULL && strcmp (name, "char") == 0;
}

static DebugTypeClass
get_base_class (Dwarf_Die *die)
{
  guint64 encoding = 0;

  get_number (die, DW_AT_encoding, &encoding);
  switch (encoding)
    {
    case DW_ATE_boolean:
      return DEBUG_TYPE_BOOLEAN;
    case DW_ATE_UTF:
      return DEBUG_TYPE_CHARACTER;
    /* "signed char" and "unsigned char" (uint8_t) are small numbers, "char" is text. */
    case DW_ATE_signed_char:
      return is_char (die) ? DEBUG_TYPE_CHARACTER : DEBUG_TYPE_SIGNED;
    case DW_ATE_unsigned_char:
      return is_char (die) ? DEBUG_TYPE_CHARACTER : DEBUG_TYPE_UNSIGNED;
    case DW_ATE_signed:
      return DEBUG_TYPE_SIGNED;
    case DW_ATE_unsigned:
    case DW_ATE_address:
      return DEBUG_TYPE_UNSIGNED;
    case DW_ATE_float:
      return DEBUG_TYPE_FLOATING;
    default:
      return DEBUG_TYPE_UNKNOWN;
    }
}

static DebugTypeClass
get_class (Dwarf_Die *die)
{
  switch (dwarf_tag (die))
    {
    case DW_TAG_base_type:
      return get_base_class (die);
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
      return dwarf_hasattr (die, DW_AT_declaration) ? DEBUG_TYPE_UNKNOWN : DEBUG_TYPE_STRUCTURE;
    case DW_TAG_union_type:
      return DEBUG_TYPE_UNION;
    case DW_TAG_enumeration_type:
      return DEBUG_TYPE_ENUMERATION;
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
      return DEBUG_TYPE_POINTER;
    case DW_TAG_array_type:
      return DEBUG_TYPE_ARRAY;
    case DW_TAG_subroutine_type:
      return DEBUG_TYPE_FUNCTION;
    default:
      return DEBUG_TYPE_UNKNOWN;
    }
}

DebugType *
debug_type_new (DebugTypes *types, Dwarf_Die *die)
{
  DebugType *type = g_new0 (DebugType, 1);
  int size = dwarf_bytesize (die);

  type->types = types;
  type->key = die->addr;
  type->name = debug_types_get_name (types, die);
  type->base_name = debug_types_take_name (types, die);
  if (type->base_name == NULL)
    type->base_name = "";
  type->class = get_class (die);
  type->size = size > 0 ? size : 0;
  switch (type->class)
    {
    case DEBUG_TYPE_STRUCTURE:
    case DEBUG_TYPE_UNION:
      read_structure (types, type, die);
      break;
    case DEBUG_TYPE_ENUMERATION:
      read_enumeration (type, die);
      break;
    case DEBUG_TYPE_POINTER:
      type->target.name = "";
      type->target.has_type = get_type_die (die, &type->target.die);
      if (type->size == 0)
        type->size = 8;
      break;
    case DEBUG_TYPE_ARRAY:
      read_array (types, type, die);
      break;
    default:
      break;
    }
  return type;
}

void
debug_type_free (DebugType *type)
{
  if (type->free_plan != NULL)
    type->free_plan (type->plan);
  g_free (type->members);
  g_free (type->variants);
  g_free (type->dimensions);
  g_free (type->enumerators);
  g_free (type->parameters);
  g_free (type);
}

/* ---- Questions -------------------------------------------------------------------------------- */

const DebugMember *
debug_type_find_member (const DebugType *type, const char *name)
{
  /* Most differ in their first letter. */
  for (guint i = 0; i < type->n_members; i++)
    if (*type->members[i].name == *name && strcmp (type->members[i].name, name) == 0)
      return &type->members[i];
  return NULL;
}

DebugType *
debug_type_get_target (const DebugType *type)
{
  return debug_member_get_type (type->types, &type->target);
}

DebugType *
debug_type_get_parameter (const DebugType *type, const char *name)
{
  for (guint i = 0; i < type->n_parameters; i++)
    if (strcmp (type->parameters[i].name, name) == 0)
      return debug_member_get_type (type->types, &type->parameters[i]);
  return NULL;
}

guint64
debug_type_get_size (const DebugType *type)
{
  guint64 size = 1;

  for (guint i = 0; i < MAX_DIMENSIONS && type != NULL; i++)
    {
      if (type->size > 0 || type->class != DEBUG_TYPE_ARRAY)
        return type->size * size;
      if (type->count > 0 && size > G_MAXINT32 / type->count)
        return 0;
      size *= type->count;
      type = debug_type_get_target (type);
    }
  return 0;
}

gboolean
debug_type_is (const DebugType *type, const char *name)
{
  const char *own = type->name;
  char last = '\0';

  /* Mostly they part early. */
  for (; *name != '\0'; own++, name++)
    {
      if (*own != *name)
        return FALSE;
      last = *name;
    }
  return last == '<' || *own == '\0';
}

#define PART_MAX_DEPTH 12
#define PART_MAX_LOOKS 512

static gboolean
find_part (const DebugType *type, const char *name, guint64 at, guint depth, guint *looks,
           guint64 *ret_offset, DebugType **ret_part)
{
  if (debug_type_is (type, name))
    {
      *ret_offset = at;
      *ret_part = (DebugType *)type;
      return TRUE;
    }
  if (type->class != DEBUG_TYPE_STRUCTURE || depth >= PART_MAX_DEPTH || ++*looks > PART_MAX_LOOKS)
    return FALSE;
  for (guint i = 0; i < type->n_members; i++)
    {
      const DebugType *part = debug_member_get_type (type->types, &type->members[i]);

      if (part != NULL && type->members[i].bit_size == 0 &&
          find_part (part, name, at + type->members[i].offset, depth + 1, looks, ret_offset,
                     ret_part))
        return TRUE;
    }
  return FALSE;
}

gboolean
debug_type_find_part (const DebugType *type, const char *name, guint64 *ret_offset,
                      DebugType **ret_part)
{
  guint looks = 0;

  return find_part (type, name, 0, 0, &looks, ret_offset, ret_part);
}
