/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CHANNEL_LAYOUT_H
#define CHANNEL_LAYOUT_H

/* The shared memory between a target and an inspector (contract C3). This header is the whole
 * ABI; libinspect/channel/README.md says it in words. Little-endian, 64-bit.
 *
 *   page 0            ChannelHeader     target writes, once; then only `state` and the counts
 *   page 1..          ChannelControl    inspector writes (the only part that it maps writable)
 *   kinds_offset      ChannelKind[]     append-only tables: the target fills an entry, then
 *   locations_offset  ChannelLocation[]   releases its `ready`
 *   modules_offset    ChannelModule[]
 *   strings_offset    bytes             bump-allocated: { uint32_t length; char text[]; NUL }, aligned
 *                                       to 8; offset 0 is no string
 *   rings_offset      ChannelRing[]     one line pair a thread
 *   records_offset    ChannelRecord[n_rings][ring_capacity]
 *
 * Regions start at page boundaries and do not overlap. The memfd is sealed against shrinking and
 * growing before it is handed over, so that no access can raise SIGBUS. Neither side trusts the
 * other: each keeps its own sizes. */

#include <stdint.h>
#include <assert.h>

#define CHANNEL_MAGIC UINT64_C (0x31504e4953494121) /* "!AISINP1" */
#define CHANNEL_ABI_MAJOR 1
#define CHANNEL_ABI_MINOR 2
#define CHANNEL_MAX_FRAMES 32u /* of one stack */
#define CHANNEL_PAGE 4096u
#define CHANNEL_MAX_RINGS 1024u
#define CHANNEL_MAX_KINDS 4096u
#define CHANNEL_MAX_LOCATIONS (1u << 20) /* 24 bits in a record */
#define CHANNEL_MAX_MODULES 4096u
#define CHANNEL_MAX_STRINGS (64u << 20)
#define CHANNEL_MAX_CAPACITY (1u << 22) /* records a ring; a power of two, as ring_capacity must be */
#define CHANNEL_VERSION_LENGTH 32u
#define CHANNEL_TEXT_MAX 1024u /* bytes of one attribute */
#define CHANNEL_MAX_BREAKS 124u

typedef enum
{
  CHANNEL_CLOCK_MONOTONIC = 1, /* ticks are CLOCK_MONOTONIC nanoseconds */
  CHANNEL_CLOCK_TSC = 2,       /* x86: rdtsc, invariant */
  CHANNEL_CLOCK_CNTVCT = 3,    /* aarch64: cntvct_el0 */
} ChannelClock;

typedef enum
{
  CHANNEL_STATE_LIVE = 1,
  CHANNEL_STATE_EXITED = 2, /* the target left in order */
  CHANNEL_STATE_SILENT = 3, /* it reports no more: no heartbeat for seconds while it ran */
} ChannelState;

typedef enum
{
  CHANNEL_POLICY_DROP = 0,      /* a full ring drops new records and counts them */
  CHANNEL_POLICY_OVERWRITE = 1, /* a full ring overwrites its oldest (flight recorder) */
  CHANNEL_POLICY_BLOCK = 2,     /* a full ring makes its thread wait for the inspector */
} ChannelPolicy;

