/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_STATE_LOG_H
#define VARIABLES_STATE_LOG_H

#include <inspector-history.h>

G_BEGIN_DECLS

/** StateChange: a task has come into a state. */
typedef struct
{
  gint64 at_ns;
  guint state; /* of StateLog.names */
} StateChange;

/** StateLog: the states that a task has been in, in order; grows as the task goes on. */
typedef struct
{
  guint track;
  gboolean is_named; /* its program names them; else they are what was seen of it */
  GPtrArray *names;  /* (element-type utf8) */
  GPtrArray *places; /* (element-type utf8): where each was entered first; "" */
  GArray *changes;   /* StateChange */
  gint64 read_ns;    /* all before it was read */
  gint64 window_ns;  /* that is read at once */
  gboolean is_cut;   /* it has more than are kept: the first are there */
} StateLog;

StateLog *state_log_new (guint track, gboolean is_named);
void state_log_free (StateLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (StateLog, state_log_free)
/** Adds a change by hand. */
void state_log_add (StateLog *log, gint64 at_ns, const char *name, const char *place);
/**
 * state_log_read:
 * @budget_us: takes hardly longer than that: a long recording is read a piece at a time
 *
 * Reads on until @until_ns.
 *
 * Returns: %FALSE: there is more to read, or @error
 */
gboolean state_log_read (StateLog *log, InspectorHistory *history, gint64 until_ns,
                         gint64 budget_us, GError **error);

G_END_DECLS

#endif
