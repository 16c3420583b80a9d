/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/timeline.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "model/format.h"

#define WIDTH 900 /* pixels of time */
#define LEFT 250
#define ROW 20
#define AXIS 30
#define N_TICKS 6
#define MAX_BARS 250 /* of a row: those that are wide enough to be told apart */
#define MIN_BAR 2.0
#define NAME_CHARS 33

const char export_timeline_style[] =
    ".timeline text{font:11px ui-monospace,\"DejaVu Sans Mono\",monospace;fill:#241f31}"
    ".timeline .axis{stroke:#deddda}.timeline .life{fill:#e3e2e0}"
    ".timeline .await{fill:#f5c211}.timeline .exchange{fill:#62a0ea}.timeline .poll{fill:#26a269}"
    ".timeline .open{fill:#e01b24}";

/* How a pixel is drawn: the last of them that was there. */
typedef enum
{
  NOTHING,
  LIFE,
  AWAIT,
  EXCHANGE,
  POLL,
  OPEN,
  N_STATES
} State;

static const char *const classes[N_STATES] = { "", "life", "await", "exchange", "poll", "open" };

typedef struct
{
  double from, to;
  State state;
  char *label;
} Bar;

typedef struct
{
  guint64 id; /* task's number; of threads the tid */
  guint32 process;
  char *name;
  guint8 pixels[WIDTH];
  GArray *bars; /* Bar */
} Row;

struct _ExportTimeline
{
  const ExportTrace *trace;
  guint32 process;
  int pid;
  GPtrArray *threads;  /* Row */
  GPtrArray *tasks;    /* Row */
  GHashTable *by_task; /* number -> Row */
  guint n_hidden;      /* threads */
};

/* ---- Rows ----------------------------------------------------------------------------------- */

static void
bar_clear (gpointer data)
{
  g_free (((Bar *)data)->label);
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_array_unref (row->bars);
  g_free (row->name);
  g_free (row);
}

static Row *
row_new (guint64 id)
{
  Row *row = g_new0 (Row, 1);

  row->id = id;
  row->bars = g_array_new (FALSE, FALSE, sizeof (Bar));
  g_array_set_clear_func (row->bars, bar_clear);
  return row;
}

ExportTimeline *
export_timeline_new (const ExportTrace *trace)
{
  ExportTimeline *self = g_new0 (ExportTimeline, 1);

  self->trace = trace;
  self->threads = g_ptr_array_new_with_free_func (row_free);
  self->tasks = g_ptr_array_new_with_free_func (row_free);
  self->by_task = g_hash_table_new (g_int64_hash, g_int64_equal);
  return self;
}

void
export_timeline_free (ExportTimeline *self)
{
  g_ptr_array_unref (self->threads);
  g_ptr_array_unref (self->tasks);
  g_hash_table_unref (self->by_task);
  g_free (self);
}

void
export_timeline_want (ExportTimeline *self, guint64 task)
{
  Row *row;

  if (task == 0 || self->tasks->len >= EXPORT_TIMELINE_TASKS ||
      g_hash_table_contains (self->by_task, &task))
    return;
  row = row_new (task);
  g_ptr_array_add (self->tasks, row);
  g_hash_table_insert (self->by_task, &row->id, row);
}

void
export_timeline_set_process (ExportTimeline *self, const ExportProcess *process)
{
  self->process = process->number;
  self->pid = process->pid;
}

static Row *
get_thread (ExportTimeline *self, gint32 tid)
{
  Row *row;

  for (guint i = self->threads->len; i > 0; i--)
    {
      row = g_ptr_array_index (self->threads, i - 1);
      if (row->id == (guint64)tid && row->process == self->process)
        return row;
    }
  if (tid <= 0 || self->threads->len >= EXPORT_TIMELINE_THREADS)
    {
      self->n_hidden += tid > 0;
      return NULL;
    }
  row = row_new ((guint64)tid);
  row->process = self->process;
  row->name = tid == self->pid ? g_strdup_printf (_ ("main thread of %d"), self->pid)
                               : g_strdup_printf (_ ("thread %d"), tid);
  g_ptr_array_add (self->threads, row);
  return row;
}

/* ---- Filling -------------------------------------------------------------------------------- */

static double
get_x (const ExportTimeline *self, gint64 time_ns)
{
  double range = (double)MAX (self->trace->end_ns - self->trace->zero_ns, 1);

  return CLAMP ((double)(time_ns - self->trace->zero_ns) / range, 0, 1) * WIDTH;
}

static void
fill (Row *row, double from, double to, State state)
{
  guint last = (guint)MIN (to, WIDTH - 1);

  for (guint i = (guint)MIN (from, WIDTH - 1); i <= last; i++)
    row->pixels[i] = MAX (row->pixels[i], state);
}

void
export_timeline_add_task (ExportTimeline *self, const ExportTask *task)
{
  Row *row = g_hash_table_lookup (self->by_task, &task->number);

  if (row == NULL)
    return;
  g_free (row->name);
  row->name = g_strdup_printf ("#%" G_GUINT64_FORMAT " %s", task->number, task->name);
  fill (row, get_x (self, task->begin_ns), get_x (self, task->end_ns), LIFE);
}

static State
get_state (const ExportSpan *span)
{
  if (span->of == EXPORT_POLL)
    return POLL;
  return span->is_open ? OPEN : span->of == EXPORT_EXCHANGE ? EXCHANGE : AWAIT;
}

