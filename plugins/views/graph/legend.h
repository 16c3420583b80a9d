/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_LEGEND_H
#define GRAPH_LEGEND_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Returns: (transfer floating): a button that shows what is drawn how, and what keys do */
GtkWidget *graph_legend_new (void);

G_END_DECLS

#endif
