/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "compare-page.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#define COLUMNS 100

struct _ProfileComparePage
{
  GtkWidget parent_instance;
  UiSession *session;
  ProfileData *data;        /* that is shown */
  InspectorProfile *before; /* frozen; NULL: nothing is compared */
  GCancellable *cancellable;

  GtkWidget *keep, *forget, *what;
  GtkWidget *stack, *text;
};

G_DEFINE_TYPE (ProfileComparePage, profile_compare_page, GTK_TYPE_WIDGET)

static void compare (ProfileComparePage *self);

/* ---- Comparing --------------------------------------------------------------------------------- */

typedef struct
{
  InspectorProfile *before, *after;
} Sides;

static void
sides_free (gpointer data)
{
  Sides *sides = data;

  g_object_unref (sides->before);
  g_object_unref (sides->after);
  g_free (sides);
}

static void
compare_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Sides *sides = data;
  g_autoptr (InspectorDiff) diff = inspector_diff_new ();

  inspector_diff_add (diff, INSPECTOR_DIFF_BEFORE, sides->before);
  inspector_diff_add (diff, INSPECTOR_DIFF_AFTER, sides->after);
  g_task_return_pointer (task, inspector_diff_to_text (diff, INSPECTOR_TEXT_PLAIN, COLUMNS),
                         g_free);
}

static void
on_compared (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ProfileComparePage) self = data;
  g_autofree char *text = g_task_propagate_pointer (G_TASK (result), NULL);

  if (text == NULL || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  g_clear_object (&self->cancellable);
  gtk_label_set_text (GTK_LABEL (self->text), text);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "text");
}

static void
compare (ProfileComparePage *self)
{
  g_autoptr (GTask) task = NULL;
  Sides *sides;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  gtk_widget_set_sensitive (self->forget, self->before != NULL);
  if (self->before == NULL || self->data == NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->text), "");
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
      return;
    }
  self->cancellable = g_cancellable_new ();
  sides = g_new0 (Sides, 1);
  sides->before = g_object_ref (self->before);
  sides->after = g_object_ref (self->data->profile);
  task = g_task_new (NULL, self->cancellable, on_compared, g_object_ref (self));
  g_task_set_task_data (task, sides, sides_free);
  g_task_run_in_thread (task, compare_in_thread);
}

void
profile_compare_page_set_data (ProfileComparePage *self, ProfileData *data)
{
  profile_data_ref (data);
  profile_data_unref (self->data);
  self->data = data;
  gtk_widget_set_sensitive (self->keep, TRUE);
  if (self->before != NULL)
    compare (self);
}

/* ---- What it is compared with ------------------------------------------------------------------ */

static void
set_before (ProfileComparePage *self, InspectorProfile *before, const char *what)
{
  g_set_object (&self->before, before);
  gtk_label_set_text (GTK_LABEL (self->what), what);
  compare (self);
}

static void
on_keep_clicked (GtkButton *button, ProfileComparePage *self)
{
  g_autofree char *from = ui_session_dup_instant (self->session, self->data->from_ns);
  g_autofree char *to = ui_session_dup_instant (self->session, self->data->to_ns);
  g_autofree char *what =
      self->data->from_ns != self->data->to_ns
          ? g_strdup_printf (_ ("Compared with the time from %s to %s"), from, to)
          : g_strdup (_ ("Compared with all that had happened"));

  set_before (self, self->data->profile, what);
}

static void
on_forget_clicked (GtkButton *button, ProfileComparePage *self)
{
  set_before (self, NULL, "");
}

