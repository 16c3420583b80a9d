/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_SUMMARY_H
#define TIMELINE_SUMMARY_H

#include "scene.h"

G_BEGIN_DECLS

/* What was done in the stretch of time that is selected: how often and for how long, by operation. It
 * shows itself while a stretch is selected. */
#define TIMELINE_TYPE_SUMMARY (timeline_summary_get_type ())
G_DECLARE_FINAL_TYPE (TimelineSummary, timeline_summary, TIMELINE, SUMMARY, GtkWidget)

GtkWidget *timeline_summary_new (TimelineScene *scene);
/** Returns: (transfer full) (nullable): the table as CSV; %NULL: no stretch of time is selected */
char *timeline_summary_dup_csv (TimelineSummary *summary);

G_END_DECLS

#endif
