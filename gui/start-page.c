/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "start-page.h"

#include <glib/gi18n-lib.h>

#include "named-button.h"
#include "process-list.h"
#include "recent.h"
#include "window.h"

struct _UiStartPage
{
  GtkWidget parent_instance;
  GtkWidget *scrolled;
  GtkWidget *program, *environment, *folder, *breaks;
};

G_DEFINE_TYPE (UiStartPage, ui_start_page, GTK_TYPE_WIDGET)

static UiWindow *
get_window (UiStartPage *self)
{
  return UI_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static const char *
get_text (GtkWidget *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

/* ---- Launching --------------------------------------------------------------------------------- */

static UiLaunchWords *
read_words (UiStartPage *self, GError **error)
{
  UiLaunchWords *words = g_new0 (UiLaunchWords, 1);

  if (!g_shell_parse_argv (get_text (self->program), NULL, &words->argv, error) ||
      (*get_text (self->environment) != '\0' &&
       !g_shell_parse_argv (get_text (self->environment), NULL, &words->environment, error)) ||
      (*get_text (self->breaks) != '\0' &&
       !g_shell_parse_argv (get_text (self->breaks), NULL, &words->breaks, error)))
    {
      ui_launch_words_free (words);
      return NULL;
    }
  for (guint i = 0; words->environment != NULL && words->environment[i] != NULL; i++)
    if (strchr (words->environment[i], '=') == NULL)
      {
        g_set_error (error, G_SHELL_ERROR, G_SHELL_ERROR_FAILED,
                     _ ("cannot set %s: write NAME=VALUE"), words->environment[i]);
        ui_launch_words_free (words);
        return NULL;
      }
  if (*get_text (self->folder) != '\0')
    words->folder = g_strdup (get_text (self->folder));
  return words;
}

static void
launch (UiStartPage *self)
{
  g_autoptr (GError) error = NULL;
  UiLaunchWords *words = read_words (self, &error);

  if (words == NULL)
    {
      ui_window_tell (get_window (self),
                      g_error_matches (error, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING)
                          ? _ ("Name a program first")
                          : error->message);
      return;
    }
  ui_window_launch (get_window (self), words);
  ui_launch_words_free (words);
}

static void
on_launch (GtkWidget *widget, UiStartPage *self)
{
  launch (self);
}

/* Fills the fields in. */
static void
set_words (UiStartPage *self, const UiLaunchWords *words)
{
  g_autoptr (GString) program = g_string_new (NULL);
  g_autoptr (GString) environment = g_string_new (NULL);
  g_autoptr (GString) breaks = g_string_new (NULL);

  for (guint i = 0; words->argv[i] != NULL; i++)
    {
      g_autofree char *quoted =
          strpbrk (words->argv[i], " \t\n\"'\\$`*?#&;|<>()~") != NULL || *words->argv[i] == '\0'
              ? g_shell_quote (words->argv[i])
              : g_strdup (words->argv[i]);

      g_string_append_printf (program, "%s%s", i > 0 ? " " : "", quoted);
    }
  for (guint i = 0; words->environment != NULL && words->environment[i] != NULL; i++)
    {
      g_autofree char *quoted = g_shell_quote (words->environment[i]);

      g_string_append_printf (environment, "%s%s", i > 0 ? " " : "", quoted);
    }
  for (guint i = 0; words->breaks != NULL && words->breaks[i] != NULL; i++)
    {
      g_autofree char *quoted = strchr (words->breaks[i], ' ') != NULL
                                    ? g_shell_quote (words->breaks[i])
                                    : g_strdup (words->breaks[i]);

      g_string_append_printf (breaks, "%s%s", i > 0 ? " " : "", quoted);
    }
  gtk_editable_set_text (GTK_EDITABLE (self->breaks), breaks->str);
  gtk_editable_set_text (GTK_EDITABLE (self->program), program->str);
  gtk_editable_set_text (GTK_EDITABLE (self->environment), environment->str);
  gtk_editable_set_text (GTK_EDITABLE (self->folder), words->folder != NULL ? words->folder : "");
}

static void
on_chosen (GtkNativeDialog *dialog, int response, GtkWidget *row)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = g_file_get_path (file);
      g_autofree char *text = path != NULL && strpbrk (path, " '\"\\$") != NULL &&
                                      g_object_get_data (G_OBJECT (row), "folder") == NULL
                                  ? g_shell_quote (path)
                                  : g_strdup (path);

      if (text != NULL)
        gtk_editable_set_text (GTK_EDITABLE (row), text);
    }
  g_object_unref (dialog);
}

