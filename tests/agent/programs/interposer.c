/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* An interposer as many tools bring one: preloaded too, it stands before the toy and calls on. */

#include <dlfcn.h>
#include <stddef.h>

#include "toy.h"

int
toy_twice (int a)
{
  static int (*next) (int a);

  if (next == NULL)
    next = (int (*) (int))dlsym (RTLD_NEXT, "toy_twice");
  return next (a) + 10000;
}
