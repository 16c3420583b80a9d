/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_FORMAT_H
#define RECORDING_FORMAT_H

/* The file that holds a channel's events (contract C4). This header is the whole format;
 * README.md says it in words. Little-endian.
 *
 *   RecordingHeader
 *   block, block, ...     each a RecordingBlock, its stored bytes, and zeros up to a multiple of 8
 *   block of the index    RecordingIndexEntry[] of all blocks before it
 *   RecordingTrailer      says where the index is
 *
 * A file that ends early lacks the last two: its blocks are found one after the other, each by the
 * size that the one before it says. A block stands for itself but for the tables (kinds, locations,
 * strings, modules) of its target, which come in blocks before it. A reader skips types of block
 * that it does not know: they come with a higher minor version. */

#include <assert.h>
#include <stdint.h>

#define RECORDING_MAGIC "AIREC\r\n\x1a" /* 8 bytes: a copy in text mode damages it visibly */
#define RECORDING_MAJOR 3               /* 2 is read, too: it has no RECORDING_FLAG_SHAPES */
#define RECORDING_OLDEST_MAJOR 2
/* 3.1 has RECORDING_MENTIONS; 3.2 types of variables (COLUMN_TYPES of columns-private.h) and RECORDING_FLAG_UNKNOWN. */
#define RECORDING_MINOR 2
#define RECORDING_BLOCK_MAGIC 0x4b4c4241u   /* "ABLK" */
#define RECORDING_TRAILER_MAGIC 0x444e4541u /* "AEND" */
#define RECORDING_MAX_RAW (32u << 20)       /* bytes of one block before it is compressed */
#define RECORDING_MAX_STORED (33u << 20)
#define RECORDING_MAX_EVENTS (1u << 20) /* of one block */
#define RECORDING_MAX_TARGETS (1u << 20)

typedef enum
{
  RECORDING_EVENTS = 1,   /* columns of records, in time order */
  RECORDING_TABLES = 2,   /* what the tables of one target have got since the block before */
  RECORDING_KEYFRAME = 3, /* records that make an empty model what it was at last_ns */
  RECORDING_FACTS = 4,    /* JSON: of the host (target 0), of a target, how it ended */
  RECORDING_SYMBOLS = 5,  /* functions and lines of the locations of one target */
  RECORDING_INDEX = 6,
  /* What the tasks of one target did and when (timeline.h). */
  RECORDING_SPANS = 7,    /* of the tracks from @first_track on, in one stretch of time */
  RECORDING_CAUSES = 8,   /* who woke whom, in time order */
  RECORDING_TRACKS = 9,   /* tracks, in their order */
  RECORDING_SUMMARY = 10, /* of all that: it is whole where there is one */
  RECORDING_MENTIONS =
      11, /* which ids the block of records right before it names (mentions.h): one of
                              the same target, with as many records of the same times */
} RecordingBlockType;

/* Flags of a keyframe; the first of them of spans, too, the third one of all blocks of records and
 * of spans, the last one of spans alone. */
enum
{
  RECORDING_FLAG_FIRST = 1 << 0,     /* of those of several targets that were made at one moment; of
                                        the blocks of spans of one stretch of time */
  RECORDING_FLAG_CONTINUES = 1 << 1, /* goes on with the keyframe of that target before it */
  RECORDING_FLAG_SHAPES = 1 << 2,    /* the columns are those of format 3 (columns-private.h,
                                        timeline-spans.c); without it, those of format 2
                                        (columns-format-2.c, timeline-format-2.c) */
  RECORDING_FLAG_UNKNOWN =
      1 << 3, /* what is ready and what is not known are two states; without it,
                                        both are the former */
};

typedef struct
{
  char magic[8];
  uint16_t major;
  uint16_t minor;
  uint32_t header_size;  /* of this structure, as it was written */
  int64_t begin_real_us; /* real time, since 1970 */
  int64_t begin_ns;      /* CLOCK_MONOTONIC at the same moment: what all times count from */
  uint8_t id[16];        /* random: two copies of one recording are known as such */
  uint64_t reserved;
  uint64_t check; /* of all before it, as in RecordingBlock */
} RecordingHeader;

typedef struct
{
  uint32_t magic;
  uint16_t type; /* a RecordingBlockType */
  uint16_t flags;
  uint32_t target; /* 1 and up; 0: of the recording as a whole */
  uint32_t n_events;
  uint32_t stored_size; /* of the zstd frame that follows, which carries a checksum */
  uint32_t raw_size;    /* of what is in it */
  int64_t first_ns;     /* times of its records; of the moment it was written where it has none */
  int64_t last_ns;
  uint64_t number; /* counts the blocks from 0 */
  uint64_t n_lost; /* records of the target that had been lost when it was written; of spans: the
                      first track */
  uint64_t check;  /* the first 8 bytes of the SHA-256 of all before it */
} RecordingBlock;

typedef struct
{
  uint64_t offset;
  int64_t first_ns;
  int64_t last_ns;
  uint32_t target;
  uint32_t n_events;
  uint16_t type;
  uint16_t flags;
  uint32_t first_track; /* of spans; else 0 */
} RecordingIndexEntry;

typedef struct
{
  uint32_t magic;
  uint32_t reserved;
  uint64_t index_offset;
  uint64_t file_size;
  uint64_t check;
} RecordingTrailer;

static_assert (sizeof (RecordingHeader) == 64, "file layout");
static_assert (sizeof (RecordingBlock) == 64, "file layout");
static_assert (sizeof (RecordingIndexEntry) == 40, "file layout");
static_assert (sizeof (RecordingTrailer) == 32, "file layout");

#define RECORDING_PAD(size) (((size) + 7) & ~UINT64_C (7))

#endif
