/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-tasks FILE N...: writes recordings of so many tasks (gen.c), shows each in the view of tasks, in a real
 * window, and says how long people wait for what they ask of it, and how long the main thread was busy at a
 * stretch meanwhile: that is how long a key that is pressed then is not answered. */

#include <adwaita.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gen.h"
#include "page-private.h"
#include "recording/writer.h"
#include "session-private.h"

#define TICK_MS 1
#define STRIDE 256u /* of ids, in gen.c */

/* ---- The recording ------------------------------------------------------------------------------ */

typedef struct
{
  RecordingWriter *writer;
  guint32 number;
} Sink;

static void
add_event (const ChannelEvent *event, void *data)
{
  recording_writer_add_event (((Sink *)data)->writer, ((Sink *)data)->number, event);
}

static void
write_recording (const char *path, guint n_tasks)
{
  const RecordingOptions options = { .lossless = TRUE };
  g_autoptr (GError) error = NULL;
  RecordingStats stats;
  Sink sink = { .writer = recording_writer_new (path, &options, &error) };
  guint64 first;
  Gen gen;

  if (sink.writer == NULL)
    g_error ("%s", error->message);
  sink.number = recording_writer_add_target (sink.writer, &gen_source, NULL);
  recording_writer_add_facts (sink.writer, sink.number,
                              "{\"pid\":1,\"command\":\"./server\",\"ended\":true}");
  /* By then each has had a turn or two. */
  gen_init (&gen, n_tasks + n_tasks / 4);
  first = gen.next_id;
  while ((gen.next_id - first) / STRIDE < n_tasks)
    gen_step (&gen, add_event, &sink);
  gen_clear (&gen);
  if (!recording_writer_close (sink.writer, &stats, &error))
    g_error ("%s", error->message);
}

/* ---- How long it takes ---------------------------------------------------------------------------- */

typedef struct
{
  GtkWidget *window;
  TasksPage *page;
  gint64 ticked_ns;
  gint64 longest_ns; /* of its CPU time, between two turns of the main loop */
} Bench;

/* What others do on the machine meanwhile is not counted. */
static gint64
get_cpu_ns (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64)time.tv_sec * 1000000000 + time.tv_nsec;
}

static gboolean
on_tick (gpointer data)
{
  Bench *self = data;
  gint64 now_ns = get_cpu_ns ();

  self->longest_ns = MAX (self->longest_ns, now_ns - self->ticked_ns);
  self->ticked_ns = now_ns;
  return G_SOURCE_CONTINUE;
}

static void
rest (gint64 us)
{
  for (gint64 until_us = g_get_monotonic_time () + us; g_get_monotonic_time () < until_us;)
    g_main_context_iteration (NULL, TRUE);
}

static void
begin (Bench *self)
{
  self->ticked_ns = get_cpu_ns ();
  self->longest_ns = 0;
}

static void
end (Bench *self, const char *what, gint64 begun_us)
{
  gint64 took_us = g_get_monotonic_time () - begun_us;
  TasksTable *table;

  /* What is drawn of it, and what comes in the next frames; there may be another table by then. */
  rest (G_TIME_SPAN_SECOND / 2);
  table = tasks_model_get_table (self->page->model);
  printf ("  %-44s %8.0f ms   main thread busy for %5.1f ms   %u lines\n", what,
          (double)took_us / 1000, (double)self->longest_ns / 1e6, tasks_table_get_n_lines (table));
  fflush (stdout);
}

