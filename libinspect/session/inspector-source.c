/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The programs that run in a target, one after the other: their channels and what comes of them. */

#include "config.h"

#include "session/inspector-target-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "channel/layout.h"

/* What is read of a target after its end is bounded by what its rings can hold. */
#define FINAL_ROUNDS 4096

void
inspector_target_clear_source (InspectorTarget *self)
{
  analysis_probe_restart (self->probe);
  self->record_is_due = FALSE;
  inspector_target_end_record (self, TRUE);
  inspector_target_end_profile (self);
  if (self->history != NULL && self->model != NULL)
    analysis_history_end (self->history, self->model);
  g_clear_pointer (&self->deadlocks, analysis_deadlocks_free);
  analysis_priority_clear (&self->priority);
  analysis_unreferenced_clear (&self->unreferenced);
  analysis_unread_clear (&self->unread);
  g_clear_pointer (&self->lock_order, analysis_lock_order_free);
  g_clear_pointer (&self->ahead, model_ahead_free);
  g_clear_pointer (&self->model, model_target_free);
  g_clear_pointer (&self->places, analysis_places_free);
  g_clear_pointer (&self->variables, analysis_variables_free);
  g_clear_pointer (&self->objects_watch, analysis_objects_watch_free);
  g_clear_pointer (&self->objects, analysis_objects_free);
  g_clear_pointer (&self->symbols, debug_symbols_free);
  g_clear_pointer (&self->tables, analysis_tables_free);
  g_clear_pointer (&self->pulse, pulse_free);
  g_clear_pointer (&self->reader, channel_reader_close);
  self->n_modules = 0;
  self->armed.is_told = FALSE;
}

/* ---- A live channel as a source ------------------------------------------------------------- */

void
inspector_target_add_modules (InspectorTarget *self)
{
  guint32 n_modules = self->reader != NULL ? channel_reader_count_modules (self->reader) : 0;

  for (; self->n_modules < n_modules; self->n_modules++)
    {
      ChannelModuleInfo module;

      if (channel_reader_get_module (self->reader, self->n_modules + 1, &module))
        debug_symbols_add_module (self->symbols, module.path, module.start, module.end, module.bias,
                                  module.build_id, module.build_id_length);
    }
}

static const DebugSymbol *
symbolize (gpointer data, guint64 address, DebugAddressClass of)
{
  InspectorTarget *self = data;
  const DebugSymbol *made_up = analysis_tables_find_symbol (self->tables, address);

  if (made_up != NULL)
    return made_up;
  inspector_target_add_modules (self);
  return debug_symbols_lookup (self->symbols, address, of);
}

void
inspector_target_get_source_stats (InspectorTarget *self, ChannelStats *ret_stats)
{
  *ret_stats = (ChannelStats){ 0 };
  if (self->reader != NULL)
    channel_reader_get_stats (self->reader, ret_stats);
  /* Also what was found out from outside: it is told as records. */
  if (self->model != NULL && !self->is_released)
    ret_stats->events = MAX (ret_stats->events, self->model->stats.events);
}

void
inspector_target_add_stats (ChannelStats *sum, const ChannelStats *more)
{
  sum->events += more->events;
  sum->dropped += more->dropped;
  sum->overwritten += more->overwritten;
  sum->torn += more->torn;
  sum->invalid += more->invalid;
  sum->table_losses += more->table_losses;
  sum->skipped += more->skipped;
  sum->cut_stacks += more->cut_stacks;
  sum->cost_ns += more->cost_ns;
  sum->silent = sum->silent || more->silent;
}

/* What a program shows of its variables is read while it is as it was when it was said. */
static gboolean
is_variable (InspectorTarget *self, const ChannelEvent *event)
{
  return event->type == CHANNEL_ATTRIBUTE && event->bytes != NULL && self->symbols != NULL &&
         self->reader != NULL &&
         model_target_get_kind (self->model, event->key)->flags == INSPECT_VALUE_VARIABLE;
}

static const ChannelEvent *
translate (InspectorTarget *self, const ChannelEvent *event, ChannelEvent *ret_event)
{
  inspector_target_add_modules (self);
  if (self->variables == NULL)
    self->variables = analysis_variables_new (self->pid, self->symbols, self->keeps_variables);
  analysis_variables_translate (self->variables, event, ret_event);
  return ret_event;
}

void
inspector_target_take (const ChannelEvent *event, void *data)
{
  InspectorTarget *self = data;

  if (self->profile != NULL)
    profile_event (self->profile, event);
  model_target_ingest (self->model, event);
  if (self->record == NULL)
    return;
  analysis_record_event (self->record, event);
  if (G_UNLIKELY (analysis_record_wants_keyframe (self->record)))
    analysis_record_keyframe (self->record, self->model, FALSE);
}

