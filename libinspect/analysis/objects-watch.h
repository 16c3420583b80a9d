/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_OBJECTS_WATCH_H
#define ANALYSIS_OBJECTS_WATCH_H

#include "analysis/objects.h"
#include "analysis/tables.h"

G_BEGIN_DECLS

/* Looks at what AnalysisObjects finds again and again, as tasks run, and tells of it as if the program had. */
typedef struct _AnalysisObjectsWatch AnalysisObjectsWatch;

/* All of them stand as long. */
AnalysisObjectsWatch *analysis_objects_watch_new (AnalysisObjects *objects, ModelTarget *model,
                                                  AnalysisTables *tables);
void analysis_objects_watch_free (AnalysisObjectsWatch *watch);
/* At some of the tasks, the others the next time; now and then it does nothing, so as to cost little. */
void analysis_objects_watch_look (AnalysisObjectsWatch *watch, gint64 at_ns, ChannelEventFunc func,
                                  gpointer data);
/* Or at @tasks (guint64: ids) alone: at those that are new, and of those that were among them before and are no more, it
 * tells that it is over. */
void analysis_objects_watch_show (AnalysisObjectsWatch *watch, const GArray *tasks, gint64 at_ns,
                                  ChannelEventFunc func, gpointer data);
/* At all of these once more. */
void analysis_objects_watch_again (AnalysisObjectsWatch *watch, gint64 at_ns, ChannelEventFunc func,
                                   gpointer data);
/* Whether @attribute of a task says that it no longer has to do with something. */
gboolean analysis_object_is_over (const ModelTarget *model, const ModelAttribute *attribute);
void analysis_objects_watch_forget (AnalysisObjectsWatch *watch, guint64 task);

G_END_DECLS

#endif
