/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Loops: who turns them, and their life. */

#include "plugin.h"

#include <errno.h>

/* That of the thread, by its own name: "the default one". */
static sd_event *
get_loop (sd_event *event)
{
  sd_event *found = NULL;

  if (event != SD_EVENT_DEFAULT)
    return event;
  if (real_sd_event_default == NULL || real_sd_event_unref == NULL ||
      real_sd_event_default (NULL) <= 0 || real_sd_event_default (&found) < 0)
    return NULL;
  real_sd_event_unref (found);
  return found;
}

#define TURN(name, parameters, arguments)                                                          \
  int hook_##name parameters                                                                       \
  {                                                                                                \
    sd_event *loop = get_loop (event);                                                             \
    InspectId previous;                                                                            \
    int status;                                                                                    \
                                                                                                   \
    if (loop == NULL)                                                                              \
      return real_##name arguments;                                                                \
    previous = loop_enter (loop, CALLER);                                                          \
    status = real_##name arguments;                                                                \
    loop_leave (loop, previous);                                                                   \
    return status;                                                                                 \
  }

TURN (sd_event_loop, (sd_event * event), (event))
TURN (sd_event_run, (sd_event * event, uint64_t us), (event, us))
TURN (sd_event_dispatch, (sd_event * event), (event))

/* ---- Life ------------------------------------------------------------------------------------ */

/* The references that the program has seen; sources have others. Once it has none, nobody turns it. */
static void
count (sd_event *event, int by, const void *caller)
{
  Record record = { .kind = NULL }, before;

  if (!watchers_are_on () || event == NULL || event == SD_EVENT_DEFAULT)
    return;
  table_get (event, 1, &record);
  if (record.flags == 0 && by > 0)
    inspect_resource_begin (loop_object (event), watcher_place (caller));
  if (record.flags == 0 && by < 0)
    return; /* since before */
  record.flags += (uint32_t)by;
  if (!table_put (event, 1, &record, &before) || record.flags > 0)
    return;
  table_drop (event, 1);
  watcher_end_all (event, -ECANCELED);
  inspect_resource_end (loop_object (event));
}

int
hook_sd_event_new (sd_event **ret_event)
{
  int status = real_sd_event_new (ret_event);

  if (status >= 0)
    count (*ret_event, 1, CALLER);
  return status;
}

int
hook_sd_event_default (sd_event **ret_event)
{
  int status = real_sd_event_default (ret_event);

  if (status >= 0 && ret_event != NULL)
    count (*ret_event, 1, CALLER);
  return status;
}

sd_event *
hook_sd_event_ref (sd_event *event)
{
  count (event, 1, CALLER);
  return real_sd_event_ref (event);
}

sd_event *
hook_sd_event_unref (sd_event *event)
{
  count (event, -1, CALLER);
  return real_sd_event_unref (event);
}
