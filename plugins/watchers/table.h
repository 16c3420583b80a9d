/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_TABLE_H
#define WATCHERS_TABLE_H

/* Address of an object of the program -> what is known of it. Whoever asks gets a copy: records change
 * under the lock of their shard alone, so that several threads may use one object as its runtime allows.
 *
 * The record of an object that waits for nothing stays, and says to which task it belonged; it may be
 * taken for another object of the same shard, so that there are never many more records than there ever
 * were awaits at once. */

#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"

typedef void (*Callback) (void);

typedef struct Record Record;
struct Record
{
  Record *next;
  uint64_t key;      /* 0 while it is nobody's */
  InspectKind *kind; /* of the await that is pending, which holds `task`; NULL: none is */
  InspectId task;
  InspectId bound; /* the task that the object belongs to; weak */
  uint32_t bound_generation;
  int32_t fd;
  const void *loop;
  Callback callback;
  void *data;     /* the adapter's */
  const void *of; /* the same: what it is a part of */
  uint32_t session;
  bool has_begun_task; /* `bound` has begun with this */
  uint32_t flags;      /* the adapter's */
};

/* An object may wait for several things at once: its parts. The first is that of the object itself. */
#define TABLE_PARTS 8u

/* Copies the record. Returns: false when there is none */
bool table_get (const void *address, unsigned part, Record *ret_record);
/* Makes @next what is known of it, if it waits for nothing, or for something else; the record of before
 * is what was. Links and key of @next are not looked at. Returns: false when there is no room */
bool table_put (const void *address, unsigned part, const Record *next, Record *ret_before);
/* Its await is over: the record says so from now on. Returns: false when it waited for nothing */
bool table_take (const void *address, unsigned part, Record *ret_record);
/* Whether it still waits as @record says, whose other fields then replace those that are known. */
bool table_change (const void *address, unsigned part, const Record *record);
/* All that is known of it is out of date. */
void table_drop (const void *address, unsigned part);

/* The next one from @cursor on (first 0) that waits on @loop, or on any for NULL; the cursor moves on.
 * What begins or ends meanwhile may be met or not. */
bool table_next (uint32_t *cursor, const void *loop, uint64_t *ret_key, Record *ret_record);
const void *table_key_address (uint64_t key);
unsigned table_key_part (uint64_t key);

#endif
