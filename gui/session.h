/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SESSION_H
#define UI_SESSION_H

#include <gtk/gtk.h>

#include <inspector-history.h>
#include <inspector-profile.h>

/**
 * SECTION: session.h
 *
 * What views share of a session: the instant that is looked at, the task that is selected, the stretch
 * of time that is selected, marks. Live and recorded sessions are the same to a view. Everything belongs
 * to the main thread.
 */

G_BEGIN_DECLS

#define UI_API __attribute__ ((visibility ("default"))) extern

#define UI_TYPE_SESSION (ui_session_get_type ())
UI_API G_DECLARE_FINAL_TYPE (UiSession, ui_session, UI, SESSION, GObject)

    /**
 * UiSession::grown:            something has happened; at most ten times a second
 * UiSession::cursor-changed:   the instant that is looked at is another one; also while it follows
 * UiSession::selection-changed: another task is selected, or none
 * UiSession::range-changed:    the selected stretch of time
 * UiSession::marks-changed
 * UiSession::state-changed:    what ui_session_get_state() says, or ui_session_is_following()
 * UiSession::stops-changed:    breakpoints, or what stands still at them (stops.h)
 * UiSession::show-view (id):   somebody wants that view to be seen
 * UiSession::show-source (file, line): and that place of a source file
 * UiSession::show-tasks (query): and the tasks that a query asks for
 */

    /** UiSessionState: what a session is fed from. */
    typedef enum {
      UI_SESSION_LOADING,  /* a recording that is being read */
      UI_SESSION_LIVE,     /* a program that runs */
      UI_SESSION_ENDED,    /* a program that has ended; all it said is there */
      UI_SESSION_RECORDED, /* a recording */
      UI_SESSION_FAILED,   /* nothing: ui_session_get_trouble() says why */
    } UiSessionState;

UI_API UiSessionState ui_session_get_state (UiSession *session);
/** (nullable): of the recording or the core file that is looked at */
UI_API const char *ui_session_get_path (UiSession *session);
/** Returns: (nullable): one line that people should know: what is not whole, or cannot be inspected */
UI_API const char *ui_session_get_trouble (UiSession *session);
/** Returns: for people: the command, or the file */
UI_API const char *ui_session_get_title (UiSession *session);

/** Returns: (transfer none): what is behind it; while it is loading, nothing yet: %NULL */
UI_API InspectorSession *ui_session_get_inspector (UiSession *session);
/** Returns: (transfer none): never %NULL; empty while the session is loading */
UI_API InspectorHistory *ui_session_get_history (UiSession *session);
/** Returns: how many of its tracks are no tasks, but other processes that tasks wait for; 0 where there are so many tasks
 * that a few do not show */
UI_API guint ui_session_count_processes (UiSession *session);
/** Returns: (transfer none) (nullable): brought up to this moment by who asks */
UI_API InspectorProfile *ui_session_get_profile (UiSession *session);
/**
 * ui_session_profile_async:
 * @from_ns: the stretch of time to count, as ui_session_get_range() tells it
 * @to_ns: equal to @from_ns: all of it
 *
 * Asks where the time went. A stretch is read from the recording in a thread of its own; of all of it
 * the session knows.
 */
UI_API void ui_session_profile_async (UiSession *session, gint64 from_ns, gint64 to_ns,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer data);
/** Returns: (transfer full) (nullable): as inspector_profile_freeze() makes it */
UI_API InspectorProfile *ui_session_profile_finish (UiSession *session, GAsyncResult *result,
                                                    GError **error);
/** Returns: (transfer none) (nullable): what is the matter; at most a second old */
UI_API InspectorReport *ui_session_get_report (UiSession *session);

/* ---- The instant that is looked at ------------------------------------------------------------- */

/**
 * ui_session_get_cursor:
 *
 * Returns: nanoseconds; while it follows, of the last thing that happened; 0: nothing has happened
 */
UI_API gint64 ui_session_get_cursor (UiSession *session);
/** Looks at another instant, and follows no longer. It is kept within what has happened. */
UI_API void ui_session_set_cursor (UiSession *session, gint64 at_ns);
UI_API gboolean ui_session_is_following (UiSession *session);
/** Looks at what happens, as it happens; of a recording, at its end. */
UI_API void ui_session_set_following (UiSession *session, gboolean follow);

/* ---- What is selected -------------------------------------------------------------------------- */

/** Returns: the number of a task; 0: none is selected */
UI_API guint64 ui_session_get_selection (UiSession *session);
UI_API void ui_session_set_selection (UiSession *session, guint64 number);
/** Returns: %FALSE: no stretch of time is selected; what is asked for is then of all that has happened */
UI_API gboolean ui_session_get_range (UiSession *session, gint64 *from_ns, gint64 *to_ns);
/** @from_ns and @to_ns equal: none */
UI_API void ui_session_set_range (UiSession *session, gint64 from_ns, gint64 to_ns);

/* ---- Marks ------------------------------------------------------------------------------------- */

/** UiMark: an instant that somebody wants to find again. */
typedef struct
{
  gint64 at_ns;
  char *text;
} UiMark;
/** Returns: (transfer none) (element-type UiMark): in the order of time */
UI_API GPtrArray *ui_session_get_marks (UiSession *session);
UI_API void ui_session_add_mark (UiSession *session, gint64 at_ns, const char *text);
UI_API void ui_session_remove_mark (UiSession *session, gint64 at_ns);

/* ---- Elsewhere --------------------------------------------------------------------------------- */

/** Brings the view @id to the front. */
UI_API void ui_session_show_view (UiSession *session, const char *id);
/** Shows a place, "request.c:88" or "fetch_posts at request.c:88", in its source. */
UI_API void ui_session_show_place (UiSession *session, const char *place);
/** Shows the tasks that @query asks for: "name:fetch_posts", as ui_query_dup_term() makes it. */
UI_API void ui_session_show_tasks (UiSession *session, const char *query);
/**
 * ui_session_dup_instant:
 *
 * Returns: (transfer full): an instant as people read it: since the beginning, "+2.345 s"
 */
UI_API char *ui_session_dup_instant (UiSession *session, gint64 at_ns);

G_END_DECLS

#endif
