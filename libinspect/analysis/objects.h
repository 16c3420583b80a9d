/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_OBJECTS_H
#define ANALYSIS_OBJECTS_H

#include "debuginfo/symbols.h"
#include "model/model.h"

G_BEGIN_DECLS

/* What a program has put around the handles and requests of its runtimes, and what their callbacks are handed, in a
 * program that says nothing of it: read from outside, by debug info. All of it is inferred, and said to be. Where two
 * types are possible, none is shown. */
typedef struct _AnalysisObjects AnalysisObjects;

/* The end of each value: it was found by looking at memory. */
#define ANALYSIS_OBJECT_INFERRED " (inferred)"

typedef struct
{
  char *name;  /* "client" */
  char *value; /* "0x5555… -> {fd: 7, …} (inferred)" */
  char *type;  /* "client *" */
  guint64 address;
  guint64 await; /* object of what led to it */
} AnalysisObject;

/* @symbols: stands as long */
AnalysisObjects *analysis_objects_new (int pid, DebugSymbols *symbols);
void analysis_objects_free (AnalysisObjects *objects);
/* Of what @task waits for; @cause: an await that may be over, whose callback at @callback runs; 0: none.
 * (transfer full) (element-type AnalysisObject): each object once, with a name that no other of them has */
GPtrArray *analysis_objects_list (AnalysisObjects *objects, ModelTarget *model,
                                  const ModelTask *task, guint64 cause, guint64 callback);

G_END_DECLS

#endif
