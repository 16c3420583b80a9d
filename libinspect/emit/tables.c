/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/tables.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "emit/sys.h"

/* How far a search goes before the index counts as full. */
#define MAX_PROBES 256u
/* What is made present at a time of the tables that grow. */
#define GROWTH ((size_t)64 << 10)

/* An index is an open-addressing table of entry numbers, 0 for free, in private memory. The key of
 * a slot is the entry itself. An entry is written and made ready before its number is put into the
 * index, so a search never meets a half-made one and never waits; two threads that add the same
 * thing at once waste one entry, and the loser uses the winner's. */
typedef struct
{
  uint32_t *slots;
  uint32_t mask;
} Index;

static Index location_index, string_index;

static bool
index_init (Index *index, uint32_t n_slots)
{
  void *memory;

  if (index->slots != NULL)
    return true;
  memory = sys_mmap (NULL, n_slots * sizeof (uint32_t), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (sys_is_error (memory))
    return false;
  index->mask = n_slots - 1;
  index->slots = memory;
  return true;
}

/* Both are powers of two because the capacities are: twice the locations, and a string for each 64
 * bytes. */
bool
emit_tables_init (void)
{
  return index_init (&location_index, emit_channel.locations_capacity * 2) &&
         index_init (&string_index, emit_channel.strings_capacity / 64);
}

/* Takes the next entry of a table. Returns: its index, or UINT32_MAX where the table is full */
static uint32_t
take_entry (uint32_t *count, uint32_t capacity)
{
  uint32_t taken = __atomic_load_n (count, __ATOMIC_RELAXED);

  do
    if (taken >= capacity)
      return UINT32_MAX;
  while (!__atomic_compare_exchange_n (count, &taken, taken + 1, true, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED));
  return taken;
}

static void
count_lost (uint64_t *counter)
{
  __atomic_fetch_add (counter, 1, __ATOMIC_RELAXED);
}

/* ---- Strings ---- */

static uint32_t
hash_bytes (const char *text, size_t length, uint32_t seed)
{
  uint64_t hash = seed ^ UINT64_C (0xcbf29ce484222325);

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C (0x100000001b3);
  return (uint32_t)(hash ^ hash >> 32);
}

/* The inspector holds the same memory: an offset from there is checked before it is followed. */
static bool
string_equals (uint32_t offset, const char *text, uint32_t length)
{
  uint32_t stored;

  if ((uint64_t)offset + sizeof stored + length > emit_channel.strings_capacity)
    return false;
  memcpy (&stored, emit_channel.strings + offset, sizeof stored);
  return stored == length &&
         memcmp (emit_channel.strings + offset + sizeof stored, text, length) == 0;
}

/* Returns: an offset; EMIT_STRING_EMPTY where there is no room */
static uint32_t
append_string (const char *text, uint32_t length)
{
  uint32_t size = (uint32_t)((sizeof length + length + 1 + 7) & ~(size_t)7);
  uint32_t offset = __atomic_load_n (&emit_channel.strings_used, __ATOMIC_RELAXED);

  do
    if (size > emit_channel.strings_capacity - offset)
      return EMIT_STRING_EMPTY;
  while (!__atomic_compare_exchange_n (&emit_channel.strings_used, &offset, offset + size, true,
                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED));

  if ((offset ^ (offset + size)) >= GROWTH || offset == EMIT_STRINGS_START)
    if (emit_channel_populate (emit_channel.strings + offset, GROWTH + size) == -ENOMEM)
      return EMIT_STRING_EMPTY;

  memcpy (emit_channel.strings + offset, &length, sizeof length);
  memcpy (emit_channel.strings + offset + sizeof length, text, length);
  __atomic_fetch_add (&emit_channel.header->strings_used.value, size, __ATOMIC_RELEASE);
  return offset;
}

uint32_t
emit_string_add (const char *text)
{
  size_t length = text != NULL ? strlen (text) : 0;
  uint32_t slot, offset;

  if (length == 0)
    return EMIT_STRING_EMPTY;
  if (length > INT16_MAX)
    length = INT16_MAX;
  slot = hash_bytes (text, length, 0) & string_index.mask;

  for (uint32_t probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & string_index.mask)
    {
      /* Pairs with the release below: the text is there before its offset. */
      offset = __atomic_load_n (&string_index.slots[slot], __ATOMIC_ACQUIRE);
      if (offset == 0)
        {
          uint32_t other = 0;

          offset = append_string (text, (uint32_t)length);
          if (offset == EMIT_STRING_EMPTY)
            break;
          if (__atomic_compare_exchange_n (&string_index.slots[slot], &other, offset, false,
                                           __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
            return offset;
          if (string_equals (other, text, (uint32_t)length))
            return other;
          return offset; /* the slot went to another text; this one is whole, if not found again */
        }
      if (string_equals (offset, text, (uint32_t)length))
        return offset;
    }
  count_lost (&emit_channel.header->lost_strings);
  return EMIT_STRING_EMPTY;
}

/* ---- Locations ---- */

typedef struct
{
  ChannelLocationClass of;
  uint64_t address;
  const char *file;
  const char *function;
  uint32_t line;
  const uintptr_t *frames;
  uint32_t n_frames;
} Place;

static uint32_t
hash_frames (const Place *place)
{
  uint64_t hash = place->n_frames;

  for (uint32_t i = 0; i < place->n_frames; i++)
    {
      hash = (hash ^ place->frames[i]) * UINT64_C (0x9e3779b97f4a7c15);
      hash ^= hash >> 32;
    }
  return (uint32_t)hash;
}

static uint32_t
hash_place (const Place *place)
{
  uint64_t hash;

  if (place->of == CHANNEL_LOCATION_STACK)
    return hash_frames (place);
  if (place->of == CHANNEL_LOCATION_STATIC)
    return hash_bytes (place->function, strlen (place->function),
                       hash_bytes (place->file, strlen (place->file), place->line));
  hash = (place->address + (uint64_t)place->of) * UINT64_C (0x9e3779b97f4a7c15);
  return (uint32_t)(hash >> 32);
}

static bool
location_equals (uint32_t number, const Place *place)
{
  const ChannelLocation *location = &emit_channel.locations[number - 1];

  if (location->of != (uint32_t)place->of || location->address != place->address ||
      location->line != place->line)
    return false;
  if (place->of == CHANNEL_LOCATION_STACK)
    return string_equals (location->file, (const char *)place->frames,
                          place->n_frames * (uint32_t)sizeof *place->frames);
  return place->of != CHANNEL_LOCATION_STATIC ||
         (string_equals (location->file, place->file, (uint32_t)strlen (place->file)) &&
          string_equals (location->function, place->function, (uint32_t)strlen (place->function)));
}

/* Stacks may be without number; a quarter of each table is kept for the rest. Returns: the string of
 * the frames; EMIT_STRING_EMPTY where there is no room for another stack */
static uint32_t
append_frames (const Place *place)
{
  uint32_t size = place->n_frames * (uint32_t)sizeof *place->frames;
  uint32_t strings = __atomic_load_n (&emit_channel.strings_used, __ATOMIC_RELAXED);
  uint32_t locations = __atomic_load_n (&emit_channel.locations_count, __ATOMIC_RELAXED);

  if (locations >= emit_channel.locations_capacity / 4 * 3 ||
      strings >= emit_channel.strings_capacity / 4 * 3)
    return EMIT_STRING_EMPTY;
  return append_string ((const char *)place->frames, size);
}

static uint32_t
append_location (const Place *place)
{
  uint32_t frames = EMIT_STRING_EMPTY, index;
  ChannelLocation *location;

  if (place->of == CHANNEL_LOCATION_STACK && (frames = append_frames (place)) == EMIT_STRING_EMPTY)
    return 0;
  index = take_entry (&emit_channel.locations_count, emit_channel.locations_capacity);
  if (index == UINT32_MAX)
    return 0;
  location = &emit_channel.locations[index];
  if (index % (GROWTH / sizeof *location) == 0 &&
      emit_channel_populate (location, GROWTH) == -ENOMEM)
    return 0;

  location->of = place->of;
  location->address = place->address;
  location->line = place->line;
  if (place->of == CHANNEL_LOCATION_STACK)
    location->file = frames;
  if (place->of == CHANNEL_LOCATION_STATIC)
    {
      location->file = emit_string_add (place->file);
      location->function = emit_string_add (place->function);
    }
  __atomic_fetch_add (&emit_channel.header->locations_count.value, 1, __ATOMIC_RELEASE);
  __atomic_store_n (&location->ready, 1, __ATOMIC_RELEASE);
  return index + 1;
}

static uint32_t
add_place (const Place *place)
{
  uint32_t slot = hash_place (place) & location_index.mask;

  for (uint32_t probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & location_index.mask)
    {
      /* Pairs with the release below: the entry is there before its number. */
      uint32_t number = __atomic_load_n (&location_index.slots[slot], __ATOMIC_ACQUIRE);

      if (number == 0)
        {
          uint32_t other = 0;

          number = append_location (place);
          if (number == 0)
            break;
          if (__atomic_compare_exchange_n (&location_index.slots[slot], &other, number, false,
                                           __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
            return number;
          return location_equals (other, place) ? other : number;
        }
      if (location_equals (number, place))
        return number;
    }
  return 0;
}

uint32_t
emit_location_add (ChannelLocationClass of, uint64_t address, const char *file,
                   const char *function, uint32_t line)
{
  Place place = { .of = of,
                  .address = address,
                  .file = file != NULL ? file : "",
                  .function = function != NULL ? function : "",
                  .line = line };
  uint32_t number = add_place (&place);

  if (number == 0)
    count_lost (&emit_channel.header->lost_locations);
  return number;
}

uint32_t
emit_stack_add (const uintptr_t *frames, uint32_t n)
{
  Place place = { .of = CHANNEL_LOCATION_STACK,
                  .address = frames[0],
                  .file = "",
                  .function = "",
                  .frames = frames,
                  .n_frames = n };
  uint32_t number = add_place (&place);

  if (number == 0)
    count_lost (&emit_channel.header->cut_stacks);
  return number;
}

/* ---- Kinds and modules ---- */

static bool
kind_equals (const ChannelKind *kind, uint32_t of, uint32_t flags, const char *name,
             const char *phrase)
{
  return __atomic_load_n (&kind->ready, __ATOMIC_ACQUIRE) != 0 && kind->of == of &&
         kind->flags == flags && string_equals (kind->name, name, (uint32_t)strlen (name)) &&
         string_equals (kind->phrase, phrase, (uint32_t)strlen (phrase));
}

uint32_t
emit_kind_add (uint32_t of, uint32_t flags, const char *name, const char *phrase)
{
  uint32_t count = __atomic_load_n (&emit_channel.kinds_count, __ATOMIC_RELAXED);
  uint32_t index;
  ChannelKind *kind;

  name = name != NULL ? name : "";
  phrase = phrase != NULL ? phrase : "";
  /* Once for each static kind, and there are some dozens: a search along the table will do. */
  for (uint32_t i = 0; i < count; i++)
    if (kind_equals (&emit_channel.kinds[i], of, flags, name, phrase))
      return i + 1;

  index = take_entry (&emit_channel.kinds_count, emit_channel.kinds_capacity);
  if (index == UINT32_MAX)
    {
      count_lost (&emit_channel.header->lost_kinds);
      return 0;
    }
  kind = &emit_channel.kinds[index];
  kind->of = of;
  kind->flags = flags;
  kind->name = emit_string_add (name);
  kind->phrase = emit_string_add (phrase);
  __atomic_fetch_add (&emit_channel.header->kinds_count.value, 1, __ATOMIC_RELEASE);
  __atomic_store_n (&kind->ready, 1, __ATOMIC_RELEASE);
  return index + 1;
}

static bool
module_equals (const ChannelModule *entry, const ChannelModule *module, const char *path)
{
  return __atomic_load_n (&entry->ready, __ATOMIC_ACQUIRE) != 0 && entry->start == module->start &&
         entry->end == module->end && entry->bias == module->bias &&
         entry->build_id_length == module->build_id_length &&
         memcmp (entry->build_id, module->build_id, module->build_id_length) == 0 &&
         string_equals (entry->path, path, (uint32_t)strlen (path));
}

void
emit_module_entry_add (const ChannelModule *module, const char *path)
{
  uint32_t count = __atomic_load_n (&emit_channel.modules_count, __ATOMIC_RELAXED);
  uint32_t index;
  ChannelModule *entry;

  path = path != NULL ? path : "";
  for (uint32_t i = 0; i < count; i++)
    if (module_equals (&emit_channel.modules[i], module, path))
      return;

  index = take_entry (&emit_channel.modules_count, emit_channel.modules_capacity);
  if (index == UINT32_MAX)
    {
      count_lost (&emit_channel.header->lost_modules);
      return;
    }
  entry = &emit_channel.modules[index];
  *entry = *module;
  entry->path = emit_string_add (path);
  __atomic_fetch_add (&emit_channel.header->modules_count.value, 1, __ATOMIC_RELEASE);
  __atomic_store_n (&entry->ready, 1, __ATOMIC_RELEASE);
}
