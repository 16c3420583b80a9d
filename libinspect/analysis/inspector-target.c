/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/session-private.h"
#include "analysis/never.h"
#include "analysis/record.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>
#include "channel/layout.h"
#include "channel/reader.h"
#include "debuginfo/symbols.h"

/* What is read of a target after its end is bounded by what its rings can hold. */
#define FINAL_ROUNDS 4096

struct _InspectorTarget
{
  GObject parent_instance;
  int pid, parent_pid;
  char *command;
  InspectorTargetState state;
  char *refusal;
  GPtrArray *runtimes; /* char *, NULL-terminated */
  gboolean status_is_known;
  int wait_status;
  gint64 begin_ns, end_ns;

  /* The source of the program that runs now. */
  ChannelReader *reader; /* NULL: fed from elsewhere, or not yet */
  DebugSymbols *symbols;
  guint32 n_modules; /* told to @symbols */
  RecordingWriter *writer; /* NULL: it is not recorded */
  AnalysisRecord *record;  /* of @reader's program */
  ModelTarget *model;
  AnalysisPlaces *places;
  GStrv libraries; /* of the runtimes' own */
  AnalysisFacts *facts;
  AnalysisDeadlocks *deadlocks;
  AnalysisNever never;
  AnalysisLockOrder *lock_order;
  guint n_untold; /* of them */
  gint64 drained_ns; /* all records before that have been read; 0: not known */
  guint64 *next_number;
  gboolean is_released; /* ended with nothing to tell: @model is empty but for its figures */

  /* Of the programs that exec has replaced. */
  guint n_programs;
  guint64 n_replaced;
  ChannelStats earlier;
  guint64 earlier_tasks;
};

G_DEFINE_TYPE (InspectorTarget, inspector_target, G_TYPE_OBJECT)

static gint64
monotonic_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static void
say_record (InspectorTarget *self, AnalysisRecord *record, gint64 now_ns)
{
  analysis_record_say (record, self->pid, self->parent_pid, self->command,
                       (const char *const *)self->runtimes->pdata, self->begin_ns, now_ns);
}

static void
end_record (InspectorTarget *self)
{
  AnalysisRecord *record = g_steal_pointer (&self->record);

  say_record (self, record, self->state == INSPECTOR_TARGET_ENDED ? self->end_ns : monotonic_ns ());
  analysis_record_end (record, self->status_is_known, self->wait_status);
}

static void
clear_source (InspectorTarget *self)
{
  end_record (self);
  g_clear_pointer (&self->deadlocks, analysis_deadlocks_free);
  g_clear_pointer (&self->lock_order, analysis_lock_order_free);
  g_clear_pointer (&self->model, model_target_free);
  g_clear_pointer (&self->places, analysis_places_free);
  g_clear_pointer (&self->symbols, debug_symbols_free);
  g_clear_pointer (&self->reader, channel_reader_close);
  self->n_modules = 0;
}

static void
inspector_target_finalize (GObject *object)
{
  InspectorTarget *self = INSPECTOR_TARGET (object);

  if (self->reader != NULL && self->state != INSPECTOR_TARGET_ENDED)
    channel_reader_stop_looking (self->reader);
  clear_source (self);
  analysis_facts_free (self->facts);
  g_free (self->command);
  g_free (self->refusal);
  g_strfreev (self->libraries);
  g_ptr_array_unref (self->runtimes);
  G_OBJECT_CLASS (inspector_target_parent_class)->finalize (object);
}

static void
inspector_target_class_init (InspectorTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_target_finalize;
}

static void
inspector_target_init (InspectorTarget *self)
{
  self->runtimes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->runtimes, NULL);
  self->n_programs = 1;
}

