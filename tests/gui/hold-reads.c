/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Loaded before all else into the app (LD_PRELOAD), it makes each recording one of very many tasks: no instant is there at
 * once, and what a thread has read of one is told when the file TEST_HOLD is gone, and not before. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <inspector-graph.h>

#define LOOK_MS 10

static char *path;

__attribute__ ((constructor)) static void
begin (void)
{
  path = g_strdup (getenv ("TEST_HOLD"));
  /* Programs that the app starts have nothing to do with it. */
  unsetenv ("LD_PRELOAD");
}

/* What is to be told. */
typedef struct
{
  GObject *history;
  GAsyncResult *result;
  GAsyncReadyCallback callback;
  gpointer data;
} Held;

static gboolean
tell_unless_held (gpointer data)
{
  Held *self = data;

  if (path != NULL && access (path, F_OK) == 0)
    return G_SOURCE_CONTINUE;
  self->callback (self->history, self->result, self->data);
  g_object_unref (self->history);
  g_object_unref (self->result);
  g_free (self);
  return G_SOURCE_REMOVE;
}

static void
on_read (GObject *history, GAsyncResult *result, gpointer data)
{
  Held *self = data;

  self->history = g_object_ref (history);
  self->result = g_object_ref (result);
  if (tell_unless_held (self) == G_SOURCE_CONTINUE)
    g_timeout_add (LOOK_MS, tell_unless_held, self);
}

static Held *
hold (GAsyncReadyCallback callback, gpointer data)
{
  const Held self = { .callback = callback, .data = data };

  return g_memdup2 (&self, sizeof self);
}

#define EXPORT __attribute__ ((visibility ("default")))
#define NEXT(name) ((__typeof__ (&(name)))dlsym (RTLD_NEXT, #name))

EXPORT gboolean
inspector_history_has_graph (InspectorHistory *history, gint64 at_ns)
{
  return FALSE;
}

EXPORT void
inspector_history_build_graph_async (InspectorHistory *history, gint64 at_ns,
                                     const InspectorGraphChoice *choice, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data)
{
  NEXT (inspector_history_build_graph_async)
  (history, at_ns, choice, cancellable, on_read, hold (callback, data));
}

EXPORT gboolean
inspector_history_has_moments (InspectorHistory *history, const guint *tracks, guint n,
                               gint64 at_ns, gboolean is_ahead)
{
  return FALSE;
}

EXPORT void
inspector_history_read_moments_async (InspectorHistory *history, const guint *tracks, guint n,
                                      gint64 at_ns, gboolean is_ahead, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data)
{
  NEXT (inspector_history_read_moments_async)
  (history, tracks, n, at_ns, is_ahead, cancellable, on_read, hold (callback, data));
}
