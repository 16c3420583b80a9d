/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_PICTURE_H
#define UI_PICTURE_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Writes what @widget shows at this moment, of a window with the popovers that are open; @path ends in ".svg" or in ".png". */
gboolean ui_picture_save (GtkWidget *widget, const char *path, GError **error);

G_END_DECLS

#endif