static void
read_recording (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  InspectorProfile *profile = inspector_profile_read (data, 0, -1, cancellable, &error);

  if (profile != NULL)
    g_task_return_pointer (task, profile, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
on_recording_read (GObject *source, GAsyncResult *result, gpointer data)
{
  ProfileComparePage *self = PROFILE_COMPARE_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorProfile) profile = g_task_propagate_pointer (G_TASK (result), &error);
  g_autofree char *name = g_path_get_basename (g_task_get_task_data (G_TASK (result)));
  g_autofree char *what = g_strdup_printf (_ ("Compared with the recording %s"), name);

  set_before (self, profile, profile != NULL ? what : error->message);
}

static void
on_recording_chosen (GtkNativeDialog *dialog, int response, ProfileComparePage *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;
  char *path = file != NULL ? g_file_get_path (file) : NULL;

  g_object_unref (dialog);
  if (path != NULL)
    {
      g_autoptr (GTask) task = g_task_new (self, NULL, on_recording_read, NULL);

      g_task_set_task_data (task, path, g_free);
      g_task_run_in_thread (task, read_recording);
    }
  g_object_unref (self);
}

static void
on_recording_clicked (GtkButton *button, ProfileComparePage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Compare with a recording"), GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
      GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (on_recording_chosen), g_object_ref (self));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
profile_compare_page_dispose (GObject *object)
{
  ProfileComparePage *self = PROFILE_COMPARE_PAGE (object);
  GtkWidget *child;

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->data, profile_data_unref);
  g_clear_object (&self->before);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (profile_compare_page_parent_class)->dispose (object);
}

static void
profile_compare_page_class_init (ProfileComparePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = profile_compare_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BOX_LAYOUT);
}

static void
profile_compare_page_init (ProfileComparePage *self)
{
}

static GtkWidget *
add_button (GtkWidget *bar, const char *label, const char *tooltip)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_box_append (GTK_BOX (bar), button);
  return button;
}

static GtkWidget *
new_bar (ProfileComparePage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *recording;

  self->keep =
      add_button (bar, _ ("_Keep this one"),
                  _ ("What is shown later, a stretch of time for instance, is compared with "
                     "what is shown now"));
  recording = add_button (bar, _ ("With a _recording…"),
                          _ ("What is shown is compared with another recording"));
  self->forget = add_button (bar, _ ("_Forget it"), _ ("Nothing is compared any more"));
  gtk_widget_set_sensitive (self->keep, FALSE);
  g_signal_connect (self->keep, "clicked", G_CALLBACK (on_keep_clicked), self);
  g_signal_connect (recording, "clicked", G_CALLBACK (on_recording_clicked), self);
  g_signal_connect (self->forget, "clicked", G_CALLBACK (on_forget_clicked), self);
  self->what = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->what), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->what), 0);
  gtk_widget_set_hexpand (self->what, TRUE);
  gtk_box_append (GTK_BOX (bar), self->what);
  gtk_widget_set_margin_start (bar, 8);
  gtk_widget_set_margin_end (bar, 8);
  gtk_widget_set_margin_top (bar, 6);
  gtk_widget_set_margin_bottom (bar, 6);
  return bar;
}

static GtkWidget *
new_empty (void)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "view-dual-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("Nothing is compared"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page),
                                   _ ("Keep what is shown, then select another stretch of time; or "
                                      "choose a recording of before."));
  gtk_widget_add_css_class (page, "compact");
  return page;
}

static GtkWidget *
new_text (ProfileComparePage *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->text = gtk_label_new ("");
  gtk_label_set_selectable (GTK_LABEL (self->text), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->text), 0);
  gtk_label_set_yalign (GTK_LABEL (self->text), 0);
  gtk_widget_add_css_class (self->text, "monospace");
  gtk_widget_set_margin_start (self->text, 12);
  gtk_widget_set_margin_end (self->text, 12);
  gtk_widget_set_margin_top (self->text, 6);
  gtk_widget_set_margin_bottom (self->text, 12);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->text);
  return scrolled;
}

GtkWidget *
profile_compare_page_new (UiSession *session)
{
  ProfileComparePage *self = g_object_new (PROFILE_TYPE_COMPARE_PAGE, NULL);

  gtk_orientable_set_orientation (
      GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))), GTK_ORIENTATION_VERTICAL);
  self->session = g_object_ref (session);
  self->stack = gtk_stack_new ();
  gtk_widget_set_vexpand (self->stack, TRUE);
  gtk_stack_add_named (GTK_STACK (self->stack), new_empty (), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), new_text (self), "text");
  gtk_widget_set_parent (new_bar (self), GTK_WIDGET (self));
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  gtk_widget_set_sensitive (self->forget, FALSE);
  return GTK_WIDGET (self);
}