static void
add_bar (Row *row, const ExportSpan *span, double from, double to)
{
  g_autofree char *waits_for = export_span_dup_waits_for (span);
  g_autofree char *duration = model_format_duration (span->end_ns - span->begin_ns);
  Bar bar = { from, to, get_state (span), NULL };

  bar.label = g_strdup_printf ("%s%s%s\n%s%s%s", span->name, waits_for != NULL ? ": " : "",
                               waits_for != NULL ? waits_for : "", duration,
                               *span->place.where != '\0' ? ", " : "", span->place.where);
  g_array_append_val (row->bars, bar);
}

static void
add_to_row (ExportTimeline *self, Row *row, const ExportSpan *span)
{
  double from = get_x (self, span->begin_ns), to = get_x (self, span->end_ns);

  if (row == NULL)
    return;
  if (to - from >= MIN_BAR && row->bars->len < MAX_BARS)
    add_bar (row, span, from, to);
  else
    fill (row, from, to, get_state (span));
}

void
export_timeline_add_span (ExportTimeline *self, const ExportSpan *span)
{
  if (span->of == EXPORT_POLL)
    add_to_row (self, get_thread (self, span->tid), span);
  add_to_row (self, g_hash_table_lookup (self->by_task, &span->task), span);
}

/* ---- Drawing -------------------------------------------------------------------------------- */

static void
put_rectangle (ExportOutput *output, State state, double from, double to, guint y, guint height,
               const char *label)
{
  char text[2][G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text[0], sizeof text[0], "%.1f", LEFT + from);
  g_ascii_formatd (text[1], sizeof text[1], "%.1f", MAX (to - from, 1));
  export_printf (output, "<rect class=\"%s\" x=\"%s\" y=\"%u\" width=\"%s\" height=\"%u\"",
                 classes[state], text[0], y, text[1], height);
  if (label == NULL)
    {
      export_put (output, "/>");
      return;
    }
  export_put (output, "><title>");
  export_put_xml (output, label);
  export_put (output, "</title></rect>");
}

static void
put_pixels (ExportOutput *output, const Row *row, guint y)
{
  for (guint i = 0, end; i < WIDTH; i = end)
    {
      for (end = i + 1; end < WIDTH && row->pixels[end] == row->pixels[i];)
        end++;
      if (row->pixels[i] != NOTHING)
        put_rectangle (output, row->pixels[i], i, end, y, row->pixels[i] == LIFE ? 12 : 6, NULL);
    }
}

static int
compare_bars (gconstpointer a, gconstpointer b)
{
  const Bar *one = a, *other = b;

  return (one->state > other->state) - (one->state < other->state);
}

/* What ran stands below what was waited for, so that both can be seen. */
static void
put_row (ExportOutput *output, const Row *row, guint y)
{
  g_autofree char *cut = NULL;
  const char *name = row->name != NULL ? row->name : "?";

  if (g_utf8_strlen (name, -1) > NAME_CHARS)
    {
      g_autofree char *start = g_utf8_substring (name, 0, NAME_CHARS - 1);

      cut = g_strconcat (start, "…", NULL);
    }
  export_printf (output, "<text x=\"4\" y=\"%u\">", y + 11);
  export_put_xml (output, cut != NULL ? cut : name);
  export_put (output, "</text>");
  put_pixels (output, row, y);
  g_array_sort (row->bars, compare_bars);
  for (guint i = 0; i < row->bars->len; i++)
    {
      const Bar *bar = &g_array_index (row->bars, Bar, i);

      put_rectangle (output, bar->state, bar->from, bar->to, bar->state == POLL ? y + 6 : y,
                     bar->state == POLL ? 8 : 9, bar->label);
    }
  export_put_char (output, '\n');
}

static void
put_axis (const ExportTimeline *self, ExportOutput *output, guint height)
{
  for (guint i = 0; i <= N_TICKS; i++)
    {
      guint x = LEFT + WIDTH * i / N_TICKS;
      g_autofree char *time =
          model_format_duration ((self->trace->end_ns - self->trace->zero_ns) / N_TICKS * i);

      export_printf (output,
                     "<path class=\"axis\" d=\"M%u %dV%u\"/><text x=\"%u\" y=\"14\" "
                     "text-anchor=\"%s\">",
                     x, AXIS - 8, height, x,
                     i == N_TICKS ? "end"
                     : i == 0     ? "start"
                                  : "middle");
      export_put_xml (output, time);
      export_put (output, "</text>");
    }
  export_put_char (output, '\n');
}

void
export_timeline_put (const ExportTimeline *self, ExportOutput *output)
{
  guint n_rows = self->threads->len + self->tasks->len;
  guint height = AXIS + n_rows * ROW + 10, y = AXIS;

  export_printf (output,
                 "<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                 "height=\"%u\" viewBox=\"0 0 %d %u\">\n",
                 LEFT + WIDTH + 10, height, LEFT + WIDTH + 10, height);
  put_axis (self, output, height);
  for (guint i = 0; i < self->threads->len; i++, y += ROW)
    put_row (output, g_ptr_array_index (self->threads, i), y);
  for (guint i = 0; i < self->tasks->len; i++, y += ROW)
    put_row (output, g_ptr_array_index (self->tasks, i), y);
  export_put (output, "</svg>\n");
}
