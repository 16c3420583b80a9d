/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that knows nothing of us. */

int
main (void)
{
  return 0;
}
