/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* How much of a wait was nobody's fault but that of who looked. */

#include "session/standing.h"

#define LIMIT 100

static void
test_never (void)
{
  Standing standing = { 0 };

  g_assert_cmpint (standing_get (&standing, 1000, LIMIT), ==, 0);
  standing_note (&standing, FALSE, 1000, LIMIT);
  g_assert_cmpint (standing_get (&standing, 1000, LIMIT), ==, 0);
}

static void
test_grows_while_it_stands (void)
{
  Standing standing = { 0 };

  standing_note (&standing, TRUE, 1000, LIMIT);
  standing_note (&standing, TRUE, 1500, LIMIT);
  g_assert_cmpint (standing_get (&standing, 1700, LIMIT), ==, 700);
  g_assert_cmpint (standing_get (&standing, 999, LIMIT), ==, 0);
}

static void
test_ends_with_the_limit (void)
{
  Standing standing = { 0 };

  standing_note (&standing, TRUE, 1000, LIMIT);
  standing_note (&standing, FALSE, 1700, LIMIT);
  g_assert_cmpint (standing_get (&standing, 1700 + LIMIT, LIMIT), ==, 700);
  g_assert_cmpint (standing_get (&standing, 1701 + LIMIT, LIMIT), ==, 0);
}

static void
test_adds_up (void)
{
  Standing standing = { 0 };

  standing_note (&standing, TRUE, 1000, LIMIT);
  standing_note (&standing, FALSE, 1700, LIMIT);
  standing_note (&standing, TRUE, 1750, LIMIT);
  g_assert_cmpint (standing_get (&standing, 1760, LIMIT), ==, 710);
  standing_note (&standing, FALSE, 1800, LIMIT);
  g_assert_cmpint (standing_get (&standing, 1810, LIMIT), ==, 750);
  /* A stop that has nothing to do with those begins anew. */
  standing_note (&standing, TRUE, 5000, LIMIT);
  g_assert_cmpint (standing_get (&standing, 5001, LIMIT), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/standing/never", test_never);
  g_test_add_func ("/standing/grows-while-it-stands", test_grows_while_it_stands);
  g_test_add_func ("/standing/ends-with-the-limit", test_ends_with_the_limit);
  g_test_add_func ("/standing/adds-up", test_adds_up);
  return g_test_run ();
}
