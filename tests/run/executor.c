/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* An executor of its own, as small as can be, that reports by the five calls of inspect.h: two
 * jobs, of which one waits for a message that comes late. It links libinspect and no runtime. */

#include <poll.h>
#include <stdio.h>

#include "inspect.h"

INSPECT_DEFINE_AWAIT (message_kind, "mailbox.message", "waiting for a message", INSPECT_AWAIT_ONESHOT);

typedef struct
{
  const char *name;
  int due_ms;
  bool waits;
} Job;

static void
receive_message (Job *job) /* a poll */
{
  INSPECT_POLL_BEGIN (inspect_id_of (job));
  if (!job->waits)
    {
      job->waits = true;
      INSPECT_AWAIT_BEGIN (inspect_id_of (job), &message_kind, inspect_id_of (&job->due_ms)); /* AWAIT */
    }
  INSPECT_POLL_END (inspect_id_of (job));
}

static void
deliver (Job *job)
{
  INSPECT_AWAIT_END (inspect_id_of (job), &message_kind, inspect_id_of (&job->due_ms), 0);
  printf ("%s\n", job->name);
}

int
main (void)
{
  Job jobs[] = { { "quick", 10, false }, { "late", 1200, false } };

  for (int i = 0; i < 2; i++)
    {
      INSPECT_TASK_BEGIN (inspect_id_of (&jobs[i]), INSPECT_NONE);
      INSPECT_TASK_NAME (inspect_id_of (&jobs[i]), jobs[i].name);
      receive_message (&jobs[i]);
    }
  for (int i = 0; i < 2; i++)
    {
      poll (NULL, 0, jobs[i].due_ms);
      deliver (&jobs[i]);
      INSPECT_TASK_END (inspect_id_of (&jobs[i]), 0);
    }
  return 0;
}
