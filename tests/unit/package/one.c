/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "package.h"

struct only_in_one
{
  struct shared *shared;
  union
  {
    int as_number;
    double as_ratio;
  };
  enum
  {
    RED,
    GREEN,
  } colour;
};

struct only_in_one kept_by_one = { .as_number = 1 };

int
main (int argc, char **argv)
{
  struct shared shared = { argc, argv[0] };

  kept_by_one.shared = &shared;
  return count_of_two (&shared) > 1000;
}
