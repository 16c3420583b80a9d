/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "channel-builder.h"

struct ChannelBuilder
{
  uint8_t *memory;
  size_t size;
  ChannelHeader *header;
  uint32_t ring_capacity; /* what the tests write over in the header does not mislead the builder */
};

static uint64_t
to_page (uint64_t size)
{
  return (size + CHANNEL_PAGE - 1) & ~(uint64_t)(CHANNEL_PAGE - 1);
}

static uint32_t
or_default (uint32_t value, uint32_t otherwise)
{
  return value != 0 ? value : otherwise;
}

static uint64_t
place (uint64_t *end, uint64_t size)
{
  uint64_t offset = *end;

  *end += to_page (size);
  return offset;
}

ChannelBuilder *
channel_builder_new (const ChannelBuilderShape *shape)
{
  static const ChannelBuilderShape small;
  ChannelHeader header __attribute__ ((aligned (64)));
  ChannelBuilder *builder = calloc (1, sizeof *builder);
  uint64_t end;

  if (shape == NULL)
    shape = &small;
  memset (&header, 0, sizeof header);
  header.magic = CHANNEL_MAGIC;
  header.abi_major = CHANNEL_ABI_MAJOR;
  header.abi_minor = CHANNEL_ABI_MINOR;
  header.header_size = sizeof header;
  header.clock = or_default (shape->clock, CHANNEL_CLOCK_MONOTONIC);
  header.tick_hz = shape->tick_hz;
  header.pid = getpid ();
  header.n_rings = or_default (shape->n_rings, 4);
  header.ring_capacity = or_default (shape->ring_capacity, 64);
  header.kinds_capacity = or_default (shape->kinds_capacity, 64);
  header.locations_capacity = or_default (shape->locations_capacity, 64);
  header.modules_capacity = or_default (shape->modules_capacity, 8);
  header.strings_capacity = or_default (shape->strings_capacity, 4096);
  header.state.value = CHANNEL_STATE_LIVE;
  header.strings_used.value = 8; /* offset 0 is no string */
  memcpy (header.version, "0.0-builder", 12);

  end = CHANNEL_PAGE;
  place (&end, CHANNEL_PAGE + (uint64_t)header.n_rings * sizeof (ChannelTail));
  header.kinds_offset = place (&end, (uint64_t)header.kinds_capacity * sizeof (ChannelKind));
  header.locations_offset =
      place (&end, (uint64_t)header.locations_capacity * sizeof (ChannelLocation));
  header.modules_offset = place (&end, (uint64_t)header.modules_capacity * sizeof (ChannelModule));
  header.strings_offset = place (&end, header.strings_capacity);
  header.rings_offset = place (&end, (uint64_t)header.n_rings * sizeof (ChannelRing));
  header.records_offset =
      place (&end, (uint64_t)header.n_rings * header.ring_capacity * sizeof (ChannelRecord));
  header.total_size = end;

  if (builder == NULL || posix_memalign ((void **)&builder->memory, CHANNEL_PAGE, end) != 0)
    abort ();
  memset (builder->memory, 0, end);
  memcpy (builder->memory, &header, sizeof header);
  builder->size = end;
  builder->header = (ChannelHeader *)(void *)builder->memory;
  builder->ring_capacity = header.ring_capacity;
  channel_builder_get_control (builder)->looking = 1;
  return builder;
}

void
channel_builder_free (ChannelBuilder *builder)
{
  if (builder == NULL)
    return;
  free (builder->memory);
  free (builder);
}

/* ---- Where things are ------------------------------------------------------------------------ */

void *
channel_builder_get_memory (ChannelBuilder *builder, size_t *ret_size)
{
  *ret_size = builder->size;
  return builder->memory;
}

static void *
at (ChannelBuilder *builder, uint64_t offset, uint64_t index, size_t size)
{
  return builder->memory + offset + index * size;
}

ChannelHeader *
channel_builder_get_header (ChannelBuilder *builder)
{
  return builder->header;
}

ChannelControl *
channel_builder_get_control (ChannelBuilder *builder)
{
  return at (builder, CHANNEL_PAGE, 0, 0);
}

ChannelTail *
channel_builder_get_tail (ChannelBuilder *builder, uint32_t ring)
{
  return at (builder, 2 * CHANNEL_PAGE, ring, sizeof (ChannelTail));
}

