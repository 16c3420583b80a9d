/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_REPORT_H
#define WHY_REPORT_H

#include <json-glib/json-glib.h>

#include "line.h"

G_BEGIN_DECLS

/* What a report says (data/report.schema.json), as lines: all that is judged, is judged there. */

/** Adds what the report says about the task @number. Returns: whether it says anything */
gboolean why_report_add_task (JsonNode *report, guint64 number, GPtrArray *lines);
/** Adds what is wrong in the whole session. Returns: whether anything is */
gboolean why_report_add_session (JsonNode *report, GPtrArray *lines);

G_END_DECLS

#endif
