/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_COMMANDS_H
#define UI_COMMANDS_H

#include "window.h"

G_BEGIN_DECLS

/* Where a command can be done. */
typedef enum
{
  UI_NEEDS_NOTHING,
  UI_NEEDS_SESSION, /* it can be done in a session alone */
  UI_NEEDS_PROGRAM, /* in one whose program runs */
  UI_NEEDS_STOP,    /* in one where something stands still */
} UiCommandNeeds;

/* Everything that the shell can do: one row each, from which the actions, the shortcuts, the command
 * palette, the window of shortcuts and the manual page are made. */
typedef struct
{
  const char *id;    /* of the action "win.ID" */
  const char *group; /* marked for translation */
  const char *label; /* the same */
  const char *keys;  /* separated by "|"; NULL */
  void (*run) (UiWindow *window);
  UiCommandNeeds needs;
} UiCommand;

const UiCommand *ui_commands_get (guint *ret_n);
gboolean ui_commands_can_run (const UiCommand *command, UiWindow *window);
/* The actions of a window. */
void ui_commands_install (UiWindow *window);
/* The shortcuts of all windows. */
void ui_commands_set_keys (GtkApplication *application);
/* What can be done in a session, or not. */
void ui_commands_update (UiWindow *window);
/* Rows of troff, for the manual page. */
char *ui_commands_to_manual (void);
/* The window that shows them. */
GtkWidget *ui_commands_new_shortcuts (UiWindow *window);
/* "<Control>w" as people read it; (transfer full) */
char *ui_commands_dup_keys_label (const char *keys);

G_END_DECLS

#endif
