/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_TASKS_H
#define SOURCE_TASKS_H

#include <session.h>

G_BEGIN_DECLS

/* Which tasks are at which place at one instant. */

typedef struct
{
  guint32 program, location;
  guint track;  /* of one that is there: who knows what the numbers mean */
  guint n;      /* tasks there */
  GArray *rows; /* InspectorRow: those that have been there longest, the first of them first */
} SourceTasksAt;

#define SOURCE_TASKS_MAX 100 /* of which more than the number is kept, of each place */

/* Goes through all tasks of @history at @at_ns, in a thread. */
void source_tasks_list_async (InspectorHistory *history, gint64 at_ns, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer data);
/* (transfer full) (nullable) (element-type SourceTasksAt): NULL: it was cancelled */
GPtrArray *source_tasks_list_finish (GAsyncResult *result);

/* Lines that have been asked for. */
typedef struct _SourcePlaces SourcePlaces;
SourcePlaces *source_places_new (InspectorHistory *history);
void source_places_free (SourcePlaces *places);
/* (transfer none): the file of a place of @track, as its compiler was told; "" */
const char *source_places_get (SourcePlaces *places, guint32 program, guint track, guint32 location,
                               guint *ret_line);

G_END_DECLS

#endif