static void
ingest (const ChannelEvent *event, void *data)
{
  InspectorTarget *self = data;
  ChannelEvent translated;

  if (G_UNLIKELY (self->record_is_due))
    inspector_target_begin_due_record (self);
  if (G_UNLIKELY (is_variable (self, event)))
    event = translate (self, event, &translated);
  else if (G_UNLIKELY (self->variables != NULL) && event->type == CHANNEL_TASK_END)
    analysis_variables_forget (self->variables, event->task);
  if (G_UNLIKELY (self->objects_watch != NULL) && event->type == CHANNEL_TASK_END)
    analysis_objects_watch_forget (self->objects_watch, event->task);
  if (G_LIKELY (self->ahead == NULL))
    inspector_target_take (event, self);
  else
    model_ahead_push (self->ahead, event);
}

static void
prepare (const ChannelEvent *event, gboolean is_near, void *data)
{
  InspectorTarget *self = data;

  if (self->record != NULL)
    analysis_record_prepare (self->record, event, is_near);
}

static const ModelAheadFuncs ahead_funcs = { inspector_target_take, prepare };

/* Between two looks at the model nothing waits. */
void
inspector_target_ingest_rest (InspectorTarget *self)
{
  if (self->ahead != NULL)
    model_ahead_flush (self->ahead);
  else if (self->model->tasks.count >= MODEL_AHEAD_TASKS)
    self->ahead = model_ahead_new (self->model, &ahead_funcs, self);
}

void
inspector_target_ingest_later (InspectorTarget *self, const ChannelEvent *event)
{
  ingest (event, self);
}

void
inspector_target_ingest (InspectorTarget *self, const ChannelEvent *event)
{
  ingest (event, self);
  inspector_target_ingest_rest (self);
}

void
inspector_target_keep_variables (InspectorTarget *self, gboolean keep, gboolean hides_memory)
{
  self->keeps_variables = keep;
  self->hides_memory = hides_memory;
}

void
inspector_target_set_history (InspectorTarget *self, InspectorHistory *history)
{
  g_set_object (&self->history, history);
}

static gsize
drain (InspectorTarget *self, gsize max_events, gboolean is_final)
{
  gsize n = channel_reader_drain (self->reader, max_events, is_final, ingest, self);

  inspector_target_ingest_rest (self);
  return n;
}

void
inspector_target_drain_to_end (InspectorTarget *self)
{
  for (guint i = 0; self->reader != NULL && i < FINAL_ROUNDS; i++)
    if (drain (self, 0, TRUE) == 0)
      break;
}

static gboolean
get_no_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  return FALSE;
}

static gboolean
get_no_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  return FALSE;
}

static const char *
get_no_string (gpointer data, guint32 offset)
{
  return "";
}

static const ModelTables no_tables = { get_no_kind, get_no_location, get_no_string };

static void
set_model (InspectorTarget *self, ModelTarget *model)
{
  self->model = model;
  self->deadlocks = analysis_deadlocks_new (model);
  self->lock_order = analysis_lock_order_new (model);
  self->never = (AnalysisNever){ 0 };
  self->drained_ns = 0;
}

static gboolean
runs_nothing (const ModelTarget *model)
{
  for (guint i = 0; i < model->threads->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (model->threads, i);

      if (thread != NULL && thread->depth > 0)
        return FALSE;
    }
  return model->first_task == NULL;
}

/* A test suite or a shell script is thousands of processes, each with a channel, a descriptor and
 * tables: of those that ended in order only figures are kept. */
void
inspector_target_release_ended (InspectorTarget *self)
{
  ChannelStats stats;
  ModelStats figures;

  if (self->reader == NULL || !runs_nothing (self->model) ||
      analysis_lock_order_count (self->lock_order) > 0)
    return;
  inspector_target_get_source_stats (self, &stats);
  inspector_target_add_stats (&self->earlier, &stats);
  figures = self->model->stats;
  inspector_target_clear_source (self);
  set_model (self, model_target_new (&no_tables, NULL, self->next_number));
  self->model->stats = figures;
  self->places = analysis_places_new (&no_tables, NULL, NULL, NULL);
  self->is_released = TRUE;
}

/* The program that ran in this process is gone. */
static void
replace_program (InspectorTarget *self)
{
  ChannelStats stats;

  if (self->model == NULL)
    return;
  /* The same program, which was only looked at from outside so far. */
  if (self->reader == NULL && self->tables != NULL)
    {
      inspector_target_clear_source (self);
      return;
    }
  inspector_target_drain_to_end (self);
  inspector_target_get_source_stats (self, &stats);
  inspector_target_add_stats (&self->earlier, &stats);
  for (const ModelTask *task = self->model->first_task; task != NULL; task = task->next)
    self->n_replaced++;
  self->earlier_tasks += self->model->stats.tasks;
  self->n_programs++;
  g_ptr_array_set_size (self->runtimes, 0);
  g_ptr_array_add (self->runtimes, NULL);
  inspector_target_clear_source (self);
}

