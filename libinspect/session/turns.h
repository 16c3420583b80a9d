/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_TURNS_H
#define SESSION_TURNS_H

#include <glib.h>

G_BEGIN_DECLS

/* Threads that work on the same things, one at a time, each on a piece of work that consists of steps. Between two
 * steps those who draw come first: they wait for a step of somebody else, and not for all of their work.
 *
 * Nobody works on what another has begun: they wait until it is done. */
typedef struct
{
  GMutex mutex;
  GCond changed;
  gboolean is_taken;
  guint n_urgent;    /* of those who wait */
  GHashTable *begun; /* pieces of work */
} Turns;

void turns_init (Turns *turns);
void turns_clear (Turns *turns);
/* Waits for a turn at @work, which is an address that stands for it. */
void turns_take (Turns *turns, gpointer work, gboolean is_urgent);
/* Between two steps: lets those go first who are in a hurry, if @is_urgent is not so. */
void turns_pass (Turns *turns, gboolean is_urgent);
/* It is done, or given up. */
void turns_give (Turns *turns, gpointer work);
/* The thread that draws has the default main context. */
gboolean turns_are_urgent (void);

G_END_DECLS

#endif
