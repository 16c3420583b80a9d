/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "emit/clock.h"
#include "emit/options.h"
#include "emit/sys.h"

#ifndef INSPECT_VERSION
#define INSPECT_VERSION "0"
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* A limit on address space is the program's own budget: what we take of it must not show. */
#define ADDRESS_SPACE_SHARE 16

#define MIN_RING_RECORDS 256u

EmitChannel emit_channel;

typedef struct
{
  uint32_t rings;
  uint32_t records;
  uint32_t kinds;
  uint32_t locations;
  uint32_t modules;
  uint32_t strings;
} Shape;

/* From the one that is wanted to the least that is of use. All but the tables and what a thread
 * really writes are never touched, so the first costs address space alone. */
static const Shape shapes[] = {
  { 256, 65536, 2048, 65536, 1024, 8u << 20 },
  { 64, 16384, 1024, 16384, 512, 1u << 20 },
  { 16, 4096, 512, 4096, 256, 256u << 10 },
  { 4, 1024, 256, 1024, 64, 64u << 10 },
};

static size_t
pages (size_t bytes)
{
  return (bytes + CHANNEL_PAGE - 1) & ~(size_t)(CHANNEL_PAGE - 1);
}

static uint32_t
power_of_two_below (uint64_t value)
{
  return value == 0 ? 0 : 1u << (63 - __builtin_clzll (value));
}

/* The options stand for the first shape; the smaller ones only ever take away from it. */
static Shape
shape_with_options (const Shape *shape)
{
  Shape result = *shape;
  uint64_t rings = emit_process_option ("rings", shapes[0].rings);
  uint64_t records = emit_process_option ("records", shapes[0].records);

  if (rings < 1)
    rings = 1;
  if (rings > CHANNEL_MAX_RINGS)
    rings = CHANNEL_MAX_RINGS;
  if (records < MIN_RING_RECORDS)
    records = MIN_RING_RECORDS;
  if (records > CHANNEL_MAX_CAPACITY)
    records = CHANNEL_MAX_CAPACITY;
  if (shape == &shapes[0] || rings < result.rings)
    result.rings = (uint32_t)rings;
  if (shape == &shapes[0] || records < result.records)
    result.records = power_of_two_below (records);
  return result;
}

/* The one place that knows in which order the regions lie. */
static void
lay_out (EmitChannel *channel, const Shape *shape, char *base)
{
  size_t offset = CHANNEL_PAGE;

  channel->base = base;
  channel->header = (ChannelHeader *)base;
  channel->control = (ChannelControl *)(base + offset);
  offset += CHANNEL_PAGE;
  channel->tails = (ChannelTail *)(base + offset);
  offset += pages (shape->rings * sizeof (ChannelTail));
  channel->kinds = (ChannelKind *)(base + offset);
  offset += pages (shape->kinds * sizeof (ChannelKind));
  channel->locations = (ChannelLocation *)(base + offset);
  offset += pages (shape->locations * sizeof (ChannelLocation));
  channel->modules = (ChannelModule *)(base + offset);
  offset += pages (shape->modules * sizeof (ChannelModule));
  channel->strings = base + offset;
  offset += pages (shape->strings);
  channel->rings = (ChannelRing *)(base + offset);
  offset += pages (shape->rings * sizeof (ChannelRing));
  channel->records = (ChannelRecord *)(base + offset);
  offset += (size_t)shape->rings * shape->records * sizeof (ChannelRecord);

  channel->size = offset;
  channel->kinds_capacity = shape->kinds;
  channel->locations_capacity = shape->locations;
  channel->modules_capacity = shape->modules;
  channel->strings_capacity = shape->strings;
  channel->n_rings = shape->rings;
  channel->ring_capacity = shape->records;

  channel->kinds_count = 0;
  channel->locations_count = 0;
  channel->modules_count = 0;
  channel->strings_used = EMIT_STRINGS_START;
}

static Shape
shape_of (const EmitChannel *channel)
{
  return (Shape){ channel->n_rings,          channel->ring_capacity,
                  channel->kinds_capacity,   channel->locations_capacity,
                  channel->modules_capacity, channel->strings_capacity };
}

