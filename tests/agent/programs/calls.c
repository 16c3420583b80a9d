/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Calls the toy in each way that a linker has for it. */

#include <errno.h>
#include <stdio.h>

#include "toy.h"

typedef int (*Add) (int a, int b);

const Add add_in_relro[] = { toy_add, toy_add };
Add add_in_data = toy_add;
static int (*volatile twice_in_data) (int a) = toy_twice;

static int
plus_one (int a)
{
  return a + 1;
}

int
main (void)
{
  int at_start = errno;
  int sum = 0;

  errno = 77;
  for (int i = 0; i < 5; i++)
    sum += toy_add (i, i);
  sum += add_in_relro[1](1, 2) + add_in_data (3, 4) + twice_in_data (5);
  sum += toy_twice (6) + toy_run (plus_one, 7);
  printf ("%d errno %d %d same %d\n", sum, at_start, errno,
          add_in_relro[0] == add_in_data && add_in_data == toy_add);
  return 3;
}
