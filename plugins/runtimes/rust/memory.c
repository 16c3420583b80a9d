/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "memory.h"

#include <string.h>

#define PAGE_SHIFT 12
#define PAGE_BYTES (1u << PAGE_SHIFT)
#define MAX_PAGES 16384 /* 64 MiB */

static guint8 unreadable; /* in the place of a page that cannot be read */

static void
free_page (gpointer page)
{
  if (page != &unreadable)
    g_free (page);
}

static guint8 *
find_page (RustMemory *self, guint64 number)
{
  guint8 *page;

  if (self->last != NULL && self->last_number == number)
    return self->last;
  page = g_hash_table_lookup (self->pages, GSIZE_TO_POINTER (number));
  if (page == NULL)
    {
      if (g_hash_table_size (self->pages) >= MAX_PAGES)
        rust_memory_forget (self);
      page = g_malloc (PAGE_BYTES);
      if (!self->target->read (self->target->data, number << PAGE_SHIFT, page, PAGE_BYTES))
        {
          g_free (page);
          page = &unreadable;
        }
      g_hash_table_insert (self->pages, GSIZE_TO_POINTER (number), page);
    }
  self->last_number = number;
  self->last = page;
  return page;
}

static gboolean
read_memory (gpointer data, guint64 address, void *buffer, gsize length)
{
  RustMemory *self = data;
  guint8 *to = buffer;

  if (address < self->home || address + length > self->home_end)
    self->has_strayed = TRUE;
  /* Text and the like: not worth keeping. */
  if (length > PAGE_BYTES)
    return self->target->read (self->target->data, address, buffer, length);
  while (length > 0)
    {
      gsize at = address & (PAGE_BYTES - 1);
      gsize n = MIN (length, PAGE_BYTES - at);
      const guint8 *page = find_page (self, address >> PAGE_SHIFT);

      if (page == &unreadable)
        return FALSE;
      memcpy (to, page + at, n);
      to += n;
      address += n;
      length -= n;
    }
  return TRUE;
}

void
rust_memory_init (RustMemory *self, const InspectorProbeTarget *target)
{
  *self = (RustMemory){ .target = target, .memory = { read_memory, self } };
  self->pages = g_hash_table_new_full (NULL, NULL, NULL, free_page);
}

void
rust_memory_clear (RustMemory *self)
{
  g_clear_pointer (&self->pages, g_hash_table_unref);
}

void
rust_memory_forget (RustMemory *self)
{
  g_hash_table_remove_all (self->pages);
  self->last = NULL;
}

void
rust_memory_prefetch (RustMemory *self, const guint64 *addresses, const guint *lengths, guint n)
{
  g_autoptr (GArray) reads = g_array_new (FALSE, TRUE, sizeof (InspectorProbeRead));

  for (guint i = 0; i < n; i++)
    for (guint64 page = addresses[i] >> PAGE_SHIFT;
         page <= (addresses[i] + MAX (lengths[i], 1) - 1) >> PAGE_SHIFT &&
         g_hash_table_size (self->pages) + reads->len < MAX_PAGES;
         page++)
      {
        InspectorProbeRead read = { page << PAGE_SHIFT, NULL, PAGE_BYTES, FALSE };

        if (g_hash_table_contains (self->pages, GSIZE_TO_POINTER (page)))
          continue;
        read.buffer = g_malloc (PAGE_BYTES);
        g_hash_table_insert (self->pages, GSIZE_TO_POINTER (page), read.buffer);
        g_array_append_val (reads, read);
      }
  if (reads->len > 0)
    self->target->read_many (self->target->data, (InspectorProbeRead *)reads->data, reads->len);
  for (guint i = 0; i < reads->len; i++)
    {
      const InspectorProbeRead *read = &g_array_index (reads, InspectorProbeRead, i);

      if (!read->is_read)
        g_hash_table_insert (self->pages, GSIZE_TO_POINTER (read->address >> PAGE_SHIFT),
                             &unreadable);
    }
}
