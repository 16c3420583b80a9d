/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_STATICS_H
#define DEBUGINFO_STATICS_H

#include "debuginfo/type.h"

G_BEGIN_DECLS

/* The variables of one file that have an address of their own, those within functions too. */
typedef struct _DebugStatics DebugStatics;

/* Those called @name alone; NULL: all. Reads the functions of all units, once. */
DebugStatics *debug_statics_new (DebugTypes *types, const char *name);
void debug_statics_free (DebugStatics *statics);
/* @address: in the file. (nullable): of its type */
DebugType *debug_statics_find (DebugStatics *statics, guint64 address);
/* (transfer full) (nullable): what its type, which is a pointer, leads to is called in the source */
char *debug_statics_dup_target_name (DebugStatics *statics, guint64 address);
/* The variable that @address lies in. (nullable): of its type. @ret_name: as long as @statics */
DebugType *debug_statics_find_around (DebugStatics *statics, guint64 address, guint64 *ret_begin,
                                      const char **ret_name);

G_END_DECLS

#endif
