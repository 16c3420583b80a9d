/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SCROLL_START_H
#define UI_SCROLL_START_H

#include "session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ui_scroll_start_keep:
 * @scrolled: a #GtkScrolledWindow
 *
 * What is wider than there is room for is seen from where one begins to read, until somebody scrolls to the side: GTK 4.8
 * begins at the left, where, from right to left, a table ends.
 */
UI_API void ui_scroll_start_keep (GtkWidget *scrolled);

G_END_DECLS

#endif
