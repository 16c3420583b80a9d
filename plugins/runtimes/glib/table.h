/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_TABLE_H
#define GLIB_TABLE_H

/* Address -> what is known of the source there. Memory is the kernel's, in slabs that are never
 * given back.
 *
 * A source is made in one thread, dispatched in another and destroyed in a third: a record is read
 * and written only between table_open() and table_close(), which take the lock of a shard. Nobody
 * is called in between. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"
#include "plugin.h"

typedef enum
{
  SOURCE_CUSTOM = 0, /* of a table that is not GLib's own */
  SOURCE_TIMEOUT,
  SOURCE_TIMEOUT_ONCE,
  SOURCE_IDLE,
  SOURCE_FD,
  SOURCE_CHILD,
  SOURCE_SIGNAL,
  N_SOURCE_KINDS,
} SourceKind;

typedef enum
{
  RECORD_PENDING = 1 << 0, /* attached: its await is pending, and holds `task` */
  RECORD_CHILD = 1 << 1,   /* of another source, which it makes ready: not followed by itself */
  RECORD_NAMED = 1 << 2,   /* its await is of the kind that says a name */
  RECORD_SAID = 1 << 3,    /* its resource has begun */
  RECORD_HAS_VALUE = 1 << 4,
  RECORD_BEGINNING = 1 << 5, /* a thread is about to say its begin */
  RECORD_OVER = 1 << 6,      /* being destroyed, perhaps while another thread dispatches it */
} RecordFlags;

typedef struct Record Record;
struct Record
{
  Record *next;
  uintptr_t source; /* 0 while it is nobody's */
  uint8_t kind;     /* SourceKind */
  uint8_t flags;
  uint16_t n_dispatching;
  int32_t value; /* descriptor, process or signal */
  InspectId task;
  Callback callback; /* as the program gave it, NULL */
  uint64_t repeat_ns;
  InspectLocationId place; /* of `callback`, once it was asked for; else 0 */
  uint32_t id;             /* of the source in its context */
} __attribute__ ((aligned (64)));

/* The record of @source, with its shard locked; NULL, and nothing is locked, when there is none. */
Record *table_open (const void *source);
/* The same, made if there is none: all zero but for its source. NULL without memory. */
Record *table_open_new (const void *source);
void table_close (Record *record);
/* Removes an open record, and closes it. */
void table_remove (Record *record);

/* 0, or -ENOMEM. */
int table_start (void);

#endif
