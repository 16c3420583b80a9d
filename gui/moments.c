/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "moments.h"

#include <string.h>

#include "watch.h"

#define KEY "ui-moments"
/* What is read sooner is not worth a change that flickers. */
#define PALE_MS 300
/* While a program goes on, a graph is made again after so many times what it took to make. */
#define REST_FACTOR 5

/* Of one widget. */
typedef struct
{
  GtkWidget *widget; /* NULL: it is gone */
  UiMomentsFunc func;
  UiMomentsFlags flags;
  gboolean is_graph; /* by @choice; else moments of @tracks */
  InspectorGraphChoice choice;
  GArray *open;   /* guint64: of @choice */
  GArray *tracks; /* guint; NULL: all */
  gint64 at_ns;
  GCancellable *cancellable; /* of what is being read; NULL: nothing is */
  gboolean is_graph_read;    /* that is a graph */
  InspectorGraph *graph;     /* with @is_read, or @error */
  GError *error;
  gint64 begun_us, rest_us; /* of the last graph: when it was begun; until when none is */
  guint rest_source;
  gboolean is_read; /* while @func is told of it: what was wanted is there, or cannot be had */
  gboolean is_pale;
  guint pale_source;
} Moments;

static void
set_pale (Moments *self, gboolean is_pale)
{
  self->is_pale = is_pale;
  if (is_pale)
    gtk_widget_add_css_class (self->widget, "of-another-instant");
  else
    gtk_widget_remove_css_class (self->widget, "of-another-instant");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->widget), GTK_ACCESSIBLE_STATE_BUSY, is_pale,
                               -1);
}

static gboolean
on_pale (gpointer data)
{
  Moments *self = data;

  self->pale_source = 0;
  set_pale (self, TRUE);
  return G_SOURCE_REMOVE;
}

static void
end_pale (Moments *self)
{
  if (self->is_pale)
    set_pale (self, FALSE);
  g_clear_handle_id (&self->pale_source, g_source_remove);
}

static void
moments_clear (gpointer data)
{
  Moments *self = data;

  g_clear_pointer (&self->tracks, g_array_unref);
  g_clear_pointer (&self->open, g_array_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->graph);
  g_clear_error (&self->error);
}

