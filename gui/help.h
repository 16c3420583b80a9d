/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_HELP_H
#define UI_HELP_H

#include "view-slot.h"
#include "window.h"

G_BEGIN_DECLS

/* What a view shows, how it is used, and its keys. @slot: (nullable): how to begin. */
void ui_help_show (UiWindow *window, UiViewSlot *slot);

G_END_DECLS

#endif
