/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "package.h"

struct only_in_two
{
  unsigned bits : 3;
  unsigned more_bits : 11;
  short grid[2][3];
  struct only_in_two *itself;
};

struct only_in_two kept_by_two = { .bits = 5 };
static int calls;

static int __attribute__ ((noinline))
helper_of_two (struct only_in_two *two)
{
  return two->bits + calls++;
}

int
count_of_two (struct shared *shared)
{
  return shared->second != 0 ? helper_of_two (&kept_by_two) : 0;
}
