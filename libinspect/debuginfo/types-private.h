/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_TYPES_PRIVATE_H
#define DEBUGINFO_TYPES_PRIVATE_H

#include "debuginfo/module.h"
#include "debuginfo/type.h"

G_BEGIN_DECLS

struct _DebugTypes
{
  Dwfl_Callbacks callbacks;
  char *debug_path;
  DebugModule *module;
  Dwarf *dwarf;
  GHashTable *types;   /* address of a DIE -> DebugType */
  GHashTable *scopes;  /* address of a DIE -> name of what is around it, of the units in @units */
  GHashTable *units;   /* address of a unit's DIE: its scopes are known */
  GHashTable *by_name; /* whole name -> DebugDieRef; NULL until it is asked for */
  GHashTable *
      skeletons; /* Dwarf_CU or Dwarf of a split file -> DebugDieRef of its skeleton and its beginning */
  GStringChunk *strings;
  gpointer reader; /* debug_types_set_reader() */
};

/* type.c: makes it from its DIE, which is peeled. */
DebugType *debug_type_new (DebugTypes *types, Dwarf_Die *die);
void debug_type_free (DebugType *type);

/* types.c: the string with the life of @types. */
const char *debug_types_intern (DebugTypes *types, const char *text);

G_END_DECLS

#endif
