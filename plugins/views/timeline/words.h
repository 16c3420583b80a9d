/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_WORDS_H
#define TIMELINE_WORDS_H

#include <moments.h>

G_BEGIN_DECLS

/* What is drawn, in words: for tooltips, for those who hear it, for tables. */

/**
 * timeline_words_dup_span:
 * @around_ns: of what is too short to be pointed at, so much time
 * @widget: who says it: what is not known yet it is told of by @func, and says it again
 *
 * Returns: (transfer full) (nullable): what a task did at @at_ns, some lines; %NULL: it did not live then
 */
char *timeline_words_dup_span (UiSession *session, guint track, gint64 at_ns, gint64 around_ns,
                               GtkWidget *widget, UiMomentsFunc func);
/** Returns: (transfer full): the same in one sentence */
char *timeline_words_dup_sentence (UiSession *session, guint track, gint64 at_ns, GtkWidget *widget,
                                   UiMomentsFunc func);

G_END_DECLS

#endif
