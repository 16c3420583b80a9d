/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_SWATCH_H
#define TASKS_SWATCH_H

#include <session.h>

G_BEGIN_DECLS

/* The colours of states, by how many tasks are in each: a bit of one colour, or a bar of several. */

#define TASKS_SWATCH_SIZE 12

int tasks_swatch_get_width (const guint32 counts[INSPECTOR_N_STATES]);
void tasks_swatch_paint (cairo_t *cr, const guint32 counts[INSPECTOR_N_STATES], double x, double y,
                         double width);

G_END_DECLS

#endif
