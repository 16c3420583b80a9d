/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_COMPARE_PAGE_H
#define PROFILE_COMPARE_PAGE_H

#include "data.h"

G_BEGIN_DECLS

/* What has become slower and what faster: what is shown against what was kept before, or against another
 * recording. */

#define PROFILE_TYPE_COMPARE_PAGE (profile_compare_page_get_type ())
G_DECLARE_FINAL_TYPE (ProfileComparePage, profile_compare_page, PROFILE, COMPARE_PAGE, GtkWidget)

GtkWidget *profile_compare_page_new (UiSession *session);
/* What is shown now. */
void profile_compare_page_set_data (ProfileComparePage *self, ProfileData *data);

G_END_DECLS

#endif
