/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_SIDEBAR_H
#define PROFILE_SIDEBAR_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A button for each page of a stack, with how much there is in it. */

#define PROFILE_TYPE_SIDEBAR (profile_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (ProfileSidebar, profile_sidebar, PROFILE, SIDEBAR, GtkWidget)

/* @stack: that has all its pages */
GtkWidget *profile_sidebar_new (GtkStack *stack);
/* @count: 0: nothing is there; it is shown all the same, and paler */
void profile_sidebar_set_count (ProfileSidebar *self, const char *id, guint count);

G_END_DECLS

#endif
