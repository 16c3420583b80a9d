/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "loops.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define MAX_STACK (32 * 1024)
#define MAX_DATA (4 * 1024 * 1024)
#define MAX_LOOPS 64u
#define MAX_HANDLES 100000u
#define MAX_TRIES 5u

#define RING_OF_LOOP offsetof (uv_loop_t, handle_queue)
#define RING_OF_HANDLE offsetof (uv_handle_t, handle_queue)

/* A link of a ring: where the next one is, and the one before. */
typedef struct
{
  guint64 next, previous;
} Link;

/* ---- Finding ---------------------------------------------------------------------------------- */

static gboolean
is_writable (const InspectorProbeTarget *target, guint64 address)
{
  const InspectorProbeRegion *region = inspector_probe_find_region (target, address);

  return region != NULL && region->is_writable;
}

static gboolean
read_link (const InspectorProbeTarget *target, guint64 address, Link *ret_link)
{
  return target->read (target->data, address, ret_link, sizeof *ret_link);
}

/* A loop waits in epoll. Other rings, as malloc() has them, may have numbers before them that could be descriptors. */
static gboolean
is_epoll (const InspectorProbeTarget *target, int fd)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd/%d", target->pid, fd);
  char link[64];
  gssize length;

  /* Of what a process has left nobody can be asked. */
  if (target->pid == 0)
    return TRUE;
  length = readlink (path, link, sizeof link - 1);
  if (length < 0)
    return FALSE;
  link[length] = '\0';
  return strstr (link, "[eventpoll]") != NULL;
}

/* The descriptor is one, and the neighbours in the ring know each other. */
gboolean
look_is_loop (const InspectorProbeTarget *target, guint64 address)
{
  guint64 ring = address + RING_OF_LOOP;
  Link own, next, previous;
  uv_loop_t loop;

  return target->read (target->data, address, &loop, sizeof loop) && loop.backend_fd >= 0 &&
         loop.backend_fd < 1 << 24 && loop.active_handles < MAX_HANDLES &&
         read_link (target, ring, &own) && read_link (target, own.next, &next) &&
         read_link (target, own.previous, &previous) && next.previous == ring &&
         previous.next == ring && loop.signal_pipefd[0] < 1 << 24 &&
         is_epoll (target, loop.backend_fd);
}

static void
try_address (const InspectorProbeTarget *target, guint64 address, GArray *loops, GHashTable *seen)
{
  if (address % sizeof (void *) != 0 || loops->len == MAX_LOOPS || !is_writable (target, address) ||
      !g_hash_table_add (seen, GSIZE_TO_POINTER (address)))
    return;
  if (look_is_loop (target, address))
    g_array_append_val (loops, address);
}

static void
look_at_stack (const InspectorProbeTarget *target, const InspectorProbeThread *thread,
               GArray *loops, GHashTable *seen)
{
  gsize length =
      thread->stack_end > thread->sp ? MIN (thread->stack_end - thread->sp, MAX_STACK) : 0;
  g_autofree guint64 *words = g_malloc (MAX_STACK);

  length &= ~(gsize)7;
  if (length == 0 || !target->read (target->data, thread->sp, words, length))
    return;
  for (gsize i = 0; i < length / sizeof *words; i++)
    try_address (target, words[i], loops, seen);
}

/* The default loop is a variable. What cannot be one by its ring alone is not read a second time. */
static void
look_at_data (const InspectorProbeTarget *target, const InspectorProbeRegion *region, GArray *loops,
              GHashTable *seen)
{
  gsize length = MIN (region->end - region->begin, MAX_DATA);
  g_autofree guint8 *bytes = g_malloc (length);

  if (!target->read (target->data, region->begin, bytes, length))
    return;
  for (gsize i = 0; i + sizeof (uv_loop_t) <= length; i += sizeof (void *))
    {
      Link link;

      memcpy (&link, bytes + i + RING_OF_LOOP, sizeof link);
      if (link.next != 0 && link.previous != 0 && link.next % 8 == 0 && link.previous % 8 == 0 &&
          is_writable (target, link.next) && is_writable (target, link.previous))
        try_address (target, region->begin + i, loops, seen);
    }
}

GArray *
look_find_loops (const InspectorProbeTarget *target, const InspectorProbeModule *module)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GArray *loops = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < target->n_threads && !target->is_cancelled (target->data); i++)
    if (target->threads[i].sp != 0)
      look_at_stack (target, &target->threads[i], loops, seen);
  /* What is not filled from the file lies behind what is. */
  for (guint i = 0; i < target->n_regions && module != NULL; i++)
    {
      const InspectorProbeRegion *region = &target->regions[i];

      if (region->is_writable && region->begin >= module->start && region->begin <= module->end)
        look_at_data (target, region, loops, seen);
    }
  return loops;
}

/* ---- Copying ---------------------------------------------------------------------------------- */

/* What changes when handles come, go, start or stop, or a timer is set. */
static gboolean
is_same (const uv_loop_t *a, const uv_loop_t *b)
{
  return a->active_handles == b->active_handles && a->timer_counter == b->timer_counter &&
         memcmp (&a->handle_queue, &b->handle_queue, sizeof a->handle_queue) == 0 &&
         memcmp (&a->timer_heap, &b->timer_heap, sizeof a->timer_heap) == 0;
}

static gboolean
copy_handles (const InspectorProbeTarget *target, LookLoop *loop)
{
  guint64 ring = loop->address + RING_OF_LOOP, before = ring;
  Link link;

  memcpy (&link, &loop->bytes.handle_queue, sizeof link);
  while (link.next != ring)
    {
      LookHandle handle = { .address = link.next - RING_OF_HANDLE };

      if (loop->handles->len == MAX_HANDLES || target->is_cancelled (target->data))
        return FALSE;
      /* The last of a page may be smaller than the largest handle is. */
      if (!target->read (target->data, handle.address, &handle.bytes, sizeof handle.bytes) &&
          !target->read (target->data, handle.address, &handle.bytes, sizeof (uv_timer_t)))
        return FALSE;
      memcpy (&link, (const guint8 *)&handle.bytes + RING_OF_HANDLE, sizeof link);
      if (GPOINTER_TO_SIZE (handle.bytes.handle.loop) != loop->address || link.previous != before)
        return FALSE;
      before = handle.address + RING_OF_HANDLE;
      g_array_append_val (loop->handles, handle);
    }
  return TRUE;
}

gboolean
look_copy_loop (const InspectorProbeTarget *target, guint64 address, LookLoop *ret_loop)
{
  *ret_loop =
      (LookLoop){ .address = address, .handles = g_array_new (FALSE, FALSE, sizeof (LookHandle)) };
  for (guint i = 0; i < MAX_TRIES && !target->is_cancelled (target->data); i++)
    {
      uv_loop_t after;

      g_array_set_size (ret_loop->handles, 0);
      if (target->read (target->data, address, &ret_loop->bytes, sizeof ret_loop->bytes) &&
          copy_handles (target, ret_loop) &&
          target->read (target->data, address, &after, sizeof after) &&
          is_same (&ret_loop->bytes, &after))
        return TRUE;
    }
  return FALSE;
}

void
look_loop_clear (LookLoop *loop)
{
  g_array_unref (loop->handles);
}
