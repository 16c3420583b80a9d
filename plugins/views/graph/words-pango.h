/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_WORDS_PANGO_H
#define GRAPH_WORDS_PANGO_H

#include <gtk/gtk.h>

#include "words.h"

G_BEGIN_DECLS

/** Returns: (transfer full): text as @widget has it; for the main thread. Free with graph_words_free() */
GraphFont *graph_words_new (GtkWidget *widget);
void graph_words_free (GraphFont *font);

G_END_DECLS

#endif
