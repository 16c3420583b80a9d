/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a target puts into a recording beside its records, and what it takes back from there. */

#include "config.h"

#include "analysis/facts-saved.h"
#include "analysis/verdicts.h"
#include "session/inspector-target-private.h"

static void
add_call (guint64 address, gpointer record)
{
  analysis_record_add_call (record, address);
}

/* What a report says of the program beside what comes of its records. */
static JsonObject *
save_program (InspectorTarget *self)
{
  JsonObject *saved = json_object_new ();
  ChannelStats stats = { 0 };

  if (self->reader != NULL)
    channel_reader_get_stats (self->reader, &stats);
  json_object_set_int_member (saved, "cost_ns", (gint64)MIN (stats.cost_ns, G_MAXINT64));
  json_object_set_int_member (saved, "table_losses", (gint64)stats.table_losses);
  json_object_set_int_member (saved, "skipped", (gint64)stats.skipped);
  json_object_set_int_member (saved, "cut_stacks", (gint64)stats.cut_stacks);
  json_object_set_boolean_member (saved, "silent", stats.silent);
  json_object_set_boolean_member (saved, "attached", self->is_attached);
  json_object_set_int_member (saved, "looked_ns", self->model->looked_ns);
  if (self->remark != NULL)
    json_object_set_string_member (saved, "remark", self->remark);
  return saved;
}

/* What is known at @now_ns and is not in the records. */
static void
keep_record (InspectorTarget *self)
{
  analysis_record_keep (self->record, "program", save_program (self));
  analysis_record_keep (self->record, "kernel",
                        analysis_facts_save (self->facts, add_call, self->record));
  analysis_record_keep (self->record, "verdicts",
                        analysis_verdicts_save (self->model, &self->priority, &self->unread));
}

static gboolean
get_flag (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

static void
load_program (InspectorTarget *self, JsonObject *saved)
{
  ChannelStats *stats = &self->earlier;

  stats->cost_ns += (guint64)analysis_saved_get_int (saved, "cost_ns", 0, G_MAXINT64, 0);
  stats->table_losses += (guint64)analysis_saved_get_int (saved, "table_losses", 0, G_MAXINT32, 0);
  stats->skipped += (guint64)analysis_saved_get_int (saved, "skipped", 0, G_MAXINT64, 0);
  stats->cut_stacks += (guint64)analysis_saved_get_int (saved, "cut_stacks", 0, G_MAXINT64, 0);
  stats->silent = stats->silent || get_flag (saved, "silent");
  self->is_attached = get_flag (saved, "attached");
  if (self->model != NULL)
    self->model->looked_ns = analysis_saved_get_int (saved, "looked_ns", 0, G_MAXINT64, 0);
  if (analysis_saved_get_text (saved, "remark") != NULL)
    inspector_target_set_remark (self, analysis_saved_get_text (saved, "remark"));
}

/* (nullable) */
static JsonObject *
get_object (JsonObject *facts, const char *name)
{
  JsonNode *node = json_object_get_member (facts, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

void
inspector_target_recall (InspectorTarget *self, JsonObject *facts)
{
  if (get_object (facts, "program") != NULL)
    load_program (self, get_object (facts, "program"));
  if (get_object (facts, "kernel") != NULL)
    analysis_facts_load (self->facts, get_object (facts, "kernel"));
  if (get_object (facts, "verdicts") != NULL && self->model != NULL)
    analysis_verdicts_load (get_object (facts, "verdicts"), self->model, &self->priority,
                            &self->unread);
}

void
inspector_target_say_record (InspectorTarget *self, gint64 now_ns)
{
  if (self->record != NULL && self->model != NULL)
    keep_record (self);
  analysis_record_say (self->record, self->pid, self->parent_pid, self->command,
                       (const char *const *)self->runtimes->pdata, self->begin_ns, now_ns);
}

void
inspector_target_end_record (InspectorTarget *self, gboolean has_ended)
{
  /* At its end it was as the reports say that are made of it from then on: as late as its end was seen. */
  inspector_target_say_record (self, self->end_ns != 0 ? self->end_ns : inspector_target_now ());
  if (self->history != NULL && self->record != NULL)
    analysis_history_forget_writer (self->history, self->model);
  if (has_ended)
    analysis_record_tell_end (self->record, self->status_is_known, self->wait_status);
  analysis_record_end (g_steal_pointer (&self->record));
}

void
inspector_target_put_off_record (InspectorTarget *self)
{
  self->record_is_due = TRUE;
}

void
inspector_target_begin_due_record (InspectorTarget *self)
{
  if (!self->record_is_due)
    return;
  inspector_target_begin_record (self);
  inspector_target_say_record (self, inspector_target_now ());
}

void
inspector_target_begin_record (InspectorTarget *self)
{
  self->record_is_due = FALSE;
  self->record = analysis_record_begin (self->writer, self->reader, self->tables);
  if (self->record == NULL)
    return;
  /* Of a program that has been read for a while. */
  if (self->model->now_ns != 0)
    analysis_record_keyframe (self->record, self->model, FALSE);
  else if (recording_writer_get_path (self->writer) != NULL)
    analysis_record_watch (self->record, self->model);
  if (self->history != NULL)
    analysis_history_set_writer (self->history, self->model, self->writer,
                                 analysis_record_get_number (self->record));
}

void
inspector_target_set_recording (InspectorTarget *self, RecordingWriter *writer)
{
  inspector_target_begin_due_record (self);
  inspector_target_end_record (self, self->end_ns != 0);
  self->writer = writer;
  if (self->tables == NULL || self->state == INSPECTOR_TARGET_ENDED)
    return;
  if (self->reader == NULL && self->model->now_ns == 0)
    inspector_target_put_off_record (self);
  else
    inspector_target_begin_record (self);
}

gboolean
inspector_target_add_keyframe (InspectorTarget *self, gboolean is_first)
{
  if (self->record == NULL || self->model == NULL)
    return FALSE;
  analysis_record_keyframe (self->record, self->model, is_first);
  return TRUE;
}

void
inspector_target_name_record (InspectorTarget *self)
{
  inspector_target_begin_due_record (self);
  if (self->record == NULL)
    return;
  inspector_target_say_record (self, inspector_target_now ());
  analysis_record_name (self->record);
}
