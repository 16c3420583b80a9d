/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_COLUMNS_PRIVATE_H
#define RECORDING_COLUMNS_PRIVATE_H

/* What columns.c writes and columns-read.c reads.
 *
 * Of most records all is known but a few numbers once it is known what the record looks like: its type, how it
 * says its objects and of which kinds they are, its key, whether it is of the same moment and thread as the one
 * before. Such a shape is said once in a block, and has a number from then on; a program has some dozens. */

#include "recording/columns.h"
#include "recording/packing.h"
#include "recording/past.h"

G_BEGIN_DECLS

/* Wire order; a reader leaves out further ones, as unknown. Numbers that are larger than a byte are in two
 * columns, the lowest byte apart from the rest: the former is mostly noise, the latter is mostly not. */
typedef enum
{
  COLUMN_SHAPE, /* the number of each record's; that of one which is not known yet is how many there are */
  COLUMN_NEW_SHAPES, /* bits, key, kind of the subject, kind of the argument */
  COLUMN_TIME,       /* how much later than the record before, or earlier */
  COLUMN_TIME_REST,
  COLUMN_RING,     /* of RING_SAID; and the thread, with SHAPE_TID */
  COLUMN_LOCATION, /* with SHAPE_PLACE; or the status, signed */
  COLUMN_ENTRY,    /* of what is CODE_KNOWN */
  COLUMN_ENTRY_REST,
  COLUMN_SUBJECT, /* of one that is CODE_NEW: difference from the last new subject, signed */
  COLUMN_SUBJECT_REST,
  COLUMN_ARGUMENT, /* the same: difference from its subject, signed */
  COLUMN_ARGUMENT_REST,
  COLUMN_NUMBER, /* of what is CODE_NUMBER */
  COLUMN_NUMBER_REST,
  COLUMN_BYTES, /* lengths and bytes of attributes */
  /* Types of variables, since format 3.2: how many attributes with bytes come before the next that has one, and its
   * number; one that is how many there are is followed by its name. Nothing where no variable has a type, and so none
   * in a block of before. */
  COLUMN_TYPES,
  N_COLUMNS
} Column;
#define N_COLUMNS_AT_LEAST COLUMN_TYPES

enum
{
  TIME_SAME,
  TIME_LATER,
  TIME_EARLIER,
};

enum
{
  RING_SAME,      /* as the record before */
  RING_AS_BEFORE, /* as the last record of this subject */
  RING_SAID,
};

typedef struct
{
  guint32 bits;
  guint16 key;           /* of an attribute */
  guint16 subject_kind;  /* of what is CODE_NEW or CODE_KNOWN */
  guint16 argument_kind; /* the same, or CODE_KIND */
} Shape;

#define SHAPE_TYPE(bits) ((bits)&31)
#define SHAPE_SUBJECT(bits) ((bits) >> 5 & 7)
#define SHAPE_ARGUMENT(bits) ((bits) >> 8 & 7)
#define SHAPE_TIME(bits) ((bits) >> 11 & 3)
#define SHAPE_RING(bits) ((bits) >> 13 & 3)
#define SHAPE_TID (1u << 15)   /* the thread is said, too */
#define SHAPE_BYTES (1u << 16) /* the attribute is a text */
#define SHAPE_PLACE (1u << 17) /* there is a location, or a status that is not 0 */
#define SHAPE_END (1u << 18)

G_STATIC_ASSERT (CHANNEL_TYPE_COUNT <= 32);
G_STATIC_ASSERT (N_CODES <= 8);

static inline guint32
shape_bits (guint type, Code subject, Code argument, guint time, guint ring)
{
  return type | subject << 5 | argument << 8 | time << 11 | ring << 13;
}

/* The next one of COLUMN_NEW_SHAPES. FALSE: no writer says such a one. */
gboolean recording_shape_read (PackingCursor *column, Shape *ret_shape);

G_END_DECLS

#endif
