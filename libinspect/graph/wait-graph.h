/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_WAIT_GRAPH_H
#define GRAPH_WAIT_GRAPH_H

#include "analysis/report.h"

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
  gconstpointer object; /* of the model; of a fold: of one of those that it stands for */
  GString *label;       /* lines, of which each is cut, and names in it are short */
  char *title;          /* the first of them, in full */
  guint n_lines;
  gboolean is_process; /* a task that stands for another process */
  guint64 number;      /* of a task; else 0 */
  guint64 id;      /* the same from one instant to the next: number, thread id, object; 0: a fold */
  guint64 group;   /* what is alike has the same */
  guint n_members; /* of a fold: how many it stands for; else 1 */
  guint32 cycle;   /* of a deadlock, from 1; 0: it is in none */
  guint n_edges;
  gint64 since_ns; /* of its oldest wait */
} ExportNode;

typedef struct
{
  guint from, to;
  gboolean is_hold; /* a resource and who has it; else somebody and what they wait for */
  guint32 cycle;
  guint n; /* of a fold: how many it stands for; else 1 */
  guint32 location;
  gint64 since_ns; /* of the oldest */
  char *place;     /* where it was begun or taken: "request.c:88", "" */
  char *duration;  /* "2.3 s" */
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

/* What is shown of a graph. */
typedef struct
{
  guint max_nodes;        /* that stand for themselves */
  gboolean folds;         /* what is alike, and more than a few, is one node */
  const ModelTask *focus; /* (nullable): what is near it is not folded, but where there are many */
  gboolean only_part;     /* what does not hang together with @focus is not shown */
  gboolean only_ahead;    /* nor is what @focus does not wait for */
  const guint64 *open;    /* groups that are not folded */
  guint n_open;
} ExportGraphChoice;

/* It is made in two steps. Of very many tasks the first one takes a while, and a thread may do it that has the model to
 * itself; it needs no names. */
typedef struct _WaitGraph WaitGraph;
/* @model: outlives it. @choice: for this call. (transfer full) */
WaitGraph *wait_graph_new (ModelTarget *model, const ExportGraphChoice *choice);
void wait_graph_free (WaitGraph *graph);
guint wait_graph_count_nodes (const WaitGraph *graph);
/* Adds the ids of the tasks that are shown. */
void wait_graph_list_tasks (const WaitGraph *graph, GHashTable *ids);
/* @number: what a task of a model that was made for one instant is called in its session */
typedef guint64 (*ExportNumberFunc) (const ModelTask *task, gpointer data);
/* What is shown, in words; once. @state: has the same model. (transfer full) */
ExportWaitGraph *wait_graph_tell (WaitGraph *graph, const ReportInput *state,
                                  ExportNumberFunc number, gpointer data);

/* Both at once. At most @max_nodes of what is the case in @state. */
ExportWaitGraph *export_wait_graph_new (const ReportInput *state, guint max_nodes);
ExportWaitGraph *export_wait_graph_new_chosen (const ReportInput *state,
                                               const ExportGraphChoice *choice,
                                               ExportNumberFunc number, gpointer data);
void export_wait_graph_free (ExportWaitGraph *graph);

G_END_DECLS

#endif
