/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "state-log.h"

#include <colours.h>

/* A task that changes its state for hours: so many changes are enough to see how it does. */
#define MAX_CHANGES 200000u
#define BLOCK 4096
#define SPANS 1024u
/* A piece is as long as takes about so long to read. */
#define PIECE_US 4000
#define FIRST_PIECES 64
#define LEAST_PIECE_NS 1000000
#define MAX_STATES 200u

StateLog *
state_log_new (guint track, gboolean is_named)
{
  StateLog *self = g_new0 (StateLog, 1);

  self->track = track;
  self->is_named = is_named;
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->places = g_ptr_array_new_with_free_func (g_free);
  self->changes = g_array_new (FALSE, FALSE, sizeof (StateChange));
  self->read_ns = G_MININT64;
  return self;
}

void
state_log_free (StateLog *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->places);
  g_array_unref (self->changes);
  g_free (self);
}

static guint
find_state (StateLog *self, const char *name)
{
  for (guint i = 0; i < self->names->len; i++)
    if (g_str_equal (self->names->pdata[i], name))
      return i;
  return G_MAXUINT;
}

void
state_log_add (StateLog *self, gint64 at_ns, const char *name, const char *place)
{
  StateChange change = { at_ns, find_state (self, name) };

  if (self->changes->len >= MAX_CHANGES ||
      (change.state == G_MAXUINT && self->names->len >= MAX_STATES))
    {
      self->is_cut = TRUE;
      return;
    }
  if (change.state == G_MAXUINT)
    {
      change.state = self->names->len;
      g_ptr_array_add (self->names, g_strdup (name));
      g_ptr_array_add (self->places, g_strdup (place));
    }
  g_array_append_val (self->changes, change);
}

/* ---- States with names -------------------------------------------------------------------------- */

/* What is of the last instant may have been cut off, and is read again. Returns: up to where all is read. */
static gint64
take_block (StateLog *self, GPtrArray *events, gint64 to_ns)
{
  const InspectorEvent *last = events->len > 0 ? events->pdata[events->len - 1] : NULL;
  const InspectorEvent *first = events->len > 0 ? events->pdata[0] : NULL;

  if (events->len == BLOCK && first->at_ns < last->at_ns)
    to_ns = last->at_ns;
  for (guint i = 0; i < events->len; i++)
    {
      const InspectorEvent *event = events->pdata[i];

      if (event->at_ns < to_ns)
        state_log_add (self, event->at_ns, event->text, event->place);
    }
  return to_ns;
}

static gboolean
read_piece (StateLog *self, InspectorHistory *history, gint64 until_ns, GError **error)
{
  static const char *const types[] = { "state", NULL };
  gint64 begin_us = g_get_monotonic_time (), took_us;
  gint64 to_ns = MIN (self->read_ns + self->window_ns, until_ns + 1);
  g_autoptr (GPtrArray) events = inspector_history_list_events_between (
      history, self->track, self->read_ns, to_ns, BLOCK, types, error);

  if (events == NULL)
    return FALSE;
  self->read_ns = take_block (self, events, to_ns);
  took_us = g_get_monotonic_time () - begin_us;
  if (took_us < PIECE_US / 2)
    self->window_ns *= 2;
  else if (took_us > PIECE_US * 2)
    self->window_ns = MAX (self->window_ns / 2, LEAST_PIECE_NS);
  return TRUE;
}

static gboolean
read_named (StateLog *self, InspectorHistory *history, gint64 until_ns, gint64 budget_us,
            GError **error)
{
  gint64 end_us = g_get_monotonic_time () + budget_us;

  if (self->window_ns == 0)
    self->window_ns = MAX ((until_ns - self->read_ns) / FIRST_PIECES, LEAST_PIECE_NS);
  while (self->read_ns <= until_ns && !self->is_cut)
    if (!read_piece (self, history, until_ns, error))
      return FALSE;
    else if (g_get_monotonic_time () > end_us)
      break;
  return self->read_ns > until_ns || self->is_cut;
}

/* ---- States that were seen ---------------------------------------------------------------------- */

static gboolean
read_seen (StateLog *self, InspectorHistory *history, gint64 until_ns, gint64 budget_us)
{
  g_autofree InspectorSpan *spans = g_new (InspectorSpan, SPANS);
  gint64 end_us = g_get_monotonic_time () + budget_us;

  while (self->read_ns <= until_ns && !self->is_cut)
    {
      guint n = inspector_history_get_spans (history, self->track, self->read_ns, until_ns + 1,
                                             spans, SPANS);

      for (guint i = 0; i < n; i++)
        if (spans[i].begin_ns >= self->read_ns && spans[i].state != INSPECTOR_STATE_NONE)
          state_log_add (self, spans[i].begin_ns, ui_state_get_name (spans[i].state), "");
      self->read_ns = n == SPANS ? spans[n - 1].begin_ns + 1 : until_ns + 1;
      if (g_get_monotonic_time () > end_us)
        break;
    }
  return self->read_ns > until_ns || self->is_cut;
}

gboolean
state_log_read (StateLog *self, InspectorHistory *history, gint64 until_ns, gint64 budget_us,
                GError **error)
{
  InspectorTrack info;

  if (!inspector_history_get_track (history, self->track, &info))
    return TRUE;
  self->read_ns = MAX (self->read_ns, info.begin_ns);
  return self->is_named ? read_named (self, history, until_ns, budget_us, error)
                        : read_seen (self, history, until_ns, budget_us);
}
