/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_TEXT_H
#define SOUP_TEXT_H

/* Text in a buffer of the caller, cut where it is full; always ends in NUL. */

#include <stddef.h>
#include <stdint.h>

typedef struct
{
  char bytes[256];
  size_t length;
} Text;

static inline void
text_add (Text *text, const char *more)
{
  while (more != NULL && *more != '\0' && text->length < sizeof text->bytes - 1)
    text->bytes[text->length++] = *more++;
  text->bytes[text->length] = '\0';
}

static inline void
text_add_number (Text *text, uint32_t number)
{
  char digits[12];
  char *first = digits + sizeof digits - 1;

  *first = '\0';
  do
    *--first = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  text_add (text, first);
}

#endif