static void
on_choose (GtkButton *button, GtkWidget *row)
{
  gboolean is_folder = g_object_get_data (G_OBJECT (row), "folder") != NULL;
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      is_folder ? _ ("Working directory") : _ ("Program"), GTK_WINDOW (gtk_widget_get_root (row)),
      is_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

  g_signal_connect_object (dialog, "response", G_CALLBACK (on_chosen), row, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static GtkWidget *
new_row (UiStartPage *self, const char *title, gboolean has_chooser, gboolean is_folder)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (is_folder)
    g_object_set_data (G_OBJECT (row), "folder", row);
  g_signal_connect (row, "entry-activated", G_CALLBACK (on_launch), self);
  if (has_chooser)
    {
      GtkWidget *button = ui_named_button_new (
          "document-open-symbolic", is_folder ? _ ("Choose a folder") : _ ("Choose a program"));

      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      gtk_widget_add_css_class (button, "flat");
      g_signal_connect (button, "clicked", G_CALLBACK (on_choose), row);
      adw_entry_row_add_suffix (ADW_ENTRY_ROW (row), button);
    }
  return row;
}

/* ---- Before ------------------------------------------------------------------------------------ */

static void
on_program_row (AdwActionRow *row, UiStartPage *self)
{
  const UiLaunchWords *words = g_object_get_data (G_OBJECT (row), "words");

  set_words (self, words);
  gtk_widget_grab_focus (self->program);
}

static void
on_recording_row (AdwActionRow *row, UiStartPage *self)
{
  ui_window_open_path (get_window (self), g_object_get_data (G_OBJECT (row), "path"));
}

static GtkWidget *
new_action_row (const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *escaped = g_markup_escape_text (title, -1);
  g_autofree char *escaped_subtitle = g_markup_escape_text (subtitle, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), escaped);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), escaped_subtitle);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  return row;
}

static void
add_recent (UiStartPage *self, GtkWidget *box)
{
  g_autoptr (GPtrArray) programs = ui_recent_list_programs ();
  g_autoptr (GPtrArray) recordings = ui_recent_list_recordings ();

  if (programs->len > 0)
    {
      GtkWidget *group = adw_preferences_group_new ();

      adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Recent programs"));
      for (guint i = 0; i < programs->len; i++)
        {
          const UiLaunchWords *words = programs->pdata[i];
          g_autofree char *command = g_strjoinv (" ", words->argv);
          GtkWidget *row = new_action_row (command, words->folder != NULL ? words->folder : "");

          g_object_set_data_full (G_OBJECT (row), "words", ui_launch_words_copy (words),
                                  (GDestroyNotify)ui_launch_words_free);
          g_signal_connect (row, "activated", G_CALLBACK (on_program_row), self);
          adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
        }
      gtk_box_append (GTK_BOX (box), group);
    }
  if (recordings->len > 0)
    {
      GtkWidget *group = adw_preferences_group_new ();

      adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Recent recordings"));
      for (guint i = 0; i < recordings->len; i++)
        {
          g_autofree char *name = g_filename_display_basename (recordings->pdata[i]);
          g_autofree char *path = g_filename_display_name (recordings->pdata[i]);
          GtkWidget *row = new_action_row (name, path);

          g_object_set_data_full (G_OBJECT (row), "path", g_strdup (recordings->pdata[i]), g_free);
          g_signal_connect (row, "activated", G_CALLBACK (on_recording_row), self);
          adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
        }
      gtk_box_append (GTK_BOX (box), group);
    }
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
ui_start_page_dispose (GObject *object)
{
  g_clear_pointer (&UI_START_PAGE (object)->scrolled, gtk_widget_unparent);
  G_OBJECT_CLASS (ui_start_page_parent_class)->dispose (object);
}

static gboolean
ui_start_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (UI_START_PAGE (widget)->program);
}

