/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "graph/layered-part.h"

/* Boxes that lead to one another (Tarjan, "Depth-first search and linear graph algorithms", 1972), with a
 * stack of its own: a graph is deeper than a thread's. */

typedef struct
{
  Layered *self;
  guint *low;
  gboolean *is_open; /* on @members, from @n_closed on, and in no component yet */
  guint *way;        /* boxes that the search is in */
  guint *next;       /* of each: the line that it takes next */
  guint n_way, n_ranks, n_open;
} Search;

static void
enter (Search *search, guint box)
{
  Layered *self = search->self;

  self->rank[box] = search->low[box] = ++search->n_ranks;
  search->next[box] = self->out_first[box];
  search->way[search->n_way++] = box;
  search->is_open[box] = TRUE;
}

/* The latest ones that were left belong together. */
static void
close_component (Search *search, guint box, guint *open)
{
  Layered *self = search->self;
  guint first = self->component_first[self->n_components];
  guint member;

  do
    {
      member = open[--search->n_open];
      search->is_open[member] = FALSE;
      self->component[member] = self->n_components;
      self->members[first++] = member;
    }
  while (member != box);
  self->component_first[++self->n_components] = first;
}

static void
search_from (Search *search, guint start, guint *open)
{
  Layered *self = search->self;

  enter (search, start);
  open[search->n_open++] = start;
  while (search->n_way > 0)
    {
      guint box = search->way[search->n_way - 1];

      if (search->next[box] < self->out_first[box + 1])
        {
          guint to = self->layout->lines[self->out_lines[search->next[box]++]].to;

          if (self->rank[to] == 0)
            {
              enter (search, to);
              open[search->n_open++] = to;
            }
          else if (search->is_open[to])
            search->low[box] = MIN (search->low[box], self->rank[to]);
          continue;
        }
      search->n_way--;
      if (search->n_way > 0)
        {
          guint before = search->way[search->n_way - 1];

          search->low[before] = MIN (search->low[before], search->low[box]);
        }
      if (search->low[box] == self->rank[box])
        close_component (search, box, open);
    }
}

static void
count_entering (Layered *self)
{
  for (guint i = 0; i < self->layout->n_boxes; i++)
    for (guint k = self->out_first[i]; k < self->out_first[i + 1]; k++)
      {
        guint to = self->layout->lines[self->out_lines[k]].to;

        self->n_entering[to] += self->component[i] != self->component[to];
      }
}

gboolean
layered_find_components (Layered *self)
{
  gsize n = (gsize)self->layout->n_boxes + 1;
  g_autofree guint *numbers = g_new0 (guint, 4 * n);
  g_autofree gboolean *is_open = g_new0 (gboolean, n);
  Search search = {
    .self = self, .low = numbers, .way = numbers + n, .next = numbers + 2 * n, .is_open = is_open
  };

  for (guint i = 0; i < self->layout->n_boxes; i++)
    {
      if (i % 4096 == 0 && g_cancellable_is_cancelled (self->cancellable))
        return FALSE;
      if (self->rank[i] == 0)
        search_from (&search, i, numbers + 3 * n);
    }
  count_entering (self);
  return TRUE;
}
