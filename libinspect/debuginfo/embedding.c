/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/embedding.h"

#include <dwarf.h>
#include <string.h>

#define MAX_DEPTH 8
#define MAX_PEELED 32
#define MAX_FOUND 256

struct _DebugEmbeddings
{
  DebugTypes *types;
  GHashTable *by_name; /* char * -> GArray of DebugEmbedding */
};

typedef struct
{
  DebugTypes *types;
  const char *name;
  GHashTable *known; /* address of a struct's DIE -> 1 + offset; 0: it has none */
  GArray *found;     /* DebugEmbedding */
} Search;

DebugEmbeddings *
debug_embeddings_new (DebugTypes *types)
{
  DebugEmbeddings *self = g_new0 (DebugEmbeddings, 1);

  self->types = types;
  self->by_name =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  return self;
}

void
debug_embeddings_free (DebugEmbeddings *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->by_name);
  g_free (self);
}

/* FALSE: it has no type. */
static gboolean
get_peeled_type (Dwarf_Die *die, Dwarf_Die *ret_type)
{
  Dwarf_Attribute attribute;
  Dwarf_Die type = *die;

  for (guint i = 0; i < MAX_PEELED; i++)
    {
      if (dwarf_attr_integrate (&type, DW_AT_type, &attribute) == NULL ||
          dwarf_formref_die (&attribute, &type) == NULL)
        return FALSE;
      switch (dwarf_tag (&type))
        {
        case DW_TAG_typedef:
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_atomic_type:
          break;
        default:
          *ret_type = type;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_aggregate (Dwarf_Die *die)
{
  int tag = dwarf_tag (die);

  return (tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type) &&
         !dwarf_hasattr (die, DW_AT_declaration);
}

static guint64 find_in (Search *self, Dwarf_Die *die, guint depth);

/* 1 + offset in the struct that has the member; 0: it is none, nor has one. */
static guint64
find_in_member (Search *self, Dwarf_Die *member, guint depth)
{
  Dwarf_Attribute attribute;
  Dwarf_Word offset = 0;
  Dwarf_Die type;
  guint64 inner;

  if (!get_peeled_type (member, &type) || !is_aggregate (&type))
    return 0;
  if (dwarf_attr (member, DW_AT_data_member_location, &attribute) != NULL &&
      dwarf_formudata (&attribute, &offset) != 0)
    return 0;
  if (g_strcmp0 (debug_types_take_name (self->types, &type), self->name) == 0)
    return 1 + offset;
  inner = find_in (self, &type, depth + 1);
  return inner != 0 ? inner + offset : 0;
}

static guint64
find_in (Search *self, Dwarf_Die *die, guint depth)
{
  gpointer known;
  guint64 found = 0;
  Dwarf_Die child;

  if (depth > MAX_DEPTH)
    return 0;
  if (g_hash_table_lookup_extended (self->known, die->addr, NULL, &known))
    return GPOINTER_TO_SIZE (known);
  /* Should it have itself as a part, which no struct can. */
  g_hash_table_insert (self->known, die->addr, NULL);
  if (dwarf_child (die, &child) == 0)
    do
      if (dwarf_tag (&child) == DW_TAG_member || dwarf_tag (&child) == DW_TAG_inheritance)
        found = find_in_member (self, &child, depth);
    while (found == 0 && dwarf_siblingof (&child, &child) == 0);
  g_hash_table_insert (self->known, die->addr, GSIZE_TO_POINTER (found));
  return found;
}

/* Each unit of a program has its own DIE of a struct. */
static void
add (Search *self, DebugType *type, guint64 offset)
{
  DebugEmbedding embedding = { type, offset };

  if (type->class != DEBUG_TYPE_STRUCTURE || *type->name == '\0')
    return;
  for (guint i = 0; i < self->found->len; i++)
    {
      const DebugEmbedding *other = &g_array_index (self->found, DebugEmbedding, i);

      if (other->offset == offset && other->type->size == type->size &&
          g_str_equal (other->type->name, type->name))
        return;
    }
  if (self->found->len < MAX_FOUND)
    g_array_append_val (self->found, embedding);
}

static gboolean
visit (DebugTypes *types, const char *scope, Dwarf_Die *die, gpointer data)
{
  Search *self = data;
  Dwarf_Die type = *die;
  guint64 found;

  switch (dwarf_tag (die))
    {
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
      break;
    case DW_TAG_typedef:
      /* One that has no other name. */
      if (!get_peeled_type (die, &type) || dwarf_diename (&type) != NULL)
        return FALSE;
      break;
    default:
      return TRUE;
    }
  if (!is_aggregate (&type))
    return TRUE;
  found = find_in (self, &type, 0);
  if (found != 0)
    add (self, debug_types_get (types, die), found - 1);
  return TRUE;
}

GArray *
debug_embeddings_list (DebugEmbeddings *self, const char *name)
{
  GArray *found = g_hash_table_lookup (self->by_name, name);
  Search search = { .types = self->types, .name = name };

  if (found != NULL)
    return found;
  search.known = g_hash_table_new (NULL, NULL);
  search.found = g_array_new (FALSE, FALSE, sizeof (DebugEmbedding));
  debug_types_visit (self->types, visit, &search);
  g_hash_table_unref (search.known);
  g_hash_table_insert (self->by_name, g_strdup (name), search.found);
  return search.found;
}
