/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* All of a recording as one JSON document, one record a line, and the report of its end:
 * data/export.schema.json. */

#include "export/exporter.h"

#include "render/json.h"
#include "session/session-private.h"

#define SCHEMA_VERSION 1

typedef struct
{
  ExportOutput *output;
  gint64 zero_ns;
  guint32 process;
  gboolean has_records;
} Records;

/* ---- Members -------------------------------------------------------------------------------- */

static void
begin_record (Records *records, const char *of)
{
  export_put (records->output, records->has_records ? ",\n{\"record\":\"" : "\n{\"record\":\"");
  records->has_records = TRUE;
  export_put (records->output, of);
  export_put (records->output, "\",\"process\":");
  export_put_number (records->output, records->process);
}

static void
put_name (Records *records, const char *name)
{
  export_put (records->output, ",\"");
  export_put (records->output, name);
  export_put (records->output, "\":");
}

static void
put_text (Records *records, const char *name, const char *text)
{
  put_name (records, name);
  export_put_json (records->output, text);
}

static void
put_number (Records *records, const char *name, gint64 number)
{
  put_name (records, name);
  export_put_number (records->output, number);
}

/* An id, of which 0 is none. */
static void
put_id (Records *records, const char *name, guint64 id)
{
  put_name (records, name);
  if (id != 0)
    export_put_number (records->output, (gint64)id);
  else
    export_put (records->output, "null");
}

static void
put_boolean (Records *records, const char *name, gboolean value)
{
  put_name (records, name);
  export_put (records->output, value ? "true" : "false");
}

static void
put_time (Records *records, const char *name, gint64 time_ns)
{
  put_number (records, name, time_ns - records->zero_ns);
}

static void
put_place (Records *records, const ExportPlace *place)
{
  put_text (records, "function", place->function);
  put_text (records, "place", *place->where != '\0' ? place->where : NULL);
}

/* ---- Records -------------------------------------------------------------------------------- */

static void
records_process (gpointer self, const ExportProcess *process)
{
  Records *records = self;

  records->process = process->number;
  begin_record (records, "process");
  put_number (records, "pid", process->pid);
  put_id (records, "parent_pid", (guint64)MAX (process->parent_pid, 0));
  put_text (records, "command", process->command);
  export_put_char (records->output, '}');
}

static void
records_thread (gpointer self, gint32 tid, gboolean is_main)
{
  Records *records = self;

  begin_record (records, "thread");
  put_number (records, "tid", tid);
  put_boolean (records, "main", is_main);
  export_put_char (records->output, '}');
}

static void
records_task (gpointer self, const ExportTask *task)
{
  Records *records = self;

  begin_record (records, "task");
  put_id (records, "task", task->number);
  put_id (records, "parent", task->parent);
  put_text (records, "name", task->name);
  put_place (records, &task->place);
  put_boolean (records, "outside", task->is_outside);
  put_boolean (records, "began_before", task->began_before);
  put_time (records, "begin_ns", task->begin_ns);
  put_time (records, "end_ns", task->end_ns);
  put_boolean (records, "open", task->is_alive);
  put_number (records, "status", task->status);
  put_number (records, "polls", (gint64)task->n_polls);
  put_number (records, "polled_ns", task->polled_ns);
  put_text (records, "traceparent", task->traceparent);
  export_put_char (records->output, '}');
}

static void
put_wait (Records *records, const ExportSpan *span)
{
  g_autofree char *waits_for = export_span_dup_waits_for (span);

  put_text (records, "waits_for", waits_for);
  put_number (records, "status", span->status);
  put_number (records, "fired", (gint64)span->n_fired);
  put_text (records, "traceparent", span->traceparent);
}

static void
records_span (gpointer self, const ExportSpan *span)
{
  static const char *const names[] = { "await", "exchange", "poll" };
  Records *records = self;

  begin_record (records, names[span->of]);
  put_number (records, "id", (gint64)span->id);
  put_id (records, "task", span->task);
  put_text (records, "task_name", span->task_name);
  put_text (records, "kind", span->kind);
  put_place (records, &span->place);
  put_id (records, "tid", (guint64)MAX (span->tid, 0));
  put_time (records, "begin_ns", span->begin_ns);
  put_time (records, "end_ns", span->end_ns);
  put_boolean (records, "open", span->is_open);
  if (span->of == EXPORT_POLL)
    put_id (records, "cause", span->cause);
  else
    put_wait (records, span);
  export_put_char (records->output, '}');
}

static void
records_flow (gpointer self, const ExportFlow *flow)
{
  Records *records = self;

  begin_record (records, "flow");
  put_text (records, "of", flow->of == EXPORT_RESUMES ? "resumes" : "wakes");
  put_id (records, "await", flow->of == EXPORT_RESUMES ? flow->id : 0);
  put_time (records, "from_ns", flow->from_ns);
  put_id (records, "from_tid", (guint64)MAX (flow->from_tid, 0));
  put_id (records, "from_task", flow->from_task);
  put_time (records, "to_ns", flow->to_ns);
  put_id (records, "to_tid", (guint64)MAX (flow->to_tid, 0));
  put_id (records, "to_task", flow->to_task);
  export_put_char (records->output, '}');
}

static void
records_counter (gpointer self, ExportCounterOf of, gint64 time_ns, guint64 value)
{
  Records *records = self;

  begin_record (records, "counter");
  put_text (records, "name", export_counter_names[of]);
  put_time (records, "time_ns", time_ns);
  put_number (records, "value", (gint64)value);
  export_put_char (records->output, '}');
}

/* ---- The document --------------------------------------------------------------------------- */

static gpointer
records_new (ExportOutput *output, const ExportTrace *trace)
{
  Records *records = g_new0 (Records, 1);
  char id[33];

  for (guint i = 0; i < 16; i++)
    g_snprintf (id + 2 * i, 3, "%02x", trace->id[i]);
  records->output = output;
  records->zero_ns = trace->zero_ns;
  export_printf (output, "{\"schema\":%d,\"version\":\"%s\",\"recording\":\"%s\"", SCHEMA_VERSION,
                 PACKAGE_VERSION, id);
  put_number (records, "begin_us", trace->zero_real_ns / 1000);
  put_number (records, "duration_ns", trace->end_ns - trace->zero_ns);
  put_number (records, "lost", (gint64)trace->n_lost);
  export_put (output, ",\"records\":[");
  return records;
}

static void
records_end (gpointer self, InspectorSession *session)
{
  Records *records = self;
  g_autoptr (InspectorReport) report =
      inspector_session_build_report (session, INSPECTOR_REPORT_EXIT);
  g_autoptr (JsonNode) root = export_json (inspector_report_peek (report));
  g_autofree char *text = json_to_string (root, FALSE);

  export_put (records->output, "\n],\n\"report\":");
  export_put (records->output, text);
  export_put (records->output, "}\n");
}

const ExportWriter export_json_writer = {
  .new = records_new,
  .process = records_process,
  .thread = records_thread,
  .task = records_task,
  .span = records_span,
  .flow = records_flow,
  .counter = records_counter,
  .end = records_end,
  .free = g_free,
};
