/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_TURNS_H
#define TARGET_TURNS_H

/* When the calling thread gets a processor. While it waits for one, threads of a target may stand still. */

#include <glib.h>

G_BEGIN_DECLS

/* For a thread that is going to stop others: its turns are short, and come soon. */
void target_turns_shorten (void);
/* Until target_turns_end_rush(), it goes before all that is no matter of time, where the system allows that: root, and
 * who has RLIMIT_RTPRIO. For as long as others stand still, and no longer. */
void target_turns_begin_rush (void);
void target_turns_end_rush (void);
/* Whether it does. Then nobody else has this processor unless it sleeps, and it is woken at once. */
gboolean target_turns_is_rush (void);

G_END_DECLS

#endif
