/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PULSE_H
#define SESSION_PULSE_H

#include <glib.h>

#include "channel/stops.h"

G_BEGIN_DECLS

/* Says to a target that we are there while its channel is not read: threads that stand at a breakpoint go on by
 * themselves when they hear nothing for a second, and to read the debug info that tells where they stand takes longer of a
 * large program. In a thread of its own, which stops with all others when this process is stopped. */
typedef struct _Pulse Pulse;

/* @reader: outlives it */
Pulse *pulse_new (ChannelReader *reader);
void pulse_free (Pulse *pulse);
/* The channel is read. Where that has not been for half a minute something is wrong, and it falls silent. */
void pulse_touch (Pulse *pulse);

G_END_DECLS

#endif
