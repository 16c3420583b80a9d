/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CHANNEL_READER_PRIVATE_H
#define CHANNEL_READER_PRIVATE_H

/* What the files of the reader share:
 *
 *   image.c      is this a channel? header and offsets against the size of the mapping
 *   reader.c     open, close, the control page, counters
 *   clock.c      raw ticks -> CLOCK_MONOTONIC
 *   ring-read.c  committed records of one ring -> its private, sorted entries
 *   decode.c     an entry -> a checked ChannelEvent; byte attributes are put together
 *   merge.c      all rings -> one stream in the order of time
 *   strings.c    text out of the channel, made harmless
 *   tables.c     kinds, locations, modules
 *   stops.c      breakpoints and the threads that stand at them
 *
 * Only image.c, ring-read.c, reader.c, stops.c, strings.c and tables.c look into the shared memory. */

#include "reader.h"

#define NSEC_PER_SEC UINT64_C (1000000000)

/* ---- The checked shape of a channel -------------------------------------------------------- */

#define CHANNEL_MAX_SIZE (UINT64_C (8) << 30)

static inline uint64_t
channel_control_size (uint32_t n_rings)
{
  uint64_t size = CHANNEL_PAGE + (uint64_t)n_rings * sizeof (ChannelTail);
  return (size + CHANNEL_PAGE - 1) & ~(uint64_t)(CHANNEL_PAGE - 1);
}

/* @header is private already. 0, -EPROTO or -EOVERFLOW. */
int channel_image_check (const ChannelHeader *header, uint64_t size);

/* ---- Clock --------------------------------------------------------------------------------- */

#define CLOCK_SEGMENTS 128u

/* From `ticks` on, until the next segment begins: ns + (t - ticks) * slope / 2^32. */
typedef struct
{
  uint64_t ticks;
  uint64_t ns;
  uint64_t slope;
} ClockSegment;

typedef struct
{
  uint32_t source;              /* a ChannelClock */
  bool is_readable;             /* this processor has that clock: anchors can be taken */
  uint64_t tick_hz;             /* 0: unknown */
  uint64_t base_ticks, base_ns; /* start of the baseline over which the rate is measured */
  uint64_t rate;                /* as measured over it, nanoseconds a tick * 2^32 */
  uint32_t n_segments;          /* ever begun; the last CLOCK_SEGMENTS of them are kept */
  ClockSegment segments[CLOCK_SEGMENTS];
} ReaderClock;

uint64_t channel_monotonic_ns (void);
/* -EPROTO: ticks of another machine, and no rate given. */
int channel_clock_init (ReaderClock *clock, const ChannelHeader *header);
void channel_clock_refresh (ReaderClock *clock);
/* The same with the reading given; the tests drive it. */
void channel_clock_anchor (ReaderClock *clock, uint64_t ticks, uint64_t ns);
bool channel_clock_now (const ReaderClock *clock, uint64_t *ret_ticks);
uint64_t channel_clock_ticks (const ReaderClock *clock, uint64_t ns); /* of a span */
uint64_t channel_clock_span (const ReaderClock *clock, uint64_t ticks);
int64_t channel_clock_convert_slow (const ReaderClock *clock, uint64_t ticks);

/* Spans past this are converted the slow way, so that the product below stays within 128 bits
 * and its shifted result within 63. */
#define CLOCK_FAST_SPAN (UINT64_C (1) << 44)

static inline int64_t
channel_clock_convert (const ReaderClock *clock, uint64_t ticks)
{
  const ClockSegment *segment = &clock->segments[(clock->n_segments - 1) % CLOCK_SEGMENTS];
  uint64_t span = ticks - segment->ticks;

  if (__builtin_expect (span >= CLOCK_FAST_SPAN, 0))
    return channel_clock_convert_slow (clock, ticks);
  return (int64_t)(segment->ns + (uint64_t)(((unsigned __int128)span * segment->slope) >> 32));
}

/* ---- Rings --------------------------------------------------------------------------------- */

#define RING_BATCH 256u  /* records copied at a time */
#define RING_WINDOW 64u  /* how far back a record of a nested handler may belong */
#define PENDING_SLOTS 4u /* handlers nested within byte attributes */

