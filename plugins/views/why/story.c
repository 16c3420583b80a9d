/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "story.h"

#include <glib/gi18n-lib.h>

#include <colours.h>
#include <stops.h>
#include <inspector-graph.h>

#include "chain.h"
#include "path.h"
#include "report.h"
#include "woken.h"

/* Deadlocks come first in a graph, and only they are looked for in it. */
#define MAX_NODES 256

WhyStory *
why_story_new (UiSession *session, GtkWidget *page, UiMomentsFunc on_read)
{
  WhyStory *self = g_new0 (WhyStory, 1);

  self->session = session;
  self->page = page;
  self->on_read = on_read;
  return self;
}

void
why_story_free (WhyStory *self)
{
  g_clear_object (&self->report);
  g_clear_pointer (&self->json, json_node_unref);
  why_holders_free (self->holders);
  g_free (self);
}

/* ---- What is there ------------------------------------------------------------------------------ */

static gboolean
want_holder (gpointer data, guint track, gint64 at_ns)
{
  WhyStory *self = data;

  return ui_moments_want (self->session, self->page, &track, 1, at_ns, 0, self->on_read);
}

static WhyHolders *
get_holders (WhyStory *self)
{
  InspectorHistory *history = ui_session_get_history (self->session);

  if (self->history != history)
    g_clear_pointer (&self->holders, why_holders_free);
  self->history = history;
  if (self->holders == NULL)
    self->holders = why_holders_new (history, want_holder, self);
  return self->holders;
}

/* What the answer for a task is made of at this instant: whom it waits for. */
static gboolean
is_there (WhyStory *self, guint64 number)
{
  gint64 at_ns = ui_session_get_cursor (self->session);
  guint track;

  return !inspector_history_find_track (ui_session_get_history (self->session), number, &track) ||
         ui_moments_want (self->session, self->page, &track, 1, at_ns,
                          UI_MOMENTS_AHEAD | UI_MOMENTS_DIM, self->on_read);
}

/* What was read of a report is kept as long as it is the same one. */
static JsonNode *
get_report (WhyStory *self)
{
  InspectorReport *report = ui_session_get_report (self->session);
  g_autofree char *text = NULL;

  if (report == self->report)
    return self->json;
  g_set_object (&self->report, report);
  g_clear_pointer (&self->json, json_node_unref);
  text = report != NULL ? inspector_report_to_json (report) : NULL;
  self->json = text != NULL ? json_from_string (text, NULL) : NULL;
  return self->json;
}

static void
add_error (GPtrArray *lines, const GError *error)
{
  why_lines_add (
      lines, WHY_NOTE, 0,
      g_strdup_printf (_ ("What was at this instant cannot be read: %s"), error->message));
}

/* The report is of now, or of the end, whatever instant is looked at. */
static void
add_when (WhyStory *self, GPtrArray *lines)
{
  if (!ui_session_is_following (self->session))
    why_lines_add (
        lines, WHY_NOTE, 0,
        g_strdup (ui_session_get_state (self->session) == UI_SESSION_LIVE
                      ? _ ("What follows is of now, not of the instant that is looked at.")
                      : _ ("What follows is of the end, not of the instant that is "
                           "looked at.")));
}

/* ---- A task ------------------------------------------------------------------------------------- */

static void
add_state (InspectorHistory *history, guint track, gint64 at_ns, GPtrArray *lines)
{
  InspectorSpan span;
  WhyLine *line;

  if (!inspector_history_get_state_at (history, track, at_ns, &span) ||
      span.state == INSPECTOR_STATE_NONE)
    return;
  line = why_lines_add (lines, WHY_TITLE, 0, g_strdup (ui_state_get_name (span.state)));
  why_line_set_age (line, at_ns - span.begin_ns);
}

/* One at a time is looked at, but others may stand still, too. */
static void
add_stop (UiSession *session, guint64 number, GPtrArray *lines)
{
  g_autoptr (GPtrArray) stops = ui_session_list_stops (session);

  for (guint i = 0; ui_session_is_following (session) && i < stops->len; i++)
    {
      const InspectorStop *stop = stops->pdata[i];

      if (stop->task == number)
        why_lines_add (lines, WHY_FACT, 0, g_strdup_printf (_ ("Stands still: %s"), stop->what));
    }
}

static void
add_parent (InspectorHistory *history, guint track, GPtrArray *lines)
{
  g_autofree char *name = NULL, *number = NULL;
  InspectorTrack info;
  guint parent;

  if (!inspector_history_get_track (history, track, &info) || info.parent == 0 ||
      !inspector_history_find_track (history, info.parent, &parent))
    return;
  name = inspector_history_dup_name (history, parent);
  number = g_strdup_printf ("%" G_GUINT64_FORMAT, info.parent);
  why_lines_add (lines, WHY_SECTION, 0, g_strdup (_ ("Who began it")));
  why_lines_add (lines, WHY_FACT, 0, g_strdup_printf ("#%s %s", number, name))->task = info.parent;
}

