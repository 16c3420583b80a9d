/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HISTORY_INSTANT_H
#define SESSION_HISTORY_INSTANT_H

/* What all tasks of a program were at an instant, where a model of all of them would take long: of each task a few
 * numbers, and where its records are. Only of what is held, and by whom, there is a model. */

#include "session/history-scan.h"

G_BEGIN_DECLS

typedef struct _HistoryInstant HistoryInstant;

/* @program is open, and outlives it. Reads the records. (transfer full) */
HistoryInstant *history_instant_new (HistoryProgram *program, const HistoryNames *names,
                                     gint64 at_ns);
/* What is made of them; before anything is asked. */
void history_instant_take (HistoryInstant *instant);
void history_instant_free (HistoryInstant *instant);

/* Of what is held alone. */
ModelTarget *history_instant_get_model (HistoryInstant *instant);

/* What is said of one task; 0: nothing */
guint32 history_instant_find (const HistoryInstant *instant, guint64 id);
/* What that reads is asked for from memory; and what the next two will read, in two steps. */
void history_instant_prepare (const HistoryInstant *instant, guint64 id);
void history_instant_prepare_task (const HistoryInstant *instant, guint32 task, gboolean is_first);
/* @task: as history_instant_find() says; @begin_ns: of its track. Returns: an offset as in the tables, 0: none */
guint32 history_instant_get_state_name (const HistoryInstant *instant, guint32 task,
                                        gint64 begin_ns);
/* What it waits for and somebody has, of several the latest; (nullable) */
const ModelResource *history_instant_get_awaited (const HistoryInstant *instant, guint32 task,
                                                  gint64 begin_ns);
/* FALSE: nothing that history_instant_load_task() would tell is a variable. */
gboolean history_instant_may_have_variables (const HistoryInstant *instant, guint32 task);
/* A model that knows of this task what it is said to be, with its waits that have something to say. @since_ns: what was
 * said before then was of another task of its id. (transfer full) */
ModelTarget *history_instant_load_task (const HistoryInstant *instant, guint64 id, guint32 task,
                                        gint64 begin_ns, gint64 since_ns);

G_END_DECLS

#endif
