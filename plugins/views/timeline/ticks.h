/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_TICKS_H
#define TIMELINE_TICKS_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * timeline_ticks_get_step:
 * @least_ns: that two ticks have to be apart
 *
 * Returns: the next round duration: 1, 2 or 5 of a power of ten, and of minutes and hours what clocks have
 */
gint64 timeline_ticks_get_step (gint64 least_ns);
/**
 * timeline_ticks_dup_label:
 * @at_ns: since the beginning
 * @step_ns: between ticks: so exact is the label
 * @most_ns: of the last tick, which has the same unit
 *
 * Returns: (transfer full): "1.25 s", "3:07:20"
 */
char *timeline_ticks_dup_label (gint64 at_ns, gint64 step_ns, gint64 most_ns);

G_END_DECLS

#endif
