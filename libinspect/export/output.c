/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define BUFFER 65536

struct _ExportOutput
{
  int fd;
  char *path;      /* as it was asked for */
  char *real;      /* where links lead; NULL: written in place */
  char *temporary; /* NULL: written in place, or done */
  int failure;     /* errno; 0: none */
  gsize n;
  char buffer[BUFFER];
};

/* ---- Opening and closing -------------------------------------------------------------------- */

static void
set_error (const ExportOutput *self, int code, GError **error)
{
  if (g_str_equal (self->path, "-"))
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                 _ ("cannot write the export to standard output: %s"), g_strerror (code));
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                 _ ("cannot write the export '%s': %s; no file is left"), self->path,
                 g_strerror (code));
}

/* A pipe, a terminal, /dev/null: nothing that could be replaced. */
static gboolean
is_special (const char *path, struct stat *ret_status)
{
  return stat (path, ret_status) == 0 && !S_ISREG (ret_status->st_mode);
}

static int
open_beside (ExportOutput *self, const struct stat *old)
{
  int fd;

  self->real = realpath (self->path, NULL);
  if (self->real == NULL)
    self->real = strdup (self->path);
  /* One that may not be written is not to be replaced either. */
  if (old->st_mode != 0 && access (self->path, W_OK) != 0)
    return -1;
  self->temporary = g_strconcat (self->real, ".XXXXXX", NULL);
  fd = g_mkstemp_full (self->temporary, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    g_clear_pointer (&self->temporary, g_free);
  else if (old->st_mode != 0 && fchmod (fd, old->st_mode & 07777) != 0)
    errno = 0; /* then it has those of any new file */
  return fd;
}

ExportOutput *
export_output_open (const char *path, GError **error)
{
  ExportOutput *self = g_new0 (ExportOutput, 1);
  struct stat old = { 0 };
  int code;

  self->path = g_strdup (path);
  if (g_str_equal (path, "-"))
    self->fd = STDOUT_FILENO;
  else if (is_special (path, &old))
    self->fd = open (path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  else
    self->fd = open_beside (self, &old);
  if (self->fd >= 0)
    return self;
  code = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               _ ("cannot write the export '%s': %s; choose another file with --output"), path,
               g_strerror (code));
  export_output_free (self);
  return NULL;
}

static void
flush (ExportOutput *self)
{
  const char *at = self->buffer;

  while (self->n > 0 && self->failure == 0)
    {
      gssize n = write (self->fd, at, self->n);

      if (n < 0 && errno == EAGAIN)
        {
          GPollFD poll = { .fd = self->fd, .events = G_IO_OUT };

          g_poll (&poll, 1, 1000);
        }
      else if (n < 0 && errno != EINTR)
        self->failure = errno;
      else if (n > 0)
        {
          at += n;
          self->n -= (gsize)n;
        }
    }
  self->n = 0;
}

gboolean
export_output_finish (ExportOutput *self, GError **error)
{
  flush (self);
  /* Some file systems say only here that there was no room. */
  if (self->fd != STDOUT_FILENO && close (self->fd) != 0 && self->failure == 0)
    self->failure = errno;
  self->fd = -1;
  if (self->failure == 0 && self->temporary != NULL && rename (self->temporary, self->real) != 0)
    self->failure = errno;
  if (self->failure != 0)
    {
      set_error (self, self->failure, error);
      return FALSE;
    }
  g_clear_pointer (&self->temporary, g_free);
  return TRUE;
}

void
export_output_free (ExportOutput *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0 && self->fd != STDOUT_FILENO)
    close (self->fd);
  if (self->temporary != NULL)
    g_unlink (self->temporary);
  g_free (self->temporary);
  free (self->real);
  g_free (self->path);
  g_free (self);
}

gboolean
export_output_has_failed (const ExportOutput *self)
{
  return self->failure != 0;
}

void
export_output_fail (ExportOutput *self, int code)
{
  if (self->failure == 0)
    self->failure = code;
}

int
export_output_open_spool (ExportOutput *self)
{
  g_autofree char *name = self->temporary != NULL
                              ? g_strconcat (self->real, ".XXXXXX", NULL)
                              : g_build_filename (g_get_tmp_dir (), "async-inspect-XXXXXX", NULL);
  int fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    export_output_fail (self, errno);
  else
    g_unlink (name);
  return fd;
}

