/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "chain.h"

#include <string.h>

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
static gboolean follow (Chain *self, guint track, guint depth, WhyLine *line);

static guint64
get_number (Chain *self, guint track)
{
  InspectorTrack info;

  return inspector_history_get_track (self->history, track, &info) ? info.number : 0;
}

static gboolean
find_node (Chain *self, guint64 number, InspectorNode *ret_node)
{
  for (guint i = 0; self->graph != NULL && i < inspector_graph_get_n_nodes (self->graph); i++)
    {
      inspector_graph_get_node (self->graph, i, ret_node);
      if ((ret_node->kind == INSPECTOR_NODE_TASK || ret_node->kind == INSPECTOR_NODE_PROCESS) &&
          ret_node->number == number && number != 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_deadlocked (Chain *self, guint64 number)
{
  InspectorNode node;

  return find_node (self, number, &node) && node.cycle != 0;
}

/* As the graph calls it, by what it does; else by what began it. */
static char *
dup_task (Chain *self, guint track)
{
  guint64 task = get_number (self, track);
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, task);
  g_autofree char *name = NULL;
  InspectorNode node;

  if (find_node (self, task, &node))
    return g_strdup (node.title);
  name = inspector_history_dup_name (self->history, track);
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
  return follow (self, holder->track, depth, line);
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

/* Who will end it, if nothing else does. */
static void
add_deadline (Chain *self, const InspectorPending *pending, guint depth)
{
  gint64 left_ns = pending->deadline_ns - self->at_ns;
  g_autofree char *duration = inspector_format_duration (ABS (left_ns));

  if (pending->deadline_ns == 0)
    return;
  why_line_set_place (
      why_lines_add (self->lines, WHY_FACT, depth,
                     g_strdup_printf (left_ns >= 0 ? _ ("times out in %s")
                                                   : _ ("its timeout is overdue by %s"),
                                      duration)),
      pending->deadline_place);
}

static void
add_socket (Chain *self, const InspectorSocketFacts *socket, guint depth)
{
  if (socket != NULL)
    why_lines_add_socket (self->lines, depth, socket->kind, socket->local, socket->peer,
                          socket->state, socket->send_queue_bytes, socket->receive_queue_bytes,
                          socket->peer_command);
}

static gboolean
add_pending (Chain *self, guint track, const InspectorPending *pending, guint depth)
{
  WhyLine *line = why_lines_add (self->lines, WHY_WAIT, depth, g_strdup (pending->text));

  why_line_set_age (line, self->at_ns - pending->begin_ns);
  why_line_set_place (line, pending->place);
  add_socket (self, pending->socket, depth + 1);
  add_deadline (self, pending, depth + 1);
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

static char *
dup_end (gint32 status, const char *lived)
{
  switch (status)
    {
    case 0:
      return g_strdup_printf (_ ("has ended, after %s"), lived);
    case INSPECTOR_END_NOT_SEEN:
      return g_strdup_printf (
          _ ("has ended after %s at the latest: its end was lost, and another is in "
             "its place, or nothing was heard of it for long"),
          lived);
    case INSPECTOR_END_OF_PROGRAM:
      return g_strdup_printf (_ ("has ended with its program, after %s"), lived);
    default:
      return g_strdup_printf (_ ("has ended with %s, after %s"), g_strerror (-status), lived);
    }
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

      g_autofree char *ago = inspector_format_duration (self->at_ns - info.end_ns);
      g_autofree char *end = dup_end (info.status, lived);

      line = why_lines_add (self->lines, WHY_FACT, depth,
                            g_strdup_printf (_ ("%s; that was %s ago"), end, ago));
      line->is_inferred = info.status == INSPECTOR_END_NOT_SEEN;
    }
}

static gboolean
add_waits (Chain *self, guint track, const InspectorMoment *moment, guint depth)
{
  if (moment->state == INSPECTOR_STATE_RUNNING)
    why_lines_add (self->lines, WHY_FACT, depth,
                   g_strdup (_ ("runs: its code was entered, and has not returned")));
  else if (moment->state == INSPECTOR_STATE_READY)
    why_lines_add (self->lines, WHY_FACT, depth,
                   g_strdup (_ ("ready: its turn has not come; its thread runs something else")));
  else if (moment->pending->len == 0)
    why_lines_add (
        self->lines, WHY_FACT, depth,
        g_strdup (_ ("not known what it does: nothing was seen that it waits for, nor that it "
                     "became ready")));
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

/* What @line speaks of is the task @track: what that one waits for, below it. */
static gboolean
follow (Chain *self, guint track, guint depth, WhyLine *line)
{
  g_autoptr (GError) error = NULL;
  InspectorMoment *moment;
  gboolean is_whole;

  line->task = get_number (self, track);
  line->is_cycle = is_deadlocked (self, line->task);
  if (g_hash_table_contains (self->seen, GUINT_TO_POINTER (track)))
    {
      g_autofree char *text = line->text;

      line->text = g_strdup_printf (
          line->is_cycle ? _ ("%s: the circle is closed") : _ ("%s, see above"), text);
      return TRUE;
    }
  if (g_hash_table_size (self->seen) >= MAX_TASKS)
    {
      why_lines_add (self->lines, WHY_NOTE, depth + 1, g_strdup (_ ("… the chain goes on")));
      return TRUE;
    }
  g_hash_table_add (self->seen, GUINT_TO_POINTER (track));
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

static gboolean
add_task (Chain *self, guint track, guint depth)
{
  WhyLine *line = why_lines_add (self->lines, WHY_TASK, depth, dup_task (self, track));
  InspectorTrack info;

  if (inspector_history_get_track (self->history, track, &info))
    why_line_set_age (line, MIN (self->at_ns, info.end_ns) - info.begin_ns);
  return follow (self, track, depth, line);
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

  if (is_deadlocked (&self, get_number (&self, track)))
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