static void
ui_start_page_class_init (UiStartPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ui_start_page_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = ui_start_page_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_launch_group (UiStartPage *self)
{
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *button = ui_named_button_new_text (_ ("_Launch"), _ ("Launch"));

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Launch a program"));
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (group),
      _ ("Unchanged, and as it is. What it waits for is shown while it runs."));
  self->program = new_row (self, _ ("Program and arguments"), TRUE, FALSE);
  self->environment = new_row (self, _ ("Environment (NAME=VALUE …)"), FALSE, FALSE);
  self->folder = new_row (self, _ ("Working directory"), TRUE, TRUE);
  self->breaks =
      new_row (self, _ ("Breakpoints (FUNCTION, FILE:LINE, state:NAME …)"), FALSE, FALSE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->program);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->environment);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->folder);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->breaks);
  gtk_widget_add_css_class (button, "suggested-action");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect (button, "clicked", G_CALLBACK (on_launch), self);
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (group), button);
  return group;
}

static GtkWidget *
new_open_group (void)
{
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *button = ui_named_button_new_text (_ ("_Open…"), _ ("Open a recording…"));

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Open a recording"));
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (group),
      _ ("What async-inspect run --record has kept; it may be dropped here, too."));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.open");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (group), button);
  return group;
}

/* They are no reason not to begin: what is left works. */
static void
add_warnings (GtkWidget *box)
{
  GPtrArray *warnings = ui_views_get_warnings ();
  GtkWidget *group;

  if (warnings->len == 0)
    return;
  group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Plugins that are left out"));
  for (guint i = 0; i < warnings->len; i++)
    {
      GtkWidget *row = adw_preferences_row_new ();
      GtkWidget *label = gtk_label_new (warnings->pdata[i]);

      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_selectable (GTK_LABEL (label), TRUE);
      gtk_widget_add_css_class (label, "note-row");
      gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
    }
  gtk_box_append (GTK_BOX (box), group);
}

static void
on_process_chosen (UiProcessList *list, int pid, const char *command, UiStartPage *self)
{
  ui_window_attach (get_window (self), pid, command, NULL);
}

static void
ui_start_page_init (UiStartPage *self)
{
  GtkWidget *processes = ui_process_list_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *viewport = gtk_viewport_new (NULL, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 24);

  gtk_widget_add_css_class (box, "start-page");
  gtk_box_append (GTK_BOX (box), new_launch_group (self));
  g_signal_connect (processes, "chosen", G_CALLBACK (on_process_chosen), self);
  gtk_box_append (GTK_BOX (box), processes);
  gtk_box_append (GTK_BOX (box), new_open_group ());
  add_recent (self, box);
  add_warnings (box);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  self->scrolled = gtk_scrolled_window_new ();
  /* All is as high as it likes to be: by the least of it one process alone would be seen at a time. */
  gtk_scrollable_set_vscroll_policy (GTK_SCROLLABLE (viewport), GTK_SCROLL_NATURAL);
  gtk_viewport_set_scroll_to_focus (GTK_VIEWPORT (viewport), TRUE);
  gtk_viewport_set_child (GTK_VIEWPORT (viewport), clamp);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), viewport);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
}

GtkWidget *
ui_start_page_new (void)
{
  return g_object_new (UI_TYPE_START_PAGE, NULL);
}
