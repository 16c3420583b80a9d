/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

/* What one program of a target has said, as objects: tasks, their polls, awaits and steps,
 * resources. Fed by records in time order, from wherever they come; read by analysis/. One thread.
 *
 * Nothing here is a GObject and no record makes a string: a program that turns its loop 100,000
 * times a second is followed on a fraction of a core. What has ended is forgotten but for its
 * number, duration and place, and for the order of its steps, which predicts those of the tasks
 * that follow. model/README.md has the rules. */

#include <glib.h>
#include "channel/reader.h"
#include "model/objects.h"
#include "model/slab.h"
#include "model/table.h"

G_BEGIN_DECLS

/* ---- Where records come from ---------------------------------------------------------------- */

/* The tables that travel with the records. Entries may be missing, or come later. */
typedef struct
{
  gboolean (*get_kind) (gpointer data, guint32 number, ChannelKindInfo *ret_info);
  gboolean (*get_location) (gpointer data, guint32 number, ChannelLocationInfo *ret_info);
  const char *(*get_string) (gpointer data, guint32 offset);
} ModelTables;

/* ---- Who counts along ------------------------------------------------------------------------- */

/* A step as it ends: an await, or an exchange that was answered. */
typedef struct
{
  ModelTask *task;
  const ModelAwait *await;       /* NULL: it is an exchange */
  const ModelResource *resource; /* (nullable) */
  const ModelKind *kind;
  guint32 location;
  gint64 begin_ns;
  gint64 end_ns;
  gint64 observed_ns; /* what was put into the await or the exchange when it began */
  gint32 status;
} ModelDone;

#define MODEL_MAX_OBSERVERS 4u

/* Told of what happens while records are read, when the model has come to know it and before it
 * forgets it. Any of them may be NULL. Nothing may be changed from there but the fields that are the
 * observer's own, called `observed`. */
typedef struct
{
  void (*task_began) (gpointer data, ModelTask *task, const ModelTask *parent);
  void (*task_ended) (gpointer data, ModelTask *task, gint64 end_ns, gint32 status);
  /* @poll: the innermost of @thread; @cause: (nullable) */
  void (*poll_began) (gpointer data, const ModelThread *thread, const ModelPoll *poll,
                      ModelAwait *cause);
  void (*poll_ended) (gpointer data, const ModelThread *thread, const ModelPoll *poll,
                      gint64 end_ns);
  void (*await_began) (gpointer data, ModelAwait *await);
  void (*await_fired) (gpointer data, const ModelAwait *await, gint64 now_ns);
  void (*await_ended) (gpointer data, const ModelAwait *await, gint64 end_ns, gint32 status);
  /* Since the latest record, which was at @now_ns, it is known of it whether it can end. */
  void (*await_judged) (gpointer data, const ModelAwait *await, gint64 now_ns);
  void (*asked) (gpointer data, ModelResource *resource); /* its exchange has begun */
  void (*done) (gpointer data, const ModelDone *done);
  void (*let_go) (gpointer data, const ModelHold *hold); /* by a release: its length is known */
  /* @is_sure: not one of several, of which nobody knows which it is */
  void (*woken) (gpointer data, ModelTask *woken, const ModelTask *waker, gint64 now_ns,
                 gboolean is_sure);
  /* ModelTask.was_made_ready is another than before, and no await of it began or ended. */
  void (*ready_changed) (gpointer data, ModelTask *task, gint64 now_ns);
  /* (nullable) Records of @task will come soon, in a program of many: what the observer will look at then may be
   * asked for from memory. Called with @step from 0 up to below MODEL_PREPARE_STEPS, some records apart, for what
   * is found by way of something else. */
  void (*prepare) (gpointer data, const ModelTask *task, guint step);
  gboolean marks_awaits; /* it writes to the fields of an await that are an observer's */
} ModelObserver;

#define MODEL_PREPARE_STEPS 4u

/* ---- The target ----------------------------------------------------------------------------- */

typedef struct
{
  guint64 events;
  guint64 tasks;
  guint64 tasks_finished;
  guint64 tasks_forgotten; /* of the finished: no longer in the history */
  guint64 awaits;
  guint64 ends_not_seen;   /* an id, or a thread, began again before its end had come */
  guint64 unknown_ends;    /* ends of what never began, releases of what nobody held */
  guint64 unknown_holders; /* acquired by a task that is not known */
  guint64 beyond_limit;    /* objects or attributes that found no room in the model */
} ModelStats;

