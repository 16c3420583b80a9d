/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_LABELS_H
#define TIMELINE_LABELS_H

#include "scene.h"

G_BEGIN_DECLS

/* What is written on spans that are wide enough: what was waited for and where. Each text is laid out
 * once. */
typedef struct _TimelineLabels TimelineLabels;

TimelineLabels *timeline_labels_new (TimelineScene *scene);
void timeline_labels_free (TimelineLabels *labels);
/** Forgets what was laid out: fonts have changed. */
void timeline_labels_forget (TimelineLabels *labels);
void timeline_labels_draw (TimelineLabels *labels, GtkWidget *widget, cairo_t *cr);

G_END_DECLS

#endif
