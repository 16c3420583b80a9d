/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Both files of a program for test-package.c: they name strings in another order. */

struct shared
{
  long first;
  const char *second;
};

int count_of_two (struct shared *shared);
