/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What the commands do that work on the session of the tab that is shown. */

#include <string.h>
#include <glib/gi18n-lib.h>

#include "command-palette.h"
#include "commands.h"
#include "help.h"
#include "picture.h"
#include "recent.h"
#include "window.h"

/* ---- Files ------------------------------------------------------------------------------------- */

typedef void (*FileFunc) (UiWindow *window, const char *path);

typedef struct
{
  UiWindow *window;
  FileFunc func;
} Choice;

static void
on_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  Choice *choice = data;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL)
        choice->func (choice->window, path);
    }
  g_object_unref (choice->window);
  g_free (choice);
  g_object_unref (dialog);
}

static void
choose (UiWindow *self, const char *title, GtkFileChooserAction action, const char *name,
        FileFunc func)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, NULL, NULL);
  Choice *choice = g_new0 (Choice, 1);

  *choice = (Choice){ g_object_ref (self), func };
  if (name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), choice);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
tell_written (UiWindow *self, const char *path, GError *error)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *line = error == NULL ? g_strdup_printf (_ ("Wrote %s"), name) : NULL;

  ui_window_tell (self, error != NULL ? error->message : line);
}

void
ui_window_open (UiWindow *self)
{
  choose (self, _ ("Open a recording"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, ui_window_open_path);
}

/* ---- Recordings -------------------------------------------------------------------------------- */

typedef struct
{
  UiWindow *window;
  char *path;
} Saving;

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  Saving *saving = data;
  g_autoptr (GError) error = NULL;

  if (ui_session_save_finish (UI_SESSION (source), result, &error))
    ui_recent_add_recording (saving->path);
  tell_written (saving->window, saving->path, error);
  g_object_unref (saving->window);
  g_free (saving->path);
  g_free (saving);
}

static void
save (UiWindow *self, UiSession *session, const char *path)
{
  Saving *saving = g_new0 (Saving, 1);

  *saving = (Saving){ g_object_ref (self), g_strdup (path) };
  ui_session_save_async (session, path, on_saved, saving);
}

static void
save_to (UiWindow *self, const char *path)
{
  if (ui_window_get_session (self) != NULL)
    save (self, ui_window_get_session (self), path);
}

static char *
dup_recording_name (UiSession *session)
{
  const char *title = ui_session_get_title (session);
  g_autofree char *first = g_strndup (title, strcspn (title, " "));
  g_autofree char *name = g_path_get_basename (first);

  return g_strconcat (name, g_str_has_suffix (name, ".airec") ? "" : ".airec", NULL);
}

void
ui_window_save (UiWindow *self)
{
  UiSession *session = ui_window_get_session (self);
  g_autofree char *name = dup_recording_name (session);

  if (!ui_session_can_save (session))
    ui_window_tell (self, _ ("There is nothing to save"));
  else
    choose (self, _ ("Save as a recording"), GTK_FILE_CHOOSER_ACTION_SAVE, name, save_to);
}

static void
record_to (UiWindow *self, const char *path)
{
  UiSession *session = ui_window_get_session (self);

  if (session == NULL)
    return;
  /* It may have ended while the file was chosen. */
  if (ui_session_get_state (session) == UI_SESSION_LIVE)
    ui_session_set_record_path (session, path);
  else
    save (self, session, path);
}

void
ui_window_finish_recording (UiWindow *self, UiSession *session)
{
  g_autofree char *path = g_strdup (ui_session_get_record_path (session));

  if (path == NULL)
    return;
  ui_session_set_record_path (session, NULL);
  save (self, session, path);
}

void
ui_window_record (UiWindow *self)
{
  UiSession *session = ui_window_get_session (self);
  g_autofree char *name = dup_recording_name (session);

  if (ui_session_get_record_path (session) != NULL)
    ui_window_finish_recording (self, session);
  else if (ui_session_get_state (session) != UI_SESSION_LIVE || !ui_session_can_save (session))
    ui_window_save (self);
  else
    choose (self, _ ("Record into"), GTK_FILE_CHOOSER_ACTION_SAVE, name, record_to);
}

/* ---- Views' files ------------------------------------------------------------------------------ */

