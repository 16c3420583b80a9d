/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_OPERATION_H
#define TIMELINE_OPERATION_H

#include <waits.h>

G_BEGIN_DECLS

/* A row of the summary: its columns, as people and as programs read them. */
#define TIMELINE_TYPE_OPERATION (timeline_operation_get_type ())
G_DECLARE_FINAL_TYPE (TimelineOperation, timeline_operation, TIMELINE, OPERATION, GObject)

typedef enum
{
  TIMELINE_COLUMN_STATE,
  TIMELINE_COLUMN_KIND,
  TIMELINE_COLUMN_PLACE,
  TIMELINE_COLUMN_COUNT,
  TIMELINE_COLUMN_TOTAL,
  TIMELINE_COLUMN_P50,
  TIMELINE_COLUMN_P95,
  TIMELINE_COLUMN_P99,
  TIMELINE_COLUMN_MAX,
  TIMELINE_N_COLUMNS
} TimelineColumn;

TimelineOperation *timeline_operation_new (const InspectorOperation *said);
/** Returns: how it is drawn */
UiStateLook timeline_operation_get_look (TimelineOperation *operation);
const char *timeline_operation_get_place (TimelineOperation *operation);
/** Returns: translated */
const char *timeline_column_get_title (TimelineColumn column);
gboolean timeline_column_is_number (TimelineColumn column);
/** Returns: (transfer full): as people read it */
char *timeline_operation_dup_text (TimelineOperation *operation, TimelineColumn column);
int timeline_operation_compare (TimelineOperation *operation, TimelineOperation *other,
                                TimelineColumn column);
/** (element-type TimelineOperation) */
char *timeline_operations_to_csv (GListModel *operations);

G_END_DECLS

#endif
