/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_USES_H
#define DEBUGINFO_USES_H

#include "debuginfo/type.h"

G_BEGIN_DECLS

/* As what a function takes the pointers that it is handed: `client *c = handle->data`, `container_of (handle,
 * client, handle)`, a parameter of that type, its own or that of a function of the same file that it passes them
 * to. A void pointer has no type; who uses it knows. */
typedef struct
{
  guint parameter;    /* from 0 */
  gboolean is_loaded; /* the pointer that is at @at behind it, else the parameter itself */
  gint64 at;
  gint64 offset;    /* added to that */
  DebugType *type;  /* a struct: what it points to then */
  const char *name; /* of the variable; as long as the types */
} DebugUse;

/* Of the function at @address of the file, read from its code as far as that is understood: what it does under
 * any condition counts. Empty on machines other than x86-64, without debug info, and where nothing is.
 * (transfer full) (element-type DebugUse): each once. @ret_n_parameters: of the function; 0: not known */
GArray *debug_uses_list (DebugTypes *types, guint64 address, guint *ret_n_parameters);

G_END_DECLS

#endif
