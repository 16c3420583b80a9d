/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_WATCH_H
#define UI_WATCH_H

#include "session.h"

/**
 * SECTION: watch.h
 *
 * How a page keeps up with its session without taking the app's time: while nobody sees it, it rests;
 * when it is seen again, it is told once of all that it missed.
 *
 *     ui_session_watch (session, page, UI_CHANGE_GROWN | UI_CHANGE_CURSOR, on_changed);
 */

G_BEGIN_DECLS

/** UiChange: what of a session is another since the page was told last; the signals of UiSession. */
typedef enum
{
  UI_CHANGE_GROWN = 1 << 0,
  UI_CHANGE_CURSOR = 1 << 1,
  UI_CHANGE_SELECTION = 1 << 2,
  UI_CHANGE_RANGE = 1 << 3,
  UI_CHANGE_MARKS = 1 << 4,
  UI_CHANGE_STATE = 1 << 5,
  UI_CHANGE_STOPS = 1 << 6,
} UiChange;

typedef void (*UiWatchFunc) (GtkWidget *page, UiChange changes);

/**
 * ui_session_watch:
 * @page: a widget; the watch ends with it, and there is one a widget
 * @changes: what it wants to be told of
 *
 * Has @func called, while @page is seen, with what has changed, many changes at once; for the first
 * time with all of @changes.
 *
 * What somebody does (another task, another instant) is told before the next picture is drawn. What
 * comes because the program goes on is told less often the longer @func takes, so that it never has
 * more than a tenth of the main thread.
 */
UI_API void ui_session_watch (UiSession *session, GtkWidget *page, UiChange changes,
                              UiWatchFunc func);
/** Has the function of @page called once more: something that it does in pieces is not done yet. */
UI_API void ui_watch_again (GtkWidget *page, UiChange changes);
/** The same, before this returns: what it has waited for is there. */
UI_API void ui_watch_now (GtkWidget *page, UiChange changes);

G_END_DECLS

#endif