/* Until another table is shown. */
static void
wait_for_table (Bench *self, TasksTable *before)
{
  while (tasks_model_get_table (self->page->model) == before)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for_names (Bench *self)
{
  while (tasks_loader_is_busy (self->page->loader))
    g_main_context_iteration (NULL, TRUE);
}

typedef void (*Deed) (Bench *bench);

static void
measure (Bench *self, const char *what, Deed deed)
{
  TasksTable *before = tasks_model_get_table (self->page->model);
  gint64 begun_us;

  tasks_table_ref (before);
  begin (self);
  begun_us = g_get_monotonic_time ();
  deed (self);
  wait_for_table (self, before);
  end (self, what, begun_us);
  tasks_table_unref (before);
}

static void
sort_by_age (Bench *self)
{
  tasks_loader_set_sort (self->page->loader, TASKS_SORT_AGE, TRUE);
}

static void
sort_by_name (Bench *self)
{
  tasks_loader_set_sort (self->page->loader, TASKS_SORT_NAME, FALSE);
}

static void
sort_by_polls (Bench *self)
{
  tasks_loader_set_sort (self->page->loader, TASKS_SORT_POLLS, TRUE);
}

static void
ask (Bench *self)
{
  ui_query_entry_set_text (UI_QUERY_ENTRY (self->page->entry),
                           "state:blocked wait>1us name:serve*");
}

static void
ask_for_text (Bench *self)
{
  ui_query_entry_set_text (UI_QUERY_ENTRY (self->page->entry), "lock");
}

static void
ask_for_all (Bench *self)
{
  ui_query_entry_set_text (UI_QUERY_ENTRY (self->page->entry), "");
}

static void
group_equal (Bench *self)
{
  tasks_page_group_equal (GTK_WIDGET (self->page));
}

static void
group_tree (Bench *self)
{
  tasks_page_group_tree (GTK_WIDGET (self->page));
}

static void
group_none (Bench *self)
{
  tasks_page_group_none (GTK_WIDGET (self->page));
}

static void
travel (Bench *self)
{
  gint64 first_ns, last_ns;

  inspector_history_get_range (ui_session_get_history (self->page->session), &first_ns, &last_ns);
  ui_session_set_cursor (self->page->session, first_ns + (last_ns - first_ns) / 2);
}

static const struct
{
  const char *what;
  Deed deed;
} deeds[] = {
  { "sorted by age", sort_by_age },
  { "sorted by name", sort_by_name },
  { "sorted by polls", sort_by_polls },
  { "filtered: state:blocked wait>1us name:serve*", ask },
  { "filtered: lock", ask_for_text },
  { "all again", ask_for_all },
  { "equal tasks as one line", group_equal },
  { "as a tree", group_tree },
  { "a line each", group_none },
  { "another instant", travel },
};

static void
show (UiSession *session)
{
  Bench bench = { .window = gtk_window_new () };
  gint64 begun_us;
  guint tick = g_timeout_add (TICK_MS, on_tick, &bench);

  gtk_window_set_default_size (GTK_WINDOW (bench.window), 1600, 1000);
  begin (&bench);
  begun_us = g_get_monotonic_time ();
  bench.page = TASKS_PAGE (tasks_page_new (session));
  gtk_window_set_child (GTK_WINDOW (bench.window), GTK_WIDGET (bench.page));
  gtk_window_present (GTK_WINDOW (bench.window));
  while (tasks_table_get_n_lines (tasks_model_get_table (bench.page->model)) == 0)
    g_main_context_iteration (NULL, TRUE);
  end (&bench, "first rows", begun_us);
  begin (&bench);
  begun_us = g_get_monotonic_time ();
  wait_for_names (&bench);
  end (&bench, "names of the rest", begun_us);
  /* What they are called is in the table, too. */
  rest (2 * G_TIME_SPAN_SECOND);
  for (guint i = 0; i < G_N_ELEMENTS (deeds); i++)
    measure (&bench, deeds[i].what, deeds[i].deed);
  g_source_remove (tick);
  gtk_window_destroy (GTK_WINDOW (bench.window));
}

int
main (int argc, char **argv)
{
  if (argc < 3 || !gtk_init_check ())
    {
      fprintf (stderr, "usage: bench-tasks FILE N..., on a display\n");
      return 1;
    }
  adw_init ();
  for (int i = 2; i < argc; i++)
    {
      g_autoptr (UiSession) session = NULL;

      write_recording (argv[1], (guint)g_ascii_strtoull (argv[i], NULL, 10));
      session = ui_session_new_recording (argv[1]);
      while (ui_session_get_state (session) == UI_SESSION_LOADING)
        g_main_context_iteration (NULL, TRUE);
      printf ("%s tasks\n", argv[i]);
      show (session);
    }
  return 0;
}
