/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EVENTS_LIST_H
#define EVENTS_LIST_H

#include "model.h"

G_BEGIN_DECLS

/* (transfer floating): a GtkColumnView of @model in a GtkScrolledWindow */
GtkWidget *events_list_new (GtkSelectionModel *model);
void events_list_scroll_to (GtkWidget *list, guint position);

G_END_DECLS

#endif