ChannelRing *
channel_builder_get_ring (ChannelBuilder *builder, uint32_t ring)
{
  return at (builder, builder->header->rings_offset, ring, sizeof (ChannelRing));
}

ChannelRecord *
channel_builder_get_slot (ChannelBuilder *builder, uint32_t ring, uint64_t index)
{
  uint64_t slot = index & (builder->ring_capacity - 1);

  return at (builder, builder->header->records_offset,
             (uint64_t)ring * builder->ring_capacity + slot, sizeof (ChannelRecord));
}

ChannelKind *
channel_builder_get_kind (ChannelBuilder *builder, uint32_t number)
{
  return at (builder, builder->header->kinds_offset, number - 1, sizeof (ChannelKind));
}

ChannelLocation *
channel_builder_get_location (ChannelBuilder *builder, uint32_t number)
{
  return at (builder, builder->header->locations_offset, number - 1, sizeof (ChannelLocation));
}

ChannelModule *
channel_builder_get_module (ChannelBuilder *builder, uint32_t number)
{
  return at (builder, builder->header->modules_offset, number - 1, sizeof (ChannelModule));
}

int
channel_builder_dup_memfd (ChannelBuilder *builder, unsigned seals)
{
  int fd = memfd_create ("channel-builder", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0 || ftruncate (fd, (off_t)builder->size) < 0 ||
      pwrite (fd, builder->memory, builder->size, 0) != (ssize_t)builder->size ||
      fcntl (fd, F_ADD_SEALS, (int)seals) < 0)
    abort ();
  return fd;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static uint32_t
take_number (uint32_t *count, uint32_t capacity, uint64_t *lost)
{
  if (*count >= capacity)
    {
      ++*lost;
      return 0;
    }
  return ++*count;
}

uint32_t
channel_builder_add_string_bytes (ChannelBuilder *builder, const void *text, size_t length)
{
  ChannelHeader *header = builder->header;
  uint32_t offset = header->strings_used.value;
  size_t needed = (4 + length + 1 + 7) & ~(size_t)7;
  uint8_t *string = builder->memory + header->strings_offset + offset;
  uint32_t wire_length = (uint32_t)length;

  if (needed > header->strings_capacity - offset)
    {
      header->lost_strings++;
      return 0;
    }
  memcpy (string, &wire_length, 4);
  memcpy (string + 4, text, length);
  string[4 + length] = 0;
  header->strings_used.value += (uint32_t)needed;
  return offset;
}

uint32_t
channel_builder_add_string (ChannelBuilder *builder, const char *text)
{
  return text != NULL ? channel_builder_add_string_bytes (builder, text, strlen (text)) : 0;
}

uint32_t
channel_builder_add_kind (ChannelBuilder *builder, uint32_t of, uint32_t flags, const char *name,
                          const char *phrase)
{
  ChannelHeader *header = builder->header;
  uint32_t number =
      take_number (&header->kinds_count.value, header->kinds_capacity, &header->lost_kinds);
  ChannelKind *kind = channel_builder_get_kind (builder, number);

  if (number == 0)
    return 0;
  kind->of = of;
  kind->flags = flags;
  kind->name = channel_builder_add_string (builder, name);
  kind->phrase = channel_builder_add_string (builder, phrase);
  __atomic_store_n (&kind->ready, 1, __ATOMIC_RELEASE);
  return number;
}

static ChannelLocation *
take_location (ChannelBuilder *builder, uint32_t *ret_number)
{
  ChannelHeader *header = builder->header;

  *ret_number = take_number (&header->locations_count.value, header->locations_capacity,
                             &header->lost_locations);
  return *ret_number > 0 ? channel_builder_get_location (builder, *ret_number) : NULL;
}

uint32_t
channel_builder_add_location (ChannelBuilder *builder, const char *file, const char *function,
                              uint32_t line)
{
  uint32_t number;
  ChannelLocation *location = take_location (builder, &number);

  if (location == NULL)
    return 0;
  location->of = CHANNEL_LOCATION_STATIC;
  location->file = channel_builder_add_string (builder, file);
  location->function = channel_builder_add_string (builder, function);
  location->line = line;
  __atomic_store_n (&location->ready, 1, __ATOMIC_RELEASE);
  return number;
}

uint32_t
channel_builder_add_address (ChannelBuilder *builder, ChannelLocationClass of, uint64_t address)
{
  uint32_t number;
  ChannelLocation *location = take_location (builder, &number);

  if (location == NULL)
    return 0;
  location->of = of;
  location->address = address;
  __atomic_store_n (&location->ready, 1, __ATOMIC_RELEASE);
  return number;
}

uint32_t
channel_builder_add_stack (ChannelBuilder *builder, const uint64_t *frames, uint32_t n)
{
  uint32_t number;
  ChannelLocation *location = take_location (builder, &number);

  if (location == NULL)
    return 0;
  location->of = CHANNEL_LOCATION_STACK;
  location->address = n > 0 ? frames[0] : 0;
  location->file = channel_builder_add_string_bytes (builder, frames, n * sizeof *frames);
  __atomic_store_n (&location->ready, 1, __ATOMIC_RELEASE);
  return number;
}

uint32_t
channel_builder_add_module (ChannelBuilder *builder, const char *path, uint64_t start, uint64_t end,
                            uint64_t bias)
{
  ChannelHeader *header = builder->header;
  uint32_t number =
      take_number (&header->modules_count.value, header->modules_capacity, &header->lost_modules);
  ChannelModule *module = channel_builder_get_module (builder, number);

  if (number == 0)
    return 0;
  module->path = channel_builder_add_string (builder, path);
  module->start = start;
  module->end = end;
  module->bias = bias;
  __atomic_store_n (&module->ready, 1, __ATOMIC_RELEASE);
  return number;
}

/* ---- Rings ----------------------------------------------------------------------------------- */

uint32_t
channel_builder_add_ring (ChannelBuilder *builder, int32_t tid)
{
  uint32_t index = builder->header->rings_used.value++;
  ChannelRing *ring = channel_builder_get_ring (builder, index);

  ring->tid = tid;
  ring->generation++;
  ring->state = CHANNEL_RING_LIVE;
  return index;
}

uint64_t
channel_builder_reserve (ChannelBuilder *builder, uint32_t ring)
{
  return __atomic_fetch_add (&channel_builder_get_ring (builder, ring)->head, 1, __ATOMIC_SEQ_CST);
}

void
channel_builder_commit (ChannelBuilder *builder, uint32_t ring, uint64_t index, uint64_t time,
                        ChannelType type, uint32_t bits, uint64_t task, uint64_t arg)
{
  ChannelRecord *slot = channel_builder_get_slot (builder, ring, index);

  slot->time = time;
  slot->type_location = (uint32_t)type | bits << 8;
  slot->task = task;
  slot->arg = arg;
  __atomic_store_n (&slot->seq, (uint32_t)(index + 1), __ATOMIC_RELEASE);
}

static bool
has_room (ChannelBuilder *builder, uint32_t index)
{
  ChannelRing *ring = channel_builder_get_ring (builder, index);

  if (channel_builder_get_control (builder)->policy == CHANNEL_POLICY_OVERWRITE)
    return true;
  if (ring->head - channel_builder_get_tail (builder, index)->tail < builder->ring_capacity)
    return true;
  ring->lost++;
  return false;
}

bool
channel_builder_record (ChannelBuilder *builder, uint32_t ring, uint64_t time, ChannelType type,
                        uint32_t bits, uint64_t task, uint64_t arg)
{
  if (!has_room (builder, ring))
    return false;
  channel_builder_commit (builder, ring, channel_builder_reserve (builder, ring), time, type, bits,
                          task, arg);
  return true;
}

bool
channel_builder_attribute (ChannelBuilder *builder, uint32_t ring, uint64_t object, uint32_t key,
                           uint64_t value)
{
  return channel_builder_record (builder, ring, value, CHANNEL_ATTRIBUTE, 0, object,
                                 (uint64_t)key << 48);
}

bool
channel_builder_bytes (ChannelBuilder *builder, uint32_t ring, uint64_t object, uint32_t key,
                       const void *bytes, size_t length)
{
  bool is_whole = channel_builder_record (builder, ring, 0, CHANNEL_ATTRIBUTE, 0, object,
                                          (uint64_t)key << 48 | length);

  for (size_t i = 0; i < length; i += 16)
    {
      uint64_t halves[2] = { 0, 0 };

      memcpy (halves, (const uint8_t *)bytes + i, length - i < 16 ? length - i : 16);
      is_whole &= channel_builder_record (builder, ring, halves[0], CHANNEL_BYTES,
                                          (uint32_t)(i / 16), object, halves[1]);
    }
  return is_whole;
}
