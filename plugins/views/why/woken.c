/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "woken.h"

#include <glib/gi18n-lib.h>

#define BLOCK 512
#define MAX_CAUSES 65536
#define MAX_BACK 64
#define MAX_OPERATIONS 6

/* It was to run, or that may have been so. */
static gboolean
may_be_ready (const InspectorSpan *span)
{
  return span->state == INSPECTOR_STATE_READY || span->state == INSPECTOR_STATE_UNKNOWN;
}

/* When it last went from waiting to going on: the beginning of its last turn, and of the wait before it. */
static gboolean
find_last_turn (InspectorHistory *history, guint track, gint64 at_ns, gint64 *from_ns,
                gint64 *to_ns)
{
  gboolean has_run = FALSE;
  InspectorSpan span;

  for (guint i = 0; i < MAX_BACK; i++)
    {
      if (!inspector_history_get_state_at (history, track, at_ns, &span))
        return FALSE;
      if (span.state == INSPECTOR_STATE_RUNNING || may_be_ready (&span))
        {
          if (!has_run)
            *to_ns = (may_be_ready (&span) ? at_ns : span.begin_ns) + 1;
          has_run = TRUE;
        }
      else if (has_run)
        {
          *from_ns = span.begin_ns;
          return TRUE;
        }
      at_ns = span.begin_ns - 1;
    }
  return FALSE;
}

static gboolean
find_cause (InspectorHistory *history, guint64 number, gint64 from_ns, gint64 to_ns,
            InspectorCause *ret_cause)
{
  InspectorCause causes[BLOCK];
  gboolean found = FALSE;

  for (guint n_seen = 0; n_seen < MAX_CAUSES; n_seen += BLOCK)
    {
      guint n = inspector_history_get_causes (history, from_ns, to_ns, causes, BLOCK);

      for (guint i = 0; i < n; i++)
        if (causes[i].to == number)
          {
            *ret_cause = causes[i];
            found = TRUE;
          }
      if (n < BLOCK)
        return found;
      from_ns = MAX (causes[n - 1].at_ns, from_ns + 1);
    }
  /* Too many to look at: a later one may be the one. */
  return FALSE;
}

void
why_woken_add (InspectorHistory *history, guint track, gint64 at_ns, GPtrArray *lines)
{
  gint64 from_ns = 0, to_ns = 0;
  InspectorTrack info;
  InspectorCause cause;
  guint waker;
  WhyLine *line;

  if (!inspector_history_get_track (history, track, &info) ||
      !find_last_turn (history, track, at_ns, &from_ns, &to_ns) ||
      !find_cause (history, info.number, from_ns, to_ns, &cause))
    return;
  why_lines_add (lines, WHY_SECTION, 0, g_strdup (_ ("Who woke it last")));
  if (cause.from != 0 && inspector_history_find_track (history, cause.from, &waker))
    {
      g_autofree char *name = inspector_history_dup_name (history, waker);
      g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, cause.from);

      line = why_lines_add (lines, WHY_FACT, 0, g_strdup_printf ("#%s %s", number, name));
      line->task = cause.from;
    }
  else
    line = why_lines_add (lines, WHY_FACT, 0,
                          g_strdup (_ ("code outside of any task, or the kernel")));
  why_line_set_age (line, at_ns - cause.at_ns);
}

void
why_spent_add (InspectorHistory *history, guint track, gint64 at_ns, GPtrArray *lines)
{
  g_autoptr (GPtrArray) operations = NULL;
  InspectorTrack info;

  if (!inspector_history_get_track (history, track, &info) || info.end_ns > at_ns)
    return;
  operations = inspector_history_summarize (history, track, info.begin_ns, info.end_ns + 1);
  for (guint i = 0; i < MIN (operations->len, MAX_OPERATIONS); i++)
    {
      const InspectorOperation *operation = operations->pdata[i];
      g_autofree char *count = inspector_format_count (operation->count);
      WhyLine *line;

      if (i == 0)
        why_lines_add (lines, WHY_SECTION, 0, g_strdup (_ ("Where its time went")));
      line = why_lines_add (
          lines, WHY_FACT, 0,
          *operation->words != '\0'
              ? g_strdup_printf (ngettext ("%s, %s time", "%s, %s times", (gulong)operation->count),
                                 operation->words, count)
          : operation->state == INSPECTOR_STATE_RUNNING
              ? g_strdup_printf (ngettext ("its own code, %s time", "its own code, %s times",
                                           (gulong)operation->count),
                                 count)
          : operation->state == INSPECTOR_STATE_UNKNOWN
              ? g_strdup_printf (ngettext ("not known, %s time", "not known, %s times",
                                           (gulong)operation->count),
                                 count)
              : g_strdup_printf (
                    ngettext ("ready, %s time", "ready, %s times", (gulong)operation->count),
                    count));
      why_line_set_age (line, operation->total_ns);
      why_line_set_place (line, operation->place);
    }
}