typedef struct
{
  guint max_live;    /* tasks, awaits, resources, each */
  guint max_history; /* finished tasks */
} ModelLimits;

/* What a task is called that user code has not named, by what is known outside of the model: the function that a
 * thread was made to run. (nullable) */
typedef const char *(*ModelNameFunc) (const ModelTask *task, gpointer data);

struct _ModelTarget
{
  const ModelTables *tables;
  gpointer tables_data;
  guint64 *next_number; /* of the session's tasks */
  ModelLimits limits;
  ModelStats stats;
  gint64 now_ns; /* time of the latest record */
  gint64
      looked_ns; /* set by analysis/: what MODEL_OUTSIDE_RING tells was so by then; 0: not known */
  gint64 first_ns;

  ModelSlab task_slab, await_slab, resource_slab, hold_slab, path_slab;
  ModelSlab step_slabs[MODEL_STEPS_SIZES];
  ModelTable tasks, awaits, resources;
  ModelTask *first_task, *last_task;
  ModelTask *outside; /* made when first needed */
  GPtrArray *threads; /* ModelThread by ring; NULL where a ring has said nothing */
  ModelTable threads_by_tid, tasks_by_tid;
  GPtrArray *kinds; /* ModelKind by number */
  GPtrArray *types; /* names of types of variables, by number - 1; NULL until there is one */
  GHashTable *types_by_name; /* -> number */
  guint64 next_serial;
  ModelChange *changes; /* MODEL_MAX_CHANGES of them, once there is one */
  guint n_changes;
  gboolean changes_overflowed;
  gboolean forgets_steps;     /* waits that are over leave nothing; set before anything is read */
  gboolean cycle_broken;      /* an await with an episode has ended; cleared by analysis/ */
  ModelAcquiredFunc acquired; /* (nullable), as the next two */
  ModelThreadEndedFunc thread_ended;
  ModelJoinedFunc joined;
  gpointer order_data;     /* of all three */
  ModelNameFunc name_task; /* (nullable) */
  gpointer name_data;
  struct
  {
    const ModelObserver *funcs;
    gpointer data;
  } observers[MODEL_MAX_OBSERVERS];
  guint n_observers;
  gboolean awaits_are_marked; /* or were: an observer marks them */
  ModelTable lineages;
  GPtrArray *lineage_list;

  ModelFinished *history; /* a ring that grows up to limits.max_history */
  guint history_size, history_first, history_count;

  /* Attributes that came just before what they belong to began. */
  struct
  {
    guint64 object;
    ModelAttributes attributes;
  } early[8];
  guint next_early;
};

/* @next_number: counts the session's tasks, starting at 1 */
ModelTarget *model_target_new (const ModelTables *tables, gpointer tables_data,
                               guint64 *next_number);
void model_target_free (ModelTarget *target);
/* Asked until the target is freed. */
void model_target_set_namer (ModelTarget *target, ModelNameFunc func, gpointer data);
/* (nullable): as user code has named it, else as the namer does */
const char *model_target_name_task (const ModelTarget *target, const ModelTask *task);
void model_target_ingest (ModelTarget *target, const ChannelEvent *event);
/* At most MODEL_MAX_OBSERVERS, and one of them that uses the fields called `observed`. */
void model_target_add_observer (ModelTarget *target, const ModelObserver *funcs, gpointer data);
void model_target_remove_observer (ModelTarget *target, gpointer data);

const ModelKind *model_target_get_kind (ModelTarget *target, guint32 number); /* never NULL */
/* (nullable): the name of the type of a variable, by the number that its attribute has */
const char *model_target_get_type (const ModelTarget *target, guint32 number);
ModelThread *model_target_get_thread (ModelTarget *target, guint32 ring); /* (nullable) */
/* What analysis/ has found out: see ModelAwait.cannot_end. */
void model_await_set_cannot_end (ModelTarget *target, ModelAwait *await, gboolean cannot_end);
ModelThread *model_target_find_thread (const ModelTarget *target, gint32 tid); /* (nullable) */
const ModelFinished *model_target_get_finished (ModelTarget *target, guint index);
/* Empties the list of changes; each object is reported when it still is there. */
typedef struct
{
  void (*task) (gpointer data, ModelTask *task);
  void (*await) (gpointer data, ModelAwait *await);
  void (*resource) (gpointer data, ModelResource *resource);
} ModelChangeFuncs;
void model_target_take_changes (ModelTarget *target, const ModelChangeFuncs *funcs, gpointer data);

G_END_DECLS

#endif
