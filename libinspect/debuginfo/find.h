/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_FIND_H
#define DEBUGINFO_FIND_H

#include "debuginfo/module.h"
#include "debuginfo/symbols.h"

G_BEGIN_DECLS

/* Of one module, appended to @ranges (DebugRange). */
void debug_module_find_function (DebugModule *module, const char *name, GArray *ranges);
/* @best_line: what was found in other modules, 0 nothing: a line that is nearer to @line takes its
 * place. Returns: the line that is found by now */
guint debug_module_find_line (DebugModule *module, const char *file, guint line, guint best_line,
                              GArray *ranges);

G_END_DECLS

#endif
