/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SD_EVENT_SOURCE_H
#define SD_EVENT_SOURCE_H

/* A source as an await: it waits while it is enabled. */

#include "plugin.h"

/* Also what a source was added by. */
typedef enum
{
  SOURCE_IO,
  SOURCE_TIME,
  SOURCE_SIGNAL,
  SOURCE_CHILD,
  SOURCE_INOTIFY,
  SOURCE_DEFER,
  SOURCE_POST,
  SOURCE_EXIT,
} SourceType;

/* In the flags of a record: the type, and how many references the program and, of a floating one, its loop have.
 * Where a source is followed that counts from its first. */
#define SOURCE_TYPE UINT32_C (0xff)
#define SOURCE_REFERENCE UINT32_C (0x100)

/* It is new, with one reference, and enabled. @path: (nullable): of what it watches */
void source_added (sd_event_source *source, SourceType type, Callback callback, const char *path,
                   const void *caller);
/* It was there before anybody looked. @callback: (nullable): not known, and when it fires is not seen. */
void source_adopted (sd_event_source *source, SourceType type, Callback callback,
                     uint32_t n_references);
/* Whether it waits, and for what, may be otherwise: it is asked. */
void source_changed (sd_event_source *source, const void *caller);
/* It is over, or is so when the last reference is gone. */
void source_count_references (sd_event_source *source, int by);

typedef struct
{
  Firing firing;
  const sd_event_source *source;
} SourceFiring;

/* Around the program's callback. @status: what that returned; on a failure sd-event disables the source. */
void source_fires (SourceFiring *firing, sd_event_source *source, Callback callback);
void source_fired (SourceFiring *firing, int status);

#endif
