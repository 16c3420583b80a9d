/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/spool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE 4096

/* A piece of a text in the file. */
typedef struct
{
  guint32 next; /* number of the next one + 1; 0: none */
  guint32 length;
  char bytes[PIECE - 8];
} Piece;

typedef struct
{
  guint32 first;  /* number + 1; 0: it is still in memory */
  guint32 number; /* of @piece */
  Piece *piece;   /* the last one */
} Text;

struct _ExportSpool
{
  ExportOutput *output;
  int fd;
  guint32 n_pieces;
  GArray *texts; /* Text */
};

G_STATIC_ASSERT (sizeof (Piece) == PIECE);

ExportSpool *
export_spool_new (ExportOutput *output)
{
  ExportSpool *self = g_new0 (ExportSpool, 1);

  self->output = output;
  self->fd = export_output_open_spool (output);
  self->texts = g_array_new (FALSE, TRUE, sizeof (Text));
  return self;
}

void
export_spool_free (ExportSpool *self)
{
  for (guint i = 0; i < self->texts->len; i++)
    g_free (g_array_index (self->texts, Text, i).piece);
  g_array_unref (self->texts);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

guint
export_spool_add (ExportSpool *self)
{
  Text text = { 0, self->n_pieces++, g_new0 (Piece, 1) };

  text.first = text.number + 1;
  g_array_append_val (self->texts, text);
  return self->texts->len - 1;
}

static void
write_piece (ExportSpool *self, const Text *text)
{
  if (self->fd >= 0 && pwrite (self->fd, text->piece, PIECE, (off_t)text->number * PIECE) != PIECE)
    export_output_fail (self->output, errno != 0 ? errno : ENOSPC);
}

void
export_spool_put (ExportSpool *self, guint number, const char *bytes, gsize length)
{
  Text *text = &g_array_index (self->texts, Text, number);

  while (length > 0)
    {
      Piece *piece = text->piece;
      gsize n = MIN (length, sizeof piece->bytes - piece->length);

      memcpy (piece->bytes + piece->length, bytes, n);
      piece->length += (guint32)n;
      bytes += n;
      length -= n;
      if (piece->length < sizeof piece->bytes)
        continue;
      piece->next = self->n_pieces + 1;
      write_piece (self, text);
      text->number = self->n_pieces++;
      piece->length = piece->next = 0;
    }
}

void
export_spool_copy (ExportSpool *self, guint number)
{
  const Text *text = &g_array_index (self->texts, Text, number);
  g_autofree Piece *piece = g_new (Piece, 1);

  for (guint32 at = text->first; at != 0 && at - 1 != text->number; at = piece->next)
    {
      if (pread (self->fd, piece, PIECE, (off_t)(at - 1) * PIECE) != PIECE ||
          piece->length > sizeof piece->bytes)
        {
          export_output_fail (self->output, EIO);
          return;
        }
      export_put_bytes (self->output, piece->bytes, piece->length);
    }
  export_put_bytes (self->output, text->piece->bytes, text->piece->length);
}
