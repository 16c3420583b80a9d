/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "document.h"

#include <errno.h>
#include <string.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* A zero within so many bytes is what no text has. */
#define LOOKED_AT 65536

void
source_document_free (SourceDocument *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self->text);
  g_free (self->trouble);
  g_free (self);
}

static void
fail (SourceDocument *self, const char *why)
{
  self->state = SOURCE_DOCUMENT_FAILED;
  self->trouble = g_strdup (why);
}

/* The text widget begins a line behind each, and no compiler does: all lines below would be shown beside others'
 * numbers. A space takes its place, of as many bytes (U+2003). */
static void
hide_separators (char *text)
{
  static const char separator[] = "\xe2\x80\xa9", space[] = "\xe2\x80\x83";

  for (char *at = text; (at = strstr (at, separator)) != NULL; at += strlen (space))
    memcpy (at, space, strlen (space));
}

static void
take_text (SourceDocument *self, char *text, gsize length)
{
  if (memchr (text, '\0', MIN (length, LOOKED_AT)) != NULL)
    {
      self->state = SOURCE_DOCUMENT_BINARY;
      g_free (text);
      return;
    }
  if (g_utf8_validate (text, (gssize)length, NULL))
    self->text = text;
  else
    {
      self->text = g_utf8_make_valid (text, (gssize)length);
      self->was_made_valid = TRUE;
      length = strlen (self->text);
      g_free (text);
    }
  hide_separators (self->text);
  self->length = length;
  /* What ends with a line's end has no line behind it. */
  self->n_lines = length == 0 || self->text[length - 1] != '\n';
  for (const char *at = self->text; (at = strchr (at, '\n')) != NULL; at++)
    self->n_lines++;
}

SourceDocument *
source_document_read (const char *path)
{
  SourceDocument *self = g_new0 (SourceDocument, 1);
  g_autoptr (GError) error = NULL;
  char *text;
  gsize length;
  GStatBuf info;

  self->path = g_strdup (path);
  if (g_stat (path, &info) != 0)
    {
      fail (self, g_strerror (errno));
      return self;
    }
  /* What is no file could make whoever opens it wait. */
  if (!S_ISREG (info.st_mode))
    {
      fail (self, _ ("it is no file"));
      return self;
    }
  self->size = (guint64)info.st_size;
  self->changed_us = (gint64)info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
  if (self->size > SOURCE_DOCUMENT_MAX_BYTES)
    self->state = SOURCE_DOCUMENT_HUGE;
  else if (!g_file_get_contents (path, &text, &length, &error))
    fail (self, error->message);
  else
    take_text (self, text, length);
  return self;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer (task, source_document_read (data), (GDestroyNotify)source_document_free);
}

void
source_document_read_async (const char *path, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, read_in_thread);
}

SourceDocument *
source_document_read_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