static void
on_widget_gone (gpointer data)
{
  Moments *self = data;

  g_clear_handle_id (&self->pale_source, g_source_remove);
  g_clear_handle_id (&self->rest_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  self->widget = NULL;
  g_rc_box_release_full (self, moments_clear);
}

static void
tell (Moments *self)
{
  GtkWidget *widget = g_object_ref (self->widget);

  if (gtk_widget_get_mapped (widget))
    self->func (widget);
  else
    ui_watch_again (widget, UI_CHANGE_STATE);
  /* It wants nothing more, or nothing that is not there. */
  if (self->cancellable == NULL)
    end_pale (self);
  g_object_unref (widget);
}

static void
on_read (GObject *history, GAsyncResult *result, gpointer data)
{
  Moments *self = data;

  if (self->is_graph_read)
    self->graph =
        inspector_history_build_graph_finish (INSPECTOR_HISTORY (history), result, &self->error);
  else
    inspector_history_read_moments_finish (INSPECTOR_HISTORY (history), result, &self->error);
  /* What cannot be read is asked for all the same: who asks is told why. */
  self->is_read = !g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (self->is_read)
    self->rest_us =
        g_get_monotonic_time () + (g_get_monotonic_time () - self->begun_us) * REST_FACTOR;
  g_clear_object (&self->cancellable);
  if (self->widget != NULL)
    tell (self);
  self->is_read = FALSE;
  g_clear_object (&self->graph);
  g_clear_error (&self->error);
  g_rc_box_release_full (self, moments_clear);
}

static Moments *
get_moments (GtkWidget *widget)
{
  Moments *self = g_object_get_data (G_OBJECT (widget), KEY);

  if (self != NULL)
    return self;
  self = g_rc_box_new0 (Moments);
  self->widget = widget;
  g_object_set_data_full (G_OBJECT (widget), KEY, self, on_widget_gone);
  return self;
}

static gboolean
is_same (const Moments *self, const guint *tracks, guint n, gint64 at_ns, UiMomentsFlags flags)
{
  if (self->at_ns != at_ns || self->flags != flags || (self->tracks == NULL) != (tracks == NULL))
    return FALSE;
  return tracks == NULL ||
         (self->tracks->len == n && memcmp (self->tracks->data, tracks, n * sizeof *tracks) == 0);
}

static void
begin (Moments *self, UiSession *session)
{
  InspectorHistory *history = ui_session_get_history (session);

  self->cancellable = g_cancellable_new ();
  self->is_graph_read = self->is_graph;
  self->begun_us = g_get_monotonic_time ();
  if ((self->flags & UI_MOMENTS_DIM) != 0 && !self->is_pale && self->pale_source == 0)
    self->pale_source = g_timeout_add (PALE_MS, on_pale, self);
  if (self->is_graph)
    inspector_history_build_graph_async (history, self->at_ns, &self->choice, self->cancellable,
                                         on_read, g_rc_box_acquire (self));
  else
    inspector_history_read_moments_async (
        history, self->tracks != NULL ? (const guint *)(gpointer)self->tracks->data : NULL,
        self->tracks != NULL ? self->tracks->len : 0, self->at_ns,
        (self->flags & UI_MOMENTS_AHEAD) != 0, self->cancellable, on_read, g_rc_box_acquire (self));
}

/* What a thread has begun to read it goes on with: @func is called after it, and wants this again. */
static void
begin_or_cancel (Moments *self, UiSession *session)
{
  self->is_read = FALSE;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  else
    begin (self, session);
}

gboolean
ui_moments_want (UiSession *session, GtkWidget *widget, const guint *tracks, guint n, gint64 at_ns,
                 UiMomentsFlags flags, UiMomentsFunc func)
{
  Moments *self = get_moments (widget);

  if (inspector_history_has_moments (ui_session_get_history (session), tracks, n, at_ns,
                                     (flags & UI_MOMENTS_AHEAD) != 0))
    {
      end_pale (self);
      return TRUE;
    }
  if (!self->is_graph && is_same (self, tracks, n, at_ns, flags) && self->func == func &&
      (self->cancellable != NULL || self->is_read))
    return self->is_read;
  self->func = func;
  self->flags = flags;
  self->at_ns = at_ns;
  self->is_graph = FALSE;
  g_clear_pointer (&self->tracks, g_array_unref);
  if (tracks != NULL)
    self->tracks = g_array_append_vals (g_array_new (FALSE, FALSE, sizeof *tracks), tracks, n);
  begin_or_cancel (self, session);
  return FALSE;
}

/* ---- The graph ---------------------------------------------------------------------------------- */

static gboolean
is_same_graph (const Moments *self, const InspectorGraphChoice *choice, UiMomentsFunc func)
{
  return self->is_graph && self->func == func && self->choice.max_nodes == choice->max_nodes &&
         self->choice.folds == choice->folds && self->choice.focus == choice->focus &&
         self->choice.only_part == choice->only_part && self->choice.n_open == choice->n_open &&
         (choice->n_open == 0 ||
          memcmp (self->choice.open, choice->open, choice->n_open * sizeof *choice->open) == 0);
}

static gboolean
on_rested (gpointer data)
{
  Moments *self = data;

  self->rest_source = 0;
  tell (self);
  return G_SOURCE_REMOVE;
}

/* What has happened meanwhile is told of once it is time. */
static void
rest (Moments *self)
{
  gint64 left_us = MAX (self->rest_us - g_get_monotonic_time (), 0);

  if (self->rest_source == 0)
    self->rest_source = g_timeout_add ((guint)(left_us / 1000) + 1, on_rested, self);
}

static void
want_graph_at (Moments *self, UiSession *session, const InspectorGraphChoice *choice, gint64 at_ns)
{
  g_clear_pointer (&self->tracks, g_array_unref);
  g_clear_pointer (&self->open, g_array_unref);
  self->open = g_array_append_vals (g_array_new (FALSE, FALSE, sizeof *choice->open), choice->open,
                                    choice->n_open);
  self->choice = *choice;
  self->choice.open = (const guint64 *)(gpointer)self->open->data;
  self->is_graph = TRUE;
  self->at_ns = at_ns;
  begin_or_cancel (self, session);
}

InspectorGraph *
ui_moments_want_graph (UiSession *session, GtkWidget *widget, const InspectorGraphChoice *choice,
                       UiMomentsFlags flags, UiMomentsFunc func, gint64 *ret_at_ns, GError **error)
{
  Moments *self = get_moments (widget);
  InspectorHistory *history = ui_session_get_history (session);
  gint64 at_ns = ui_session_get_cursor (session);
  gboolean follows = ui_session_is_following (session);
  gboolean is_it = is_same_graph (self, choice, func) && (follows || self->at_ns == at_ns);

  g_clear_handle_id (&self->rest_source, g_source_remove);
  if (inspector_history_has_graph (history, at_ns))
    {
      end_pale (self);
      *ret_at_ns = at_ns;
      return inspector_history_build_graph_of (history, at_ns, choice, error);
    }
  if (is_it && self->is_read && (self->graph != NULL || self->error != NULL))
    {
      *ret_at_ns = self->at_ns;
      if (self->error != NULL)
        g_propagate_error (error, g_steal_pointer (&self->error));
      if (self->at_ns != at_ns)
        rest (self);
      return g_steal_pointer (&self->graph);
    }
  if (is_it && self->cancellable != NULL)
    return NULL;
  if (is_it && follows && g_get_monotonic_time () < self->rest_us)
    {
      rest (self);
      return NULL;
    }
  self->func = func;
  self->flags = follows ? flags & ~(guint)UI_MOMENTS_DIM : flags;
  want_graph_at (self, session, choice, at_ns);
  return NULL;
}
