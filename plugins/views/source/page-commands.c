/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the commands of the view do, and what is saved and exported. */

#include "page-private.h"

#include <glib/gi18n-lib.h>

#include <csv.h>
#include <stops.h>

#include "breaks.h"
#include "editor-dialog.h"
#include "editor.h"

void
source_page_follow (GtkWidget *page)
{
  source_page_set_pinned (SOURCE_PAGE (page), FALSE);
}

void
source_page_open_editor (GtkWidget *page)
{
  SourcePage *self = SOURCE_PAGE (page);
  g_autoptr (GError) error = NULL;
  guint line;

  if (self->document == NULL)
    return;
  line = self->document->state == SOURCE_DOCUMENT_TEXT ? source_viewer_get_line (self->viewer)
                                                       : self->line;
  if (!source_editor_open (self->document->path, line, &error))
    source_complain (page, _ ("Not opened"), error->message);
}

static void
on_file_chosen (GtkNativeDialog *dialog, int response, SourcePage *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  g_autoptr (GError) error = NULL;

  g_object_unref (dialog);
  if (path != NULL && self->told != NULL)
    {
      if (!source_folders_compare (self->told, path, &from, &to))
        source_complain (GTK_WIDGET (self), _ ("Another file"),
                         _ ("That file has another name than the one that the program was made "
                            "from."));
      else if (!source_folders_add (self->folders, from, to, &error))
        source_complain (GTK_WIDGET (self), _ ("Not remembered"), error->message);
      source_page_read_file (self);
    }
  g_object_unref (self);
}

void
source_page_choose_file (GtkWidget *page)
{
  SourcePage *self = SOURCE_PAGE (page);
  GtkRoot *root = gtk_widget_get_root (page);
  g_autofree char *name = self->told != NULL ? g_path_get_basename (self->told) : NULL;
  g_autofree char *title = g_strdup_printf (_ ("Where is %s?"), name != NULL ? name : "");
  GtkFileChooserNative *dialog;

  if (self->told == NULL)
    return;
  dialog = gtk_file_chooser_native_new (title, GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                        GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (on_file_chosen), g_object_ref (self));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
source_page_show_settings (GtkWidget *page)
{
  source_editor_dialog_show (page, SOURCE_PAGE (page)->folders);
}

void
source_page_select_slowest (GtkWidget *page)
{
  SourcePage *self = SOURCE_PAGE (page);

  source_line_panel_select_slowest (self->session, self->lines,
                                    source_viewer_get_line (self->viewer));
}

void
source_page_toggle_break (GtkWidget *page)
{
  SourcePage *self = SOURCE_PAGE (page);
  g_autoptr (GError) error = NULL;

  if (self->document == NULL || self->document->state != SOURCE_DOCUMENT_TEXT)
    return;
  if (!ui_session_can_break (self->session))
    source_complain (page, _ ("No breakpoint"), _ ("No program runs here that could stop."));
  else if (!source_breaks_toggle (self->session, self->told, source_viewer_get_line (self->viewer),
                                  &error))
    source_complain (page, _ ("No breakpoint"), error->message);
}

static void
step (SourcePage *self, gboolean backwards)
{
  guint line = source_viewer_get_line (self->viewer), next = 0;

  for (guint i = 0; self->lines != NULL && i < self->lines->lines->len; i++)
    {
      guint other = ((SourceLine *)self->lines->lines->pdata[i])->line;

      if (backwards ? other < line : other > line && next == 0)
        next = other;
    }
  if (next > 0)
    source_viewer_go_to_line (self->viewer, next);
}

void
source_page_next_line (GtkWidget *page)
{
  step (SOURCE_PAGE (page), FALSE);
}

void
source_page_previous_line (GtkWidget *page)
{
  step (SOURCE_PAGE (page), TRUE);
}

char *
source_page_dup_csv (GtkWidget *page)
{
  SourcePage *self = SOURCE_PAGE (page);
  GString *csv = g_string_new ("file,line,count,total_ns,max_ns,pending,text\r\n");

  for (guint i = 0; self->lines != NULL && i < self->lines->lines->len; i++)
    {
      const SourceLine *line = self->lines->lines->pdata[i];
      g_autofree char *text = source_line_dup_text (self->lines, line);

      ui_csv_append (csv, self->told);
      ui_csv_append_number (csv, line->line);
      ui_csv_append_number (csv, (gint64)line->count);
      ui_csv_append_number (csv, line->total_ns);
      ui_csv_append_number (csv, line->max_ns);
      ui_csv_append_number (csv, (gint64)line->n_pending);
      ui_csv_append (csv, text);
      ui_csv_end_line (csv);
    }
  return g_string_free (csv, FALSE);
}

void
source_page_save_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  SourcePage *self = SOURCE_PAGE (page);

  if (self->told == NULL)
    return;
  g_key_file_set_string (state, group, "file", self->told);
  g_key_file_set_integer (state, group, "line", (int)source_viewer_get_line (self->viewer));
}

void
source_page_load_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  SourcePage *self = SOURCE_PAGE (page);
  g_autofree char *file = g_key_file_get_string (state, group, "file", NULL);
  int line = g_key_file_get_integer (state, group, "line", NULL);

  if (file == NULL || ui_session_get_selection (self->session) != 0)
    return;
  self->is_pinned = TRUE;
  source_page_show_file (self, file, (guint)MAX (line, 1));
}
