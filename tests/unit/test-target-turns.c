/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who goes before others does so for a while alone, and not for those that it begins. */

#include <sched.h>
#include <errno.h>
#include <sys/resource.h>
#include <glib.h>

#include "target/turns.h"

static gpointer
get_policy (gpointer data)
{
  return GINT_TO_POINTER (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK);
}

static void
test_rush (void)
{
  int before = sched_getscheduler (0), nice;

  errno = 0;
  nice = getpriority (PRIO_PROCESS, 0);
  target_turns_begin_rush ();
  if (!target_turns_is_rush ())
    {
      g_assert_cmpint (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK, ==, before);
      g_test_skip ("the system does not allow it");
      return;
    }
  g_assert_cmpint (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK, ==, SCHED_FIFO);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (g_thread_new ("child", get_policy, NULL))), ==,
                   SCHED_OTHER);
  target_turns_begin_rush ();
  target_turns_end_rush ();
  g_assert_false (target_turns_is_rush ());
  g_assert_cmpint (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK, ==, before);
  g_assert_cmpint (getpriority (PRIO_PROCESS, 0), ==, nice);
  target_turns_end_rush ();
  g_assert_cmpint (sched_getscheduler (0) & ~SCHED_RESET_ON_FORK, ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/target-turns/rush", test_rush);
  return g_test_run ();
}
