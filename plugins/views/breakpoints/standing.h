/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef BREAKPOINTS_STANDING_H
#define BREAKPOINTS_STANDING_H

#include <stops.h>

G_BEGIN_DECLS

/* What stands still: which of it is looked at, what others wait for because of it, its variables and its
 * stack. */
#define BREAKPOINTS_TYPE_STANDING (breakpoints_standing_get_type ())
G_DECLARE_FINAL_TYPE (BreakpointsStanding, breakpoints_standing, BREAKPOINTS, STANDING, GtkWidget)

GtkWidget *breakpoints_standing_new (UiSession *session);
/* Reads what the session has now. */
void breakpoints_standing_update (BreakpointsStanding *standing);
/* (transfer full): all of it, for people */
char *breakpoints_standing_dup_text (BreakpointsStanding *standing);

G_END_DECLS

#endif
