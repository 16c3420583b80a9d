/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CHANNEL_READER_H
#define CHANNEL_READER_H

/* The inspector's end of one channel. Trusts nothing in it: every offset, size, id and counter is
 * read once into a local and checked against the reader's own mapping. C and libc alone; -errno on
 * failure. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "layout.h"

typedef struct ChannelReader ChannelReader;

/* A record with what the reader adds to it. `time_ns` is CLOCK_MONOTONIC; an ATTRIBUTE has the
 * time of the record before it, and BYTES never appear: they come with their attribute. */
typedef struct
{
  int64_t time_ns;
  uint32_t type;     /* a ChannelType that this reader knows */
  uint32_t location; /* 0 or a number up to locations_capacity; its entry may still be missing */
  int32_t status;
  uint32_t ring;
  int32_t tid;
  uint64_t task; /* for an ATTRIBUTE the object */
  uint64_t arg;
  uint32_t key;      /* ATTRIBUTE: the key's number */
  uint64_t value;    /* ATTRIBUTE without bytes */
  const char *bytes; /* ATTRIBUTE with bytes: valid until the callback returns */
  uint32_t n_bytes;
  /* ATTRIBUTE of a variable: how long the name of its type is, which lies behind the bytes: a NUL, the name,
   * a NUL. 0: not known, as in all that comes by a channel: who reads that looks it up in debug info. */
  uint32_t n_type;
} ChannelEvent;

/* Bytes of the name of a type; what is longer is cut. */
#define CHANNEL_TYPE_NAME_MAX 512u

/* How much of `bytes` there is to keep, with the name of the type. */
static inline uint32_t
channel_event_count_bytes (const ChannelEvent *event)
{
  return event->n_bytes + (event->n_type > 0 ? event->n_type + 2 : 0);
}

/* (nullable): the name of the type, which ends in a NUL */
static inline const char *
channel_event_get_type_name (const ChannelEvent *event)
{
  return event->bytes != NULL && event->n_type > 0 ? event->bytes + event->n_bytes + 1 : NULL;
}

typedef void (*ChannelEventFunc) (const ChannelEvent *event, void *data);

/* Checks seals, sizes and offsets, and maps: control writable, the rest read-only. Takes @fd over
 * on success only. -EPERM: not sealed; -EPROTO: not a channel or inconsistent; -EOVERFLOW: another
 * abi_major. */
int channel_reader_open (int fd, ChannelReader **ret_reader);
/* The same over memory that the caller keeps (fuzzing, recordings). @control_writable: tails and
 * heartbeat may be written into it. */
int channel_reader_open_memory (void *memory, size_t size, bool control_writable,
                                ChannelReader **ret_reader);
void channel_reader_close (ChannelReader *reader);

const ChannelHeader *channel_reader_get_header (ChannelReader *reader); /* a checked private copy */

void channel_reader_set_policy (ChannelReader *reader, ChannelPolicy policy);
/* Raises the heartbeat and refreshes the clock's anchor; call at least every 100 ms. */
void channel_reader_beat (ChannelReader *reader);
/* Tells the target that nobody reads any more. */
void channel_reader_stop_looking (ChannelReader *reader);

/* Reads what is committed on all rings, merged by time (rings are internally in order but for
 * nested signal handlers, which are sorted in), at most @max_events (0: all there is at the call).
 * @target_ended: nobody writes any more, so reserved records that were never committed are skipped
 * and counted as torn. Returns: the number of events. */
size_t channel_reader_drain (ChannelReader *reader, size_t max_events, bool target_ended,
                             ChannelEventFunc func, void *data);

typedef struct
{
  uint64_t events;      /* records delivered */
  uint64_t dropped;     /* by a full ring, as the target counted */
  uint64_t overwritten; /* before they were read */
  uint64_t torn;        /* reserved, never committed; or an attribute whose target died within it */
  uint64_t invalid;     /* of no known type, or with an impossible field */
  uint64_t table_losses; /* kinds, locations, modules, strings, threads without room */
  uint64_t skipped;      /* operations that a plugin let pass */
  uint64_t cut_stacks;   /* places of calls whose stack found no room */
  uint64_t cost_ns;      /* estimated CPU time that instrumentation took in the target */
  bool silent;           /* the target stopped reporting: it saw no heartbeat of ours for seconds */
} ChannelStats;
void channel_reader_get_stats (ChannelReader *reader, ChannelStats *ret_stats);

/* Tables. Numbers count from 1. False while the entry is missing or invalid; strings are copies
 * that the reader keeps (valid UTF-8, no control characters), "" where there is none. */
typedef struct
{
  uint32_t of;
  uint32_t flags;
  const char *name;
  const char *phrase;
} ChannelKindInfo;
bool channel_reader_get_kind (ChannelReader *reader, uint32_t number, ChannelKindInfo *ret_info);

typedef struct
{
  uint32_t of;
  uint64_t address;
  const char *file;
  const char *function;
  uint32_t line;
  /* Of a stack: return addresses, the innermost, which is `address`, first; 1 to
   * CHANNEL_MAX_FRAMES of them, which the reader keeps. NULL and 0 for any other. */
  const uint64_t *frames;
  uint32_t n_frames;
} ChannelLocationInfo;
bool channel_reader_get_location (ChannelReader *reader, uint32_t number,
                                  ChannelLocationInfo *ret_info);

typedef struct
{
  const char *path;
  uint64_t start, end, bias;
  uint8_t build_id_length;
  uint8_t build_id[CHANNEL_BUILD_ID_MAX];
} ChannelModuleInfo;
uint32_t channel_reader_count_modules (ChannelReader *reader);
bool channel_reader_get_module (ChannelReader *reader, uint32_t number,
                                ChannelModuleInfo *ret_info);

const char *channel_reader_get_string (ChannelReader *reader, uint32_t offset);

#endif
