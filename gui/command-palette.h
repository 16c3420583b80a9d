/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_COMMAND_PALETTE_H
#define UI_COMMAND_PALETTE_H

#include "window.h"

G_BEGIN_DECLS

/* A list of all that can be done here, that typing narrows down. */
void ui_command_palette_show (UiWindow *window);

G_END_DECLS

#endif
