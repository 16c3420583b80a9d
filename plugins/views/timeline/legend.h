/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_LEGEND_H
#define TIMELINE_LEGEND_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Returns: (transfer floating): a button that tells what the colours and the pointer do */
GtkWidget *timeline_legend_new (void);

G_END_DECLS

#endif
