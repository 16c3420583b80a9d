/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "state-log.h"

#include <colours.h>

/* A task that changes its state for hours: so many changes are enough to see how it does. */
#define MAX_CHANGES 200000u
#define BLOCK 4096
#define SPANS 1024u
#define MAX_STATES 200u

StateLog *
state_log_new (guint track)
{
  StateLog *self = g_new0 (StateLog, 1);

  self->track = track;
  self->is_named = TRUE;
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

/* A block of events. Those of the last instant may have been cut off: that instant is read again, and what
 * was read of it is passed over. FALSE: there are no more. */
static gboolean
take_block (StateLog *self, GPtrArray *events, gint64 until_ns)
{
  guint n_passed = 0;

  for (guint i = 0; i < events->len; i++)
    {
      const InspectorEvent *event = events->pdata[i];

      if (event->at_ns == self->read_ns && n_passed < self->n_at)
        {
          n_passed++;
          continue;
        }
      if (event->at_ns > until_ns || self->is_cut)
        return FALSE;
      self->n_at = event->at_ns == self->read_ns ? self->n_at + 1 : 1;
      n_passed = self->n_at;
      self->read_ns = event->at_ns;
      state_log_add (self, event->at_ns, event->text, event->place);
    }
  return events->len == BLOCK;
}

static gboolean
read_named (StateLog *self, InspectorHistory *history, gint64 until_ns, GError **error)
{
  static const char *const types[] = { "state", NULL };

  if (self->read_ns > until_ns || self->is_cut)
    return TRUE;
  for (gboolean goes_on = TRUE; goes_on;)
    {
      InspectorTrack info;
      g_autoptr (GPtrArray) events = NULL;

      if (!inspector_history_get_track (history, self->track, &info))
        return TRUE;
      events = inspector_history_list_events (history, self->track,
                                              MAX (self->read_ns, info.begin_ns), BLOCK, types,
                                              error);
      if (events == NULL)
        return FALSE;
      goes_on = take_block (self, events, until_ns);
    }
  return TRUE;
}

/* ---- States that were seen ---------------------------------------------------------------------- */

static void
read_seen (StateLog *self, InspectorHistory *history, gint64 until_ns)
{
  g_autofree InspectorSpan *spans = g_new (InspectorSpan, SPANS);
  gint64 from_ns = self->read_ns;
  guint n = SPANS;
  InspectorTrack info;

  if (!inspector_history_get_track (history, self->track, &info))
    return;
  from_ns = MAX (from_ns, info.begin_ns);
  while (n == SPANS && !self->is_cut && from_ns <= until_ns)
    {
      n = inspector_history_get_spans (history, self->track, from_ns, until_ns + 1, spans, SPANS);
      for (guint i = 0; i < n; i++)
        {
          if (spans[i].begin_ns <= self->read_ns || spans[i].state == INSPECTOR_STATE_NONE)
            continue;
          state_log_add (self, spans[i].begin_ns, ui_state_get_name (spans[i].state), "");
          self->read_ns = spans[i].begin_ns;
        }
      if (n > 0)
        from_ns = MAX (spans[n - 1].end_ns == G_MAXINT64 ? until_ns + 1 : spans[n - 1].end_ns,
                       from_ns + 1);
    }
}

gboolean
state_log_read (StateLog *self, InspectorHistory *history, gint64 until_ns, GError **error)
{
  g_autoptr (GError) named_error = NULL;

  if (self->is_named && read_named (self, history, until_ns, &named_error))
    {
      if (self->changes->len > 0)
        return TRUE;
    }
  self->is_named = FALSE;
  read_seen (self, history, until_ns);
  if (named_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&named_error));
  return FALSE;
}
