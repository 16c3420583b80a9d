/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_CHOICE_H
#define UI_CHOICE_H

#include "session.h"

G_BEGIN_DECLS

/**
 * ui_choice_new:
 * @texts: (array length=n): translated
 * @name: what is chosen: its tooltip, and its name for who does not see it
 *
 * A GtkDropDown that makes room where a window is narrow: what is chosen is cut, and in the list it is whole.
 */
UI_API GtkWidget *ui_choice_new (const char *const *texts, guint n, const char *name);

G_END_DECLS

#endif
