/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is made again and again while the session goes on: where the task is, the figures of the margin, which tasks
 * are where. */

#include "page-private.h"

/* Figures may take a twentieth of the time, and tasks a tenth. */
#define FIGURES_GAP_US G_TIME_SPAN_SECOND
#define FIGURES_FACTOR 20
#define TASKS_GAP_US (G_TIME_SPAN_MILLISECOND * 200)
#define TASKS_FACTOR 10

/* ---- Where the selected task is ---------------------------------------------------------------- */

static void find_here (SourcePage *self);

static void
on_read (GtkWidget *page)
{
  find_here (SOURCE_PAGE (page));
}

static void
find_here (SourcePage *self)
{
  SourcePlace before;
  gboolean has_moved;

  /* It is told of it once it is seen. */
  self->place_chore.is_stale = !source_place_want (self->session, GTK_WIDGET (self), on_read);
  if (self->place_chore.is_stale)
    return;
  before = self->here;
  source_place_find (self->session, &self->here);
  has_moved = self->here.line != before.line || g_strcmp0 (self->here.file, before.file) != 0;
  source_place_clear (&before);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->follow), !self->is_pinned);
  /* Of a task that stays where it is, whoever looks at another line goes on to look there. */
  if (!self->is_pinned && self->here.file != NULL && (has_moved || self->goes_there))
    source_page_show_file (self, self->here.file, self->here.line);
  else
    source_page_show_here (self);
  self->goes_there = FALSE;
}

static gboolean
on_place_time (gpointer data)
{
  SourcePage *self = data;

  source_chore_begin (&self->place_chore);
  find_here (self);
  source_chore_finish (&self->place_chore, TASKS_GAP_US, TASKS_FACTOR);
  return G_SOURCE_REMOVE;
}

void
source_page_queue_place (SourcePage *self)
{
  if (source_chore_can_begin (&self->place_chore, GTK_WIDGET (self)))
    self->place_chore.source =
        g_timeout_add (source_chore_get_wait_ms (&self->place_chore), on_place_time, self);
}

void
source_page_set_pinned (SourcePage *self, gboolean is_pinned)
{
  self->is_pinned = is_pinned;
  self->goes_there |= !is_pinned;
  self->place_chore.gap_us = 0;
  source_page_queue_place (self);
}

/* ---- Figures ----------------------------------------------------------------------------------- */

static void
build_figures (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, inspector_profile_build_figures (data), g_object_unref);
}

static void
on_figures_built (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SourcePage) self = data;
  g_autoptr (InspectorFigures) figures = g_task_propagate_pointer (G_TASK (result), NULL);

  if (figures == NULL || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  source_chore_finish (&self->figures_chore, FIGURES_GAP_US, FIGURES_FACTOR);
  g_set_object (&self->figures, figures);
  source_page_show_lines (self);
  if (self->figures_chore.is_stale)
    source_page_queue_figures (self);
}

/* What went wrong is nothing that the margin could not do without. */
static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SourcePage) self = data;
  InspectorProfile *profile = ui_session_profile_finish (UI_SESSION (source), result, NULL);
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));
  g_autoptr (GTask) task = NULL;

  if (g_cancellable_is_cancelled (cancellable))
    {
      g_clear_object (&profile);
      return;
    }
  if (profile == NULL)
    {
      source_chore_finish (&self->figures_chore, FIGURES_GAP_US, FIGURES_FACTOR);
      return;
    }
  task = g_task_new (NULL, cancellable, on_figures_built, g_object_ref (self));
  g_task_set_task_data (task, profile, g_object_unref);
  g_task_run_in_thread (task, build_figures);
}

static gboolean
on_figures_time (gpointer data)
{
  SourcePage *self = data;
  gint64 from_ns = 0, to_ns = 0;

  source_chore_begin (&self->figures_chore);
  if (!ui_session_get_range (self->session, &from_ns, &to_ns))
    from_ns = to_ns = 0;
  ui_session_profile_async (self->session, from_ns, to_ns, self->figures_chore.cancellable,
                            on_counted, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

void
source_page_queue_figures (SourcePage *self)
{
  /* Without a file there is no margin. */
  if (source_chore_can_begin (&self->figures_chore, GTK_WIDGET (self)) && self->told != NULL)
    self->figures_chore.source =
        g_timeout_add (source_chore_get_wait_ms (&self->figures_chore), on_figures_time, self);
}

/* ---- Tasks ------------------------------------------------------------------------------------- */

static void
on_tasks_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SourcePage) self = data;
  GPtrArray *tasks = source_tasks_list_finish (result);

  if (tasks == NULL || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    {
      g_clear_pointer (&tasks, g_ptr_array_unref);
      return;
    }
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  self->tasks = tasks;
  source_page_show_marks (self);
  if (self->told != NULL)
    source_page_show_tasks_of_line (self, source_viewer_get_line (self->viewer));
  source_chore_finish (&self->tasks_chore, TASKS_GAP_US, TASKS_FACTOR);
  if (self->tasks_chore.is_stale)
    source_page_queue_tasks (self);
}

static gboolean
on_tasks_time (gpointer data)
{
  SourcePage *self = data;

  source_chore_begin (&self->tasks_chore);
  source_tasks_list_async (ui_session_get_history (self->session),
                           ui_session_get_cursor (self->session), self->tasks_chore.cancellable,
                           on_tasks_listed, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

void
source_page_queue_tasks (SourcePage *self)
{
  if (source_chore_can_begin (&self->tasks_chore, GTK_WIDGET (self)))
    self->tasks_chore.source =
        g_timeout_add (source_chore_get_wait_ms (&self->tasks_chore), on_tasks_time, self);
}
