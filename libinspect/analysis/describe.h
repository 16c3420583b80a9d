/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_DESCRIBE_H
#define ANALYSIS_DESCRIBE_H

#include "analysis/places.h"
#include "analysis/rules.h"
#include "model/model.h"

G_BEGIN_DECLS

/* What a wait is, in words. All results are (transfer full), valid UTF-8 without control
 * characters, whatever the target said. */

/* "connecting to 127.0.0.1:80", "http GET 127.0.0.1:8080/posts/12345", "87 B to 127.0.0.1:80" */
char *analysis_describe_wait (const AnalysisWait *wait, AnalysisPlaces *places);
char *analysis_describe_step (ModelTarget *model, const ModelStep *step, AnalysisPlaces *places);
/* It is no task, but a process as a whole that one waits for: another one, or that of the program itself. */
gboolean analysis_is_process (const ModelTask *task);
/* The same of a kind of what it waits for. */
gboolean analysis_kind_is_process (const char *name);
/* Of all waits of a kind: "connecting to …" of "connecting to {peer}"; its name where it says nothing. */
char *analysis_describe_kind (const char *name, const char *phrase);
/* "GET /a HTTP/1.1" and "h:80" to "http GET h:80/a"; other text is quoted. */
char *analysis_describe_request (const char *request, gsize length, const char *peer);

/* "mutex queue_lock" of a global one, "mutex 0x55d0c8e2a2c0", "loop “main”" */
char *analysis_describe_resource (ModelTarget *model, const ModelResource *resource,
                                  AnalysisPlaces *places);

/* A value as people read it: "1.2 KiB", "127.0.0.1:80" */
/* The same of what a record says. @bytes: (nullable): it is these, and no number */
char *analysis_describe_value (ModelTarget *model, guint32 key, const char *bytes, gsize n_bytes,
                               guint64 value, gint64 now_ns, AnalysisPlaces *places);
char *analysis_describe_attribute (ModelTarget *model, const ModelAttribute *attribute,
                                   gint64 now_ns, AnalysisPlaces *places);

/* The function that started the current operation, or what user code named the task. */
char *analysis_describe_task (const ModelTask *task, guint32 current_location,
                              AnalysisPlaces *places);
/* (nullable): the function that a thread was made to run, where it is the program's. @places: an AnalysisPlaces */
const char *analysis_name_task (const ModelTask *task, gpointer places);
char *analysis_describe_beginning (const ModelTask *task, AnalysisPlaces *places);

G_END_DECLS

#endif
