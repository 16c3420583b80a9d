/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_TOOLBAR_H
#define TIMELINE_TOOLBAR_H

#include "scene.h"

G_BEGIN_DECLS

/**
 * timeline_toolbar_new:
 * @searchbar: stands in it
 *
 * Returns: (transfer floating): grouping, order, search, zoom, and what the colours mean; the buttons are
 *   the view's commands
 */
GtkWidget *timeline_toolbar_new (TimelineScene *scene, GtkWidget *searchbar);
/** Returns: (transfer full): what can be done with the selected task */
GMenuModel *timeline_toolbar_new_menu (void);

G_END_DECLS

#endif
