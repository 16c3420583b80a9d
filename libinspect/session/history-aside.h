/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HISTORY_ASIDE_H
#define SESSION_HISTORY_ASIDE_H

/* A recording, opened once more for threads that read it while the session goes on, and what they have made of it: the
 * instant of all tasks that was asked for last. */

#include "session/inspector-history-private.h"

G_BEGIN_DECLS

/* In the session's thread. (transfer full) */
HistoryAside *history_aside_get (HistoryProgram *program);
HistoryAside *history_aside_ref (HistoryAside *aside);
/* In a thread, which waits here until what another one has read is given back: all tasks at @at_ns. Who goes forward in
 * small steps pays for what is new alone. @grows: it is being recorded. (transfer full): to be given back; NULL: @error */
HistoryMoment *history_aside_read (HistoryAside *aside, gint64 at_ns, gboolean grows,
                                   GCancellable *cancellable, GError **error);
/* In any thread: it is kept for who reads next, and who waits for it goes on. (transfer full) (nullable) */
void history_aside_give_back (HistoryAside *aside, HistoryMoment *moment);

/* What takes long to free is freed by a thread, for nobody waits for that. */
void history_let_go (gpointer data, GDestroyNotify free_it);
/* (nullable): so is that of very many tasks; of few it is freed at once. */
void history_let_model_go (ModelTarget *model);

G_END_DECLS

#endif
