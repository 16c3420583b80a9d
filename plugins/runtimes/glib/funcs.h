/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_FUNCS_H
#define GLIB_FUNCS_H

/* Tables of source functions (GSourceFuncs). A table is changed in place: GLib compares the pointer
 * to it (g_main_context_find_source_by_funcs_user_data()), and sources that exist are followed, too.
 * Its dispatch and finalize become functions of ours, one for each original, so that a program that
 * copies a table, or calls a function of it, gets what it would get without us. */

#include "plugin.h"
#include "table.h"

/* Finds and changes GLib's own tables. */
void funcs_start (void);
/* Gives the original functions back, but to the few calls that are on their way. */
void funcs_stop (void);

/* Changes @funcs if it is not changed yet. Returns: false when its sources cannot be followed */
bool funcs_follow (const GSourceFuncs *funcs);
/* The program's own function, for one that was read from a table. */
Callback funcs_get_original (Callback function);
SourceKind funcs_get_kind (const GSourceFuncs *funcs);
/* GLib's own table of that kind, NULL. */
GSourceFuncs *funcs_of_kind (SourceKind kind);
/* Whether it is data or code of libglib itself, or what we put in its place. */
bool funcs_is_of_glib (const void *address);

#endif