static void
tell_task (WhyStory *self, guint64 number, GPtrArray *lines)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  gint64 at_ns = ui_session_get_cursor (self->session);
  g_autoptr (GPtrArray) said = why_lines_new ();
  const InspectorGraphChoice choice = { .max_nodes = MAX_NODES,
                                        .focus = number,
                                        .only_ahead = TRUE };
  g_autoptr (InspectorGraph) graph = NULL;
  g_autoptr (GError) error = NULL;
  guint track;

  if (!inspector_history_find_track (history, number, &track))
    {
      why_lines_add (lines, WHY_NOTE, 0, g_strdup (_ ("The selected task is no longer known.")));
      return;
    }
  add_state (history, track, at_ns, lines);
  add_stop (self->session, number, lines);
  graph = inspector_history_build_graph_of (history, at_ns, &choice, NULL);
  if (!why_chain_add (history, track, at_ns, graph, lines, &error))
    add_error (lines, error);
  why_woken_add (history, track, at_ns, lines);
  add_parent (history, track, lines);
  why_path_add (history, get_holders (self), track, at_ns, lines);
  why_spent_add (history, track, at_ns, lines);
  if (why_report_add_task (get_report (self), number, said))
    {
      add_when (self, lines);
      g_ptr_array_extend_and_steal (lines, g_steal_pointer (&said));
    }
}

/* ---- The session -------------------------------------------------------------------------------- */

static void
add_cycles (InspectorGraph *graph, GPtrArray *lines)
{
  guint n_nodes = inspector_graph_get_n_nodes (graph);

  for (guint cycle = 1; cycle <= inspector_graph_get_n_cycles (graph); cycle++)
    {
      WhyLine *line = why_lines_add (lines, WHY_WRONG, 0,
                                     g_strdup (_ ("Deadlock: these wait for one another")));

      line->is_cycle = TRUE;
      for (guint i = 0; i < n_nodes; i++)
        {
          InspectorNode node;

          inspector_graph_get_node (graph, i, &node);
          if (node.cycle != cycle || node.kind == INSPECTOR_NODE_RESOURCE)
            continue;
          line =
              why_lines_add (lines, WHY_TASK, 1, g_strdelimit (g_strdup (node.label), "\n", ' '));
          line->task = node.number;
          line->is_cycle = TRUE;
        }
    }
}

/* @graph: (nullable): of the instant that is looked at; else @error */
static void
tell_past (WhyStory *self, InspectorGraph *graph, const GError *error, GPtrArray *lines)
{
  why_lines_add (lines, WHY_SECTION, 0, g_strdup (_ ("At this instant")));
  if (graph == NULL)
    add_error (lines, error);
  else if (inspector_graph_get_n_cycles (graph) == 0)
    why_lines_add (lines, WHY_FACT, 0, g_strdup (_ ("There was no deadlock.")));
  else
    add_cycles (graph, lines);
  add_when (self, lines);
}

static void
tell_now (WhyStory *self, GPtrArray *lines)
{
  /* A recording is seen before its records were read. */
  if (get_report (self) == NULL && ui_session_get_inspector (self->session) == NULL)
    why_lines_add (lines, WHY_TITLE, 0,
                   g_strdup (_ ("Being read: what was stuck is told when all records are known.")));
  else if (!why_report_add_session (get_report (self), lines))
    why_lines_add (lines, WHY_TITLE, 0,
                   g_strdup (ui_session_get_state (self->session) == UI_SESSION_LIVE
                                 ? _ ("Nothing is stuck.")
                                 : _ ("Nothing was stuck when it ended.")));
  why_lines_add (lines, WHY_NOTE, 0, g_strdup (_ ("Select a task to see what it waits for.")));
}

/* NULL: it is being read. */
static GPtrArray *
tell_session (WhyStory *self)
{
  const InspectorGraphChoice choice = { .max_nodes = MAX_NODES };
  g_autoptr (InspectorGraph) graph = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_now = ui_session_is_following (self->session);
  GPtrArray *lines;
  gint64 at_ns;

  if (!is_now)
    graph = ui_moments_want_graph (self->session, self->page, &choice, UI_MOMENTS_DIM,
                                   self->on_read, &at_ns, &error);
  if (!is_now && graph == NULL && error == NULL)
    return NULL;
  lines = why_lines_new ();
  if (!is_now)
    tell_past (self, graph, error, lines);
  tell_now (self, lines);
  return lines;
}

GPtrArray *
why_story_tell (WhyStory *self)
{
  guint64 number = ui_session_get_selection (self->session);
  gint64 first_ns, last_ns;
  GPtrArray *lines;

  if (!inspector_history_get_range (ui_session_get_history (self->session), &first_ns, &last_ns))
    return why_lines_new ();
  if (number == 0)
    return tell_session (self);
  if (!is_there (self, number))
    return NULL;
  lines = why_lines_new ();
  tell_task (self, number, lines);
  return lines;
}