/* Where the first thing that is written to starts and where the records do. */
static size_t
front_size (const EmitChannel *channel)
{
  return (size_t)((const char *)channel->records - channel->base);
}

static bool
is_within_limits (size_t size, bool adds_address_space)
{
  struct rlimit64 limit;

  /* Beyond this limit ftruncate() does not merely fail: it raises SIGXFSZ. */
  if (sys_prlimit64 (0, RLIMIT_FSIZE, NULL, &limit) == 0 && limit.rlim_cur != RLIM64_INFINITY &&
      size > limit.rlim_cur)
    return false;
  if (adds_address_space && sys_prlimit64 (0, RLIMIT_AS, NULL, &limit) == 0 &&
      limit.rlim_cur != RLIM64_INFINITY && size > limit.rlim_cur / ADDRESS_SPACE_SHARE)
    return false;
  return true;
}

static int
make_memfd (size_t size)
{
  int fd = sys_memfd_create ("async-inspect", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  int result;

  if (fd < 0)
    return fd == -EINVAL ? -ENOSYS : fd;
  result = sys_ftruncate (fd, (int64_t)size);
  if (result == 0)
    {
      result = sys_fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
      if (result == -EINVAL)
        result = -ENOSYS;
    }
  if (result < 0)
    {
      sys_close (fd);
      return result;
    }
  return fd;
}

static void *
map_memfd (int fd, void *address, size_t size, int flags)
{
  void *memory =
      sys_mmap (address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | flags, fd, 0);

  /* A core file of the program must not grow by the rings. */
  if (!sys_is_error (memory))
    sys_madvise (memory, size, MADV_DONTDUMP);
  return memory;
}

int
emit_channel_populate (const void *start, size_t length)
{
  uintptr_t first = (uintptr_t)start & ~(uintptr_t)(CHANNEL_PAGE - 1);
  int result =
      sys_madvise ((void *)first, pages ((uintptr_t)start - first + length), MADV_POPULATE_WRITE);

  return result == -EFAULT || result == -ENOMEM ? -ENOMEM : 0;
}

static void
fill_header (const EmitChannel *channel, int32_t parent_pid)
{
  ChannelHeader *header = channel->header;

  header->magic = CHANNEL_MAGIC;
  header->abi_major = CHANNEL_ABI_MAJOR;
  header->abi_minor = CHANNEL_ABI_MINOR;
  header->header_size = sizeof *header;
  header->total_size = channel->size;
  header->clock = emit_clock;
  header->pid = sys_getpid ();
  header->tick_hz = emit_clock == CHANNEL_CLOCK_CNTVCT ? emit_clock_hz () : 0;
  header->start_ticks = emit_ticks ();
  header->kinds_offset = (uint64_t)((char *)channel->kinds - channel->base);
  header->locations_offset = (uint64_t)((char *)channel->locations - channel->base);
  header->modules_offset = (uint64_t)((char *)channel->modules - channel->base);
  header->strings_offset = (uint64_t)(channel->strings - channel->base);
  header->rings_offset = (uint64_t)((char *)channel->rings - channel->base);
  header->records_offset = (uint64_t)((char *)channel->records - channel->base);
  header->kinds_capacity = channel->kinds_capacity;
  header->locations_capacity = channel->locations_capacity;
  header->modules_capacity = channel->modules_capacity;
  header->strings_capacity = channel->strings_capacity;
  header->n_rings = channel->n_rings;
  header->ring_capacity = channel->ring_capacity;
  memcpy (header->version, INSPECT_VERSION, sizeof INSPECT_VERSION);
  header->parent_pid = parent_pid;
  header->state.value = CHANNEL_STATE_LIVE;

  /* The inspector's part, as it is until the inspector comes. */
  channel->control->policy = emit_option_policy ();
  channel->control->looking = 1;
  channel->control->heartbeat_ns = emit_clock_monotonic_ns ();
}

/* All of the front but the two large tables, which grow as they are used. */
static int
populate_front (const EmitChannel *channel)
{
  const char *kinds_end = (const char *)channel->locations;

  if (emit_channel_populate (channel->base, (size_t)(kinds_end - channel->base)) < 0 ||
      emit_channel_populate (channel->rings, channel->n_rings * sizeof (ChannelRing)) < 0)
    return -ENOMEM;
  return 0;
}

static int
try_shape (const Shape *shape)
{
  EmitChannel channel;
  char *base;
  int fd;

  lay_out (&channel, shape, NULL);
  if (!is_within_limits (channel.size, true))
    return -ENOMEM;
  fd = make_memfd (channel.size);
  if (fd < 0)
    return fd;
  base = map_memfd (fd, NULL, channel.size, 0);
  if (sys_is_error (base))
    goto close_memfd;
  lay_out (&channel, shape, base);
  if (populate_front (&channel) < 0)
    goto unmap;

  fill_header (&channel, 0);
  channel.header->strings_used.value = channel.strings_used;
  emit_channel = channel;
  return fd;

unmap:
  sys_munmap (base, channel.size);
close_memfd:
  sys_close (fd);
  return -ENOMEM;
}

int
emit_channel_create (void)
{
  int result = -ENOMEM;

  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    {
      Shape shape = shape_with_options (&shapes[i]);

      result = try_shape (&shape);
      if (result >= 0 || result == -ENOSYS || result == -EPERM)
        return result;
    }
  return result;
}

/* Copies what numbers refer to. Entries that another thread was filling at the fork stay unready,
 * and nothing refers to them. */
static void
copy_tables (const EmitChannel *to, const EmitChannel *from)
{
  ChannelHeader *header = to->header;

  header->kinds_count.value = from->kinds_count;
  header->locations_count.value = from->locations_count;
  header->modules_count.value = from->modules_count;
  header->strings_used.value = from->strings_used;
  memcpy (to->kinds, from->kinds, from->kinds_count * sizeof (ChannelKind));
  memcpy (to->locations, from->locations, from->locations_count * sizeof (ChannelLocation));
  memcpy (to->modules, from->modules, from->modules_count * sizeof (ChannelModule));
  memcpy (to->strings, from->strings, from->strings_used);
}

/* Rings that live go on at their heads; what was in them is the earlier channel's. */
static void
copy_rings (const EmitChannel *to, const EmitChannel *from)
{
  for (uint32_t i = 0; i < from->n_rings; i++)
    {
      to->rings[i] = from->rings[i];
      to->rings[i].lost = 0;
      to->rings[i].cost_ticks = 0;
      to->rings[i].cost_calls = 0;
      to->tails[i].tail = to->rings[i].head;
      if (to->rings[i].state == CHANNEL_RING_CLOSED)
        to->rings[i].state = CHANNEL_RING_FREE;
      if (to->rings[i].state == CHANNEL_RING_LIVE)
        to->header->rings_used.value = i + 1;
    }
}

int
emit_channel_replace (int32_t parent_pid, int keep_rings)
{
  EmitChannel *old = &emit_channel, channel;
  Shape shape = shape_of (old);
  size_t front = front_size (old);
  char *base;
  int fd;

  if (!is_within_limits (old->size, false))
    return -ENOMEM;
  fd = make_memfd (old->size);
  if (fd < 0)
    return fd;

  /* Filled aside, so that it is whole at the instant that it takes the other's place. */
  base = map_memfd (fd, NULL, front, 0);
  if (sys_is_error (base))
    goto close_memfd;
  lay_out (&channel, &shape, base);
  if (populate_front (&channel) < 0)
    goto unmap;
  fill_header (&channel, parent_pid);
  copy_tables (&channel, old);
  if (keep_rings)
    copy_rings (&channel, old);
  sys_munmap (base, front);

  if (sys_is_error (map_memfd (fd, old->base, old->size, MAP_FIXED)))
    goto close_memfd;
  return fd;

unmap:
  sys_munmap (base, front);
close_memfd:
  sys_close (fd);
  return -ENOMEM;
}

void
emit_channel_release_records (void)
{
  char *records = (char *)emit_channel.records;

  sys_mmap (records, emit_channel.size - (size_t)(records - emit_channel.base),
            PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

void
emit_channel_discard (void)
{
  sys_munmap (emit_channel.base, emit_channel.size);
  memset (&emit_channel, 0, sizeof emit_channel);
}

void
emit_channel_detach (void)
{
  sys_mmap (emit_channel.base, emit_channel.size, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}