/* A private copy of a record, with the time that orders it. */
typedef struct
{
  uint64_t ticks;
  uint64_t word; /* ChannelRecord.time */
  uint64_t task;
  uint64_t arg;
  uint32_t type_location;
  uint32_t is_after_gap; /* records before it were overwritten */
} RingEntry;

/* A byte attribute of which not all chunks have come. */
typedef struct
{
  bool is_used;
  uint32_t key;
  uint32_t length;
  uint32_t filled;
  uint64_t object;
  uint64_t ticks;
  char bytes[CHANNEL_TEXT_MAX + 17]; /* a whole last chunk and a NUL */
} PendingBytes;

typedef struct
{
  uint64_t tail;  /* below it everything is copied or given up */
  uint64_t limit; /* the head, as this drain found it */
  uint64_t last_ticks;
  uint64_t stuck_index; /* the uncommitted record at which it waits */
  uint64_t stuck_since_ns;
  uint64_t lost; /* the highest counts seen */
  uint64_t cost_ticks;
  uint32_t generation;
  int32_t tid;
  bool has_torn_end;     /* the target died within this ring's last record */
  bool has_gap;          /* for the next entry that is appended */
  bool has_orphans;      /* chunks that come next may belong to what was overwritten */
  uint32_t first, end;   /* entries not yet delivered */
  RingEntry *entries;    /* RING_BATCH + RING_WINDOW; made when the ring is first used */
  PendingBytes *pending; /* PENDING_SLOTS; made when first needed */
} ReaderRing;

/* Where a drain stands. */
typedef struct
{
  uint64_t now_ns;
  bool has_ticks;
  uint64_t now_ticks;    /* valid if has_ticks */
  uint64_t future_ticks; /* how far past now_ticks a record may be held back */
  bool target_ended;
} DrainTime;

typedef struct
{
  uint64_t ticks;
  uint32_t ring;
} MergeNode;

typedef struct StringCache StringCache;
typedef struct TableCache TableCache;

struct ChannelReader
{
  uint8_t *memory; /* the whole channel; read-only where it was mapped here */
  size_t size;
  int fd;                  /* -1: the caller's memory */
  ChannelHeader header;    /* private; every size and offset comes from here */
  ChannelControl *control; /* NULL: not writable */
  ChannelTail *tails;
  ChannelRing *shared_rings;
  ChannelRecord *shared_records;
  bool has_stopped;
  uint32_t policy;
  uint32_t rings_used;
  uint64_t moved; /* records read since a blocked target was last woken */

  ReaderClock clock;
  ReaderRing *rings;
  MergeNode *heap;
  uint32_t n_heap;
  ChannelStats stats;

  StringCache *strings;
  TableCache *tables;
};

static inline void
channel_count (uint64_t *counter, uint64_t n)
{
  if (__builtin_add_overflow (*counter, n, counter))
    *counter = UINT64_MAX;
}

/* Makes entries available, if the shared ring has any below the drain's limit. */
void channel_ring_begin (ChannelReader *reader, uint32_t index);
void channel_ring_fill (ChannelReader *reader, uint32_t index, const DrainTime *time);
void channel_ring_count (ChannelReader *reader, uint32_t index);
/* Tells blocked threads that tails have moved. */
void channel_ring_wake (ChannelReader *reader);

/* True if @entry makes an event. */
bool channel_decode (ChannelReader *reader, uint32_t ring, const RingEntry *entry,
                     ChannelEvent *event);
/* Gives up attributes whose remaining chunks can not come any more, and returns their number. */
uint32_t channel_decode_cut (ReaderRing *ring);

StringCache *channel_strings_new (const uint8_t *strings, uint32_t capacity);
void channel_strings_free (StringCache *cache);
const char *channel_strings_get (StringCache *cache, uint32_t offset);
/* The bytes of that string as 1 to @max words, in memory that lives as long as the cache; NULL where
 * they are not so many, or where there is no room. */
const uint64_t *channel_strings_get_words (StringCache *cache, uint32_t offset, uint32_t max,
                                           uint32_t *ret_n);
/* Copies @length bytes of any origin as valid UTF-8 without control characters. @ret_text has room
 * for 3 * @length + 1. Returns: the length of the result */
size_t channel_text_clean (const uint8_t *text, size_t length, char *ret_text);

TableCache *channel_tables_new (const ChannelHeader *header);
void channel_tables_free (TableCache *cache);

#endif
