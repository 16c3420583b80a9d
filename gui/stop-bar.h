/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_STOP_BAR_H
#define UI_STOP_BAR_H

#include "session.h"

G_BEGIN_DECLS

/* A line above the views while something stands still at a breakpoint: what, where, and how it goes on. */
GtkWidget *ui_stop_bar_new (UiSession *session);

G_END_DECLS

#endif
