/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_OVERVIEW_H
#define PROFILE_OVERVIEW_H

#include "data.h"

G_BEGIN_DECLS

/* What there is to say of each program in short: what could be done, and the distributions. */

#define PROFILE_TYPE_OVERVIEW (profile_overview_get_type ())
G_DECLARE_FINAL_TYPE (ProfileOverview, profile_overview, PROFILE, OVERVIEW, GtkWidget)

GtkWidget *profile_overview_new (UiSession *session);
guint profile_overview_count_suggestions (ProfileData *data, guint program);
/* @program: as profile_table_set_data() takes it */
void profile_overview_set_data (ProfileOverview *self, ProfileData *data, guint program);

G_END_DECLS

#endif
