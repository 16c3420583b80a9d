/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <stdlib.h>
#include <string.h>
#include "reader-private.h"

/* An entry that was once ready and valid is kept, and is what every later call gets: a table only
 * grows, so a target that changes an entry can not change what was shown. */

struct TableCache
{
  struct
  {
    bool is_known;
    ChannelKindInfo info;
  } * kinds;
  struct
  {
    bool is_known;
    ChannelLocationInfo info;
  } * locations;
  struct
  {
    bool is_known;
    ChannelModuleInfo info;
  } * modules;
};

TableCache *
channel_tables_new (const ChannelHeader *header)
{
  TableCache *cache = calloc (1, sizeof *cache);

  if (cache == NULL)
    return NULL;
  cache->kinds = calloc ((size_t)header->kinds_capacity + 1, sizeof *cache->kinds);
  cache->locations = calloc ((size_t)header->locations_capacity + 1, sizeof *cache->locations);
  cache->modules = calloc ((size_t)header->modules_capacity + 1, sizeof *cache->modules);
  if (cache->kinds == NULL || cache->locations == NULL || cache->modules == NULL)
    {
      channel_tables_free (cache);
      return NULL;
    }
  return cache;
}

void
channel_tables_free (TableCache *cache)
{
  if (cache == NULL)
    return;
  free (cache->kinds);
  free (cache->locations);
  free (cache->modules);
  free (cache);
}

/* Copies entry @number, once it is ready. Pairs with the target's release store of `ready`. */
static bool
copy_entry (const ChannelReader *reader, uint64_t offset, uint32_t capacity, uint32_t number,
            void *ret_entry, size_t size)
{
  const uint8_t *shared;

  if (number == 0 || number > capacity)
    return false;
  shared = reader->memory + offset + (size_t)(number - 1) * size;
  if (__atomic_load_n ((const uint32_t *)(const void *)shared, __ATOMIC_ACQUIRE) == 0)
    return false;
  memcpy (ret_entry, shared, size);
  /* The compiler must not go back to the shared bytes for what it copied. */
  __asm__ volatile("" ::: "memory");
  return true;
}

bool
channel_reader_get_kind (ChannelReader *reader, uint32_t number, ChannelKindInfo *ret_info)
{
  const ChannelHeader *header = &reader->header;
  ChannelKind kind;

  if (number == 0 || number > header->kinds_capacity)
    return false;
  if (!reader->tables->kinds[number].is_known)
    {
      if (!copy_entry (reader, header->kinds_offset, header->kinds_capacity, number, &kind,
                       sizeof kind))
        return false;
      if (kind.of < 1 || kind.of > 3)
        return false;
      reader->tables->kinds[number].info = (ChannelKindInfo){
        .of = kind.of,
        .flags = kind.flags,
        .name = channel_reader_get_string (reader, kind.name),
        .phrase = channel_reader_get_string (reader, kind.phrase),
      };
      reader->tables->kinds[number].is_known = true;
    }
  *ret_info = reader->tables->kinds[number].info;
  return true;
}

bool
channel_reader_get_location (ChannelReader *reader, uint32_t number, ChannelLocationInfo *ret_info)
{
  const ChannelHeader *header = &reader->header;
  ChannelLocation location;
  ChannelLocationInfo info;

  if (number == 0 || number > header->locations_capacity)
    return false;
  if (!reader->tables->locations[number].is_known)
    {
      if (!copy_entry (reader, header->locations_offset, header->locations_capacity, number,
                       &location, sizeof location))
        return false;
      if (location.of < CHANNEL_LOCATION_STATIC || location.of > CHANNEL_LOCATION_STACK)
        return false;
      info = (ChannelLocationInfo){
        .of = location.of,
        .address = location.address,
        .function = channel_reader_get_string (reader, location.function),
        .line = location.line,
      };
      if (location.of != CHANNEL_LOCATION_STACK)
        info.file = channel_reader_get_string (reader, location.file);
      else
        {
          info.file = "";
          info.frames = channel_strings_get_words (reader->strings, location.file,
                                                   CHANNEL_MAX_FRAMES, &info.n_frames);
          if (info.frames == NULL)
            return false;
          info.address = info.frames[0];
        }
      reader->tables->locations[number].info = info;
      reader->tables->locations[number].is_known = true;
    }
  *ret_info = reader->tables->locations[number].info;
  return true;
}

uint32_t
channel_reader_count_modules (ChannelReader *reader)
{
  const ChannelHeader *shared = (const ChannelHeader *)(const void *)reader->memory;
  uint32_t count = __atomic_load_n (&shared->modules_count.value, __ATOMIC_ACQUIRE);

  return count < reader->header.modules_capacity ? count : reader->header.modules_capacity;
}

bool
channel_reader_get_module (ChannelReader *reader, uint32_t number, ChannelModuleInfo *ret_info)
{
  const ChannelHeader *header = &reader->header;
  ChannelModule module;

  if (number == 0 || number > header->modules_capacity)
    return false;
  if (!reader->tables->modules[number].is_known)
    {
      ChannelModuleInfo *info = &reader->tables->modules[number].info;

      if (!copy_entry (reader, header->modules_offset, header->modules_capacity, number, &module,
                       sizeof module))
        return false;
      if (module.start >= module.end || module.build_id_length > CHANNEL_BUILD_ID_MAX)
        return false;
      *info = (ChannelModuleInfo){
        .path = channel_reader_get_string (reader, module.path),
        .start = module.start,
        .end = module.end,
        .bias = module.bias,
        .build_id_length = module.build_id_length,
      };
      memcpy (info->build_id, module.build_id, module.build_id_length);
      reader->tables->modules[number].is_known = true;
    }
  *ret_info = reader->tables->modules[number].info;
  return true;
}

const char *
channel_reader_get_string (ChannelReader *reader, uint32_t offset)
{
  return channel_strings_get (reader->strings, offset);
}
