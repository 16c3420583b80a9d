/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HISTORY_SEARCH_H
#define SESSION_HISTORY_SEARCH_H

/* Of a keyframe and of all that came since those records that are wanted: the blocks are gone through by several
 * threads, again for what is wanted since the last time, and most of them are passed over. */

#include "session/history-wanted.h"
#include "session/inspector-history-private.h"

G_BEGIN_DECLS

/* One block, by one of the threads. */
typedef struct
{
  guint block;
  guint n_wanted; /* of what is wanted, in order, so many are in @events */
  gboolean is_damaged;
  gboolean is_new;           /* @named was not there before */
  RecordingMentions *named;  /* NULL: it has to be read to know */
  RecordingRecords *records; /* NULL: not read yet */
  GArray *events;            /* ChannelEvent: that are wanted; NULL: none yet */
  GStringChunk *texts;       /* of them; NULL: none */
} HistoryPiece;

typedef struct
{
  RecordingReader *reader;
  HistoryWanted wanted;
  gint64 until_ns;
  GArray *pieces;
  guint next;    /* atomic */
  guint n_kept;  /* blocks of which the records are kept; atomic */
  guint n_found; /* of what is wanted, in order: so many locks were looked for from behind */
} HistorySearch;

typedef struct
{
  guint piece, event;
} HistoryPosition;

void history_search_init (HistorySearch *search, HistoryProgram *program, gint64 at_ns);
void history_search_clear (HistorySearch *search, HistoryProgram *program);
/* What is wanted so far is in the pieces then. */
void history_search_run (HistorySearch *search);
/* Where a lock was taken by the last one who has not had it before, and by whoever had it before that: what was there
 * earlier has no bearing on who has it. FALSE: not from @first on. */
gboolean history_search_find_last_two (const HistorySearch *search, guint64 lock, guint first,
                                       HistoryPosition *ret_position);

G_END_DECLS

#endif
