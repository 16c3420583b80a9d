/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_NAMES_H
#define UI_NAMES_H

#include "session.h"

G_BEGIN_DECLS

/** Shows @text in a GtkLabel with short names (inspector_format_names()), and in its tooltip the whole, where that is
 * another. */
UI_API void ui_names_set_label (GtkWidget *label, const char *text);

G_END_DECLS

#endif
