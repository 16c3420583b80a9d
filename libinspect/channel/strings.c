/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <stdlib.h>
#include <string.h>
#include "reader-private.h"

/* Text of the target is copied once, at its first use, and never looked at again: what was checked
 * can not change any more, and pointers stay valid until the reader is closed. */

#define TEXT_LIMIT 65536u /* of one string; longer ones are cut */
#define BLOCK_SIZE 65536u

typedef struct Block
{
  struct Block *next;
  size_t used;
  size_t size;
  char text[] __attribute__ ((aligned (8)));
} Block;

typedef struct
{
  uint32_t offset; /* 0: free */
  const char *text;
} Slot;

struct StringCache
{
  const uint8_t *shared;
  uint32_t capacity;
  Block *blocks;
  size_t left; /* bytes that may still be kept */
  Slot *slots;
  uint32_t n_slots; /* a power of two */
  uint32_t n_used;
};

StringCache *
channel_strings_new (const uint8_t *strings, uint32_t capacity)
{
  StringCache *cache = calloc (1, sizeof *cache);

  if (cache == NULL)
    return NULL;
  cache->shared = strings;
  cache->capacity = capacity;
  /* Strings that do not overlap fit thrice: cleaning makes three bytes of one at worst. A target
   * whose strings overlap does not get more of our memory than that. */
  cache->left = (size_t)capacity * 3 + BLOCK_SIZE;
  cache->n_slots = 256;
  cache->slots = calloc (cache->n_slots, sizeof *cache->slots);
  if (cache->slots == NULL)
    {
      free (cache);
      return NULL;
    }
  return cache;
}

void
channel_strings_free (StringCache *cache)
{
  if (cache == NULL)
    return;
  while (cache->blocks != NULL)
    {
      Block *next = cache->blocks->next;
      free (cache->blocks);
      cache->blocks = next;
    }
  free (cache->slots);
  free (cache);
}

/* ---- Cleaning ------------------------------------------------------------------------------ */

/* Decodes one character. Returns: its length in bytes, 0 when it is not well-formed (overlong,
 * surrogate, past the end, past U+10FFFF) */
