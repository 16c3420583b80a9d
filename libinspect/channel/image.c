/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>
#include "reader-private.h"

typedef struct
{
  uint64_t offset;
  uint64_t size;
} Region;

enum
{
  N_REGIONS = 8
};

static bool
is_within (uint32_t value, uint32_t least, uint32_t most)
{
  return value >= least && value <= most;
}

static bool
has_sane_counts (const ChannelHeader *header)
{
  return is_within (header->n_rings, 1, CHANNEL_MAX_RINGS) &&
         is_within (header->ring_capacity, 2, CHANNEL_MAX_CAPACITY) &&
         (header->ring_capacity & (header->ring_capacity - 1)) == 0 &&
         header->kinds_capacity <= CHANNEL_MAX_KINDS &&
         header->locations_capacity <= CHANNEL_MAX_LOCATIONS &&
         header->modules_capacity <= CHANNEL_MAX_MODULES &&
         header->strings_capacity <= CHANNEL_MAX_STRINGS;
}

static bool
has_sane_clock (const ChannelHeader *header)
{
  switch (header->clock)
    {
    case CHANNEL_CLOCK_MONOTONIC:
      return true;
    case CHANNEL_CLOCK_TSC:
      return header->tick_hz == 0 ||
             (header->tick_hz >= 1000000 && header->tick_hz <= 10 * NSEC_PER_SEC);
    case CHANNEL_CLOCK_CNTVCT:
      return header->tick_hz >= 1000000 && header->tick_hz <= 10 * NSEC_PER_SEC;
    default:
      return false;
    }
}

/* Sizes are products of values that were bounded before, so that no sum here can wrap: an offset
 * is compared with what is left. */
static bool
has_disjoint_regions (const ChannelHeader *header)
{
  const Region regions[N_REGIONS] = {
    { 0, CHANNEL_PAGE },
    { CHANNEL_PAGE, channel_control_size (header->n_rings) },
    { header->kinds_offset, (uint64_t)header->kinds_capacity * sizeof (ChannelKind) },
    { header->locations_offset, (uint64_t)header->locations_capacity * sizeof (ChannelLocation) },
    { header->modules_offset, (uint64_t)header->modules_capacity * sizeof (ChannelModule) },
    { header->strings_offset, header->strings_capacity },
    { header->rings_offset, (uint64_t)header->n_rings * sizeof (ChannelRing) },
    { header->records_offset,
      (uint64_t)header->n_rings * header->ring_capacity * sizeof (ChannelRecord) },
  };

  for (unsigned i = 0; i < N_REGIONS; i++)
    {
      const Region *a = &regions[i];

      if (a->offset % CHANNEL_PAGE != 0 || a->offset > header->total_size ||
          a->size > header->total_size - a->offset)
        return false;
      for (unsigned j = 0; j < i; j++)
        {
          const Region *b = &regions[j];

          if (a->size > 0 && b->size > 0 && a->offset < b->offset + b->size &&
              b->offset < a->offset + a->size)
            return false;
        }
    }
  return true;
}

int
channel_image_check (const ChannelHeader *header, uint64_t size)
{
  if (size < CHANNEL_PAGE || header->magic != CHANNEL_MAGIC)
    return -EPROTO;
  if (header->abi_major != CHANNEL_ABI_MAJOR)
    return -EOVERFLOW;
  /* A later minor version appends fields, and never takes any away. */
  if (header->header_size < sizeof (ChannelHeader) || header->header_size > CHANNEL_PAGE)
    return -EPROTO;
  if (header->total_size > size || header->total_size > CHANNEL_MAX_SIZE)
    return -EPROTO;
  if (!has_sane_counts (header) || !has_sane_clock (header) || !has_disjoint_regions (header))
    return -EPROTO;
  return 0;
}
