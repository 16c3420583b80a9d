/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "export.h"

#include <string.h>
#include <adwaita.h>
#include <glib/gi18n-lib.h>

static const struct
{
  const char *label;
  const char *name;  /* of the file that is proposed */
  const char *flame; /* what inspector_flame_write() calls it; NULL: no flame graph */
  char *(*to_text) (InspectorProfile *profile);
} exports[PROFILE_EXPORT_N] = {
  [PROFILE_EXPORT_SVG] = { N_ ("Flame graph as SVG…"), "flame.svg", "svg", NULL },
  [PROFILE_EXPORT_PNG] = { N_ ("Flame graph as it is shown, as PNG…"), "flame.png", NULL, NULL },
  [PROFILE_EXPORT_FOLDED] = { N_ ("Flame graph as folded stacks…"), "flame.folded", "folded",
                              NULL },
  [PROFILE_EXPORT_SPEEDSCOPE] = { N_ ("Flame graph for speedscope…"), "flame.speedscope.json",
                                  "speedscope", NULL },
  [PROFILE_EXPORT_CSV] = { N_ ("What is shown as CSV…"), "profile.csv", NULL, NULL },
  [PROFILE_EXPORT_HTML] = { N_ ("Profile as HTML…"), "profile.html", NULL,
                            inspector_profile_to_html },
  [PROFILE_EXPORT_JSON] = { N_ ("Profile as JSON…"), "profile.json", NULL,
                            inspector_profile_to_json },
};

const char *
profile_export_get_label (ProfileExport as)
{
  return _ (exports[as].label);
}

typedef struct
{
  ProfileExport as;
  GtkWidget *page;
  ProfileData *data;
  InspectorFlame *flame;
  ProfileExportFunc write;
  char *path;
} Ask;

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  g_object_unref (ask->page);
  profile_data_unref (ask->data);
  g_clear_object (&ask->flame);
  g_free (ask->path);
  g_free (ask);
}

static void
complain (GtkWidget *page, const GError *error)
{
  GtkRoot *root = gtk_widget_get_root (page);
  GtkWidget *dialog = adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                              _ ("Not written"), error->message);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
write_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Ask *ask = data;
  g_autofree char *text = NULL;
  GError *error = NULL;
  gboolean is_written;

  if (exports[ask->as].flame != NULL)
    is_written = inspector_flame_write (ask->flame, ask->path, exports[ask->as].flame, &error);
  else
    {
      text = exports[ask->as].to_text (ask->data->profile);
      is_written = g_file_set_contents (ask->path, text, -1, &error);
    }
  if (is_written)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    complain (GTK_WIDGET (source), error);
}

static void
write_it (Ask *ask)
{
  g_autoptr (GTask) task = g_task_new (ask->page, NULL, on_written, NULL);
  GError *error = NULL;

  g_task_set_task_data (task, ask, ask_free);
  if (ask->write == NULL)
    g_task_run_in_thread (task, write_in_thread);
  else if (ask->write (ask->page, ask->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_chosen (GtkNativeDialog *dialog, int response, gpointer data)
{
  Ask *ask = data;
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;

  ask->path = file != NULL ? g_file_get_path (file) : NULL;
  g_object_unref (dialog);
  if (ask->path != NULL)
    write_it (ask);
  else
    ask_free (ask);
}

void
profile_export_ask (GtkWidget *page, ProfileExport as, ProfileData *data, InspectorFlame *flame,
                    ProfileExportFunc write)
{
  GtkRoot *root = gtk_widget_get_root (page);
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Write to a file"), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
      GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  Ask *ask = g_new0 (Ask, 1);

  ask->as = as;
  ask->page = g_object_ref (page);
  ask->data = profile_data_ref (data);
  ask->flame = flame != NULL ? g_object_ref (flame) : NULL;
  ask->write = write;
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), exports[as].name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (on_chosen), ask);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
