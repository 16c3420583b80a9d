/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_CELLS_H
#define TASKS_CELLS_H

#include "columns.h"

G_BEGIN_DECLS

/* (transfer full): what fills the column number @column; tooltips, menus and the like are the page's */
GtkListItemFactory *tasks_cells_new_factory (guint column);
/* (nullable): the item in whose row @widget is */
TasksItem *tasks_cells_get_item (GtkWidget *widget);

G_END_DECLS

#endif
