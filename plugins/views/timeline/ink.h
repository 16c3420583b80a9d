/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_INK_H
#define TIMELINE_INK_H

#include <colours.h>

#include "raster.h"

G_BEGIN_DECLS

/**
 * timeline_ink_mix:
 * @strength: of the patterns, from 0 (none) to 1
 *
 * Makes the tiles of all states for a light or a dark background: the colours of the app, and over each
 * the pattern that goes with it.
 */
void timeline_ink_mix (TimelineInk *ink, gboolean is_dark, double strength);

G_END_DECLS

#endif