InspectorTarget *
inspector_target_new (int pid, int parent_pid, const char *command, guint64 *next_number,
                      const AnalysisFactsSource *facts_source)
{
  InspectorTarget *self = g_object_new (INSPECTOR_TYPE_TARGET, NULL);

  self->pid = pid;
  self->parent_pid = parent_pid;
  self->command = g_strdup (command != NULL ? command : "?");
  self->next_number = next_number;
  self->begin_ns = monotonic_ns ();
  self->facts = analysis_facts_new (facts_source, pid);
  return self;
}

void
inspector_target_set_libraries (InspectorTarget *self, const char *const *libraries)
{
  g_strfreev (self->libraries);
  self->libraries = g_strdupv ((GStrv)libraries);
}

/* ---- A live channel as a source ------------------------------------------------------------- */

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  return channel_reader_get_kind (data, number, ret_info);
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  return channel_reader_get_location (data, number, ret_info);
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return channel_reader_get_string (data, offset);
}

static const ModelTables channel_tables = { get_kind, get_location, get_string };

static const DebugSymbol *
symbolize (gpointer data, guint64 address, DebugAddressClass of)
{
  InspectorTarget *self = data;
  guint32 n_modules = channel_reader_count_modules (self->reader);

  for (; self->n_modules < n_modules; self->n_modules++)
    {
      ChannelModuleInfo module;

      if (channel_reader_get_module (self->reader, self->n_modules + 1, &module))
        debug_symbols_add_module (self->symbols, module.path, module.start, module.end, module.bias,
                                  module.build_id, module.build_id_length);
    }
  return debug_symbols_lookup (self->symbols, address, of);
}

static void
add_stats (ChannelStats *sum, const ChannelStats *more)
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

static void
ingest (const ChannelEvent *event, void *data)
{
  InspectorTarget *self = data;

  model_target_ingest (self->model, event);
  if (self->record != NULL)
    analysis_record_event (self->record, event);
}

void
inspector_target_ingest (InspectorTarget *self, const ChannelEvent *event)
{
  ingest (event, self);
}

void
inspector_target_set_recording (InspectorTarget *self, RecordingWriter *writer)
{
  end_record (self);
  self->writer = writer;
  if (self->reader != NULL && self->state != INSPECTOR_TARGET_ENDED)
    self->record = analysis_record_begin (writer, self->reader);
}

