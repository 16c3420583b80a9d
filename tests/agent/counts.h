/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_COUNTS_H
#define TEST_COUNTS_H

#include <stdint.h>

/* Path of a file of this size, which the plugin of the toy maps and counts in. */
#define COUNTS_ENV "TEST_TOY_COUNTS"

typedef struct
{
  uint32_t add;
  uint32_t twice;
  uint32_t run;
  uint32_t absent;
  uint32_t starts;
  uint32_t stops;
  uint32_t payload;
  uint32_t looks_up;
  uint32_t late;   /* a function that is loaded after the plugin */
  uint32_t locks;  /* of libc's, from any object */
  uint32_t signals;
} Counts;

#endif
