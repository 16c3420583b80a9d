/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Spans of OpenTelemetry as OTLP/JSON: tasks, and in them what they waited for. A line holds some
 * thousand spans, so that a collector can take one after the other.
 *
 * Where the program said a traceparent (W3C), the spans join that trace: a task is a child of what it
 * names, and an exchange, which has sent it, is itself what it names. Elsewhere a task without a
 * parent begins a trace. */

#include "export/exporter.h"

#include <string.h>
#include "model/model.h"
#include "model/format.h"

#define SPANS_PER_LINE 4096
#define NO_WAIT                                                                                    \
  (INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_WATCHES | INSPECT_AWAIT_LOOP | INSPECT_AWAIT_CLOSES)

enum
{
  KIND_INTERNAL = 1,
  KIND_CLIENT = 3,
  STATUS_ERROR = 2,
};

typedef struct
{
  guint64 high, low;
} TraceId;

/* A live task as a span. */
typedef struct
{
  guint64 number;
  TraceId trace;
  guint64 span;
  guint64 parent; /* 0: none */
} Live;

typedef struct
{
  ExportOutput *output;
  const ExportTrace *trace;
  guint64 seed;
  guint n_spans; /* of the line */
  int pid;
  char *command;
  GHashTable *live; /* number -> Live */
} Otlp;

/* ---- Ids ------------------------------------------------------------------------------------ */

/* The same in each export of the recording. */
static guint64
make_id (const Otlp *otlp, guint64 number, guint64 of)
{
  guint64 x = otlp->seed ^ (number * 4 + of) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  x = (x ^ x >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  x ^= x >> 31;
  return x != 0 ? x : 1;
}

static gboolean
parse_hex (const char *text, guint64 *ret_value)
{
  *ret_value = 0;
  for (guint i = 0; i < 16; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0 || g_ascii_isupper (text[i]))
        return FALSE;
      *ret_value = *ret_value << 4 | (guint64)digit;
    }
  return TRUE;
}

/* "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" */
static gboolean
parse_traceparent (const char *text, TraceId *ret_trace, guint64 *ret_span)
{
  return text != NULL && strlen (text) >= 55 && g_ascii_isxdigit (text[0]) &&
         g_ascii_isxdigit (text[1]) && strncmp (text, "ff", 2) != 0 && text[2] == '-' &&
         parse_hex (text + 3, &ret_trace->high) && parse_hex (text + 19, &ret_trace->low) &&
         text[35] == '-' && parse_hex (text + 36, ret_span) && text[52] == '-' &&
         (ret_trace->high | ret_trace->low) != 0 && *ret_span != 0;
}

static Live *
get_live (Otlp *otlp, guint64 number, guint64 parent)
{
  Live *live = g_hash_table_lookup (otlp->live, &number);
  const Live *of_parent;

  if (live != NULL)
    return live;
  of_parent = parent != 0 ? g_hash_table_lookup (otlp->live, &parent) : NULL;
  live = g_new0 (Live, 1);
  live->number = number;
  live->span = make_id (otlp, number, 0);
  live->trace = of_parent != NULL
                    ? of_parent->trace
                    : (TraceId){ make_id (otlp, number, 1), make_id (otlp, number, 2) };
  live->parent = of_parent != NULL ? of_parent->span : 0;
  g_hash_table_insert (otlp->live, &live->number, live);
  return live;
}

