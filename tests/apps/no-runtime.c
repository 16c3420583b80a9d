/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program of no runtime at all. */

#include <stdio.h>

int
main (void)
{
  puts ("plain");
  return 3;
}
