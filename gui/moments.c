/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "moments.h"

#include <string.h>

#include "watch.h"

#define KEY "ui-moments"
/* What is read sooner is not worth a change that flickers. */
#define PALE_MS 300

/* Of one widget. */
typedef struct
{
  GtkWidget *widget; /* NULL: it is gone */
  UiMomentsFunc func;
  UiMomentsFlags flags;
  GArray *tracks; /* guint; NULL: all */
  gint64 at_ns;
  GCancellable *cancellable; /* of what is being read; NULL: nothing is */
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
  g_clear_object (&self->cancellable);
}

static void
on_widget_gone (gpointer data)
{
  Moments *self = data;

  g_clear_handle_id (&self->pale_source, g_source_remove);
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
  g_autoptr (GError) error = NULL;

  /* What cannot be read is asked for all the same: who asks is told why. */
  inspector_history_read_moments_finish (INSPECTOR_HISTORY (history), result, &error);
  self->is_read = !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&self->cancellable);
  if (self->widget != NULL)
    tell (self);
  self->is_read = FALSE;
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
  self->cancellable = g_cancellable_new ();
  if ((self->flags & UI_MOMENTS_DIM) != 0 && !self->is_pale && self->pale_source == 0)
    self->pale_source = g_timeout_add (PALE_MS, on_pale, self);
  inspector_history_read_moments_async (
      ui_session_get_history (session),
      self->tracks != NULL ? (const guint *)(gpointer)self->tracks->data : NULL,
      self->tracks != NULL ? self->tracks->len : 0, self->at_ns,
      (self->flags & UI_MOMENTS_AHEAD) != 0, self->cancellable, on_read, g_rc_box_acquire (self));
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
  if (is_same (self, tracks, n, at_ns, flags) && self->func == func &&
      (self->cancellable != NULL || self->is_read))
    return self->is_read;
  self->func = func;
  self->flags = flags;
  self->at_ns = at_ns;
  self->is_read = FALSE;
  g_clear_pointer (&self->tracks, g_array_unref);
  if (tracks != NULL)
    self->tracks = g_array_append_vals (g_array_new (FALSE, FALSE, sizeof *tracks), tracks, n);
  /* What a thread has begun to read it goes on with: @func is called after it, and wants this again. */
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  else
    begin (self, session);
  return FALSE;
}
