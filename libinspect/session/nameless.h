/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_NAMELESS_H
#define SESSION_NAMELESS_H

#include <glib.h>

G_BEGIN_DECLS

/* Looks, now and then, whether a process has a file with a runtime in it that was stripped of all names: an agent
 * does not find it, and that nothing of it is shown has to be said. In a thread of its own; told from the main context
 * that was the thread's default. */
typedef struct _Nameless Nameless;

typedef void (*NamelessFunc) (int pid, const char *file, gpointer data);

/* @runtimes: of TargetRuntime. @func: called once at most */
Nameless *nameless_new (GPtrArray *runtimes, int pid, NamelessFunc func, gpointer data);
void nameless_free (Nameless *self);
/* Called as often as one likes: looks at once, after a second, and again each time that twice as long has passed. */
void nameless_look (Nameless *self);

G_END_DECLS

#endif
