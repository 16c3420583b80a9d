/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_ARROWS_H
#define TIMELINE_ARROWS_H

#include "causes.h"
#include "scene.h"

G_BEGIN_DECLS

/** Draws who woke the selected task (whole lines) and whom it woke (broken ones). */
void timeline_arrows_draw (TimelineScene *scene, const TimelineCauses *causes, cairo_t *cr,
                           const GdkRGBA *ink);

G_END_DECLS

#endif
