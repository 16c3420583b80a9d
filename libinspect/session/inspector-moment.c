/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What a task was at one instant, from the recording. */

#include <string.h>

#include "analysis/describe.h"
#include "analysis/objects-watch.h"
#include "model/format.h"
#include "session/inspector-history-private.h"

static void
holder_free (gpointer data)
{
  InspectorHolder *holder = data;

  g_free (holder->what);
  g_free (holder->place);
  g_free (holder);
}

static void
socket_free (InspectorSocketFacts *socket)
{
  if (socket == NULL)
    return;
  g_free (socket->kind);
  g_free (socket->state);
  g_free (socket->local);
  g_free (socket->peer);
  g_free (socket->peer_command);
  g_free (socket);
}

static void
pending_free (gpointer data)
{
  InspectorPending *pending = data;

  g_free (pending->text);
  g_free (pending->place);
  g_free (pending->deadline_place);
  socket_free (pending->socket);
  g_ptr_array_unref (pending->holders);
  g_free (pending);
}

static void
variable_free (gpointer data)
{
  InspectorVariable *variable = data;

  g_clear_pointer (&variable->fields, g_ptr_array_unref);
  g_free (variable->value);
  g_free (variable);
}

GPtrArray *
history_holders_new (void)
{
  return g_ptr_array_new_with_free_func (holder_free);
}

GPtrArray *
history_variables_new (void)
{
  return g_ptr_array_new_with_free_func (variable_free);
}

void
inspector_moment_free (InspectorMoment *moment)
{
  if (moment == NULL)
    return;
  g_free (moment->name);
  g_free (moment->state_name);
  g_ptr_array_unref (moment->pending);
  g_ptr_array_unref (moment->holds);
  g_ptr_array_unref (moment->variables);
  g_free (moment);
}

/* ---- Tasks by their ids ------------------------------------------------------------------------- */

static void
index_tracks (InspectorHistory *self)
{
  for (guint i = self->same_id->len; i < model_history_get_n_tracks (self->model); i++)
    {
      gpointer id = GSIZE_TO_POINTER (model_history_get_track (self->model, i)->id);
      guint32 before = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_id, id));

      g_array_append_val (self->same_id, before);
      g_hash_table_insert (self->by_id, id, GUINT_TO_POINTER (i + 1));
    }
}

/* An id is used again: the latest task that had begun by then. */
guint
history_find_track (InspectorHistory *self, const HistoryProgram *program, guint64 id, gint64 at_ns)
{
  guint32 next;

  index_tracks (self);
  next = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_id, GSIZE_TO_POINTER (id)));
  for (; next != 0; next = g_array_index (self->same_id, guint32, next - 1))
    {
      const ModelTrack *track = model_history_get_track (self->model, next - 1);

      if (track->begin_ns <= at_ns &&
          self->programs->pdata[track->target] == (gconstpointer)program)
        return next - 1;
    }
  return G_MAXUINT;
}

/* ---- What is known of a task ------------------------------------------------------------------- */

typedef HistoryMomentOf Moment;

static char *
dup_place (const Moment *self, guint32 location)
{
  return location != 0 ? analysis_place_dup_text (analysis_places_get (self->places, location))
                       : g_strdup ("");
}

void
history_holders_add (const Moment *self, const ModelHold *hold, GPtrArray *holders)
{
  InspectorHolder *holder = g_new0 (InspectorHolder, 1);

  holder->what = analysis_describe_resource (self->model, hold->resource, self->places);
  holder->place = dup_place (self, hold->location);
  holder->since_ns = hold->since_ns;
  holder->tid = hold->thread != NULL ? hold->thread->tid : 0;
  holder->track = hold->task != NULL ? history_find_track (self->history, self->program,
                                                           hold->task->id, self->at_ns)
                                     : G_MAXUINT;
  g_ptr_array_add (holders, holder);
}

/* What it waits for may give up by itself; else a timer of the task may end it. */
static void
set_deadline (const Moment *self, const ModelTask *task, const ModelAwait *await,
              InspectorPending *pending)
{
  gint64 due_ns = 0;
  guint64 own;
  const ModelAwait *timer = model_task_get_deadline (task, await, pending->begin_ns, &due_ns);

  if (await != NULL && model_await_is (await, INSPECT_AWAIT_TIMER))
    timer = NULL;
  pending->deadline_ns = timer != NULL ? due_ns : 0;
  if (await != NULL && model_attributes_get_value (&await->attributes, MODEL_KEY_DEADLINE, &own) &&
      own < G_MAXINT64 && (timer == NULL || (gint64)own < due_ns))
    {
      pending->deadline_ns = (gint64)own;
      timer = NULL;
    }
  pending->deadline_place = dup_place (self, timer != NULL ? timer->location : 0);
}