static size_t
decode (const uint8_t *text, size_t length, uint32_t *ret_character)
{
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  uint8_t first = text[0];
  size_t n = first < 0x80 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : 4;
  uint32_t character = n == 1 ? first : first & (0x7fu >> n);

  if (n > length || (n == 4 && (first & 0xf8) != 0xf0))
    return 0;
  for (size_t i = 1; i < n; i++)
    {
      if ((text[i] & 0xc0) != 0x80)
        return 0;
      character = character << 6 | (text[i] & 0x3f);
    }
  if (character < least[n] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
    return 0;
  *ret_character = character;
  return n;
}

/* What could move a terminal's cursor, begin an escape sequence, break a line of a report, or show
 * text in another order than it is written. */
static bool
is_control (uint32_t character)
{
  return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
         character == 0x2029 || character == 0x200e || character == 0x200f ||
         (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

size_t
channel_text_clean (const uint8_t *text, size_t length, char *ret_text)
{
  static const char replacement[] = "\xef\xbf\xbd";
  size_t n_out = 0;

  for (size_t i = 0; i < length;)
    {
      uint32_t character;
      size_t n = decode (text + i, length - i, &character);

      if (n == 0 || is_control (character))
        {
          memcpy (ret_text + n_out, replacement, 3);
          n_out += 3;
          i += n == 0 ? 1 : n;
          continue;
        }
      memcpy (ret_text + n_out, text + i, n);
      n_out += n;
      i += n;
    }
  ret_text[n_out] = '\0';
  return n_out;
}

/* ---- The cache ----------------------------------------------------------------------------- */

/* Memory that lives as long as the cache and counts against its limit; for anything, where
 * @alignment is 8. */
static char *
take_room (StringCache *cache, size_t needed, size_t alignment)
{
  Block *block = cache->blocks;
  char *kept;

  if (block != NULL)
    block->used = (block->used + alignment - 1) & ~(alignment - 1);
  if (needed > cache->left)
    return NULL;
  if (block == NULL || block->used > block->size || needed > block->size - block->used)
    {
      size_t size = needed > BLOCK_SIZE ? needed : BLOCK_SIZE;

      block = malloc (sizeof *block + size);
      if (block == NULL)
        return NULL;
      *block = (Block){ .next = cache->blocks, .size = size };
      cache->blocks = block;
    }
  kept = block->text + block->used;
  block->used += needed;
  cache->left -= needed;
  return kept;
}

static char *
keep (StringCache *cache, const char *text, size_t length)
{
  char *kept = take_room (cache, length + 1, 1);

  if (kept != NULL)
    memcpy (kept, text, length + 1);
  return kept;
}

static Slot *
find_slot (Slot *slots, uint32_t n_slots, uint32_t offset)
{
  uint32_t i = (offset >> 3) * 0x9e3779b1u;

  for (;; i++)
    {
      Slot *slot = &slots[i & (n_slots - 1)];
      if (slot->offset == offset || slot->offset == 0)
        return slot;
    }
}

static bool
grow (StringCache *cache)
{
  uint32_t n_slots = cache->n_slots * 2;
  Slot *slots = calloc (n_slots, sizeof *slots);

  if (slots == NULL)
    return false;
  for (uint32_t i = 0; i < cache->n_slots; i++)
    if (cache->slots[i].offset != 0)
      *find_slot (slots, n_slots, cache->slots[i].offset) = cache->slots[i];
  free (cache->slots);
  cache->slots = slots;
  cache->n_slots = n_slots;
  return true;
}

/* How long the string at @offset is, which then lies within the region. */
static bool
read_length (const StringCache *cache, uint32_t offset, uint32_t *ret_length)
{
  if (offset % 8 != 0 || offset >= cache->capacity || cache->capacity - offset < 5)
    return false;
  *ret_length =
      __atomic_load_n ((const uint32_t *)(const void *)(cache->shared + offset), __ATOMIC_RELAXED);
  return *ret_length <= cache->capacity - offset - 5;
}

/* The text at @offset as it is in the channel, into the reader's own memory. */
static uint8_t *
copy_out (const StringCache *cache, uint32_t offset, size_t *ret_length)
{
  uint32_t length;
  uint8_t *copy;

  if (!read_length (cache, offset, &length))
    return NULL;
  if (length > TEXT_LIMIT)
    length = TEXT_LIMIT;
  copy = malloc (length + 1);
  if (copy == NULL)
    return NULL;
  memcpy (copy, cache->shared + offset + 4, length);
  copy[length] = 0;
  *ret_length = strlen ((char *)copy);
  return copy;
}

/* Returns: "" for offset 0, which is no string, and for one that can not be read */
const char *
channel_strings_get (StringCache *cache, uint32_t offset)
{
  Slot *slot;
  uint8_t *copy;
  char *clean;
  const char *kept = NULL;
  size_t length;

  if (offset == 0)
    return "";
  slot = find_slot (cache->slots, cache->n_slots, offset);
  if (slot->offset == offset)
    return slot->text;

  copy = copy_out (cache, offset, &length);
  if (copy == NULL)
    return "";
  clean = malloc (length * 3 + 1);
  if (clean != NULL)
    kept = keep (cache, clean, channel_text_clean (copy, length, clean));
  free (clean);
  free (copy);
  if (kept == NULL)
    return "";

  if (cache->n_used >= cache->n_slots / 2)
    {
      if (!grow (cache))
        return kept;
      slot = find_slot (cache->slots, cache->n_slots, offset);
    }
  *slot = (Slot){ offset, kept };
  cache->n_used++;
  return kept;
}

/* Not found again by its offset: whoever asks keeps the result. */
const uint64_t *
channel_strings_get_words (StringCache *cache, uint32_t offset, uint32_t max, uint32_t *ret_n)
{
  uint32_t length;
  char *kept;

  if (offset == 0 || !read_length (cache, offset, &length) || length == 0 ||
      length % sizeof (uint64_t) != 0 || length / sizeof (uint64_t) > max)
    return NULL;
  kept = take_room (cache, length, sizeof (uint64_t));
  if (kept == NULL)
    return NULL;
  memcpy (kept, cache->shared + offset + 4, length);
  *ret_n = length / (uint32_t)sizeof (uint64_t);
  return (const uint64_t *)(const void *)kept;
}
