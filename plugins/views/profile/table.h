/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_TABLE_H
#define PROFILE_TABLE_H

#include "data.h"

G_BEGIN_DECLS

/* The rows of one table of a profile, as a column view: sorted by any column, and told apart by what they
 * are of, so that the one that is selected stays so while the figures change. */

#define PROFILE_TYPE_ITEM (profile_item_get_type ())
G_DECLARE_FINAL_TYPE (ProfileItem, profile_item, PROFILE, ITEM, GObject)

/* Lives as long as the data that the item is of. */
const InspectorProfileRow *profile_item_get_row (ProfileItem *item);

typedef struct _ProfileTable ProfileTable;

typedef enum
{
  PROFILE_ALL_ROWS = 1 << 0, /* also what lists for people leave out */
} ProfileTableFlags;

ProfileTable *profile_table_new (UiSession *session, InspectorProfileTable of);
void profile_table_free (ProfileTable *table);
GtkWidget *profile_table_get_widget (ProfileTable *table); /* a GtkColumnView */
/* @program: of which the rows are; G_MAXUINT: of all */
void profile_table_set_data (ProfileTable *table, ProfileData *data, guint program,
                             ProfileTableFlags flags);
guint profile_table_get_n_rows (ProfileTable *table);
/* How many @flags leave out. */
guint profile_table_get_n_minor (ProfileTable *table);
/* (transfer none) (nullable) */
ProfileItem *profile_table_get_selected (ProfileTable *table);
GtkSingleSelection *profile_table_get_selection (ProfileTable *table);
/* (transfer full): as it is sorted */
char *profile_table_dup_csv (ProfileTable *table);

G_END_DECLS

#endif
