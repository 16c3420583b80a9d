/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_WAIT_GRAPH_H
#define EXPORT_WAIT_GRAPH_H

#include "export/exporter.h"

G_BEGIN_DECLS

/* Who waits for whom at one instant, to be drawn: tasks, threads that are none, and what they wait
 * for and hold. What waits for nothing that anybody has is a line in its task's box. */

typedef enum
{
  EXPORT_NODE_TASK,
  EXPORT_NODE_THREAD,
  EXPORT_NODE_RESOURCE,
} ExportNodeOf;

typedef struct
{
  ExportNodeOf of;
  gconstpointer object;
  GString *label; /* lines */
  guint n_lines;
  guint64 number; /* of a task; else 0 */
  guint32 cycle; /* of a deadlock, from 1; 0: it is in none */
  guint n_edges;
  gint64 since_ns; /* of its oldest wait */
} ExportNode;

typedef struct
{
  guint from, to;
  gboolean is_hold; /* a resource and who has it; else somebody and what they wait for */
  guint32 cycle;
  char *place;    /* where it was begun or taken: "request.c:88", "" */
  char *duration; /* "2.3 s" */
} ExportEdge;

typedef struct
{
  int pid;
  char *command;
  GArray *nodes;  /* ExportNode: those of deadlocks first, then those with edges, then the oldest */
  GArray *edges;  /* ExportEdge */
  guint n_hidden; /* nodes that found no room */
  guint n_cycles;
} ExportWaitGraph;

/* At most @max_nodes of what is the case in @state. */
ExportWaitGraph *export_wait_graph_new (const ReportInput *state, guint max_nodes);
/* @number: what a task of a model that was made for one instant is called in its session */
typedef guint64 (*ExportNumberFunc) (const ModelTask *task, gpointer data);
ExportWaitGraph *export_wait_graph_new_numbered (const ReportInput *state, guint max_nodes,
                                                 ExportNumberFunc number, gpointer data);
void export_wait_graph_free (ExportWaitGraph *graph);

G_END_DECLS

#endif
