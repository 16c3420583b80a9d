/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_NAMED_BUTTON_H
#define UI_NAMED_BUTTON_H

#include "session.h"

G_BEGIN_DECLS

/* Buttons that say what they are for: to who hears them, and where the pointer rests. */

/** Of an icon alone. (transfer floating) */
UI_API GtkWidget *ui_named_button_new (const char *icon, const char *name);
/** @text may have a mnemonic ("_Launch"); @name is the whole of it. (transfer floating) */
UI_API GtkWidget *ui_named_button_new_text (const char *text, const char *name);
/** Names any widget of an icon alone. */
UI_API void ui_named_button_set (GtkWidget *widget, const char *name);

G_END_DECLS

#endif
