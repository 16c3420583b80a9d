/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_SEARCH_H
#define TIMELINE_SEARCH_H

#include <inspector-history.h>

G_BEGIN_DECLS

/* Finds tasks, a few at a time: their names are looked up in debug info. */
typedef struct
{
  InspectorHistory *history;
  char **words;         /* folded; all of them have to match */
  InspectorState state; /* that "state:blocked" asks for; INSPECTOR_STATE_NONE: any */
  guint next;           /* track to look at */
  GHashTable *found;    /* tracks */
} TimelineSearch;

/**
 * timeline_search_new:
 * @text: words, each of which has to be in the number and name of a task; "state:blocked": it was
 */
TimelineSearch *timeline_search_new (InspectorHistory *history, const char *text);
void timeline_search_free (TimelineSearch *search);
/** Looks at some more, for @budget_us. Returns: whether there are others to look at */
gboolean timeline_search_go_on (TimelineSearch *search, gint64 budget_us);
/**
 * timeline_search_find_span:
 * @at_ns: an instant
 *
 * Returns: whether the task is in the state that is asked for at a time after @at_ns; else from its
 *   beginning on
 */
gboolean timeline_search_find_span (TimelineSearch *search, guint track, gint64 at_ns,
                                    InspectorSpan *ret_span);

G_END_DECLS

#endif
