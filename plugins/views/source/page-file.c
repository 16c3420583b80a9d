/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The file that is shown: where it is, and what speaks against it. */

#include "page-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "breaks.h"

static void
show_trouble (SourcePage *self, const char *icon, const char *title, const char *text,
              gboolean can_choose)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwStatusPage *page = ADW_STATUS_PAGE (self->trouble);

  adw_status_page_set_icon_name (page, icon);
  adw_status_page_set_title (page, title);
  adw_status_page_set_description (page, escaped);
  gtk_widget_set_visible (self->choose, can_choose);
  gtk_widget_set_sensitive (self->open, FALSE);
  gtk_widget_set_visible (self->note, FALSE);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "trouble");
}

static void
show_missing (SourcePage *self, char **tried)
{
  g_autofree char *name = g_path_get_basename (self->told);
  g_autofree char *title = g_strdup_printf (_ ("%s is not here"), name);
  g_autofree char *looked = g_strjoinv ("\n", tried);
  g_autofree char *text = g_strdup_printf (
      _ ("The program was made from %s, and the file is not there. It was looked for at:\n%s"),
      self->told, *looked != '\0' ? looked : self->told);

  show_trouble (self, "edit-find-symbolic", title, text, TRUE);
}

/* What speaks against the lines being those that the program has. */
static char *
dup_note (SourcePage *self)
{
  const SourceDocument *document = self->document;
  g_autofree char *lines = inspector_format_count (document->n_lines);
  guint last = self->lines != NULL && self->lines->lines->len > 0
                   ? ((SourceLine *)self->lines->lines->pdata[self->lines->lines->len - 1])->line
                   : 0;

  if (self->line > document->n_lines || last > document->n_lines)
    return g_strdup_printf (
        _ ("The file has %s lines, and the program was made from one with more: "
           "it is another one."),
        lines);
  if (self->built_us > 0 && document->changed_us > self->built_us)
    return g_strdup (_ ("The file was changed after the program was built: lines may have moved."));
  if (document->was_made_valid)
    return g_strdup (_ ("Some of the file is no UTF-8, and is shown as �."));
  return NULL;
}

static void
show_note (SourcePage *self)
{
  g_autofree char *note = dup_note (self);

  gtk_widget_set_visible (self->note, note != NULL);
  gtk_label_set_text (GTK_LABEL (self->note_label), note != NULL ? note : "");
}

static void
show_document (SourcePage *self)
{
  const SourceDocument *document = self->document;
  g_autofree char *size = inspector_format_bytes (document->size);
  g_autofree char *text = NULL;

  gtk_label_set_text (GTK_LABEL (self->path), document->path);
  gtk_widget_set_tooltip_text (self->path, document->path);
  switch (document->state)
    {
    case SOURCE_DOCUMENT_TEXT:
      source_viewer_set_document (self->viewer, document);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "source");
      gtk_widget_set_sensitive (self->open, TRUE);
      source_page_show_lines (self);
      show_note (self);
      source_page_show_marks (self);
      source_breaks_show (self->session, self->told, source_viewer_get_marks (self->viewer));
      source_page_show_here (self);
      source_viewer_go_to_line (self->viewer, self->line);
      source_page_show_line (self);
      return;
    case SOURCE_DOCUMENT_BINARY:
      show_trouble (self, "dialog-warning-symbolic", _ ("No text"),
                    _ ("The file is binary, so there are no lines to show."), FALSE);
      return;
    case SOURCE_DOCUMENT_HUGE:
      text =
          g_strdup_printf (_ ("The file has %s, which is more than is shown here. It can be opened "
                              "in the editor."),
                           size);
      show_trouble (self, "dialog-warning-symbolic", _ ("Too large"), text, FALSE);
      gtk_widget_set_sensitive (self->open, TRUE);
      return;
    case SOURCE_DOCUMENT_FAILED:
      text = g_strdup_printf (_ ("cannot read %s: %s"), document->path, document->trouble);
      show_trouble (self, "dialog-error-symbolic", _ ("Cannot be read"), text, TRUE);
      return;
    }
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SourcePage) self = data;
  SourceDocument *document = source_document_read_finish (result);

  if (document == NULL || g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    {
      source_document_free (document);
      return;
    }
  g_clear_object (&self->reading);
  source_document_free (self->document);
  self->document = document;
  self->built_us = source_place_get_built_us (self->session);
  show_document (self);
}

void
source_page_read_file (SourcePage *self)
{
  g_auto (GStrv) bases = source_place_list_bases (self->session);
  g_auto (GStrv) tried = NULL;
  g_autofree char *path =
      source_folders_find (self->folders, self->told, (const char *const *)bases, &tried);

  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  g_clear_pointer (&self->document, source_document_free);
  gtk_label_set_text (GTK_LABEL (self->path), self->told);
  if (path == NULL)
    {
      show_missing (self, tried);
      return;
    }
  self->reading = g_cancellable_new ();
  source_document_read_async (path, self->reading, on_read, g_object_ref (self));
}

void
source_page_show_file (SourcePage *self, const char *told, guint line)
{
  self->line = MAX (line, 1);
  if (g_strcmp0 (self->told, told) != 0)
    {
      g_free (self->told);
      self->told = g_strdup (told);
      if (self->figures == NULL || self->figures_chore.is_stale)
        source_page_queue_figures (self);
      gtk_widget_set_visible (self->files, FALSE);
      source_page_read_file (self);
    }
  else if (self->document != NULL && self->document->state == SOURCE_DOCUMENT_TEXT)
    {
      source_viewer_go_to_line (self->viewer, self->line);
      show_note (self);
      source_page_show_line (self);
    }
  source_page_show_here (self);
}