void
inspector_target_attach_tables (InspectorTarget *self, const ModelTables *tables,
                                gpointer tables_data, AnalysisSymbolizeFunc symbolize_func,
                                gpointer symbolize_data)
{
  replace_program (self);
  self->is_released = FALSE;
  set_model (self, model_target_new (tables, tables_data, self->next_number));
  self->places = analysis_places_new (tables, tables_data, symbolize_func, symbolize_data);
  model_target_set_namer (self->model, analysis_name_task, self->places);
  analysis_places_set_libraries (self->places, (const char *const *)self->libraries);
  if (self->history != NULL)
    {
      analysis_history_begin (self->history, self->pid, self->model, self->places, self->facts);
      analysis_history_set_objects (self->history, self->model, inspector_target_find_objects,
                                    self);
    }
  self->state = INSPECTOR_TARGET_LIVE;
  inspector_target_begin_profile (self);
}

/* The layout's version stands in the same place in each of them. */
static void
set_version_error (GError **error, int fd)
{
  ChannelHeader header;
  gssize length = pread (fd, &header, sizeof header, 0);

  if (length < (gssize)G_STRUCT_OFFSET (ChannelHeader, header_size))
    header.abi_major = header.abi_minor = 0;
  g_set_error (error, INSPECTOR_ERROR, INSPECTOR_ERROR_VERSION,
               _ ("its agent writes channel layout %u.%u, this inspector (%s) reads layout %u.%u: "
                  "use the agent and the inspector of one installation"),
               header.abi_major, header.abi_minor, PACKAGE_VERSION, CHANNEL_ABI_MAJOR,
               CHANNEL_ABI_MINOR);
}

static void
set_open_error (GError **error, int fd, int result)
{
  switch (-result)
    {
    case EOVERFLOW:
      set_version_error (error, fd);
      break;
    case EPERM:
      g_set_error (error, INSPECTOR_ERROR, INSPECTOR_ERROR_NOT_A_CHANNEL,
                   _ ("what it sent is not sealed, and reading it could crash the inspector"));
      break;
    case EPROTO:
      g_set_error (error, INSPECTOR_ERROR, INSPECTOR_ERROR_NOT_A_CHANNEL,
                   _ ("what it sent is no channel, or a damaged one"));
      break;
    default:
      g_set_error (error, INSPECTOR_ERROR, INSPECTOR_ERROR_FAILED,
                   _ ("its channel cannot be mapped: %s"), g_strerror (-result));
    }
}

/* @reader: (nullable): what is known of it is found out from outside */
static void
attach_reader (InspectorTarget *self, ChannelReader *reader)
{
  AnalysisTables *tables = analysis_tables_new (reader);

  inspector_target_attach_tables (self, &analysis_tables_of_model, tables, symbolize, self);
  self->tables = tables;
  self->reader = reader;
  self->symbols = debug_symbols_new ();
}

void
inspector_target_attach_nothing (InspectorTarget *self)
{
  attach_reader (self, NULL);
  inspector_target_put_off_record (self);
}

gboolean
inspector_target_attach_channel (InspectorTarget *self, int fd, GError **error)
{
  ChannelReader *reader = NULL;
  gboolean has_ended;
  int result;

  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), FALSE);

  result = channel_reader_open (fd, &reader);
  if (result < 0)
    {
      set_open_error (error, fd, result);
      close (fd);
      return FALSE;
    }
  has_ended = self->state == INSPECTOR_TARGET_ENDED;
  /* Another program takes the place of the first one, in the same process. */
  if (self->reader != NULL && self->history != NULL)
    analysis_history_end_program (self->history, self->model, self->model->now_ns);
  attach_reader (self, reader);
  inspector_target_begin_record (self);
  inspector_target_say_record (self, inspector_target_now ());
  channel_reader_beat (reader);
  /* A program may be over before its channel is taken out of the socket. */
  if (has_ended)
    {
      self->state = INSPECTOR_TARGET_ENDED;
      inspector_target_drain_to_end (self);
      inspector_target_end_history (self);
      inspector_target_release_ended (self);
    }
  return TRUE;
}

gsize
inspector_target_drain (InspectorTarget *self, gsize max_events)
{
  gint64 begin_ns = inspector_target_now ();
  gsize n;

  if (self->reader == NULL || self->state == INSPECTOR_TARGET_ENDED)
    return 0;
  channel_reader_beat (self->reader);
  pulse_touch (self->pulse);
  n = drain (self, max_events, FALSE);
  inspector_target_look_at_variables (self, n > 0);
  if (max_events == 0 || n < max_events)
    self->drained_ns = begin_ns;
  return n;
}