/* ---- Writing -------------------------------------------------------------------------------- */

void
export_put_bytes (ExportOutput *self, gconstpointer bytes, gsize length)
{
  const char *at = bytes;

  while (length > 0)
    {
      gsize n = MIN (length, BUFFER - self->n);

      memcpy (self->buffer + self->n, at, n);
      self->n += n;
      at += n;
      length -= n;
      if (self->n == BUFFER)
        flush (self);
    }
}

void
export_put (ExportOutput *self, const char *text)
{
  export_put_bytes (self, text, strlen (text));
}

void
export_put_char (ExportOutput *self, char c)
{
  export_put_bytes (self, &c, 1);
}

void
export_put_number (ExportOutput *self, gint64 number)
{
  char digits[24];
  gsize at = sizeof digits;
  guint64 left = number < 0 ? -(guint64)number : (guint64)number;

  do
    digits[--at] = (char)('0' + left % 10);
  while ((left /= 10) != 0);
  if (number < 0)
    digits[--at] = '-';
  export_put_bytes (self, digits + at, sizeof digits - at);
}

void
export_printf (ExportOutput *self, const char *format, ...)
{
  char few[512];
  g_autofree char *many = NULL;
  va_list arguments;
  int length;

  va_start (arguments, format);
  length = vsnprintf (few, sizeof few, format, arguments);
  va_end (arguments);
  if (length < (int)sizeof few)
    {
      export_put_bytes (self, few, (gsize)MAX (length, 0));
      return;
    }
  va_start (arguments, format);
  many = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  export_put (self, many);
}

/* ---- Escaping ------------------------------------------------------------------------------- */

/* How one character is written; NULL: as it is. */
typedef const char *(*EscapeFunc) (gunichar c, char buffer[16]);

static void
put_escaped (ExportOutput *self, const char *text, EscapeFunc escape)
{
  const char *end = text + strlen (text);

  for (const char *at = text; at < end;)
    {
      gunichar c = g_utf8_get_char_validated (at, end - at);
      const char *next = c < 0x110000 ? g_utf8_next_char (at) : at + 1;
      char buffer[16];
      const char *escaped;

      if (c >= 0x110000)
        escaped = "\357\277\275";
      else
        escaped = escape (c, buffer);
      if (escaped != NULL)
        export_put (self, escaped);
      else
        export_put_bytes (self, at, (gsize)(next - at));
      at = next;
    }
}

static const char *
escape_json (gunichar c, char buffer[16])
{
  switch (c)
    {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '<': /* a page of HTML may hold it */
      return "\\u003c";
    default:
      /* U+2028 and U+2029 end a line of JavaScript. */
      if (c >= 0x20 && c != 0x7f && c != 0x2028 && c != 0x2029)
        return NULL;
      g_snprintf (buffer, 16, "\\u%04x", c);
      return buffer;
    }
}

void
export_put_json (ExportOutput *self, const char *text)
{
  if (text == NULL)
    {
      export_put (self, "null");
      return;
    }
  export_put_char (self, '"');
  put_escaped (self, text, escape_json);
  export_put_char (self, '"');
}

static const char *
escape_xml (gunichar c, char buffer[16])
{
  switch (c)
    {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\n':
    case '\t':
      return NULL;
    default:
      return c < 0x20 || c == 0xfffe || c == 0xffff ? "" : NULL;
    }
}

void
export_put_xml (ExportOutput *self, const char *text)
{
  put_escaped (self, text, escape_xml);
}

static const char *
escape_csv (gunichar c, char buffer[16])
{
  if (c == '"')
    return "\"\"";
  return c == 0 ? "" : NULL;
}

void
export_put_csv (ExportOutput *self, const char *text)
{
  gboolean is_formula = *text != '\0' && strchr ("=+-@\t\r", *text) != NULL;

  if (!is_formula && strpbrk (text, ",\"\r\n") == NULL && g_utf8_validate (text, -1, NULL))
    {
      export_put (self, text);
      return;
    }
  export_put (self, is_formula ? "\"'" : "\"");
  put_escaped (self, text, escape_csv);
  export_put_char (self, '"');
}

static const char *
escape_dot (gunichar c, char buffer[16])
{
  switch (c)
    {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    default:
      return c < 0x20 ? "" : NULL;
    }
}

void
export_put_dot (ExportOutput *self, const char *text)
{
  put_escaped (self, text, escape_dot);
}
