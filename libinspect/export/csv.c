/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Tasks, awaits, exchanges and polls as one table (RFC 4180): what has no meaning for a row is an
 * empty field. Rows come in the order in which their ends were seen. */

#include "export/exporter.h"

typedef struct
{
  ExportOutput *output;
  gint64 zero_ns;
  int pid;
} Csv;

static const char header[] =
    "record,pid,task,task_name,parent,id,cause,kind,name,waits_for,place,tid,"
    "begin_ns,end_ns,duration_ns,open,status,polls,polled_ns\r\n";

static void
put_text (Csv *csv, const char *text)
{
  export_put_char (csv->output, ',');
  if (text != NULL)
    export_put_csv (csv->output, text);
}

static void
put_number (Csv *csv, gint64 number)
{
  export_put_char (csv->output, ',');
  export_put_number (csv->output, number);
}

/* An id, of which 0 is none. */
static void
put_id (Csv *csv, guint64 id)
{
  if (id != 0)
    put_number (csv, (gint64)id);
  else
    export_put_char (csv->output, ',');
}

static void
put_times (Csv *csv, gint64 begin_ns, gint64 end_ns, gboolean is_open, gint32 status)
{
  put_number (csv, begin_ns - csv->zero_ns);
  put_number (csv, end_ns - csv->zero_ns);
  put_number (csv, end_ns - begin_ns);
  put_number (csv, is_open);
  put_number (csv, status);
}

static void
csv_process (gpointer self, const ExportProcess *process)
{
  ((Csv *)self)->pid = process->pid;
}

static void
csv_task (gpointer self, const ExportTask *task)
{
  Csv *csv = self;

  export_put (csv->output, "task");
  put_number (csv, csv->pid);
  put_id (csv, task->number);
  put_text (csv, task->name);
  put_id (csv, task->parent);
  put_text (csv, NULL);
  put_text (csv, NULL);
  put_text (csv, "task");
  put_text (csv, task->place.function);
  put_text (csv, NULL);
  put_text (csv, task->place.where);
  put_text (csv, NULL);
  put_times (csv, task->begin_ns, task->end_ns, task->is_alive, task->status);
  put_number (csv, (gint64)task->n_polls);
  put_number (csv, task->polled_ns);
  export_put (csv->output, "\r\n");
}

static void
csv_span (gpointer self, const ExportSpan *span)
{
  static const char *const records[] = { "await", "exchange", "poll" };
  Csv *csv = self;
  g_autofree char *waits_for = export_span_dup_waits_for (span);

  export_put (csv->output, records[span->of]);
  put_number (csv, csv->pid);
  put_id (csv, span->task);
  put_text (csv, span->task_name);
  put_text (csv, NULL);
  put_id (csv, span->id);
  put_id (csv, span->cause);
  put_text (csv, span->kind);
  put_text (csv, span->name);
  put_text (csv, waits_for);
  put_text (csv, span->place.where);
  put_id (csv, (guint64)span->tid);
  put_times (csv, span->begin_ns, span->end_ns, span->is_open, span->status);
  export_put (csv->output, ",,\r\n");
}

static gpointer
csv_new (ExportOutput *output, const ExportTrace *trace)
{
  Csv *csv = g_new0 (Csv, 1);

  csv->output = output;
  csv->zero_ns = trace->zero_ns;
  export_put (output, header);
  return csv;
}

const ExportWriter export_csv_writer = {
  .new = csv_new,
  .process = csv_process,
  .task = csv_task,
  .span = csv_span,
  .free = g_free,
};
