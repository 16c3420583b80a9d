/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The few functions of <string.h> that are used below the line, and those that a compiler calls by
 * itself: our own, hidden in each object that is loaded into programs of others.
 *
 * In glibc they are chosen when a program starts, by code in libc (IFUNC). An object that is
 * preloaded and names no libc, as ours must not, may be relocated before libc is: then the choice
 * runs in a libc that is not ready, and ld.so ends with "Relink ... for IFUNC symbol" and a
 * segmentation fault of the program. Never add a libc function to tests/abi/imports.list that is
 * of this kind.
 *
 * Compiled with -ffreestanding, without which a compiler would make these loops call themselves. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A load or store of eight bytes at any address. */
typedef uint64_t __attribute__ ((aligned (1), may_alias)) Word;

void *
memcpy (void *restrict to, const void *restrict from, size_t length)
{
  char *out = to;
  const char *in = from;

  for (; length >= sizeof (Word); length -= sizeof (Word))
    {
      *(Word *)out = *(const Word *)in;
      out += sizeof (Word);
      in += sizeof (Word);
    }
  while (length-- > 0)
    *out++ = *in++;
  return to;
}

void *
memmove (void *to, const void *from, size_t length)
{
  char *out = to;
  const char *in = from;

  if ((uintptr_t)out - (uintptr_t)in >= length)
    {
      /* Forwards is safe: what is read lies never behind what was written. */
      while (length-- > 0)
        *out++ = *in++;
      return to;
    }
  while (length-- > 0)
    out[length] = in[length];
  return to;
}

void *
memset (void *to, int byte, size_t length)
{
  char *out = to;
  uint64_t word = (uint8_t)byte * 0x0101010101010101u;

  for (; length >= sizeof (Word); length -= sizeof (Word))
    {
      *(Word *)out = word;
      out += sizeof (Word);
    }
  while (length-- > 0)
    *out++ = (char)byte;
  return to;
}

int
memcmp (const void *one, const void *other, size_t length)
{
  const unsigned char *a = one, *b = other;

  for (; length >= sizeof (Word) && *(const Word *)a == *(const Word *)b; length -= sizeof (Word))
    {
      a += sizeof (Word);
      b += sizeof (Word);
    }
  for (; length > 0; length--, a++, b++)
    if (*a != *b)
      return *a - *b;
  return 0;
}

size_t
strlen (const char *text)
{
  const char *end = text;

  while (*end != '\0')
    end++;
  return (size_t)(end - text);
}

size_t
strnlen (const char *text, size_t limit)
{
  size_t length = 0;

  while (length < limit && text[length] != '\0')
    length++;
  return length;
}

int
strncmp (const char *one, const char *other, size_t limit)
{
  for (; limit > 0; limit--, one++, other++)
    if (*one != *other || *one == '\0')
      return (unsigned char)*one - (unsigned char)*other;
  return 0;
}

int
strcmp (const char *one, const char *other)
{
  return strncmp (one, other, SIZE_MAX);
}

char *
strchr (const char *text, int byte)
{
  for (;; text++)
    {
      if (*text == (char)byte)
        return (char *)text;
      if (*text == '\0')
        return NULL;
    }
}

char *
strrchr (const char *text, int byte)
{
  char *last = NULL;

  for (;; text++)
    {
      if (*text == (char)byte)
        last = (char *)text;
      if (*text == '\0')
        return last;
    }
}

size_t
strspn (const char *text, const char *accepted)
{
  size_t length = 0;

  while (text[length] != '\0' && strchr (accepted, text[length]) != NULL)
    length++;
  return length;
}
