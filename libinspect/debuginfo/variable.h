/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_VARIABLE_H
#define DEBUGINFO_VARIABLE_H

#include "debuginfo/symbols.h"
#include "debuginfo/type.h"

G_BEGIN_DECLS

/* What a place in a variable is called in the source: "table.locks[3].lock". */
typedef struct _DebugVariables DebugVariables;

/* Of one file, as debug_types_open() takes it. (nullable): it has no debug info, or too much of it */
DebugVariables *debug_variables_open (const char *path, const guint8 *build_id,
                                      gsize build_id_length);
void debug_variables_free (DebugVariables *self);
/* @address: in the file. (transfer full) (nullable): no variable is there, or it is the middle of something that has no
 * parts. Of what begins at the same address it is the innermost that is no number, pointer or union. */
char *debug_variables_dup_path (DebugVariables *self, guint64 address);
/* Whether a struct called @name begins there. */
DebugPart debug_variables_find_part (DebugVariables *self, guint64 address, const char *name);

G_END_DECLS

#endif
