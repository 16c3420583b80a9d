/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HIDDEN_H
#define SESSION_HIDDEN_H

#include "target/candidate.h"

G_BEGIN_DECLS

/* Looks, now and then, whether a process has a file with a runtime in it that no agent finds, as it was stripped of
 * all names or optimised as a whole: that nothing of it is shown has to be said. In a thread of its own; told from the
 * main context that was the thread's default. */
typedef struct _Hidden Hidden;

/* @candidate: has that file, and why it is not found */
typedef void (*HiddenFunc) (const TargetCandidate *candidate, gpointer data);

/* @runtimes: of TargetRuntime. @func: called once at most */
Hidden *hidden_new (GPtrArray *runtimes, int pid, HiddenFunc func, gpointer data);
void hidden_free (Hidden *self);
/* Called as often as one likes: looks at once, after a second, and again each time that twice as long has passed. */
void hidden_look (Hidden *self);

G_END_DECLS

#endif
