/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "editor-dialog.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "editor.h"

void
source_complain (GtkWidget *page, const char *title, const char *text)
{
  GtkRoot *root = gtk_widget_get_root (page);
  GtkWidget *dialog =
      adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, title, text);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- The editor -------------------------------------------------------------------------------- */

/* What cannot be run is not kept, and the entry says so. */
static void
on_command_applied (AdwEntryRow *row, GtkWidget *page)
{
  const char *command = gtk_editable_get_text (GTK_EDITABLE (row));
  g_autoptr (GError) error = NULL;

  if ((*command == '\0' || source_editor_check (command, &error)) &&
      source_editor_set_setting (command, &error))
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
  else
    {
      gtk_widget_add_css_class (GTK_WIDGET (row), "error");
      source_complain (page, _ ("Not kept"), error->message);
    }
}

static GtkWidget *
new_editor_group (GtkWidget *page)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  GtkWidget *row = adw_entry_row_new ();
  g_autofree char *command = source_editor_dup_setting ();
  g_autofree char *detected =
      source_editor_detect (g_getenv ("VISUAL"), g_getenv ("EDITOR"), g_find_program_in_path);
  g_autofree char *text = NULL;

  text =
      detected != NULL
          ? g_strdup_printf (_ ("{file} stands for the file, {line} for the line. Where it is left "
                                "empty: %s"),
                             detected)
          : g_strdup (_ ("{file} stands for the file, {line} for the line. Where it is left empty, "
                         "the file is opened by the program that the desktop has for it."));
  adw_preferences_group_set_title (group, _ ("Editor"));
  adw_preferences_group_set_description (group, text);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Command"));
  gtk_editable_set_text (GTK_EDITABLE (row), command);
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
  g_signal_connect (row, "apply", G_CALLBACK (on_command_applied), page);
  adw_preferences_group_add (group, row);
  return GTK_WIDGET (group);
}

/* ---- Folders ----------------------------------------------------------------------------------- */

static void
on_forget (GtkButton *button, GtkWidget *row)
{
  SourceFolders *folders = g_object_get_data (G_OBJECT (row), "folders");
  const char *forgotten = g_object_get_data (G_OBJECT (row), "from");

  for (guint i = 0; i < source_folders_get_n (folders); i++)
    {
      const char *from, *to;

      source_folders_get (folders, i, &from, &to);
      if (!g_str_equal (from, forgotten))
        continue;
      source_folders_remove (folders, i, NULL);
      break;
    }
  gtk_widget_set_visible (row, FALSE);
}

static GtkWidget *
new_folder_row (SourceFolders *folders, const char *from, const char *to)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *forget = gtk_button_new_from_icon_name ("edit-delete-symbolic");
  g_autofree char *title = g_markup_escape_text (*from != '\0' ? from : ".", -1);
  g_autofree char *subtitle = g_markup_escape_text (to, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_tooltip_text (forget, _ ("Forget it"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (forget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Forget it"), -1);
  gtk_widget_set_valign (forget, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (forget, "flat");
  g_object_set_data (G_OBJECT (row), "folders", folders);
  g_object_set_data_full (G_OBJECT (row), "from", g_strdup (from), g_free);
  g_signal_connect (forget, "clicked", G_CALLBACK (on_forget), row);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), forget);
  return row;
}

static GtkWidget *
new_folders_group (SourceFolders *folders)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, _ ("Folders that lie elsewhere"));
  if (source_folders_get_n (folders) == 0)
    adw_preferences_group_set_description (
        group, _ ("None yet. Where a file is not found, you can say where it is; the folder is "
                  "remembered then."));
  for (guint i = 0; i < source_folders_get_n (folders); i++)
    {
      const char *from, *to;

      source_folders_get (folders, i, &from, &to);
      adw_preferences_group_add (group, new_folder_row (folders, from, to));
    }
  return GTK_WIDGET (group);
}

void
source_editor_dialog_show (GtkWidget *page, SourceFolders *folders)
{
  GtkRoot *root = gtk_widget_get_root (page);
  GtkWidget *window = adw_preferences_window_new ();
  AdwPreferencesPage *content = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());

  adw_preferences_page_add (content, ADW_PREFERENCES_GROUP (new_editor_group (page)));
  adw_preferences_page_add (content, ADW_PREFERENCES_GROUP (new_folders_group (folders)));
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (window), content);
  adw_preferences_window_set_search_enabled (ADW_PREFERENCES_WINDOW (window), FALSE);
  gtk_window_set_title (GTK_WINDOW (window), _ ("Source files"));
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  if (GTK_IS_WINDOW (root))
    gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (root));
  gtk_window_present (GTK_WINDOW (window));
}
