/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "tell.h"

#include <glib/gi18n-lib.h>

#include <colours.h>

/* Beyond that the tooltip would be a list. */
#define MAX_EDGES 8u

char *
graph_tell_picture (const GraphPicture *picture)
{
  GString *text = g_string_new (NULL);
  g_autofree char *n_nodes = inspector_format_count (picture->nodes->len);
  g_autofree char *n_hidden = inspector_format_count (picture->n_hidden);
  g_autofree char *n_folded = inspector_format_count (picture->n_folded);

  if (picture->n_cycles > 0)
    g_string_append_printf (text, ngettext ("%u deadlock · ", "%u deadlocks · ", picture->n_cycles),
                            picture->n_cycles);
  g_string_append_printf (text, ngettext ("%s node", "%s nodes", picture->nodes->len), n_nodes);
  if (picture->n_folded > 0)
    g_string_append_printf (text, _ (", %s folded"), n_folded);
  if (picture->n_hidden > 0)
    g_string_append_printf (text, _ (", %s not shown"), n_hidden);
  return g_string_free (text, FALSE);
}

static void
add_line (GString *text, char *line)
{
  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append (text, line);
  g_free (line);
}

static void
add_state (GString *text, const GraphPicture *picture, const GraphNode *node)
{
  g_autofree char *duration = NULL;

  if (node->state == INSPECTOR_STATE_NONE)
    return;
  duration = inspector_format_duration (MAX (picture->at_ns - node->since_ns, 0));
  add_line (text, g_strdup_printf (_ ("%s for %s"), ui_state_get_name (node->state), duration));
}

/* What an edge says of its other end. */
static char *
dup_edge (const GraphPicture *picture, const GraphEdge *edge, gboolean is_from)
{
  const char *other = graph_picture_node (picture, is_from ? edge->to : edge->from)->title;
  g_autofree char *line = NULL;

  if (edge->is_hold)
    line = g_strdup_printf (is_from ? _ ("%s has it: %s") : _ ("it has %s: %s"), other,
                            edge->duration);
  else
    line = g_strdup_printf (is_from ? _ ("it waits for %s: %s") : _ ("%s waits for it: %s"), other,
                            edge->duration);
  return *edge->place != '\0' ? g_strdup_printf ("%s (%s)", line, edge->place)
                              : g_steal_pointer (&line);
}

char *
graph_tell_node (const GraphPicture *picture, guint index)
{
  const GraphNode *node = graph_picture_node (picture, index);
  GString *text = g_string_new (node->title);
  guint n = 0;

  add_state (text, picture, node);
  for (guint i = 0; node->lines[i] != NULL; i++)
    add_line (text, g_strdup (node->lines[i]));
  for (guint i = 0; i < picture->edges->len; i++)
    {
      const GraphEdge *edge = graph_picture_edge (picture, i);

      if ((edge->from == index || edge->to == index) && n++ < MAX_EDGES)
        add_line (text, dup_edge (picture, edge, edge->from == index));
    }
  if (n > MAX_EDGES)
    add_line (text,
              g_strdup_printf (ngettext ("and %u edge more", "and %u edges more", n - MAX_EDGES),
                               n - MAX_EDGES));
  if (node->cycle != 0)
    add_line (text, g_strdup (_ ("part of a deadlock")));
  if (node->n_members > 1)
    add_line (text, g_strdup (_ ("Enter or a click shows them one by one")));
  return g_string_free (text, FALSE);
}

char *
graph_tell_edge (const GraphPicture *picture, guint index)
{
  const GraphEdge *edge = graph_picture_edge (picture, index);
  GString *text = g_string_new (NULL);
  const char *from = graph_picture_node (picture, edge->from)->title;
  const char *to = graph_picture_node (picture, edge->to)->title;

  g_string_append_printf (text, "%s → %s\n%s", from, to, edge->text);
  if (*edge->place != '\0')
    add_line (text, g_strdup (edge->place));
  if (edge->cycle != 0)
    add_line (text, g_strdup (_ ("part of a deadlock")));
  return g_string_free (text, FALSE);
}