static void
drain_to_end (InspectorTarget *self)
{
  for (guint i = 0; self->reader != NULL && i < FINAL_ROUNDS; i++)
    if (channel_reader_drain (self->reader, 0, TRUE, ingest, self) == 0)
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
static void
release_ended (InspectorTarget *self)
{
  ChannelStats stats;
  ModelStats figures;

  if (self->reader == NULL || !runs_nothing (self->model) ||
      analysis_lock_order_count (self->lock_order) > 0)
    return;
  channel_reader_get_stats (self->reader, &stats);
  add_stats (&self->earlier, &stats);
  figures = self->model->stats;
  clear_source (self);
  set_model (self, model_target_new (&no_tables, NULL, self->next_number));
  self->model->stats = figures;
  self->places = analysis_places_new (&no_tables, NULL, NULL, NULL);
  self->is_released = TRUE;
}

/* The program that ran in this process is gone. */
static void
replace_program (InspectorTarget *self)
{
  ChannelStats stats = { 0 };

  if (self->model == NULL)
    return;
  if (self->reader != NULL)
    {
      drain_to_end (self);
      channel_reader_get_stats (self->reader, &stats);
    }
  add_stats (&self->earlier, &stats);
  for (const ModelTask *task = self->model->first_task; task != NULL; task = task->next)
    self->n_replaced++;
  self->earlier_tasks += self->model->stats.tasks;
  self->n_programs++;
  g_ptr_array_set_size (self->runtimes, 0);
  g_ptr_array_add (self->runtimes, NULL);
  clear_source (self);
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
  analysis_places_set_libraries (self->places, (const char *const *)self->libraries);
  self->state = INSPECTOR_TARGET_LIVE;
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
  inspector_target_attach_tables (self, &channel_tables, reader, symbolize, self);
  self->reader = reader;
  self->symbols = debug_symbols_new ();
  self->record = analysis_record_begin (self->writer, reader);
  say_record (self, self->record, monotonic_ns ());
  channel_reader_beat (reader);
  /* A program may be over before its channel is taken out of the socket. */
  if (has_ended)
    {
      self->state = INSPECTOR_TARGET_ENDED;
      drain_to_end (self);
      release_ended (self);
    }
  return TRUE;
}

gsize
inspector_target_drain (InspectorTarget *self, gsize max_events)
{
  gint64 begin_ns = monotonic_ns ();
  gsize n;

  if (self->reader == NULL || self->state == INSPECTOR_TARGET_ENDED)
    return 0;
  channel_reader_beat (self->reader);
  n = channel_reader_drain (self->reader, max_events, FALSE, ingest, self);
  if (max_events == 0 || n < max_events)
    self->drained_ns = begin_ns;
  return n;
}

static void
get_channel_stats (InspectorTarget *self, ChannelStats *ret_stats)
{
  ChannelStats stats = { 0 };

  if (self->reader != NULL)
    channel_reader_get_stats (self->reader, &stats);
  else if (self->model != NULL && !self->is_released)
    stats.events = self->model->stats.events;
  *ret_stats = self->earlier;
  add_stats (ret_stats, &stats);
}

void
inspector_target_find_deadlocks (InspectorTarget *self, gint64 now_ns, gint64 stuck_after_ns)
{
  AnalysisInstant instant = { .now_ns = now_ns, .stuck_after_ns = stuck_after_ns };
  gboolean needs_look;
  ChannelStats stats;

  /* A test suite has thousands of targets, most of which have ended. */
  if (self->model == NULL)
    return;
  needs_look = analysis_deadlocks_needs_look (self->deadlocks);
  if (!needs_look && !analysis_never_needs_look (&self->never, self->model, now_ns))
    return;
  get_channel_stats (self, &stats);
  instant.has_losses = report_has_losses (&stats);
  instant.drained_ns = self->reader != NULL ? self->drained_ns : now_ns;
  if (self->state == INSPECTOR_TARGET_ENDED)
    instant.drained_ns = self->end_ns;
  else
    analysis_never_check (&self->never, self->model, self->facts, &instant);
  if (needs_look)
    self->n_untold += analysis_deadlocks_check (self->deadlocks, &instant);
}

gboolean
inspector_target_take_deadlocks (InspectorTarget *self)
{
  guint n = self->n_untold;

  self->n_untold = 0;
  return n > 0;
}

gboolean
inspector_target_is_unsure (InspectorTarget *self)
{
  return self->model != NULL && analysis_deadlocks_is_unsure (self->deadlocks);
}

/* ---- What is said about it ------------------------------------------------------------------ */

void
inspector_target_set_refused (InspectorTarget *self, const char *reason)
{
  g_return_if_fail (INSPECTOR_IS_TARGET (self));

  g_free (self->refusal);
  self->refusal = g_strdup (reason);
  if (self->state == INSPECTOR_TARGET_STARTING)
    self->state = INSPECTOR_TARGET_REFUSED;
}

void
inspector_target_add_runtime (InspectorTarget *self, const char *id, const char *detail)
{
  const char *name = detail != NULL && *detail != '\0' ? detail : id;

  g_return_if_fail (INSPECTOR_IS_TARGET (self));

  for (guint i = 0; i + 1 < self->runtimes->len; i++)
    if (g_str_equal (g_ptr_array_index (self->runtimes, i), name))
      return;
  g_ptr_array_insert (self->runtimes, self->runtimes->len - 1, g_strdup (name));
}

void
inspector_target_set_ended (InspectorTarget *self, gboolean status_is_known, int wait_status)
{
  g_return_if_fail (INSPECTOR_IS_TARGET (self));

  if (status_is_known)
    {
      self->status_is_known = TRUE;
      self->wait_status = wait_status;
    }
  if (self->state != INSPECTOR_TARGET_ENDED)
    {
      self->end_ns = monotonic_ns ();
      if (self->model != NULL)
        drain_to_end (self);
      end_record (self);
      analysis_facts_get_process (self->facts); /* a zombie still knows its CPU time */
      analysis_facts_set_ended (self->facts);
      self->state = INSPECTOR_TARGET_ENDED;
      release_ended (self);
    }
}

int
inspector_target_get_pid (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), 0);
  return self->pid;
}

