/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "words.h"

#include <glib/gi18n-lib.h>

#include <waits.h>

#define MAX_PENDING 4u

static char *
dup_task (InspectorHistory *history, guint track)
{
  g_autofree char *name = inspector_history_dup_name (history, track), *number = NULL;
  InspectorTrack info;

  inspector_history_get_track (history, track, &info);
  number = g_strdup_printf ("#%" G_GUINT64_FORMAT, info.number);
  return g_strdup_printf (_ ("Task %s %s"), number, name);
}

/* "connecting to 127.0.0.1:80": what the recording knows; else the kind of the wait. */
static void
append_waits (GString *text, InspectorHistory *history, guint track, gint64 at_ns,
              const InspectorSpan *span, gboolean is_there)
{
  InspectorMoment *moment = NULL;
  const char *kind = inspector_history_get_kind (history, track, span->kind);
  guint n = 0;

  if (span->state == INSPECTOR_STATE_RUNNING || span->kind == 0)
    return;
  if (is_there)
    moment = inspector_history_get_moment (history, track, at_ns, NULL);
  for (guint i = 0; moment != NULL && i < moment->pending->len && n < MAX_PENDING; i++)
    {
      const InspectorPending *pending = moment->pending->pdata[i];

      /* What is waited for besides is left to the table of tasks. */
      if (g_strcmp0 (pending->kind, kind) != 0)
        continue;
      g_string_append_printf (text, "\n%s", pending->text);
      n++;
    }
  if (n == 0 && *kind != '\0')
    g_string_append_printf (text, "\n%s", kind);
  g_clear_pointer (&moment, inspector_moment_free);
}

static void
append_length (GString *text, UiSession *session, const InspectorSpan *span, gint64 last_ns)
{
  g_autofree char *begin = ui_session_dup_instant (session, span->begin_ns);
  g_autofree char *length =
      inspector_format_duration (MAX (MIN (span->end_ns, last_ns) - span->begin_ns, 0));

  g_string_append_c (text, '\n');
  if (span->end_ns == G_MAXINT64)
    g_string_append_printf (text, _ ("for %s, since %s, and it goes on"), length, begin);
  else
    g_string_append_printf (text, _ ("for %s, from %s on"), length, begin);
}

/* Many stretches in what is one pixel to see: how much of each. */
static gboolean
append_mixture (GString *text, InspectorHistory *history, guint track, gint64 at_ns,
                gint64 around_ns)
{
  gint64 sums[INSPECTOR_MAX_PARTS];
  InspectorPart parts[INSPECTOR_MAX_PARTS];
  InspectorSpan spans[3];
  guint n_parts;

  if (inspector_history_get_spans (history, track, at_ns, at_ns + around_ns, spans,
                                   G_N_ELEMENTS (spans)) < G_N_ELEMENTS (spans))
    return FALSE;
  n_parts = inspector_history_get_coverage_by_part (history, track, at_ns, at_ns + around_ns, 1,
                                                    parts, sums);
  for (guint i = 1; i < n_parts; i++)
    if (sums[i] > 0)
      {
        g_autofree char *name = ui_part_dup_name (parts[i].state, parts[i].family);
        g_autofree char *length = inspector_format_duration (sums[i]);

        g_string_append_printf (text, "\n%s: %s", name, length);
      }
  return TRUE;
}

char *
timeline_words_dup_span (UiSession *session, guint track, gint64 at_ns, gint64 around_ns,
                         GtkWidget *widget, UiMomentsFunc func)
{
  InspectorHistory *history = ui_session_get_history (session);
  g_autofree char *task = NULL, *place = NULL, *name = NULL;
  gint64 first_ns, last_ns;
  InspectorSpan span;
  GString *text;

  if (!inspector_history_get_range (history, &first_ns, &last_ns) || at_ns > last_ns ||
      !inspector_history_get_state_at (history, track, at_ns, &span) ||
      span.state == INSPECTOR_STATE_NONE)
    return NULL;
  task = dup_task (history, track);
  text = g_string_new (task);
  if (append_mixture (text, history, track, at_ns, around_ns))
    return g_string_free (text, FALSE);
  name = ui_part_dup_name (span.state, span.family);
  g_string_append_printf (text, "\n%s", name);
  append_waits (text, history, track, at_ns, &span,
                ui_moments_want (session, widget, &track, 1, at_ns, 0, func));
  place = inspector_history_dup_place (history, track, span.location);
  if (*place != '\0')
    g_string_append_printf (text, "\n%s", place);
  append_length (text, session, &span, last_ns);
  return g_string_free (text, FALSE);
}

char *
timeline_words_dup_sentence (UiSession *session, guint track, gint64 at_ns, GtkWidget *widget,
                             UiMomentsFunc func)
{
  g_autofree char *instant = ui_session_dup_instant (session, at_ns);
  g_autofree char *lines = timeline_words_dup_span (session, track, at_ns, 1, widget, func);
  g_auto (GStrv) words = lines != NULL ? g_strsplit (lines, "\n", -1) : NULL;
  g_autofree char *said = words != NULL ? g_strjoinv (", ", words) : NULL;
  g_autofree char *task = dup_task (ui_session_get_history (session), track);

  return said != NULL ? g_strdup_printf (_ ("%s; at %s"), said, instant)
                      : g_strdup_printf (_ ("%s: not there at %s"), task, instant);
}
