/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_INK_H
#define TIMELINE_INK_H

#include <colours.h>

#include "raster.h"

G_BEGIN_DECLS

#define TIMELINE_STRONG 0.7

/**
 * timeline_ink_mix:
 * @looks: (array length=TIMELINE_N_TILES): colour and pattern of each tile
 * @strength: of the patterns, from 0 (none) to 1; from %TIMELINE_STRONG on in black or white, whichever is seen better
 *
 * Makes the tiles for a light or a dark background.
 */
void timeline_ink_mix (TimelineInk *ink, const UiStateLook *looks, gboolean is_dark,
                       double strength);

G_END_DECLS

#endif
