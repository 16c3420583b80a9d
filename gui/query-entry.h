/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_QUERY_ENTRY_H
#define UI_QUERY_ENTRY_H

#include <gtk/gtk.h>

#include "query.h"

G_BEGIN_DECLS

#define UI_TYPE_QUERY_ENTRY (ui_query_entry_get_type ())
UI_API
G_DECLARE_FINAL_TYPE (UiQueryEntry, ui_query_entry, UI, QUERY_ENTRY, GtkWidget)

/**
 * UiQueryEntry: where a query is typed
 *
 * Offers what may stand at the cursor, says in a line below what is wrong, and explains the language by a
 * button.
 *
 * UiQueryEntry::query-changed: another query that makes sense is there; a moment after it was typed
 */

/** @fields: as of ui_query_new() */
UI_API GtkWidget *ui_query_entry_new (const UiQueryField *fields, const char *placeholder);
/** What completion offers for texts. */
UI_API void ui_query_entry_set_list (UiQueryEntry *entry, UiQueryListFunc list, gpointer data);
UI_API const char *ui_query_entry_get_text (UiQueryEntry *entry);
/** Emits ::query-changed at once. */
UI_API void ui_query_entry_set_text (UiQueryEntry *entry, const char *text);
/** Adds a term, or takes it away where it is. */
UI_API void ui_query_entry_toggle (UiQueryEntry *entry, const char *term);
/** Returns: (transfer full): of the last text that made sense */
UI_API UiQuery *ui_query_entry_dup_query (UiQueryEntry *entry);

G_END_DECLS

#endif
