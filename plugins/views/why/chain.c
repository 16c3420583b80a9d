/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "chain.h"

#include <glib/gi18n-lib.h>

/* A longer chain is cut, and says so. */
#define MAX_TASKS 24
#define MAX_WAITS 6
#define MAX_HOLDERS 4
#define MAX_HOLDS 8

typedef struct
{
  InspectorHistory *history;
  gint64 at_ns;
  InspectorGraph *graph;
  GPtrArray *lines;
  GHashTable *seen; /* tracks */
  GError **error;
} Chain;

static gboolean add_task (Chain *self, guint track, guint depth);

static guint64
get_number (Chain *self, guint track)
{
  InspectorTrack info;

  return inspector_history_get_track (self->history, track, &info) ? info.number : 0;
}

/* In which deadlock a task is; 0: in none. */
static guint
get_cycle (Chain *self, guint64 number)
{
  for (guint i = 0; self->graph != NULL && i < inspector_graph_get_n_nodes (self->graph); i++)
    {
      InspectorNode node;

      inspector_graph_get_node (self->graph, i, &node);
      if (node.kind == INSPECTOR_NODE_TASK && node.number == number && number != 0)
        return node.cycle;
    }
  return 0;
}

static char *
dup_task (Chain *self, guint track)
{
  g_autofree char *name = inspector_history_dup_name (self->history, track);
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, get_number (self, track));

  return g_strdup_printf ("#%s %s", number, name);
}

static char *
dup_owner (Chain *self, const InspectorHolder *holder)
{
  if (holder->track != G_MAXUINT)
    return dup_task (self, holder->track);
  if (holder->tid != 0)
    return g_strdup_printf (_ ("thread %d, outside of any task"), holder->tid);
  return g_strdup (_ ("somebody that is not known"));
}

static gboolean
add_holder (Chain *self, const InspectorHolder *holder, guint depth)
{
  g_autofree char *owner = dup_owner (self, holder);
  WhyLine *line = why_lines_add (self->lines, WHY_HOLDER, depth,
                                 g_strdup_printf (_ ("%s has %s"), owner, holder->what));

  why_line_set_age (line, self->at_ns - holder->since_ns);
  why_line_set_place (line, holder->place);
  if (holder->track == G_MAXUINT)
    return TRUE;
  line->task = get_number (self, holder->track);
  line->is_cycle = get_cycle (self, line->task) != 0;
  return add_task (self, holder->track, depth + 1);
}

/* Of what only other code of the program can end, it would be known who has it. */
static gboolean
lacks_holder (Chain *self, guint track, const InspectorPending *pending)
{
  InspectorSpan span;

  return pending->holders->len == 0 && pending->awaited == G_MAXUINT &&
         inspector_history_get_state_at (self->history, track, self->at_ns, &span) &&
         span.state == INSPECTOR_STATE_BLOCKED &&
         g_strcmp0 (inspector_history_get_kind (self->history, track, span.kind), pending->kind) ==
             0;
}

static gboolean
add_pending (Chain *self, guint track, const InspectorPending *pending, guint depth)
{
  WhyLine *line = why_lines_add (self->lines, WHY_WAIT, depth, g_strdup (pending->text));

  why_line_set_age (line, self->at_ns - pending->begin_ns);
  why_line_set_place (line, pending->place);
  if (lacks_holder (self, track, pending))
    why_lines_add (self->lines, WHY_UNKNOWN, depth + 1,
                   g_strdup (_ ("holder unknown: nobody was seen who has it or is to end it")));
  for (guint i = 0; i < MIN (pending->holders->len, MAX_HOLDERS); i++)
    if (!add_holder (self, pending->holders->pdata[i], depth + 1))
      return FALSE;
  if (pending->holders->len > MAX_HOLDERS)
    why_lines_add (self->lines, WHY_NOTE, depth + 1,
                   g_strdup_printf (ngettext ("and %u more that has it", "and %u more that have it",
                                              pending->holders->len - MAX_HOLDERS),
                                    pending->holders->len - MAX_HOLDERS));
  return pending->awaited == G_MAXUINT || add_task (self, pending->awaited, depth + 1);
}

static void
add_ended (Chain *self, guint track, guint depth)
{
  InspectorTrack info;
  WhyLine *line;

  if (!inspector_history_get_track (self->history, track, &info))
    return;
  if (self->at_ns < info.begin_ns)
    line = why_lines_add (self->lines, WHY_FACT, depth,
                          g_strdup (_ ("has not begun at this instant")));
  else
    {
      g_autofree char *lived = inspector_format_duration (info.end_ns - info.begin_ns);

      line = why_lines_add (self->lines, WHY_FACT, depth,
                            info.status == 0 ? g_strdup_printf (_ ("has ended, after %s"), lived)
                                             : g_strdup_printf (_ ("has ended with %s, after %s"),
                                                                g_strerror (-info.status), lived));
      why_line_set_age (line, self->at_ns - info.end_ns);
    }
}

