/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_HOLDERS_H
#define WHY_HOLDERS_H

#include <inspector-history.h>

G_BEGIN_DECLS

/** WhyHolderWant: FALSE: what @track was at @at_ns is being read, and is not to be waited for. */
typedef gboolean (*WhyHolderWant) (gpointer data, guint track, gint64 at_ns);

/** WhyHolders: who had what tasks waited for, at instants that are looked for one after the other and then known. */
typedef struct _WhyHolders WhyHolders;

/** @want: (nullable): nobody minds waiting */
WhyHolders *why_holders_new (InspectorHistory *history, WhyHolderWant want, gpointer data);
void why_holders_free (WhyHolders *holders);
/**
 * why_holders_find:
 * @ret_is_inferred: it had what was waited for, and is not known to be whose end was
 *
 * Returns: a track; %G_MAXUINT: nobody that is known, or known yet
 */
guint why_holders_find (WhyHolders *holders, guint track, gint64 at_ns, gboolean *ret_is_inferred);
/** Whether some that have been looked for since this was asked last are being read. */
gboolean why_holders_lack (WhyHolders *holders);

G_END_DECLS

#endif
