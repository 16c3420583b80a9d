/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_PROCESS_LIST_H
#define UI_PROCESS_LIST_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The user's processes that use a runtime which is known, to attach to one; those that cannot be attached
 * to are there, too, and say why. */
#define UI_TYPE_PROCESS_LIST (ui_process_list_get_type ())
G_DECLARE_FINAL_TYPE (UiProcessList, ui_process_list, UI, PROCESS_LIST, GtkWidget)

/* UiProcessList::chosen (pid, command) */
GtkWidget *ui_process_list_new (void);

G_END_DECLS

#endif
