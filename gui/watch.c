/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "watch.h"

#define KEY "ui-watch"
/* After input, and before the layout of what changes because of it. */
#define PRIORITY (GTK_PRIORITY_RESIZE - 5)
/* As often as a session tells of what has happened. */
#define LEAST_GAP_US (G_TIME_SPAN_MILLISECOND * 95)
#define COST_FACTOR 10

static const struct
{
  const char *signal;
  UiChange change;
} signals[] = {
  { "grown", UI_CHANGE_GROWN },
  { "cursor-changed", UI_CHANGE_CURSOR },
  { "selection-changed", UI_CHANGE_SELECTION },
  { "range-changed", UI_CHANGE_RANGE },
  { "marks-changed", UI_CHANGE_MARKS },
  { "state-changed", UI_CHANGE_STATE },
  { "stops-changed", UI_CHANGE_STOPS },
};

typedef struct _Watch Watch;

/* What a handler is given. */
typedef struct
{
  Watch *watch;
  UiChange change;
  gulong id; /* 0: it is not connected */
} Handler;

struct _Watch
{
  UiSession *session;
  GtkWidget *page;
  UiWatchFunc func;
  UiChange pending;
  Handler handlers[G_N_ELEMENTS (signals)];
  guint source;
  gint64 due_us; /* of @source */
  gint64 told_us, took_us;
};

/* ---- When it is told ---------------------------------------------------------------------------- */

static gboolean
on_due (gpointer data)
{
  Watch *self = data;
  UiChange changes = self->pending;
  gint64 begin_us = g_get_monotonic_time ();
  GtkWidget *page = g_object_ref (self->page);

  self->source = 0;
  self->pending = 0;
  self->func (page, changes);
  self->told_us = g_get_monotonic_time ();
  self->took_us = self->told_us - begin_us;
  g_object_unref (page);
  return G_SOURCE_REMOVE;
}

static void
schedule (Watch *self, gint64 due_us)
{
  gint64 wait_us = MAX (due_us - g_get_monotonic_time (), 0);

  if (self->source != 0 && self->due_us <= due_us)
    return;
  g_clear_handle_id (&self->source, g_source_remove);
  self->due_us = due_us;
  self->source = g_timeout_add_full (PRIORITY, (guint)((wait_us + 999) / 1000), on_due, self, NULL);
}

/* Who travels in time, or picks something, waits for nothing but what the answer costs. */
static gboolean
is_asked (Watch *self, UiChange change)
{
  return change == UI_CHANGE_CURSOR ? !ui_session_is_following (self->session)
                                    : change != UI_CHANGE_GROWN;
}

static void
note (Watch *self, UiChange change, gint64 gap_us)
{
  self->pending |= change;
  if (gtk_widget_get_mapped (self->page))
    schedule (self, self->told_us + gap_us);
}

static void
on_signal (UiSession *session, gpointer data)
{
  const Handler *handler = data;
  Watch *self = handler->watch;

  note (self, handler->change,
        is_asked (self, handler->change) ? self->took_us
                                         : MAX (self->took_us * COST_FACTOR, LEAST_GAP_US));
}

static void
on_map (GtkWidget *page, Watch *self)
{
  if (self->pending != 0)
    schedule (self, 0);
}

static void
on_unmap (GtkWidget *page, Watch *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
}

/* ---- Beginning and end -------------------------------------------------------------------------- */

static void
watch_free (gpointer data)
{
  Watch *self = data;

  g_clear_handle_id (&self->source, g_source_remove);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (self->handlers[i].id != 0)
      g_signal_handler_disconnect (self->session, self->handlers[i].id);
  g_object_unref (self->session);
  g_free (self);
}

void
ui_session_watch (UiSession *session, GtkWidget *page, UiChange changes, UiWatchFunc func)
{
  Watch *self = g_new0 (Watch, 1);

  *self =
      (Watch){ .session = g_object_ref (session), .page = page, .func = func, .pending = changes };
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      Handler *handler = &self->handlers[i];

      if ((changes & signals[i].change) == 0)
        continue;
      handler->watch = self;
      handler->change = signals[i].change;
      handler->id = g_signal_connect (session, signals[i].signal, G_CALLBACK (on_signal), handler);
    }
  g_signal_connect (page, "map", G_CALLBACK (on_map), self);
  g_signal_connect (page, "unmap", G_CALLBACK (on_unmap), self);
  g_object_set_data_full (G_OBJECT (page), KEY, self, watch_free);
}

void
ui_watch_again (GtkWidget *page, UiChange changes)
{
  Watch *self = g_object_get_data (G_OBJECT (page), KEY);

  if (self != NULL)
    note (self, changes, self->took_us);
}

void
ui_watch_now (GtkWidget *page, UiChange changes)
{
  Watch *self = g_object_get_data (G_OBJECT (page), KEY);

  if (self == NULL)
    return;
  self->pending |= changes;
  g_clear_handle_id (&self->source, g_source_remove);
  on_due (self);
}
