/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "toy.h"

/* A second copy gives results of its own, by which the callers of one and the other are told apart.
 */
#ifndef TOY_OFFSET
#define TOY_OFFSET 0
#endif

int
toy_add (int a, int b)
{
  return a + b + TOY_OFFSET;
}

int
toy_twice (int a)
{
  return toy_add (a, a);
}

int
toy_run (int (*func) (int), int a)
{
  return func (a) + toy_twice (1);
}
