/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_CHANNEL_H
#define EMIT_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include "channel/layout.h"

/* The channel of this process as its own side sees it. Addresses and sizes are kept here and never
 * read back from the shared memory: an inspector holds the same memfd.
 *
 * A process keeps one address range for all the channels it ever has: a later one (the child of a
 * fork, an inspector that comes again) is mapped over the earlier. So a pointer that some thread,
 * or a frame interrupted by the signal handler that forked, holds into it never dangles, and every
 * number of a kind, location or string stays what it was. */
typedef struct
{
  char *base; /* NULL: this process never had one */
  size_t size;
  ChannelHeader *header;
  ChannelControl *control;
  ChannelTail *tails;
  ChannelKind *kinds;
  ChannelLocation *locations;
  ChannelModule *modules;
  char *strings;
  ChannelRing *rings;
  ChannelRecord *records;
  uint32_t kinds_capacity;
  uint32_t locations_capacity;
  uint32_t modules_capacity;
  uint32_t strings_capacity;
  uint32_t n_rings;
  uint32_t ring_capacity;

  /* How full the tables are; the header has copies. Atomic. */
  uint32_t kinds_count;
  uint32_t locations_count;
  uint32_t modules_count;
  uint32_t strings_used;
} EmitChannel;

#define EMIT_STRING_EMPTY 0u  /* at the start of the strings */
#define EMIT_STRINGS_START 8u /* after it */

/* Hidden and one for the process, because the hot path cannot carry it along. */
extern EmitChannel emit_channel __attribute__ ((visibility ("hidden")));

/* Makes the first channel, as large as the options ask and the limits of this process allow.
 * Returns: its memfd, which the caller sends and closes; -ENOMEM: no memory; -ENOSYS: the kernel
 * lacks what it takes. */
int emit_channel_create (void);

/* Makes another of the same layout over the first, with copies of its tables.
 * @parent_pid: of the process that this one was forked from, or 0
 * @keep_rings: the threads that have rings keep them (same process, another inspector)
 * Returns: as emit_channel_create(); on failure the earlier one is still mapped. */
int emit_channel_replace (int32_t parent_pid, int keep_rings);

/* Gives the memory of the records back. What still writes into them writes to memory that nobody
 * reads; tables and rings stay, for emit_channel_replace(). */
void emit_channel_release_records (void);

/* Undoes emit_channel_create(), before anybody has seen it. */
void emit_channel_discard (void);

/* Maps private memory over the channel: what is still written goes nowhere. */
void emit_channel_detach (void);

/* Makes pages present, so that no later store can find the machine out of memory (SIGBUS). Returns:
 * 0; -ENOMEM when there is none; 0 too where the kernel cannot say (before 5.14). */
int emit_channel_populate (const void *start, size_t length);

#endif
