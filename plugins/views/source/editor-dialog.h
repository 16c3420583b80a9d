/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_EDITOR_DIALOG_H
#define SOURCE_EDITOR_DIALOG_H

#include <gtk/gtk.h>

#include "folders.h"

G_BEGIN_DECLS

/* Asks for the editor's command, and shows which folders stand for which, to be forgotten. */
void source_editor_dialog_show (GtkWidget *page, SourceFolders *folders);
/* One line that says what went wrong. */
void source_complain (GtkWidget *page, const char *title, const char *text);

G_END_DECLS

#endif
