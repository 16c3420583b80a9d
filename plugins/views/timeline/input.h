/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_INPUT_H
#define TIMELINE_INPUT_H

#include "scene.h"

G_BEGIN_DECLS

/** Makes a widget that lies over the rows answer the pointer: drag, wheel, click, tooltips. */
void timeline_input_attach (GtkWidget *widget, TimelineScene *scene);
/** Shows, on such a widget, what can be done with the selected task. */
void timeline_input_show_menu (GtkWidget *widget);

G_END_DECLS

#endif