typedef struct
{
  uint64_t magic;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t header_size; /* sizeof (ChannelHeader) as the target was compiled */
  uint64_t total_size;
  uint32_t clock;       /* a ChannelClock */
  int32_t pid;          /* as the target sees itself */
  uint64_t tick_hz;     /* of CNTVCT; 0 where the inspector has to measure */
  uint64_t start_ticks; /* when the channel was made */

  uint64_t kinds_offset;
  uint64_t locations_offset;
  uint64_t modules_offset;
  uint64_t strings_offset;
  uint64_t rings_offset;
  uint64_t records_offset;
  uint32_t kinds_capacity;
  uint32_t locations_capacity;
  uint32_t modules_capacity;
  uint32_t strings_capacity; /* bytes */
  uint32_t n_rings;
  uint32_t ring_capacity; /* records in one */

  char version[CHANNEL_VERSION_LENGTH]; /* of libinspect, NUL-terminated */
  int32_t parent_pid;                   /* of the process whose fork this is; 0 for a fresh program */
  uint32_t holding; /* 1: it begins once the inspector says may_begin, for it was asked to */

  /* Written while running; each on its own line. */
  struct
  {
    uint32_t value;
    uint32_t pad[15];
  } __attribute__ ((aligned (64))) state, kinds_count, locations_count, modules_count, strings_used,
      rings_used;
  /* What found no room in the tables above, and threads that found no ring. */
  uint64_t lost_kinds __attribute__ ((aligned (64)));
  uint64_t lost_locations;
  uint64_t lost_modules;
  uint64_t lost_strings;
  uint64_t lost_threads; /* records of threads that have no ring */
  uint64_t skipped;      /* operations that a runtime plugin let pass uninspected */
  uint64_t setup_ns;     /* CPU time of the agent outside of hooks: loading, patching */
  uint64_t cut_stacks;   /* places that are a call alone, for their stack found no room */
} ChannelHeader;

typedef enum
{
  CHANNEL_BREAK_ANY = 0,      /* whatever the record is about */
  CHANNEL_BREAK_KIND = 1,     /* an object whose kind has that name; low = channel_hash() of it */
  CHANNEL_BREAK_OBJECT = 2,   /* the object is `low` */
  CHANNEL_BREAK_ADDRESS = 3,  /* its place is code from `low` to below `high` */
  CHANNEL_BREAK_FUNCTION = 4, /* its place is in a function of that name; low = hash */
  CHANNEL_BREAK_LINE = 5,     /* its place is line `high` of a file of that base name; low = hash */
  CHANNEL_BREAK_STATE = 6,    /* STATE_NAME: a state of that name; low = hash */
  CHANNEL_BREAK_NAME = 7,     /* a task is given that name; low = hash. `events` does not matter */
  CHANNEL_BREAK_DUE = 8,      /* AWAIT_BEGIN: what begins is due in more than `low` nanoseconds */
} ChannelBreakOf;

/* Where a thread has to stop. It is a coarse sieve: the inspector looks at what has stopped, and lets
 * it go where that is not what it meant. */
typedef struct
{
  uint32_t events; /* 1 << ChannelType, of those in CHANNEL_BREAK_EVENTS */
  uint16_t number; /* of the inspector's choice */
  uint16_t of;     /* a ChannelBreakOf */
  uint64_t task;   /* of this task alone; 0: of any */
  uint64_t low, high;
} ChannelBreak;

/* The inspector's part: CHANNEL_PAGE bytes, then n_rings tails of 64 bytes each, rounded up. */
typedef struct
{
  uint32_t policy;       /* a ChannelPolicy */
  uint32_t looking;      /* 1 while an inspector reads; 0 closes the gate */
  uint64_t heartbeat_ns; /* CLOCK_MONOTONIC, at least every 100 ms; older than 1 s: it is gone */
  uint32_t space_futex;  /* raised and woken after tails moved, for POLICY_BLOCK */
  uint32_t may_begin;    /* 1: breakpoints are armed; a futex */
  /* A line that is written only when breakpoints are. */
  uint32_t armed __attribute__ ((aligned (64))); /* 0: nothing has to stop, whatever follows says */
  uint32_t n_breaks;
  uint32_t stop_all; /* 1: every thread stops at its next record of CHANNEL_BREAK_EVENTS */
  uint32_t go_futex; /* raised and woken after a `go` was written */
  ChannelBreak breaks[CHANNEL_MAX_BREAKS] __attribute__ ((aligned (64)));
} ChannelControl;

typedef struct
{
  uint64_t tail; /* records below it are read; the inspector releases it after its copy */
  uint64_t go;   /* the `parked` of a stop that may end */
  uint64_t pad[6];
} ChannelTail;

