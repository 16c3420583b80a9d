/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_VARIABLES_H
#define ANALYSIS_VARIABLES_H

#include "channel/reader.h"
#include "debuginfo/locals.h"

G_BEGIN_DECLS

/* What INSPECT_VAR() says of a program that runs: an address and a type, into text. It is done when the record is
 * read, so that all that comes after it, recordings too, has text and needs neither the program nor its
 * files. */
typedef struct _AnalysisVariables AnalysisVariables;

/* @symbols: whose modules they are in; stands until the end of it. @is_watching: it can
 * look again */
AnalysisVariables *analysis_variables_new (int pid, DebugSymbols *symbols, gboolean is_watching);
void analysis_variables_free (AnalysisVariables *variables);
/* @event: of a key of INSPECT_VALUE_VARIABLE. @ret_event: the same with text; lives until the next
 * call. */
void analysis_variables_translate (AnalysisVariables *variables, const ChannelEvent *event,
                                   ChannelEvent *ret_event);

/* Looks again at what was said of tasks that live, and tells of what has changed: as if it had been said once
 * more at @at_ns. At most some hundred of them a call, the others the next time. */
void analysis_variables_look_again (AnalysisVariables *variables, gint64 at_ns,
                                    ChannelEventFunc func, gpointer data);
/* What was said of a task is over. */
void analysis_variables_forget (AnalysisVariables *variables, guint64 task);

G_END_DECLS

#endif
