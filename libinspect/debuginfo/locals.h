/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_LOCALS_H
#define DEBUGINFO_LOCALS_H

#include "debuginfo/expression.h"
#include "debuginfo/symbols.h"

G_BEGIN_DECLS

/* The variables of a frame: its parameters, and what is in scope where it stands. Keeps the debug info
 * of files that were asked for. */
typedef struct _DebugLocals DebugLocals;

DebugLocals *debug_locals_new (void);
void debug_locals_free (DebugLocals *locals);

typedef struct
{
  char *name;
  char *type;  /* "struct request *"; "" */
  char *value; /* on one line; NULL: it is nowhere at this place */
  gboolean is_parameter;
} DebugLocal;

/* @level: 0: of the innermost function there, also where the compiler has put it into another; 1: of that
 * other, and so on. Returns: (transfer full) (element-type DebugLocal): parameters first, in the order of the source;
 * of two of one name the inner one; empty without debug info */
GPtrArray *debug_locals_list (DebugLocals *locals, const DebugModuleInfo *module,
                              const DebugFrame *frame, guint level, const DebugMemory *memory);
/* (nullable): the types of that file, kept as long as @locals */
DebugTypes *debug_locals_get_types (DebugLocals *locals, const DebugModuleInfo *module);
/* A value on one line, in memory or by itself: what a pointer leads to is shown with it. (transfer full) */
char *debug_dup_value (DebugType *type, DebugWhere where, gboolean is_rust,
                       const DebugMemory *memory);

G_END_DECLS

#endif