typedef struct
{
  uint32_t ready; /* released last */
  uint32_t of;    /* an InspectKindClass */
  uint32_t flags;
  uint32_t name;   /* string offsets, in bytes from strings_offset */
  uint32_t phrase;
  uint32_t pad[3];
} ChannelKind; /* its number is index + 1 */

typedef enum
{
  CHANNEL_LOCATION_STATIC = 1,   /* file, function, line from the source */
  CHANNEL_LOCATION_CALL = 2,     /* address is a return address */
  CHANNEL_LOCATION_FUNCTION = 3, /* address is that of a function */
  CHANNEL_LOCATION_STACK = 4,    /* address is the return address of the innermost frame, file the
                                    string of all of them: 8 bytes each, innermost first */
} ChannelLocationClass;

typedef struct
{
  uint32_t ready;
  uint32_t of; /* a ChannelLocationClass */
  uint64_t address;
  uint32_t file;
  uint32_t function;
  uint32_t line;
  uint32_t pad;
} ChannelLocation; /* its number is index + 1 */

#define CHANNEL_BUILD_ID_MAX 20u
typedef struct
{
  uint32_t ready;
  uint32_t path;  /* string offset; empty for the vdso */
  uint64_t start; /* of its mapping */
  uint64_t end;
  uint64_t bias;  /* l_addr: run-time address minus address in the file */
  uint8_t build_id_length;
  uint8_t build_id[CHANNEL_BUILD_ID_MAX];
  uint8_t pad[3];
} ChannelModule;

typedef enum
{
  CHANNEL_RING_FREE = 0,
  CHANNEL_RING_LIVE = 1,
  /* Its thread has ended. Another takes it once the published tail has reached the head, and raises
   * its generation before it writes: the inspector does not have to write to it. */
  CHANNEL_RING_CLOSED = 2,
} ChannelRingState;

typedef struct
{
  uint64_t head; /* records reserved; the thread alone adds to it */
  uint64_t lost; /* records dropped since the channel was made */
  uint32_t state;
  int32_t tid;
  uint32_t generation; /* raised whenever a thread takes the ring */
  uint32_t pad0;
  uint64_t cost_ticks; /* estimated ticks that instrumentation took (inspect_cost_begin) */
  uint64_t cost_calls;
  /* The thread stands still, and has written this many records. 0: it runs. */
  uint64_t parked;
  uint32_t parked_by; /* number of the ChannelBreak; 0: stop_all */
  /* Why: what a record said, the last one or one shortly before it. */
  uint32_t parked_type;
  uint64_t parked_task;
  uint64_t parked_arg;
  uint32_t parked_location;
  uint32_t pad1;
  uint64_t line2[5]; /* keeps the neighbour's head off this pair of lines */
} ChannelRing;

/* One record. `seq` is the low half of its index + 1 and is released last: it commits the record.
 * index = the head at which it was reserved; slot = index & (ring_capacity - 1). Reserved and
 * never committed: its thread was killed, or is still writing. Reading one:
 * seq == index + 1, copy, acquire fence, read head again; head - index > ring_capacity means
 * that it was overwritten while it was copied. */
typedef struct
{
  uint64_t time; /* raw ticks of ChannelHeader.clock; the value, in an ATTRIBUTE; bytes, in BYTES */
  uint32_t seq;
  uint32_t type_location; /* type | location << 8 */
  uint64_t task;
  uint64_t arg;
} __attribute__ ((aligned (32))) ChannelRecord;

