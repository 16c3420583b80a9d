/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef BREAKPOINTS_LIST_H
#define BREAKPOINTS_LIST_H

#include <stops.h>

G_BEGIN_DECLS

/* The breakpoints of a session, a row each. */
GtkWidget *breakpoints_list_new (UiSession *session);
/* @breakpoints: (element-type InspectorBreakpoint): as they are now */
void breakpoints_list_show (GtkWidget *list, GPtrArray *breakpoints);

G_END_DECLS

#endif
