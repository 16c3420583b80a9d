/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "search.h"

#include <string.h>

/* Tracks between two looks at the clock. */
#define PATIENCE 32u
#define CHUNK 256u

/* As a query names them, in every language. */
static const char *const states[INSPECTOR_N_STATES] = {
  [INSPECTOR_STATE_NONE] = "",
  [INSPECTOR_STATE_RUNNING] = "running",
  [INSPECTOR_STATE_READY] = "ready",
  [INSPECTOR_STATE_WAITING] = "waiting",
  [INSPECTOR_STATE_SLEEPING] = "sleeping",
  [INSPECTOR_STATE_RESTING] = "resting",
  [INSPECTOR_STATE_BLOCKED] = "blocked",
  [INSPECTOR_STATE_UNKNOWN] = "unknown",
};

static gboolean
take_state (TimelineSearch *self, const char *word)
{
  if (!g_str_has_prefix (word, "state:"))
    return FALSE;
  for (guint state = 1; state < INSPECTOR_N_STATES; state++)
    if (g_str_equal (word + strlen ("state:"), states[state]))
      {
        self->state = (InspectorState)state;
        return TRUE;
      }
  return FALSE;
}

TimelineSearch *
timeline_search_new (InspectorHistory *history, const char *text)
{
  TimelineSearch *self = g_new0 (TimelineSearch, 1);
  g_autofree char *folded = g_utf8_casefold (text, -1);
  g_auto (GStrv) words = g_strsplit_set (folded, " \t", -1);
  GPtrArray *kept = g_ptr_array_new ();

  self->history = g_object_ref (history);
  self->found = g_hash_table_new (NULL, NULL);
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && !take_state (self, words[i]))
      g_ptr_array_add (kept, g_strdup (words[i]));
  g_ptr_array_add (kept, NULL);
  self->words = (char **)g_ptr_array_free (kept, FALSE);
  return self;
}

void
timeline_search_free (TimelineSearch *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->history);
  g_strfreev (self->words);
  g_hash_table_unref (self->found);
  g_free (self);
}

static gboolean
matches (TimelineSearch *self, guint track)
{
  InspectorTrack info;
  g_autofree char *name = NULL, *text = NULL, *folded = NULL;

  if (!inspector_history_get_track (self->history, track, &info))
    return FALSE;
  if (self->state != INSPECTOR_STATE_NONE)
    {
      gint64 sums[INSPECTOR_N_STATES], first_ns, last_ns;

      if (!inspector_history_get_range (self->history, &first_ns, &last_ns))
        return FALSE;
      inspector_history_get_coverage (self->history, track, first_ns, last_ns + 1, 1, sums);
      if (sums[self->state] == 0)
        return FALSE;
    }
  if (self->words[0] == NULL)
    return TRUE;
  name = inspector_history_dup_name (self->history, track);
  text = g_strdup_printf ("#%" G_GUINT64_FORMAT " %s", info.number, name);
  folded = g_utf8_casefold (text, -1);
  for (guint i = 0; self->words[i] != NULL; i++)
    if (strstr (folded, self->words[i]) == NULL)
      return FALSE;
  return TRUE;
}

gboolean
timeline_search_go_on (TimelineSearch *self, gint64 budget_us)
{
  gint64 until_us = g_get_monotonic_time () + budget_us;
  guint n = inspector_history_get_n_tracks (self->history);

  if (self->words[0] == NULL && self->state == INSPECTOR_STATE_NONE)
    return FALSE;
  for (; self->next < n; self->next++)
    {
      if (matches (self, self->next))
        g_hash_table_add (self->found, GUINT_TO_POINTER (self->next));
      if (self->next % PATIENCE == 0 && g_get_monotonic_time () > until_us)
        {
          self->next++;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
find_from (TimelineSearch *self, guint track, gint64 from_ns, InspectorSpan *ret_span)
{
  g_autofree InspectorSpan *spans = g_new (InspectorSpan, CHUNK);
  guint n = CHUNK;

  while (n == CHUNK)
    {
      n = inspector_history_get_spans (self->history, track, from_ns, G_MAXINT64, spans, CHUNK);
      for (guint i = 0; i < n; i++)
        if (spans[i].state == self->state && spans[i].begin_ns >= from_ns)
          {
            *ret_span = spans[i];
            return TRUE;
          }
      if (n == CHUNK)
        from_ns = spans[CHUNK - 1].begin_ns + 1;
    }
  return FALSE;
}

gboolean
timeline_search_find_span (TimelineSearch *self, guint track, gint64 at_ns, InspectorSpan *ret_span)
{
  if (self->state == INSPECTOR_STATE_NONE)
    return FALSE;
  if (find_from (self, track, at_ns + 1, ret_span))
    return TRUE;
  find_from (self, track, G_MININT64 / 2, ret_span);
  return FALSE;
}
