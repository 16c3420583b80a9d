/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_SILENT_H
#define MODEL_SILENT_H

#include "model/model.h"

G_BEGIN_DECLS

/* Where records are lost, so are ends of tasks, and a task whose id is never used again would live for ever: of a
 * program that begins 5,000 tasks a second there would be millions after some minutes. Nobody knows which of them
 * have ended; but those that have said nothing since records were lost may have. */

/* As many of these are kept, latest first: more than programs have that are at rest, and little enough to be looked at
 * ten times a second. */
#define MODEL_MAX_SILENT 131072u

/* Ends, as MODEL_END_NOT_SEEN, the oldest of the tasks that have said nothing since @lost_ns, beyond @max_silent, an
 * eighth of that at once. Not those that are known to be there: who stands for a thread, has a lock, sleeps in a call,
 * is waited for or is part of a deadlock. One that says something later is a task that began before we looked.
 * Returns: how many */
guint model_target_end_silent (ModelTarget *target, gint64 lost_ns, guint max_silent);

G_END_DECLS

#endif
