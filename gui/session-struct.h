/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SESSION_STRUCT_H
#define UI_SESSION_STRUCT_H

#include <inspector-launch.h>

#include "session-private.h"

G_BEGIN_DECLS

/* What a session is, for the two files that make it: session.c, which views ask, and session-feed.c, from
 * where it is fed. */

struct _UiSession
{
  GObject parent_instance;
  UiSessionState state;
  char *title;
  char *trouble;
  char *path;       /* of a recording */
  gboolean is_core; /* @path is what a program has left, and no recording */
  char *own_path;   /* where a live session is kept meanwhile */
  gboolean is_own_whole;
  char *record_path; /* where it is to be written at its end */

  InspectorLaunch *launch;
  InspectorSession *inspector;
  InspectorHistory *history;
  InspectorProfile *profile;
  InspectorReport *report;
  gint64 reported_us, report_took_us, report_due_us; /* the last: of the next one */
  GCancellable *cancellable;

  guint tell_source;
  guint sample_source; /* of a program that runs */
  gboolean has_grown;
  gboolean is_full; /* it was said that the history has no room */
  guint n_quiet;    /* times that there was nothing to tell */
  gboolean is_stopping;
  gboolean is_attached; /* to a process that goes on without us */

  gboolean follows;
  gint64 cursor_ns;
  guint64 selection;
  guint stop; /* that is looked at; 0: none was */
  gint64 from_ns, to_ns;
  GPtrArray *marks;
};

enum
{
  GROWN,
  CURSOR_CHANGED,
  SELECTION_CHANGED,
  RANGE_CHANGED,
  MARKS_CHANGED,
  STATE_CHANGED,
  STOPS_CHANGED,
  SHOW_VIEW,
  SHOW_SOURCE,
  SHOW_TASKS,
  N_SIGNALS
};
extern guint ui_session_signals[N_SIGNALS];

/* From now on it is known what stands still. */
void ui_session_watch_stops (UiSession *session);
/* Whoever is inspected no longer stands still for nobody. */
void ui_session_let_go (UiSession *session);
/* Something hangs that did not before: what was reported is no longer true. */
void ui_session_note_wrong (UiSession *session);

G_END_DECLS

#endif
