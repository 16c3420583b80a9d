/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the program does with its sources. */

#include "source.h"

#include <errno.h>

/* Hooks of functions that change whether or for what a source waits. */
#define CHANGE(name, parameters, arguments)                                                        \
  int hook_##name parameters                                                                       \
  {                                                                                                \
    int status = real_##name arguments;                                                            \
                                                                                                   \
    if (status >= 0)                                                                               \
      source_changed (source, CALLER);                                                             \
    return status;                                                                                 \
  }

CHANGE (sd_event_source_set_enabled, (sd_event_source * source, int enabled), (source, enabled))
CHANGE (sd_event_source_set_io_events, (sd_event_source * source, uint32_t events),
        (source, events))
CHANGE (sd_event_source_set_io_fd, (sd_event_source * source, int fd), (source, fd))
CHANGE (sd_event_source_set_time, (sd_event_source * source, uint64_t us), (source, us))
CHANGE (sd_event_source_set_time_relative, (sd_event_source * source, uint64_t us), (source, us))

/* What the program calls it, it calls the task that it began. */
int
hook_sd_event_source_set_description (sd_event_source *source, const char *description)
{
  int status = real_sd_event_source_set_description (source, description);

  if (status >= 0 && source != NULL && description != NULL && watchers_are_on ())
    watcher_set_name (source, description);
  return status;
}

/* ---- References ------------------------------------------------------------------------------ */

sd_event_source *
hook_sd_event_source_ref (sd_event_source *source)
{
  source_count_references (source, 1);
  return real_sd_event_source_ref (source);
}

sd_event_source *
hook_sd_event_source_unref (sd_event_source *source)
{
  source_count_references (source, -1);
  return real_sd_event_source_unref (source);
}

sd_event_source *
hook_sd_event_source_disable_unref (sd_event_source *source)
{
  if (source != NULL)
    watcher_end (source, 0, -ECANCELED);
  source_count_references (source, -1);
  return real_sd_event_source_disable_unref (source);
}

/* The loop has a reference of one that floats. */
int
hook_sd_event_source_set_floating (sd_event_source *source, int floats)
{
  int status = real_sd_event_source_set_floating (source, floats);

  if (status > 0)
    source_count_references (source, floats != 0 ? 1 : -1);
  return status;
}
