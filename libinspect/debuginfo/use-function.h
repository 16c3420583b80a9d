/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_USE_FUNCTION_H
#define DEBUGINFO_USE_FUNCTION_H

/* A function as its debug info describes it: its code, its parameters, and where its variables are at each
 * instruction. */

#include <elfutils/libdw.h>

#include "debuginfo/type.h"
#include "debuginfo/use-state.h"

G_BEGIN_DECLS

#define USE_MAX_PARAMETERS 16

typedef struct
{
  Dwarf_Die die;   /* that has the location */
  Dwarf_Die scope; /* where it is there */
  DebugType *type; /* what it points to */
  const char *name;
} UseVariable;

typedef struct
{
  DebugTypes *types;
  Dwarf_Die die;
  guint64 entry, low, high;
  guint8 *code;      /* from @low to @high */
  GArray *variables; /* UseVariable: pointers to structs of which something is known */
} UseFunction;

/* The one that begins there. */
gboolean use_function_find (DebugTypes *types, guint64 address, Dwarf_Die *ret_die);
/* FALSE: none does, or its code cannot be read. */
gboolean use_function_init (UseFunction *self, DebugTypes *types, guint64 address);
void use_function_clear (UseFunction *self);

/* The registers that its parameters come in: rdi, rsi, rdx, rcx, r8, r9 for numbers and pointers; -1: elsewhere.
 * Returns: how many parameters; 0: also where one of them says that all of it is otherwise */
guint use_function_list_parameters (DebugTypes *types, Dwarf_Die *function, Dwarf_Die *parameters,
                                    int *registers);
/* The struct that a variable points to; NULL: it points to none, or to one of which nothing is known. */
DebugType *use_function_get_struct (DebugTypes *types, Dwarf_Die *die);

/* What it has there. @is_first: it is the function whose parameters values are told by. */
UseValue use_function_get_variable (UseFunction *self, const UseState *state, UseVariable *variable,
                                    gboolean is_first);

G_END_DECLS

#endif
