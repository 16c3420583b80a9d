/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that knows nothing of libuv. */

void kept_inside_run (void);

int
main (void)
{
  kept_inside_run ();
  return 0;
}