static char *
dup_safe (const char *text)
{
  return text != NULL ? model_format_text (text, strlen (text)) : g_strdup ("");
}

/* The kernel knows of now alone. */
static InspectorSocketFacts *
ask_socket (const Moment *self, const ModelResource *resource)
{
  const AnalysisSocket *known =
      resource != NULL && self->program->facts != NULL && self->program->model == self->model
          ? analysis_facts_get_socket (self->program->facts, resource, self->at_ns)
          : NULL;
  InspectorSocketFacts *socket;

  /* What it said earlier was of another instant. */
  if (known == NULL || !known->is_known || known->taken_ns < self->at_ns)
    return NULL;
  socket = g_new0 (InspectorSocketFacts, 1);
  socket->kind = dup_safe (resource->kind->phrase);
  socket->state = dup_safe (known->socket.state);
  socket->local = dup_safe (known->socket.local);
  socket->peer = dup_safe (known->socket.peer);
  socket->send_queue_bytes = known->socket.send_queue;
  socket->receive_queue_bytes = known->socket.receive_queue;
  socket->peer_command =
      known->socket.peer_command != NULL ? dup_safe (known->socket.peer_command) : NULL;
  return socket;
}

static void
add_pending (const Moment *self, ModelTask *task, const ModelAwait *await,
             const ModelResource *resource, gint64 since_ns, guint32 location, GPtrArray *all)
{
  const AnalysisWait wait = { .model = self->model,
                              .task = task,
                              .await = await,
                              .resource = resource,
                              .since_ns = since_ns,
                              .now_ns = self->at_ns,
                              .location = location };
  InspectorPending *pending = g_new0 (InspectorPending, 1);
  const ModelTask *awaited =
      await != NULL ? model_await_get_awaited (self->model, (ModelAwait *)await) : NULL;

  pending->awaited =
      awaited != NULL ? history_find_track (self->history, self->program, awaited->id, self->at_ns)
                      : G_MAXUINT;
  pending->kind =
      g_intern_string (await != NULL ? await->kind->name : resource->exchange.kind->name);
  pending->text = analysis_describe_wait (&wait, self->places);
  pending->place = dup_place (self, location);
  pending->begin_ns = since_ns;
  set_deadline (self, task, await, pending);
  pending->socket = ask_socket (self, resource);
  pending->holders = history_holders_new ();
  for (const ModelHold *hold = resource != NULL ? resource->holds : NULL; hold != NULL;
       hold = hold->resource_next)
    history_holders_add (self, hold, pending->holders);
  g_ptr_array_add (all, pending);
}

/* What its runtime says of a key. */
/* By debug info; "": it does not know, or the recording is older than 3.2 */
static const char *
get_decoded_type (ModelTarget *model, const ModelAttribute *attribute)
{
  const char *type = model_target_get_type (model, attribute->type);
  g_autofree char *safe = type != NULL ? model_format_text (type, strlen (type)) : NULL;

  return safe != NULL ? g_intern_string (safe) : "";
}

static const char *
get_type (ModelTarget *model, const ModelAttribute *attribute)
{
  static const char *const names[] = {
    [INSPECT_VALUE_OBJECT] = "object",     [INSPECT_VALUE_U64] = "integer",
    [INSPECT_VALUE_I64] = "integer",       [INSPECT_VALUE_BYTES] = "bytes",
    [INSPECT_VALUE_DURATION] = "duration", [INSPECT_VALUE_TIME] = "time",
    [INSPECT_VALUE_FD] = "descriptor",     [INSPECT_VALUE_PID] = "process",
    [INSPECT_VALUE_TEXT] = "text",         [INSPECT_VALUE_SOCKADDR] = "address",
    [INSPECT_VALUE_CODE] = "function",     [INSPECT_VALUE_STATUS] = "status",
    [INSPECT_VALUE_BOOL] = "boolean",
  };
  guint32 type = model_target_get_kind (model, attribute->number)->flags;

  return type < G_N_ELEMENTS (names) && names[type] != NULL ? names[type] : "";
}

