/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_WINDOW_H
#define UI_WINDOW_H

#include <adwaita.h>

#include "session-page.h"
#include "views.h"

G_BEGIN_DECLS

/* A window: start pages and sessions in tabs. */
#define UI_TYPE_WINDOW (ui_window_get_type ())
G_DECLARE_FINAL_TYPE (UiWindow, ui_window, UI, WINDOW, AdwApplicationWindow)

UiWindow *ui_window_new (GtkApplication *application);
/* A session opens in the tab that shows a start page, else in a new one. */
void ui_window_open_path (UiWindow *window, const char *path);
/* Starts what @words say; where that cannot be, says why. */
void ui_window_launch (UiWindow *window, const UiLaunchWords *words);
/* @command: for people; @breaks: (nullable): breakpoints that it gets */
void ui_window_attach (UiWindow *window, int pid, const char *command, char **breaks);
/* What goes wrong where nobody can answer. */
void ui_window_tell (UiWindow *window, const char *line);
UiSession *ui_window_get_session (UiWindow *window);          /* (nullable): of the tab shown */
UiSessionPage *ui_window_get_session_page (UiWindow *window); /* (nullable) */

/* Writes the recording that was asked for, if one was. */
void ui_window_finish_recording (UiWindow *window, UiSession *session);

/* Breakpoints in words, (nullable); one that is none is told of. */
void ui_window_add_breakpoints (UiWindow *window, UiSession *session, char **texts);
char **ui_window_dup_breakpoints (UiSession *session); /* (transfer full) */

/* Actions that are given the name of a file. */
void ui_window_install_file_actions (UiWindow *window);

/* The commands. */
void ui_window_new_tab (UiWindow *window);
void ui_window_new_window (UiWindow *window);
void ui_window_open (UiWindow *window);
void ui_window_show_palette (UiWindow *window);
void ui_window_show_help (UiWindow *window);
void ui_window_show_shortcuts (UiWindow *window);
void ui_window_close_tab (UiWindow *window);
void ui_window_show_about (UiWindow *window);
void ui_window_quit (UiWindow *window);
void ui_window_save (UiWindow *window);
void ui_window_record (UiWindow *window);
void ui_window_stop (UiWindow *window);
void ui_window_again (UiWindow *window);
void ui_window_go_to_trouble (UiWindow *window);
void ui_window_follow (UiWindow *window);
void ui_window_go_first (UiWindow *window);
void ui_window_go_last (UiWindow *window);
void ui_window_go_back (UiWindow *window);
void ui_window_go_on (UiWindow *window);
void ui_window_mark (UiWindow *window);
void ui_window_next_mark (UiWindow *window);
void ui_window_clear_range (UiWindow *window);
void ui_window_continue (UiWindow *window);
void ui_window_step_await (UiWindow *window);
void ui_window_step_poll (UiWindow *window);
void ui_window_step_any (UiWindow *window);
void ui_window_pause (UiWindow *window);
void ui_window_edit_breakpoints (UiWindow *window);
void ui_window_next_view (UiWindow *window);
void ui_window_previous_view (UiWindow *window);
void ui_window_toggle_panel (UiWindow *window);
void ui_window_save_picture (UiWindow *window);
void ui_window_save_table (UiWindow *window);

G_END_DECLS

#endif