/* What a record says. Objects are `kind << 48 | id`, ids are 48 bits (see inspect.h). */
typedef enum
{
  CHANNEL_TASK_BEGIN = 1,  /* task, arg = parent's id, location = where it was started */
  CHANNEL_TASK_END = 2,    /* task, status in the location's 24 bits, signed */
  CHANNEL_POLL_BEGIN = 3,  /* task, arg = cause (object; 0 unknown), location = the callback */
  CHANNEL_POLL_END = 4,    /* task */
  CHANNEL_AWAIT_BEGIN = 5, /* task, arg = await, location = where */
  CHANNEL_AWAIT_END = 6,   /* task, arg = await, status as in TASK_END */
  CHANNEL_RESUME = 7,      /* AWAIT_END with status 0, then POLL_BEGIN with that cause; location = the callback */
  CHANNEL_SUSPEND = 8,     /* AWAIT_BEGIN, then POLL_END; location = where */
  CHANNEL_WAKE = 9,        /* task = who wakes (0: outside of any), arg = object that is woken */
  CHANNEL_RESOURCE_BEGIN = 10, /* task = the current one, arg = resource, location */
  CHANNEL_RESOURCE_END = 11,   /* arg = resource */
  CHANNEL_ACQUIRE = 12,        /* task, arg = resource, location */
  CHANNEL_RELEASE = 13,        /* task, arg = resource */
  CHANNEL_STATE_NAME = 14,     /* task, arg = string offset, location */
  CHANNEL_ATTRIBUTE = 15, /* time = value, task = OBJECT, arg = key's number << 48 | length of bytes */
  CHANNEL_BYTES = 16,     /* 16 bytes of the last byte attribute of that object on this ring:
                             time and arg hold them, task = object, location = chunk from 0 */
  CHANNEL_POINT = 17,     /* task, arg = value, location = the point */
  CHANNEL_TYPE_COUNT
} ChannelType;

/* Records at which a thread can stop. At a RESUME, a POLL_BEGIN, a SUSPEND or a STATE_NAME it does so at
 * once, before a callback runs. What else an operation says about itself comes after its AWAIT_BEGIN:
 * there a thread stops once that has been said. */
#define CHANNEL_BREAK_EVENTS                                                                       \
  (1u << CHANNEL_TASK_BEGIN | 1u << CHANNEL_TASK_END | 1u << CHANNEL_POLL_BEGIN |                  \
   1u << CHANNEL_AWAIT_BEGIN | 1u << CHANNEL_RESUME | 1u << CHANNEL_SUSPEND |                      \
   1u << CHANNEL_ACQUIRE | 1u << CHANNEL_STATE_NAME | 1u << CHANNEL_POINT)

/* An attribute has no time of its own: it belongs to the instant of the record before it. */

/* The bytes of an attribute whose key is INSPECT_VALUE_VARIABLE. */
typedef struct
{
  uint64_t type;  /* address of a static variable whose type is a pointer to it; 0 unknown */
  uint64_t value; /* its lowest bytes */
  uint32_t size;
  int32_t of; /* as __builtin_classify_type() has it: 1 a number, 5 a pointer, 8 a floating one */
} ChannelVariable;

static_assert (sizeof (ChannelVariable) == 24, "wire layout");
static_assert (sizeof (ChannelRecord) == 32, "wire layout");
static_assert (sizeof (ChannelRing) == 128, "wire layout");
static_assert (sizeof (ChannelTail) == 64, "wire layout");
static_assert (sizeof (ChannelKind) == 32, "wire layout");
static_assert (sizeof (ChannelLocation) == 32, "wire layout");
static_assert (sizeof (ChannelModule) == 56, "wire layout");
static_assert (sizeof (ChannelHeader) <= CHANNEL_PAGE, "wire layout");
static_assert (sizeof (ChannelBreak) == 32, "wire layout");
static_assert (sizeof (ChannelControl) <= CHANNEL_PAGE, "wire layout");

static inline uint32_t
channel_record_type (uint32_t type_location)
{
  return type_location & 0xffu;
}

static inline uint32_t
channel_record_location (uint32_t type_location)
{
  return type_location >> 8;
}

/* Of a name, without its end: FNV-1a, as both sides compute it. */
static inline uint64_t
channel_hash (const char *text, uint64_t length)
{
  uint64_t hash = UINT64_C (0xcbf29ce484222325);

  for (uint64_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C (0x100000001b3);
  return hash;
}

static inline int32_t
channel_record_status (uint32_t type_location)
{
  return (int32_t)type_location >> 8;
}

#endif
