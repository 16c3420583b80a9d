/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/pulse.h"

#define INTERVAL_US (100 * G_TIME_SPAN_MILLISECOND)
#define PATIENCE_US (30 * G_TIME_SPAN_SECOND)

struct _Pulse
{
  ChannelReader *reader;
  GThread *thread;
  GMutex lock;
  GCond over;
  gboolean is_over;  /* under the lock */
  gint64 touched_us; /* under the lock */
};

static gpointer
run (gpointer data)
{
  Pulse *self = data;

  g_mutex_lock (&self->lock);
  while (!self->is_over)
    {
      gint64 now_us = g_get_monotonic_time ();

      if (now_us - self->touched_us < PATIENCE_US)
        channel_reader_pulse (self->reader);
      g_cond_wait_until (&self->over, &self->lock, now_us + INTERVAL_US);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

Pulse *
pulse_new (ChannelReader *reader)
{
  Pulse *self = g_new0 (Pulse, 1);

  self->reader = reader;
  self->touched_us = g_get_monotonic_time ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->over);
  self->thread = g_thread_new ("pulse", run, self);
  return self;
}

void
pulse_free (Pulse *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->is_over = TRUE;
  g_cond_signal (&self->over);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->over);
  g_free (self);
}

void
pulse_touch (Pulse *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->touched_us = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
}
