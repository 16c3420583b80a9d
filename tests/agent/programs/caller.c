/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A shared object that calls the toy; loaded by programs at run time. */

#include "toy.h"

extern int (*registered) (int a);
int caller_twice (int a);
int caller_add (int a);
extern int (*const caller_table[]) (int a, int b);

int (*const caller_table[]) (int a, int b) = { toy_add, toy_add };
/* A compiler that knew it would call by the procedure linkage table after all. */
static volatile unsigned at = 1;

int
caller_twice (int a)
{
  return toy_twice (a);
}

int
caller_add (int a)
{
  return caller_table[at](a, 100);
}

/* What a plugin does that makes itself known: nobody looks any of its functions up. */
#ifdef CALLER_REGISTERS
static __attribute__ ((constructor)) void
register_at_load (void)
{
  registered = caller_twice;
}
#endif