static UiViewSlot *
get_slot (UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);

  return page != NULL ? ui_session_page_get_used_slot (page) : NULL;
}

static void
save_picture_to (UiWindow *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (get_slot (self) == NULL)
    return;
  ui_picture_save (GTK_WIDGET (get_slot (self)), path, &error);
  tell_written (self, path, error);
}

void
ui_window_save_picture (UiWindow *self)
{
  choose (self, _ ("Save the view's picture"), GTK_FILE_CHOOSER_ACTION_SAVE, "view.svg",
          save_picture_to);
}

static void
save_table_to (UiWindow *self, const char *path)
{
  g_autofree char *table = get_slot (self) != NULL ? ui_view_slot_dup_csv (get_slot (self)) : NULL;
  g_autoptr (GError) error = NULL;

  if (table == NULL)
    return;
  g_file_set_contents (path, table, -1, &error);
  tell_written (self, path, error);
}

void
ui_window_save_table (UiWindow *self)
{
  g_autofree char *table = get_slot (self) != NULL ? ui_view_slot_dup_csv (get_slot (self)) : NULL;

  if (table == NULL)
    ui_window_tell (self, _ ("This view has no table"));
  else
    choose (self, _ ("Save the view's table"), GTK_FILE_CHOOSER_ACTION_SAVE, "view.csv",
            save_table_to);
}

/* ---- The same with a name, for scripts and tests ----------------------------------------------- */

/* A command of the view that is used. */
static void
run_view_command (UiWindow *self, const char *id)
{
  UiViewSlot *slot = get_slot (self);
  const UiView *view = slot != NULL ? ui_view_slot_get_view (slot) : NULL;

  if (slot == NULL || ui_view_slot_get_page (slot) == NULL || !UI_VIEW_HAS (view->table, commands))
    return;
  for (const InspectViewCommand *command = view->table->commands; command->id != NULL; command++)
    if (g_str_equal (command->id, id))
      command->run (ui_view_slot_get_page (slot));
}

static const struct
{
  const char *id; /* of the action "win.ID", with the path of a file, or what else is named */
  FileFunc func;
} file_actions[] = {
  { "open-from", ui_window_open_path }, { "save-to", save_to },
  { "record-to", record_to },           { "picture-to", save_picture_to },
  { "table-to", save_table_to },        { "view-command", run_view_command },
};

static void
on_file_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  FileFunc func = (FileFunc)g_object_get_data (G_OBJECT (action), "func");

  func (data, g_variant_get_string (parameter, NULL));
}

void
ui_window_install_file_actions (UiWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (file_actions); i++)
    {
      g_autoptr (GSimpleAction) action =
          g_simple_action_new (file_actions[i].id, G_VARIANT_TYPE_STRING);

      g_object_set_data (G_OBJECT (action), "func", (gpointer)file_actions[i].func);
      g_signal_connect (action, "activate", G_CALLBACK (on_file_action), self);
      g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (action));
    }
}

/* ---- The session ------------------------------------------------------------------------------- */

void
ui_window_stop (UiWindow *self)
{
  ui_session_stop (ui_window_get_session (self));
}

void
ui_window_again (UiWindow *self)
{
  const UiLaunchWords *before = ui_session_page_get_words (ui_window_get_session_page (self));
  UiLaunchWords *words;

  if (before == NULL)
    {
      ui_window_tell (self, _ ("This session was not started here"));
      return;
    }
  words = ui_launch_words_copy (before);
  g_strfreev (words->breaks);
  words->breaks = ui_window_dup_breakpoints (ui_window_get_session (self));
  ui_window_launch (self, words);
  ui_launch_words_free (words);
}

void
ui_window_go_to_trouble (UiWindow *self)
{
  ui_session_page_go_to_trouble (ui_window_get_session_page (self));
}

/* ---- Time -------------------------------------------------------------------------------------- */

void
ui_window_follow (UiWindow *self)
{
  UiSession *session = ui_window_get_session (self);

  ui_session_set_following (session, ui_session_get_state (session) != UI_SESSION_LIVE ||
                                         !ui_session_is_following (session));
}

void
ui_window_go_first (UiWindow *self)
{
  ui_session_set_cursor (ui_window_get_session (self), 0);
}

