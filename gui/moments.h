/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_MOMENTS_H
#define UI_MOMENTS_H

#include <inspector-graph.h>

#include "session.h"

/**
 * SECTION: moments.h
 *
 * What tasks were at an instant comes from the recording, and of very many tasks that takes longer than somebody who
 * presses a key should wait. A page asks whether it is there before it asks for it:
 *
 *     if (!ui_moments_want (session, page, &track, 1, at_ns, 0, show))
 *       return; // what is shown stays until it is called again
 *     moment = inspector_history_get_moment (history, track, at_ns, NULL);
 */

G_BEGIN_DECLS

typedef enum
{
  UI_MOMENTS_AHEAD =
      1 << 0,              /* and whom they wait for, in any number of steps: inspector-history.h */
  UI_MOMENTS_DIM = 1 << 1, /* what @widget shows is of another instant: it pales if that lasts */
} UiMomentsFlags;

typedef void (*UiMomentsFunc) (GtkWidget *widget);

/**
 * ui_moments_want:
 * @widget: who wants it; what it has wanted before, and is not there yet, is not wanted any more
 * @tracks: (array length=n) (nullable): indexes of tracks; %NULL: all of them
 * @func: called once it is there, or cannot be had, if @widget is seen then
 *
 * Returns: %TRUE: it is there, and to be asked for at once; %FALSE: it is being read
 */
UI_API gboolean ui_moments_want (UiSession *session, GtkWidget *widget, const guint *tracks,
                                 guint n, gint64 at_ns, UiMomentsFlags flags, UiMomentsFunc func);

/**
 * ui_moments_want_graph:
 * @widget: as of ui_moments_want(), of which this is one more
 * @choice: what is shown of it; without #InspectorGraphChoice.only_ahead
 * @ret_at_ns: (out): its instant: that which is looked at, or, while the session follows, one a moment before
 *
 * The graph of all tasks at the instant that is looked at. While the session follows, a graph that takes long is made
 * for a part of the time only, and nothing pales.
 *
 * Returns: (transfer full) (nullable): %NULL: @error; or, where that is not set, it is being read
 */
UI_API InspectorGraph *ui_moments_want_graph (UiSession *session, GtkWidget *widget,
                                              const InspectorGraphChoice *choice,
                                              UiMomentsFlags flags, UiMomentsFunc func,
                                              gint64 *ret_at_ns, GError **error);

G_END_DECLS

#endif
