/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Trace events of Chrome, which Perfetto and others open: threads as tracks with their polls, tasks
 * as tracks with their waits, causes as arrows, counters. */

#include "export/exporter.h"

typedef struct
{
  ExportOutput *output;
  gint64 zero_ns;
  int pid;
  guint32 process; /* pids are used again */
  gboolean has_events;
} Chrome;

/* ---- Events --------------------------------------------------------------------------------- */

static void
put_us (Chrome *chrome, const char *name, gint64 ns)
{
  if (ns < 0)
    export_printf (chrome->output, ",\"%s\":-%" G_GINT64_FORMAT ".%03d", name, -ns / 1000,
                   (int)(-ns % 1000));
  else
    export_printf (chrome->output, ",\"%s\":%" G_GINT64_FORMAT ".%03d", name, ns / 1000,
                   (int)(ns % 1000));
}

/* The members that all events have; the caller adds its own and closes the object. */
static void
begin_event (Chrome *chrome, const char *phase, const char *category, gint32 tid, gint64 time_ns,
             const char *name)
{
  export_printf (chrome->output, "%s\n{\"ph\":\"%s\",\"cat\":\"%s\",\"pid\":%d,\"tid\":%d",
                 chrome->has_events ? "," : "", phase, category, chrome->pid, tid);
  chrome->has_events = TRUE;
  put_us (chrome, "ts", time_ns - chrome->zero_ns);
  export_put (chrome->output, ",\"name\":");
  export_put_json (chrome->output, name);
}

static void
put_argument (Chrome *chrome, const char *name, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  export_printf (chrome->output, ",\"%s\":", name);
  export_put_json (chrome->output, text);
}

static void
name_track (Chrome *chrome, const char *what, gint32 tid, const char *name)
{
  begin_event (chrome, "M", "__metadata", tid, chrome->zero_ns, what);
  export_put (chrome->output, ",\"args\":{\"name\":");
  export_put_json (chrome->output, name);
  export_put (chrome->output, "}}");
}

/* Events of one id are one track, on which they may lie within each other. */
static void
put_track (Chrome *chrome, guint64 task, ExportSpanOf of, guint lane)
{
  export_printf (chrome->output, ",\"id2\":{\"local\":\"%u.%" G_GUINT64_FORMAT "%s%u\"}",
                 chrome->process, task, of == EXPORT_EXCHANGE ? "x" : ".", lane);
}

/* ---- What is told --------------------------------------------------------------------------- */

static void
chrome_process (gpointer self, const ExportProcess *process)
{
  Chrome *chrome = self;

  chrome->pid = process->pid;
  chrome->process = process->number;
  name_track (chrome, "process_name", 0, process->command);
}

static void
chrome_thread (gpointer self, gint32 tid, gboolean is_main)
{
  g_autofree char *name = is_main ? g_strdup ("main thread") : g_strdup_printf ("thread %d", tid);

  name_track (self, "thread_name", tid, name);
}

/* A slice of a track of its own: begin and end at once, for viewers put events in order. */
static void
add_slice (Chrome *chrome, const char *category, gint32 tid, guint64 task, ExportSpanOf of,
           guint lane, gint64 begin_ns, gint64 end_ns, const char *name)
{
  begin_event (chrome, "b", category, tid, begin_ns, name);
  put_track (chrome, task, of, lane);
  export_put_char (chrome->output, '}');
  begin_event (chrome, "e", category, tid, end_ns, name);
  put_track (chrome, task, of, lane);
}

static void
chrome_task (gpointer self, const ExportTask *task)
{
  Chrome *chrome = self;

  if (task->is_outside)
    return;
  add_slice (chrome, "task", chrome->pid, task->number, EXPORT_AWAIT, 0, task->begin_ns,
             task->end_ns, task->name);
  export_printf (chrome->output,
                 ",\"args\":{\"task\":%" G_GUINT64_FORMAT ",\"parent\":%" G_GUINT64_FORMAT
                 ",\"polls\":%" G_GUINT64_FORMAT ",\"status\":%d",
                 task->number, task->parent, task->n_polls, task->status);
  put_argument (chrome, "function", task->place.function);
  put_argument (chrome, "place", task->place.where);
  put_argument (chrome, "traceparent", task->traceparent);
  export_put (chrome->output, task->is_alive ? ",\"open\":true}}" : "}}");
}