static gboolean
has_variable (const GPtrArray *variables, const char *name)
{
  for (guint i = 0; i < variables->len; i++)
    if (g_str_equal (((const InspectorVariable *)variables->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* As they are now: of another instant, those that were kept are attributes. */
static void
add_objects (const Moment *self, const ModelTask *task, GPtrArray *variables)
{
  const HistoryProgram *program = self->program;
  AnalysisObjects *finder = program->model == self->model && program->get_objects != NULL
                                ? program->get_objects (program->objects_data)
                                : NULL;
  g_autoptr (GPtrArray) objects =
      finder != NULL ? analysis_objects_list (finder, self->model, task, 0, 0) : NULL;

  for (guint i = 0; objects != NULL && i < objects->len; i++)
    {
      const AnalysisObject *object = objects->pdata[i];
      InspectorVariable *variable = g_new0 (InspectorVariable, 1);

      variable->name = g_intern_string (object->name);
      variable->value = g_strdup (object->value);
      variable->type = g_intern_string (object->type);
      variable->is_decoded = TRUE;
      g_ptr_array_add (variables, variable);
    }
}

static void
add_attribute (const Moment *self, const ModelAttribute *attribute, const char *name,
               gboolean is_decoded, GPtrArray *variables)
{
  InspectorVariable *variable = g_new0 (InspectorVariable, 1);

  variable->name = g_intern_string (name);
  variable->value = analysis_describe_attribute (self->model, attribute, self->at_ns, self->places);
  variable->is_decoded = is_decoded;
  variable->type =
      is_decoded ? get_decoded_type (self->model, attribute) : get_type (self->model, attribute);
  g_ptr_array_add (variables, variable);
}

/* What a probe has told of the functions that wait: the key "fetch_posts.limit" of "limit". The whole name is
 * shown where several functions have one of that name. */
static void
add_await_variables (const Moment *self, const ModelAwait *await, GPtrArray *variables)
{
  for (guint i = 0; i < await->attributes.n; i++)
    {
      const ModelAttribute *attribute = &model_attributes_items (&await->attributes)[i];
      const ModelKind *kind = model_target_get_kind (self->model, attribute->number);
      const char *phrase = kind->phrase != NULL ? kind->phrase : "";
      g_autofree char *end = g_strdup_printf (".%s", phrase);

      if (*phrase != '\0' && g_str_has_suffix (kind->name, end) &&
          !has_variable (variables, kind->name))
        add_attribute (self, attribute, has_variable (variables, phrase) ? kind->name : phrase,
                       TRUE, variables);
    }
}

void
history_variables_add (const Moment *self, const ModelTask *task, GPtrArray *variables)
{
  add_objects (self, task, variables);
  for (guint i = 0; i < task->attributes.n; i++)
    {
      const ModelAttribute *attribute = &model_attributes_items (&task->attributes)[i];
      const ModelKind *kind = model_target_get_kind (self->model, attribute->number);
      const char *name = kind->name;

      /* A plan is steps, and told as these. */
      if (attribute->key != MODEL_KEY_PLAN && !has_variable (variables, name) &&
          !analysis_object_is_over (self->model, attribute))
        add_attribute (self, attribute, name, kind->flags == INSPECT_VALUE_VARIABLE, variables);
    }
  for (const ModelAwait *at = task->awaits; at != NULL; at = at->task_next)
    add_await_variables (self, at, variables);
}

static InspectorMoment *
describe (const Moment *self, ModelTask *task, const HistoryNames *names)
{
  InspectorMoment *moment = g_new0 (InspectorMoment, 1);
  const char *state_name =
      task->state_name != 0 ? names->tables->get_string (names->data, task->state_name) : "";

  moment->at_ns = self->at_ns;
  moment->name = analysis_describe_beginning (task, self->places);
  moment->state_name = model_format_text (state_name, strlen (state_name));
  moment->pending = g_ptr_array_new_with_free_func (pending_free);
  moment->holds = history_holders_new ();
  moment->variables = history_variables_new ();
  for (const ModelResource *at = task->exchanges; at != NULL; at = at->exchange.next)
    add_pending (self, task, NULL, at, at->exchange.begin_ns, at->exchange.location,
                 moment->pending);
  for (const ModelAwait *at = task->awaits; at != NULL; at = at->task_next)
    add_pending (self, task, at, at->resource, at->begin_ns, at->location, moment->pending);
  for (const ModelHold *at = task->holds; at != NULL; at = at->task_next)
    history_holders_add (self, at, moment->holds);
  history_variables_add (self, task, moment->variables);
  return moment;
}

InspectorMoment *
inspector_history_get_moment (InspectorHistory *self, guint index, gint64 at_ns, GError **error)
{
  const ModelTrack *track = inspector_history_peek_track (self, index);
  HistoryProgram *program;
  HistoryNames names;
  InspectorMoment *moment;
  InspectorSpan span;
  ModelTarget *model;
  ModelTask *task;

  g_return_val_if_fail (track != NULL, NULL);

  if (!inspector_history_get_state_at (self, index, at_ns, &span) ||
      span.state == INSPECTOR_STATE_NONE)
    return NULL;
  program = inspector_history_peek_program (self, track);
  model = history_load_moment_of (self, program, track->id, at_ns, FALSE, &names, error);
  if (model == NULL)
    return NULL;
  task = track->id != 0 ? model_table_find (&model->tasks, track->id) : model->outside;
  if (task == NULL)
    return NULL;
  moment = describe (&(Moment){ self, program, model, names.places, at_ns }, task, &names);
  moment->state = span.state;
  return moment;
}
