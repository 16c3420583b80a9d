/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_STOPS_H
#define UI_STOPS_H

#include <inspector-stops.h>

#include "session.h"

/**
 * SECTION: stops.h
 *
 * Breakpoints of a session whose program runs, and what stands still at them (inspector-stops.h). One
 * of the threads that stand still is the one that is looked at; it is stepped. UiSession::stops-changed
 * tells of all of it.
 */

G_BEGIN_DECLS

/** Whether there is a program that could stop; else the functions below do nothing. */
UI_API gboolean ui_session_can_break (UiSession *session);
/** Returns: its id; 0: @error, one translated line */
UI_API guint ui_session_add_breakpoint (UiSession *session, const char *text, GError **error);
UI_API void ui_session_remove_breakpoint (UiSession *session, guint id);
UI_API void ui_session_enable_breakpoint (UiSession *session, guint id, gboolean enable);
/** Returns: (transfer full) (element-type InspectorBreakpoint): in the order in which they came */
UI_API GPtrArray *ui_session_list_breakpoints (UiSession *session);
/** Whether the other threads stop, too. */
UI_API void ui_session_set_stop_all (UiSession *session, gboolean stop_all);
UI_API gboolean ui_session_get_stop_all (UiSession *session);

/** Returns: (transfer none) (nullable): the one that is looked at; %NULL: nothing stands still */
UI_API const InspectorStop *ui_session_get_stop (UiSession *session);
/** Looks at another one, and selects its task. */
UI_API void ui_session_set_stop (UiSession *session, guint id);
/** Returns: (transfer container) (element-type InspectorStop): the earliest first */
UI_API GPtrArray *ui_session_list_stops (UiSession *session);
/** All that stands still goes on. */
UI_API void ui_session_continue (UiSession *session);
/** The one that is looked at goes on to there. */
UI_API void ui_session_step (UiSession *session, InspectorStepTo to);
/** Every thread stops at its next event. */
UI_API void ui_session_pause (UiSession *session);

G_END_DECLS

#endif
