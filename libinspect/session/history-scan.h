/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HISTORY_SCAN_H
#define SESSION_HISTORY_SCAN_H

/* Of a keyframe and of all that came since those records that say of tasks what their spans do not: what their states
 * are called, their variables, who has what and who waits for it. Most records are told by what they look like to be
 * none of these. */

#include "session/inspector-history-private.h"

G_BEGIN_DECLS

/* What a kind is of, by its number. */
enum
{
  HISTORY_KIND_HELD = 1 << 0,      /* a resource that somebody may have */
  HISTORY_KIND_TRACKED = 1 << 1,   /* an await that may be on one of these, or has variables */
  HISTORY_KIND_VARIABLE = 1 << 2,  /* a key of a variable of a function that waits */
  HISTORY_KIND_RESOURCE = 1 << 3,  /* the key that says what an await is on */
  HISTORY_KIND_TID = 1 << 5,       /* the key that says which thread a task stands for */
  HISTORY_KIND_EXCLUSIVE = 1 << 4, /* what only one can have */
};

/* A text, and behind it what its type is called. */
typedef struct
{
  guint32 n_bytes, n_type;
  char bytes[];
} HistoryText;

/* What is left of a record. There are hundreds of thousands of them. */
typedef struct
{
  gint64 time_ns;
  guint64 task;
  union
  {
    guint64 arg; /* or the value */
    const HistoryText *text;
  };
  guint32 location;
  gint32 tid;
  guint16 key;
  guint16 ring;
  guint8 type;
  guint8 has_text;
  guint8 is_keyframe;
} HistoryRecord;

void history_record_get_event (const HistoryRecord *record, ChannelEvent *ret_event);

typedef struct
{
  gboolean is_keyframe;
  GArray *records;   /* HistoryRecord */
  GPtrArray *texts;  /* HistoryText; NULL: none */
  gboolean is_known; /* it was read before */
} HistoryScanPiece;

typedef struct
{
  guint8 *kinds;  /* by number, of G_MAXUINT16 + 1 */
  GArray *pieces; /* HistoryScanPiece: those before what is damaged, in the order of time */
} HistoryScan;

/* What was found in blocks before: who looks at an instant looks at one near it next. */
typedef struct _HistoryScanned
{
  GHashTable *pieces; /* number of the block: HistoryScanPiece */
  GQueue order;       /* the same, as they were read */
  gsize size;         /* bytes of records */
} HistoryScanned;

void history_scanned_free (HistoryScanned *scanned);

void history_scan_init (HistoryScan *scan, HistoryProgram *program, const HistoryNames *names,
                        gint64 at_ns);
void history_scan_clear (HistoryScan *scan);
/* What happened to a lock before the last two took it has no bearing on who has it: @records (HistoryRecord) of that are
 * removed. */
void history_scan_leave_out_former (const HistoryScan *scan, GArray *records);

G_END_DECLS

#endif
