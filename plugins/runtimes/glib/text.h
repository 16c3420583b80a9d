/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_TEXT_H
#define GLIB_TEXT_H

/* Text in a buffer of the caller, cut where it is full; always ends in NUL. */

#include <stddef.h>
#include <stdint.h>

static inline void
append_text (char *buffer, size_t size, const char *text)
{
  size_t n = 0;

  while (n < size && buffer[n] != '\0')
    n++;
  while (n + 1 < size && *text != '\0')
    buffer[n++] = *text++;
  if (n < size)
    buffer[n] = '\0';
}

static inline void
append_number (char *buffer, size_t size, uint64_t number)
{
  char digits[24];
  char *first = digits + sizeof digits - 1;

  *first = '\0';
  do
    *--first = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  append_text (buffer, size, first);
}

#endif
