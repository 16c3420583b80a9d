/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PIECE ((gsize)4 << 20)
#define ALIGNMENT ((gsize)16)
#define DEFAULT_MEMORY ((gsize)64 << 20)
#define DEFAULT_RESIDENT ((gsize)192 << 20)
#define DEFAULT_MAXIMUM (G_GUINT64_CONSTANT (16) << 30)
#define WITHOUT_FILE (G_GUINT64_CONSTANT (1) << 30)
/* The disk is the user's: so much of it stays free. */
#define LEFT_ON_DISK (G_GUINT64_CONSTANT (1) << 30)

typedef struct
{
  guint8 *bytes;
  gsize size;
  gboolean is_in_file;
} Piece;

struct _ModelStore
{
  ModelStoreLimits limits;
  GArray *pieces; /* Piece; small things are taken from the one that is open */
  guint8 *at;     /* in the open piece */
  gsize left;
  int fd; /* -1: none was made yet; -2: there is no room for one */
  gsize file_size;
  guint64 size; /* given out, as the next; published */
  guint64 in_file;
  gboolean is_full;
};

ModelStore *
model_store_new (const ModelStoreLimits *limits)
{
  ModelStore *self = g_new0 (ModelStore, 1);

  if (limits != NULL)
    self->limits = *limits;
  if (self->limits.memory == 0)
    self->limits.memory = DEFAULT_MEMORY;
  if (self->limits.resident == 0)
    self->limits.resident = DEFAULT_RESIDENT;
  if (self->limits.maximum == 0)
    self->limits.maximum = DEFAULT_MAXIMUM;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  self->fd = -1;
  return self;
}

void
model_store_free (ModelStore *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->pieces->len; i++)
    {
      const Piece *piece = &g_array_index (self->pieces, Piece, i);

      munmap (piece->bytes, piece->size);
    }
  if (self->fd >= 0)
    close (self->fd);
  g_array_unref (self->pieces);
  g_free (self);
}

/* ---- The file ---------------------------------------------------------------------------------- */

/* Where large files of the user's belong; a temporary folder may be memory itself. */
static int
open_file (void)
{
  const char *const folders[] = { g_get_user_cache_dir (), "/var/tmp", g_get_tmp_dir () };
  int fd = -1;

  for (guint i = 0; fd < 0 && i < G_N_ELEMENTS (folders); i++)
    fd = open (folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  return fd >= 0 ? fd : -2;
}

/* The disk's room is taken before it is used: a page that finds none would end the process. */
static gboolean
take_room (ModelStore *self, gsize size)
{
  struct statvfs disk;

  if (self->fd == -1)
    self->fd = open_file ();
  return self->fd >= 0 && fstatvfs (self->fd, &disk) == 0 &&
         (guint64)disk.f_bavail * disk.f_frsize >= LEFT_ON_DISK + size &&
         fallocate (self->fd, 0, (off_t)self->file_size, (off_t)size) == 0;
}

/* All but the last pieces: what is read of them again comes from the file. */
static void
let_pages_go (ModelStore *self)
{
  gsize resident = 0;

  for (guint i = self->pieces->len; i > 0; i--)
    {
      const Piece *piece = &g_array_index (self->pieces, Piece, i - 1);

      if (!piece->is_in_file)
        return;
      resident += piece->size;
      if (resident > self->limits.resident)
        madvise (piece->bytes, piece->size, MADV_DONTNEED);
    }
}

static guint8 *
map_file (ModelStore *self, gsize size)
{
  guint8 *bytes;

  if (!take_room (self, size))
    return NULL;
  bytes = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, (off_t)self->file_size);
  if (bytes == MAP_FAILED)
    return NULL;
  self->file_size += size;
  let_pages_go (self);
  return bytes;
}

static guint8 *
map_memory (gsize size)
{
  guint8 *bytes = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return bytes != MAP_FAILED ? bytes : NULL;
}

/* ---- Giving out -------------------------------------------------------------------------------- */

static const Piece *
add_piece (ModelStore *self, gsize size)
{
  Piece piece = { .size = size };
  gboolean wants_file = self->size + size > self->limits.memory;

  if (self->is_full || self->size + size > self->limits.maximum)
    return NULL;
  if (wants_file && self->fd != -2)
    {
      piece.bytes = map_file (self, size);
      piece.is_in_file = piece.bytes != NULL;
    }
  if (piece.bytes == NULL &&
      self->size - self->in_file + size <= MAX (WITHOUT_FILE, self->limits.memory))
    piece.bytes = map_memory (size);
  if (piece.bytes == NULL)
    return NULL;
  g_array_append_val (self->pieces, piece);
  __atomic_store_n (&self->size, self->size + size, __ATOMIC_RELAXED);
  if (piece.is_in_file)
    __atomic_store_n (&self->in_file, self->in_file + size, __ATOMIC_RELAXED);
  return &g_array_index (self->pieces, Piece, self->pieces->len - 1);
}

gpointer
model_store_allocate (ModelStore *self, gsize size)
{
  const Piece *piece;
  guint8 *given;

  size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  if (size > self->left)
    {
      piece = add_piece (self, MAX (size, PIECE));
      if (piece == NULL)
        {
          self->is_full = TRUE;
          return NULL;
        }
      if (size >= PIECE)
        return piece->bytes;
      self->at = piece->bytes;
      self->left = piece->size;
    }
  given = self->at;
  self->at += size;
  self->left -= size;
  return given;
}

guint64
model_store_get_size (const ModelStore *self, guint64 *ret_in_file)
{
  if (ret_in_file != NULL)
    *ret_in_file = __atomic_load_n (&self->in_file, __ATOMIC_RELAXED);
  return __atomic_load_n (&self->size, __ATOMIC_RELAXED);
}
