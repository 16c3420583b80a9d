/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_TABLE_PAGE_H
#define PROFILE_TABLE_PAGE_H

#include "table.h"

G_BEGIN_DECLS

/* A table, and below it all that is said of the row that is selected. */

#define PROFILE_TYPE_TABLE_PAGE (profile_table_page_get_type ())
G_DECLARE_FINAL_TYPE (ProfileTablePage, profile_table_page, PROFILE, TABLE_PAGE, GtkWidget)

GtkWidget *profile_table_page_new (UiSession *session, InspectorProfileTable of);
/* @program: as profile_table_set_data() takes it */
void profile_table_page_set_data (ProfileTablePage *self, ProfileData *data, guint program);
ProfileTable *profile_table_page_get_table (ProfileTablePage *self);

G_END_DECLS

#endif
