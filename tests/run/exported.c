/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Says things that are hard to write in other formats: names with quotes, markup, formulas and line
 * ends, a trace that comes from elsewhere, waits that overlap, one task that wakes another. */

#include "inspect.h"

INSPECT_DEFINE_AWAIT (message_kind, "mailbox.message", "waiting for <a> \"message\" & more",
                      INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_KEY (traceparent_key, "traceparent", "trace", INSPECT_VALUE_TEXT);

static const char *const names[] = {
  "=cmd|' /C calc'!A0",
  "\"quoted\", 'single'; and <b>markup</b> & \\back\\slash",
  "line\nend\ttab \x1b[31mred",
  "\xff\xfe not UTF-8 \xc3",
  "</script><script>alert(1)</script>",
  "]]> --> {{x}} ;semicolon 7",
};
#define N_NAMES (sizeof names / sizeof *names)

int
main (void)
{
  static char tasks[N_NAMES], first[N_NAMES], second[N_NAMES];
  const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  for (unsigned i = 0; i < N_NAMES; i++)
    {
      INSPECT_TASK_BEGIN (inspect_id_of (&tasks[i]),
                          i == 0 ? INSPECT_NONE : inspect_id_of (&tasks[0]));
      INSPECT_TASK_NAME (inspect_id_of (&tasks[i]), names[i]);
      if (i == 0)
        inspect_attribute_bytes (inspect_id_of (&tasks[0]), &traceparent_key, trace,
                                 sizeof trace - 1);
      INSPECT_POLL_BEGIN (inspect_id_of (&tasks[i]));
      INSPECT_AWAIT_BEGIN (inspect_id_of (&tasks[i]), &message_kind, inspect_id_of (&first[i]));
      INSPECT_AWAIT_BEGIN (inspect_id_of (&tasks[i]), &message_kind, inspect_id_of (&second[i]));
      INSPECT_POLL_END (inspect_id_of (&tasks[i]));
    }
  for (unsigned i = 1; i < N_NAMES; i++)
    {
      INSPECT_POLL_BEGIN (inspect_id_of (&tasks[0]));
      INSPECT_WAKE (inspect_id_of (&tasks[i]));
      INSPECT_POLL_END (inspect_id_of (&tasks[0]));
      INSPECT_AWAIT_END (inspect_id_of (&tasks[i]), &message_kind, inspect_id_of (&first[i]), 0);
      INSPECT_POLL_BEGIN (inspect_id_of (&tasks[i]));
      INSPECT_POLL_END (inspect_id_of (&tasks[i]));
      INSPECT_AWAIT_END (inspect_id_of (&tasks[i]), &message_kind, inspect_id_of (&second[i]),
                         -110);
      INSPECT_TASK_END (inspect_id_of (&tasks[i]), 0);
    }
  return 0; /* the first one still waits */
}
