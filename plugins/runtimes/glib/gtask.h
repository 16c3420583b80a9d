/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_GTASK_H
#define GLIB_GTASK_H

/* Every GTask is a task, and who called the function that made it waits for it.
 *
 * GTasks are seen as they are constructed and finalized, through their class, whoever makes them.
 * Their callback is exchanged in place, so that `user_data`, source tag and everything else that a
 * program can ask for stay what they are. */

#include "gio.h"

/* ---- What is done with a GTask --------------------------------------------------------------- */

void gtask_name (GTask *gtask, const char *name);
/* What it is given as task data leads to it, too. */
void gtask_set_data (GTask *gtask, const void *data);
/* It has returned; its callback may still have to wait for its context. */
void gtask_returned (GTask *gtask);
/* What a thread of the pool is going to run for it. */
void gtask_set_work (GTask *gtask, const void *work);
/* The task of the GTask at @object, with a reference; INSPECT_NONE where it is none. */
InspectId gtask_ref_task (const void *object, const void **ret_work);

/* Looks at the class; called once. */
void gtask_follow (void);

#endif