/* It is said after the task has begun. */
static void
join (Live *live, const char *traceparent)
{
  TraceId trace;
  guint64 span;

  if (!parse_traceparent (traceparent, &trace, &span))
    return;
  live->trace = trace;
  live->parent = span;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void
put_attribute (Otlp *otlp, const char *key, const char *text, gboolean *is_first)
{
  if (text == NULL || *text == '\0')
    return;
  export_printf (otlp->output,
                 "%s{\"key\":\"%s\",\"value\":{\"stringValue\":", *is_first ? "" : ",", key);
  *is_first = FALSE;
  export_put_json (otlp->output, text);
  export_put (otlp->output, "}}");
}

static void
put_number (Otlp *otlp, const char *key, gint64 number, gboolean *is_first)
{
  export_printf (otlp->output,
                 "%s{\"key\":\"%s\",\"value\":{\"intValue\":\"%" G_GINT64_FORMAT "\"}}",
                 *is_first ? "" : ",", key, number);
  *is_first = FALSE;
}

static void
end_line (Otlp *otlp)
{
  if (otlp->n_spans > 0)
    export_put (otlp->output, "]}]}]}\n");
  otlp->n_spans = 0;
}

static void
begin_line (Otlp *otlp)
{
  g_autofree char *name = g_path_get_basename (otlp->command);
  gboolean is_first = TRUE;

  export_put (otlp->output, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
  put_attribute (otlp, "service.name", name, &is_first);
  put_attribute (otlp, "process.command_line", otlp->command, &is_first);
  put_number (otlp, "process.pid", otlp->pid, &is_first);
  export_put (otlp->output, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"async-inspect\","
                            "\"version\":\"" PACKAGE_VERSION "\"},\"spans\":[");
}

static void
put_time (Otlp *otlp, const char *name, gint64 time_ns)
{
  export_printf (otlp->output, ",\"%s\":\"%" G_GINT64_FORMAT "\"", name,
                 MAX (otlp->trace->zero_real_ns + (time_ns - otlp->trace->zero_ns), 0));
}

/* Up to its attributes, which the caller adds before end_span(). */
static void
begin_span (Otlp *otlp, TraceId trace, guint64 id, guint64 parent, guint kind, const char *name,
            gint64 begin_ns, gint64 end_ns)
{
  if (otlp->n_spans == SPANS_PER_LINE)
    end_line (otlp);
  if (otlp->n_spans++ == 0)
    begin_line (otlp);
  else
    export_put_char (otlp->output, ',');
  export_printf (otlp->output,
                 "{\"traceId\":\"%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER
                 "x\",\"spanId\":\"%016" G_GINT64_MODIFIER "x\"",
                 trace.high, trace.low, id);
  if (parent != 0)
    export_printf (otlp->output, ",\"parentSpanId\":\"%016" G_GINT64_MODIFIER "x\"", parent);
  export_printf (otlp->output, ",\"kind\":%u,\"name\":", kind);
  export_put_json (otlp->output, name);
  put_time (otlp, "startTimeUnixNano", begin_ns);
  put_time (otlp, "endTimeUnixNano", end_ns);
  export_put (otlp->output, ",\"attributes\":[");
}

static void
end_span (Otlp *otlp, gboolean is_open, gint32 status)
{
  g_autofree char *text = status != 0 ? model_format_status (status) : NULL;

  if (is_open)
    export_put (otlp->output, ",{\"key\":\"async_inspect.open\",\"value\":{\"boolValue\":true}}");
  export_put_char (otlp->output, ']');
  if (text != NULL)
    {
      export_printf (otlp->output, ",\"status\":{\"code\":%d,\"message\":", STATUS_ERROR);
      export_put_json (otlp->output, text);
      export_put_char (otlp->output, '}');
    }
  export_put_char (otlp->output, '}');
}

/* ---- What is told --------------------------------------------------------------------------- */

static void
otlp_process (gpointer self, const ExportProcess *process)
{
  Otlp *otlp = self;

  end_line (otlp);
  g_free (otlp->command);
  otlp->command = g_strdup (process->command);
  otlp->pid = process->pid;
}

static void
otlp_task_begin (gpointer self, const ExportTask *task)
{
  Otlp *otlp = self;
  Live *parent = g_hash_table_lookup (otlp->live, &task->parent);

  if (parent != NULL)
    join (parent, task->parent_traceparent);
  join (get_live (otlp, task->number, task->parent), task->traceparent);
}

static void
otlp_task (gpointer self, const ExportTask *task)
{
  Otlp *otlp = self;
  Live *live = get_live (otlp, task->number, task->parent);
  gboolean is_first = TRUE;

  join (live, task->traceparent);
  if (!task->is_outside)
    {
      begin_span (otlp, live->trace, live->span, live->parent, KIND_INTERNAL, task->name,
                  task->begin_ns, task->end_ns);
      put_number (otlp, "async_inspect.task", (gint64)task->number, &is_first);
      put_number (otlp, "async_inspect.polls", (gint64)task->n_polls, &is_first);
      put_attribute (otlp, "code.function.name", task->place.function, &is_first);
      put_attribute (otlp, "async_inspect.place", task->place.where, &is_first);
      end_span (otlp, task->is_alive, task->status);
    }
  g_hash_table_remove (otlp->live, &task->number);
}

static void
otlp_span (gpointer self, const ExportSpan *span)
{
  Otlp *otlp = self;
  Live *live;
  TraceId trace;
  guint64 id = make_id (otlp, span->id, 3), parent, sent;
  g_autofree char *waits_for = NULL;
  gboolean is_first = TRUE;

  if (span->of == EXPORT_POLL || span->is_outside || (span->flags & NO_WAIT) != 0)
    return;
  live = get_live (otlp, span->task, 0);
  join (live, span->task_traceparent);
  trace = live->trace;
  parent = live->span;
  if (span->of == EXPORT_EXCHANGE && parse_traceparent (span->traceparent, &trace, &sent))
    {
      id = sent;
      if (trace.high != live->trace.high || trace.low != live->trace.low)
        parent = 0;
    }
  waits_for = export_span_dup_waits_for (span);
  begin_span (otlp, trace, id, parent, span->of == EXPORT_EXCHANGE ? KIND_CLIENT : KIND_INTERNAL,
              span->name, span->begin_ns, span->end_ns);
  put_number (otlp, "async_inspect.task", (gint64)span->task, &is_first);
  put_attribute (otlp, "async_inspect.waits_for", waits_for, &is_first);
  put_attribute (otlp, "async_inspect.kind", span->kind, &is_first);
  put_attribute (otlp, "code.function.name", span->place.function, &is_first);
  put_attribute (otlp, "async_inspect.place", span->place.where, &is_first);
  if (span->tid > 0)
    put_number (otlp, "thread.id", span->tid, &is_first);
  end_span (otlp, span->is_open, span->status);
}

static gpointer
otlp_new (ExportOutput *output, const ExportTrace *trace)
{
  Otlp *otlp = g_new0 (Otlp, 1);

  otlp->output = output;
  otlp->trace = trace;
  otlp->command = g_strdup ("?");
  memcpy (&otlp->seed, trace->id, sizeof otlp->seed);
  otlp->live = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return otlp;
}

static void
otlp_end (gpointer self, InspectorSession *session)
{
  Otlp *otlp = self;

  end_line (otlp);
}

static void
otlp_free (gpointer self)
{
  Otlp *otlp = self;

  g_hash_table_unref (otlp->live);
  g_free (otlp->command);
  g_free (otlp);
}

const ExportWriter export_otlp_writer = {
  .new = otlp_new,
  .process = otlp_process,
  .task_begin = otlp_task_begin,
  .task = otlp_task,
  .span = otlp_span,
  .end = otlp_end,
  .free = otlp_free,
};
