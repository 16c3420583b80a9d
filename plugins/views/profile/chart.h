/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_CHART_H
#define PROFILE_CHART_H

#include "data.h"

G_BEGIN_DECLS

/* A distribution as bars. */

#define PROFILE_TYPE_CHART (profile_chart_get_type ())
G_DECLARE_FINAL_TYPE (ProfileChart, profile_chart, PROFILE, CHART, GtkWidget)

GtkWidget *profile_chart_new (void);
/* The @index-th chart of @data, which it keeps. */
void profile_chart_set_data (ProfileChart *self, ProfileData *data, guint index);

G_END_DECLS

#endif
