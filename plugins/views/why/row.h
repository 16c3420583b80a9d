/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_ROW_H
#define WHY_ROW_H

#include <session.h>

#include "line.h"

G_BEGIN_DECLS

#define WHY_TYPE_ROW (why_row_get_type ())
G_DECLARE_FINAL_TYPE (WhyRow, why_row, WHY, ROW, GtkWidget)

GtkWidget *why_row_new (UiSession *session);
/** Shows @line; its parts stay the same widgets, so that the focus stays where it is. */
void why_row_set_line (WhyRow *row, const WhyLine *line);

G_END_DECLS

#endif
