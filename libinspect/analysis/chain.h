/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_CHAIN_H
#define ANALYSIS_CHAIN_H

/* What lies behind a wait: who has what it is for, and what that one waits for himself. */

#include "model/model.h"

G_BEGIN_DECLS

/* The call in which the holder sleeps; NULL: it runs, or waits in no call. */
const ModelAwait *analysis_hold_get_sleep (ModelTarget *model, const ModelHold *hold);
/* It hands out permits, a pool its connections, and who has some is known as far as it was seen from outside. */
gboolean analysis_hands_out_seen (const ModelResource *resource);
/* Who has what @await is for and keeps it from ending; NULL: nobody is known, or there are several of
 * whom any may end it. */
const ModelHold *analysis_await_get_holder (const ModelAwait *await);

G_END_DECLS

#endif