static gboolean
add_waits (Chain *self, guint track, const InspectorMoment *moment, guint depth)
{
  if (moment->state == INSPECTOR_STATE_RUNNING)
    why_lines_add (self->lines, WHY_FACT, depth, g_strdup (_ ("runs: its code is being executed")));
  else if (moment->pending->len == 0)
    why_lines_add (self->lines, WHY_FACT, depth,
                   g_strdup (_ ("waits for nothing that was seen: it is ready, or its thread runs "
                                "something else")));
  for (guint i = 0; i < MIN (moment->pending->len, MAX_WAITS); i++)
    if (!add_pending (self, track, moment->pending->pdata[i], depth))
      return FALSE;
  if (moment->pending->len > MAX_WAITS)
    why_lines_add (self->lines, WHY_NOTE, depth,
                   g_strdup_printf (ngettext ("and for %u more thing", "and for %u more things",
                                              moment->pending->len - MAX_WAITS),
                                    moment->pending->len - MAX_WAITS));
  return TRUE;
}

static void
add_again (Chain *self, guint track, guint depth)
{
  g_autofree char *name = dup_task (self, track);
  WhyLine *line = why_lines_add (self->lines, WHY_TASK, depth, NULL);

  line->task = get_number (self, track);
  line->is_cycle = get_cycle (self, line->task) != 0;
  line->text = g_strdup_printf (
      line->is_cycle ? _ ("%s again: the circle is closed") : _ ("%s, which stands above"), name);
}

static gboolean
add_task (Chain *self, guint track, guint depth)
{
  g_autoptr (GError) error = NULL;
  InspectorMoment *moment;
  InspectorTrack info;
  WhyLine *line;
  gboolean is_whole;

  if (g_hash_table_contains (self->seen, GUINT_TO_POINTER (track)))
    {
      add_again (self, track, depth);
      return TRUE;
    }
  if (g_hash_table_size (self->seen) >= MAX_TASKS)
    {
      why_lines_add (self->lines, WHY_NOTE, depth, g_strdup (_ ("… the chain goes on")));
      return TRUE;
    }
  g_hash_table_add (self->seen, GUINT_TO_POINTER (track));
  line = why_lines_add (self->lines, WHY_TASK, depth, dup_task (self, track));
  line->task = get_number (self, track);
  line->is_cycle = get_cycle (self, line->task) != 0;
  if (inspector_history_get_track (self->history, track, &info))
    why_line_set_age (line, MIN (self->at_ns, info.end_ns) - info.begin_ns);
  moment = inspector_history_get_moment (self->history, track, self->at_ns, &error);
  if (error != NULL)
    {
      g_propagate_error (self->error, g_steal_pointer (&error));
      return FALSE;
    }
  if (moment == NULL)
    {
      add_ended (self, track, depth + 1);
      return TRUE;
    }
  is_whole = add_waits (self, track, moment, depth + 1);
  inspector_moment_free (moment);
  return is_whole;
}

static void
add_holds (Chain *self, const InspectorMoment *moment)
{
  if (moment->holds->len == 0)
    return;
  why_lines_add (self->lines, WHY_SECTION, 0, g_strdup (_ ("What it has")));
  for (guint i = 0; i < MIN (moment->holds->len, MAX_HOLDS); i++)
    {
      const InspectorHolder *hold = moment->holds->pdata[i];
      WhyLine *line = why_lines_add (self->lines, WHY_FACT, 0, g_strdup (hold->what));

      why_line_set_age (line, self->at_ns - hold->since_ns);
      why_line_set_place (line, hold->place);
    }
  if (moment->holds->len > MAX_HOLDS)
    why_lines_add (self->lines, WHY_NOTE, 0,
                   g_strdup_printf (ngettext ("and %u more thing", "and %u more things",
                                              moment->holds->len - MAX_HOLDS),
                                    moment->holds->len - MAX_HOLDS));
}

gboolean
why_chain_add (InspectorHistory *history, guint track, gint64 at_ns, InspectorGraph *graph,
               GPtrArray *lines, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  Chain self = { history, at_ns, graph, lines, seen, error };
  InspectorMoment *moment;

  if (get_cycle (&self, get_number (&self, track)) != 0)
    {
      WhyLine *line = why_lines_add (lines, WHY_WRONG, 0,
                                     g_strdup (_ ("Deadlock: it waits for what waits for it")));

      line->is_cycle = TRUE;
    }
  if (!add_task (&self, track, 0))
    return FALSE;
  moment = inspector_history_get_moment (history, track, at_ns, NULL);
  if (moment != NULL)
    add_holds (&self, moment);
  inspector_moment_free (moment);
  return TRUE;
}