void
ui_window_go_last (UiWindow *self)
{
  ui_session_set_cursor (ui_window_get_session (self), G_MAXINT64);
}

static void
go_by (UiWindow *self, int direction)
{
  UiSession *session = ui_window_get_session (self);
  gint64 first_ns, last_ns;

  if (inspector_history_get_range (ui_session_get_history (session), &first_ns, &last_ns))
    ui_session_set_cursor (session, ui_session_get_cursor (session) +
                                        direction * MAX ((last_ns - first_ns) / 100, 1));
}

void
ui_window_go_back (UiWindow *self)
{
  go_by (self, -1);
}

void
ui_window_go_on (UiWindow *self)
{
  go_by (self, 1);
}

void
ui_window_mark (UiWindow *self)
{
  UiSession *session = ui_window_get_session (self);
  guint n = ui_session_get_marks (session)->len;
  gint64 at_ns = ui_session_get_cursor (session);

  ui_session_add_mark (session, at_ns, NULL);
  if (ui_session_get_marks (session)->len == n)
    ui_session_remove_mark (session, at_ns);
}

void
ui_window_next_mark (UiWindow *self)
{
  UiSession *session = ui_window_get_session (self);
  GPtrArray *marks = ui_session_get_marks (session);
  gint64 at_ns = ui_session_get_cursor (session);

  for (guint i = 0; i < marks->len; i++)
    if (((UiMark *)marks->pdata[i])->at_ns > at_ns)
      {
        ui_session_set_cursor (session, ((UiMark *)marks->pdata[i])->at_ns);
        return;
      }
  if (marks->len > 0)
    ui_session_set_cursor (session, ((UiMark *)marks->pdata[0])->at_ns);
}

void
ui_window_clear_range (UiWindow *self)
{
  ui_session_set_range (ui_window_get_session (self), 0, 0);
}

/* ---- Views ------------------------------------------------------------------------------------- */

static void
show_neighbour (UiWindow *self, gboolean next)
{
  AdwViewStack *stack = ui_session_page_get_stack (ui_window_get_session_page (self));
  GtkWidget *child = adw_view_stack_get_visible_child (stack);
  GtkWidget *other = child == NULL ? NULL
                     : next        ? gtk_widget_get_next_sibling (child)
                                   : gtk_widget_get_prev_sibling (child);

  if (other == NULL)
    other = next ? gtk_widget_get_first_child (GTK_WIDGET (stack))
                 : gtk_widget_get_last_child (GTK_WIDGET (stack));
  if (other != NULL)
    {
      adw_view_stack_set_visible_child (stack, other);
      gtk_widget_grab_focus (other);
    }
}

void
ui_window_next_view (UiWindow *self)
{
  show_neighbour (self, TRUE);
}

void
ui_window_previous_view (UiWindow *self)
{
  show_neighbour (self, FALSE);
}

void
ui_window_toggle_panel (UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);

  ui_session_page_set_panel_shown (page, !ui_session_page_get_panel_shown (page));
}

/* ---- The app ----------------------------------------------------------------------------------- */

void
ui_window_show_palette (UiWindow *self)
{
  ui_command_palette_show (self);
}

void
ui_window_show_help (UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);

  ui_help_show (self, page != NULL ? ui_session_page_get_used_slot (page) : NULL);
}

void
ui_window_show_shortcuts (UiWindow *self)
{
  gtk_window_present (GTK_WINDOW (ui_commands_new_shortcuts (self)));
}

void
ui_window_show_about (UiWindow *self)
{
  adw_show_about_window (
      GTK_WINDOW (self), "application-name", "async-inspect", "application-icon", APP_ID, "version",
      PACKAGE_VERSION, "comments", _ ("See what an async program waits for, and why"),
      "developer-name", _ ("The async-inspect contributors"), "license-type", GTK_LICENSE_CUSTOM,
      "license", _ ("Either the MIT License or the Apache License, version 2.0, as you like."),
      NULL);
}

void
ui_window_quit (UiWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (application));

  /* Each may have something to ask; the app ends with the last of them. */
  for (GList *at = windows; at != NULL; at = at->next)
    if (UI_IS_WINDOW (at->data))
      gtk_window_close (at->data);
}
