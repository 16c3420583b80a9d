/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_DISPATCH_H
#define GLIB_DISPATCH_H

#include "plugin.h"

typedef gboolean (*DispatchFunc) (GSource *source, GSourceFunc callback, gpointer data);
typedef void (*FinalizeFunc) (GSource *source);

/* Runs @original as a poll of the source's task. */
gboolean dispatch_follow (DispatchFunc original, GSource *source, GSourceFunc callback,
                          gpointer data);
/* The source is over; @original may be NULL. */
void dispatch_finalize (FinalizeFunc original, GSource *source);

#endif
