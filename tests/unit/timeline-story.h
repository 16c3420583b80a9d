/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_TIMELINE_STORY_H
#define TEST_TIMELINE_STORY_H

#include "inspector-history.h"

G_BEGIN_DECLS

/* Four tasks, told to a session: what a timeline is drawn of. Times are milliseconds after second 1:
 *
 *   busy      0 to 3000  runs for 1 ms of every 10 and waits for the rest; is blocked for 1 us at 1505
 *   child     1000 on    begun by busy; waits, again, and goes on
 *   mixed     0 to 2000  a state after the other
 *   brief     500 to 501 */
enum
{
  STORY_BUSY,
  STORY_MIXED,
  STORY_BRIEF,
  STORY_CHILD,
  STORY_N_TASKS
};

#define STORY_MS(n) (G_GINT64_CONSTANT (1000000000) + (gint64)(n)*1000000)
#define STORY_END_MS 3000

InspectorSession *timeline_story_tell (InspectorHistory **ret_history);

/* Another one, of waits for all that there is, a family each WAITS_MS after the other:
 *
 *   waits, rests, is blocked  three tasks, each for one of the family after the other
 *   dense, dense too          wait for the same 40 times, run in between, and are blocked for 1 us by a lock
 *                             once in each family; one the first of them, the other the rest */
enum
{
  WAITS_WAITING,
  WAITS_RESTING,
  WAITS_BLOCKED,
  WAITS_DENSE,
  WAITS_DENSE_TOO,
  WAITS_N_TASKS
};

#define WAITS_MS 100
#define WAITS_ROW(family) ((family) < INSPECTOR_FAMILY_CHANNEL ? WAITS_DENSE : WAITS_DENSE_TOO)
#define WAITS_END_MS ((INSPECTOR_N_FAMILIES - 1) * WAITS_MS)

InspectorSession *timeline_story_tell_waits (InspectorHistory **ret_history);

/* And one of two tasks, the second begun by the first, that came before and after two processes that they wait for. */
enum
{
  STORY_FIRST,
  STORY_PROCESS,
  STORY_OTHER_PROCESS,
  STORY_SECOND,
  STORY_N_WITH_PROCESSES
};

InspectorSession *timeline_story_tell_processes (InspectorHistory **ret_history);

G_END_DECLS

#endif
