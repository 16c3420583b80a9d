/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_TABLE_H
#define TIMELINE_TABLE_H

#include "scene.h"

G_BEGIN_DECLS

/* A scene outside of its window: as a table, and as what is kept beside a recording. */

/** Returns: (transfer full): a line for each task: what it did in the time that is shown */
char *timeline_table_dup_csv (TimelineScene *scene);
void timeline_table_save (TimelineScene *scene, GKeyFile *state, const char *group);
/** What is missing or odd is left as it is. */
void timeline_table_load (TimelineScene *scene, GKeyFile *state, const char *group);

G_END_DECLS

#endif