int
inspector_target_get_parent_pid (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), 0);
  return self->parent_pid;
}

const char *
inspector_target_get_command (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), NULL);
  return self->command;
}

InspectorTargetState
inspector_target_get_state (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), INSPECTOR_TARGET_ENDED);
  return self->state;
}

const char *
inspector_target_get_refusal (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), NULL);
  return self->refusal;
}

gboolean
inspector_target_has_runtime (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), FALSE);
  return self->runtimes->len > 1;
}

const char *const *
inspector_target_get_runtimes (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), NULL);
  return (const char *const *)self->runtimes->pdata;
}

void
inspector_target_get_stats (InspectorTarget *self, InspectorTargetStats *ret_stats)
{
  ChannelStats stats;
  const TargetProcess *process;

  g_return_if_fail (INSPECTOR_IS_TARGET (self));

  get_channel_stats (self, &stats);
  process = analysis_facts_get_process (self->facts);
  *ret_stats = (InspectorTargetStats){
    .events = stats.events,
    .lost = stats.dropped + stats.overwritten + stats.torn,
    .skipped = stats.skipped,
    .tasks = self->earlier_tasks + (self->model != NULL ? self->model->stats.tasks : 0),
    .pending_tasks =
        self->model != NULL ? self->model->stats.tasks - self->model->stats.tasks_finished : 0,
    .cost_ns = (gint64)MIN (stats.cost_ns, G_MAXINT64),
    .cpu_ns = process != NULL ? process->cpu_ns : -1,
  };
}

/* ---- For the session ------------------------------------------------------------------------ */

ModelTarget *
inspector_target_get_model (InspectorTarget *self)
{
  return self->model;
}

void
inspector_target_set_times (InspectorTarget *self, gint64 begin_ns, gint64 end_ns)
{
  self->begin_ns = begin_ns;
  self->end_ns = end_ns;
}

void
inspector_target_refresh (InspectorTarget *self, gint64 now_ns)
{
  analysis_facts_refresh (self->facts, self->model, now_ns);
  say_record (self, self->record, now_ns);
}

static const char *const *
get_changed (gpointer symbols)
{
  return debug_symbols_get_changed (symbols);
}

void
inspector_target_fill_input (InspectorTarget *self, gint64 now_ns, gint64 stuck_after_ns,
                             ReportInput *ret_input)
{
  const TargetProcess *process = analysis_facts_get_process (self->facts);

  *ret_input = (ReportInput){
    .pid = self->pid,
    .parent_pid = self->parent_pid,
    .command = self->command,
    .runtimes = inspector_target_get_runtimes (self),
    .state = self->state,
    .refusal = self->refusal,
    .status_is_known = self->status_is_known,
    .wait_status = self->wait_status,
    .begin_ns = self->begin_ns,
    .now_ns = self->state == INSPECTOR_TARGET_ENDED ? MIN (now_ns, self->end_ns) : now_ns,
    .stuck_after_ns = stuck_after_ns,
    .n_programs = self->n_programs,
    .n_replaced = self->n_replaced,
    .model = self->model,
    .places = self->places,
    .facts = self->facts,
    .deadlocks = self->deadlocks,
    .lock_order = self->lock_order,
    .get_changed = self->symbols != NULL ? get_changed : NULL,
    .changed_data = self->symbols,
    .cpu_ns = process != NULL ? process->cpu_ns : -1,
  };
  get_channel_stats (self, &ret_input->stats);
}
