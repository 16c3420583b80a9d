/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TOY_H
#define TOY_H

/* A runtime that is as small as can be, for the agent's own tests. */

int toy_add (int a, int b);
int toy_twice (int a);
/* Calls @func, and toy_twice() by its own slot, as a library does that is not linked -Bsymbolic. */
int toy_run (int (*func) (int), int a);

#endif