static void
add_wait (Chrome *chrome, const ExportSpan *span)
{
  g_autofree char *waits_for = export_span_dup_waits_for (span);

  add_slice (chrome, span->of == EXPORT_AWAIT ? "await" : "exchange", span->tid, span->task,
             span->of, span->lane, span->begin_ns, span->end_ns, span->name);
  export_printf (chrome->output,
                 ",\"args\":{\"id\":%" G_GUINT64_FORMAT ",\"task\":%" G_GUINT64_FORMAT
                 ",\"status\":%d",
                 span->id, span->task, span->status);
  put_argument (chrome, "task_name", span->task_name);
  put_argument (chrome, "kind", span->kind);
  put_argument (chrome, "waits_for", waits_for);
  put_argument (chrome, "place", span->place.where);
  put_argument (chrome, "traceparent", span->traceparent);
  export_put (chrome->output, span->is_open ? ",\"open\":true}}" : "}}");
}

static void
add_poll (Chrome *chrome, const ExportSpan *span)
{
  begin_event (chrome, "X", "poll", span->tid, span->begin_ns, span->name);
  put_us (chrome, "dur", span->end_ns - span->begin_ns);
  export_printf (chrome->output,
                 ",\"args\":{\"task\":%" G_GUINT64_FORMAT ",\"cause\":%" G_GUINT64_FORMAT,
                 span->task, span->cause);
  put_argument (chrome, "task_name", span->task_name);
  put_argument (chrome, "place", span->place.where);
  export_put (chrome->output, span->is_open ? ",\"open\":true}}" : "}}");
}

static void
chrome_span (gpointer self, const ExportSpan *span)
{
  if (span->of == EXPORT_POLL)
    add_poll (self, span);
  else
    add_wait (self, span);
}

/* From the slice that the thread was in to the one that begins. */
static void
chrome_flow (gpointer self, const ExportFlow *flow)
{
  Chrome *chrome = self;
  const char *name = flow->of == EXPORT_RESUMES ? "resumes" : "wakes";

  if (flow->from_tid == 0 || flow->to_tid == 0)
    return;
  begin_event (chrome, "s", name, flow->from_tid, flow->from_ns, name);
  export_printf (chrome->output, ",\"id\":%" G_GUINT64_FORMAT "}", flow->id);
  begin_event (chrome, "f", name, flow->to_tid, flow->to_ns, name);
  export_printf (chrome->output, ",\"id\":%" G_GUINT64_FORMAT ",\"bp\":\"e\"}", flow->id);
}

static void
chrome_counter (gpointer self, ExportCounterOf of, gint64 time_ns, guint64 value)
{
  Chrome *chrome = self;

  begin_event (chrome, "C", "counter", chrome->pid, time_ns, export_counter_names[of]);
  export_printf (chrome->output, ",\"args\":{\"value\":%" G_GUINT64_FORMAT "}}", value);
}

static gpointer
chrome_new (ExportOutput *output, const ExportTrace *trace)
{
  Chrome *chrome = g_new0 (Chrome, 1);

  chrome->output = output;
  chrome->zero_ns = trace->zero_ns;
  export_put (output, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
  return chrome;
}

static void
chrome_end (gpointer self, InspectorSession *session)
{
  export_put (((Chrome *)self)->output, "\n]}\n");
}

const ExportWriter export_chrome_writer = {
  .new = chrome_new,
  .process = chrome_process,
  .thread = chrome_thread,
  .task = chrome_task,
  .span = chrome_span,
  .flow = chrome_flow,
  .counter = chrome_counter,
  .end = chrome_end,
  .free = g_free,
};
