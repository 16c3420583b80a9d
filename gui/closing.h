/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_CLOSING_H
#define UI_CLOSING_H

#include "window.h"

G_BEGIN_DECLS

typedef void (*UiClosingFunc) (UiWindow *window, gboolean goes_on, gpointer data);

/* Before @sessions (element-type UiSession) are closed: writes what is recorded, and asks what is to
 * become of programs that were started here and still run. @func is called once, perhaps at once. */
void ui_window_ask_to_close (UiWindow *window, GPtrArray *sessions, UiClosingFunc func,
                             gpointer data);

G_END_DECLS

#endif
