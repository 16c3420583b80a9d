/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_FACTS_SAVED_H
#define ANALYSIS_FACTS_SAVED_H

#include <json-glib/json-glib.h>

#include "analysis/facts.h"

G_BEGIN_DECLS

/* The facts of a target that outlive it, into the facts of a recording and back: sockets, where threads were,
 * processor time. */

/* A return address that is in what was saved. */
typedef void (*AnalysisFactsCallFunc) (guint64 address, gpointer data);

/* (transfer full) */
JsonObject *analysis_facts_save (const AnalysisFacts *facts, AnalysisFactsCallFunc func,
                                 gpointer data);
/* They stand where the source of @facts has nothing to say. */
void analysis_facts_load (AnalysisFacts *facts, JsonObject *saved);

/* Members of what was saved, which need not be there, nor be what they ought to be. */
gint64 analysis_saved_get_int (JsonObject *object, const char *name, gint64 least, gint64 most,
                               gint64 missing);
/* (transfer none) (nullable) */
const char *analysis_saved_get_text (JsonObject *object, const char *name);

G_END_DECLS

#endif
