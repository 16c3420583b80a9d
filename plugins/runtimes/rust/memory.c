/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "memory.h"

#include <string.h>

#define PAGE_SHIFT 12
#define PAGE_BYTES (1u << PAGE_SHIFT)
#define MAX_PAGES 16384 /* 64 MiB */

#define SLAB_PAGES 256u

static const guint8 unreadable; /* in the place of a page that cannot be read */

/* Pages that are asked for one after the other lie so, too: several are read as one piece. */
static guint8 *
take_page (RustMemory *self)
{
  guint8 *slab;

  if (self->n_used / SLAB_PAGES == self->slabs->len)
    g_ptr_array_add (self->slabs, g_malloc (SLAB_PAGES * PAGE_BYTES));
  slab = self->slabs->pdata[self->n_used / SLAB_PAGES];
  return slab + self->n_used++ % SLAB_PAGES * PAGE_BYTES;
}

static const guint8 *
read_page (RustMemory *self, guint64 number)
{
  guint8 *page;

  if (self->n_used >= MAX_PAGES)
    rust_memory_forget (self);
  page = take_page (self);
  if (self->target->read (self->target->data, number << PAGE_SHIFT, page, PAGE_BYTES))
    return page;
  self->n_used--;
  return &unreadable;
}

static const guint8 *
find_page (RustMemory *self, guint64 number)
{
  RustRecent *recent = &self->recent[number % RUST_N_RECENT];

  if (recent->page != NULL && recent->number == number)
    return recent->page;
  recent->page = g_hash_table_lookup (self->pages, GSIZE_TO_POINTER (number));
  if (recent->page == NULL)
    {
      const guint8 *page = read_page (self, number);

      g_hash_table_insert (self->pages, GSIZE_TO_POINTER (number), (gpointer)page);
      recent->page = page;
    }
  recent->number = number;
  return recent->page;
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
  self->pages = g_hash_table_new (NULL, NULL);
  self->slabs = g_ptr_array_new_with_free_func (g_free);
}

void
rust_memory_clear (RustMemory *self)
{
  g_clear_pointer (&self->pages, g_hash_table_unref);
  g_clear_pointer (&self->slabs, g_ptr_array_unref);
}

void
rust_memory_forget (RustMemory *self)
{
  g_hash_table_remove_all (self->pages);
  memset (self->recent, 0, sizeof self->recent);
  self->n_used = 0;
}

static void
add_page (RustMemory *self, GArray *reads, guint64 number)
{
  InspectorProbeRead *last =
      reads->len > 0 ? &g_array_index (reads, InspectorProbeRead, reads->len - 1) : NULL;
  InspectorProbeRead read = { number << PAGE_SHIFT, NULL, PAGE_BYTES, FALSE };

  if (g_hash_table_contains (self->pages, GSIZE_TO_POINTER (number)))
    return;
  read.buffer = take_page (self);
  g_hash_table_insert (self->pages, GSIZE_TO_POINTER (number), read.buffer);
  if (last != NULL && last->address + last->length == read.address &&
      (guint8 *)last->buffer + last->length == read.buffer)
    last->length += PAGE_BYTES;
  else
    g_array_append_val (reads, read);
}

/* Which page of several it was is found out when one is asked for. */
static void
forget_unread (RustMemory *self, const InspectorProbeRead *read)
{
  for (gsize at = 0; at < read->length; at += PAGE_BYTES)
    g_hash_table_remove (self->pages, GSIZE_TO_POINTER ((read->address + at) >> PAGE_SHIFT));
}

void
rust_memory_prefetch (RustMemory *self, const guint64 *addresses, const guint *lengths, guint n)
{
  g_autoptr (GArray) reads = g_array_new (FALSE, TRUE, sizeof (InspectorProbeRead));

  for (guint i = 0; i < n; i++)
    for (guint64 page = addresses[i] >> PAGE_SHIFT;
         page <= (addresses[i] + MAX (lengths[i], 1) - 1) >> PAGE_SHIFT && self->n_used < MAX_PAGES;
         page++)
      add_page (self, reads, page);
  if (reads->len > 0)
    self->target->read_many (self->target->data, (InspectorProbeRead *)reads->data, reads->len);
  for (guint i = 0; i < reads->len; i++)
    {
      const InspectorProbeRead *read = &g_array_index (reads, InspectorProbeRead, i);

      if (!read->is_read)
        forget_unread (self, read);
    }
}
