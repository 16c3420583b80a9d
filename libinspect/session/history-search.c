/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/history-search.h"

#define MAX_THREADS 4u
#define MAX_KEPT 16u
/* Who has a lock that many use is found in the last of the blocks that name it; more of them are rather read by all
 * threads at once. */
#define MAX_READ_BACK 4u

/* ---- Going through blocks ---------------------------------------------------------------------- */

typedef struct
{
  const HistorySearch *search;
  HistoryPiece *piece;
  RecordingMentions *named; /* that is made; NULL: it is known */
  gint64 until_ns;
  gboolean is_keyframe;
  guint64 task; /* of the record before */
  gint32 tids[CHANNEL_MAX_RINGS];
} Scan;

/* An end of no poll makes the thread known, or its ring that of another one, and nothing else. */
static void
add_thread (GArray *events, const RecordingThread *thread)
{
  const ChannelEvent said = {
    .time_ns = thread->at_ns, .type = CHANNEL_POLL_END, .ring = thread->ring, .tid = thread->tid
  };

  g_array_append_val (events, said);
}

/* What a keyframe says of a task or a resource is no thread's, and is said on the ring of any. */
static gboolean
is_of_nobody (gboolean is_keyframe, gint32 tid)
{
  return is_keyframe && tid == 0;
}

static void
note_thread (Scan *self, const ChannelEvent *event)
{
  const RecordingThread thread = { event->time_ns, event->ring, event->tid };

  if (is_of_nobody (self->is_keyframe, event->tid))
    return;
  self->tids[event->ring] = event->tid;
  if (event->time_ns > self->until_ns)
    return;
  add_thread (self->piece->events, &thread);
  if (self->named != NULL)
    g_array_append_val (self->named->threads, thread);
}

static inline guint64
get_other (const ChannelEvent *event)
{
  if (event->type == CHANNEL_ATTRIBUTE)
    return event->bytes == NULL ? event->value : 0;
  return event->type != CHANNEL_STATE_NAME && event->type != CHANNEL_POINT ? event->arg : 0;
}

static void
keep (Scan *self, const ChannelEvent *event)
{
  ChannelEvent kept = *event;

  if (kept.bytes != NULL)
    {
      if (self->piece->texts == NULL)
        self->piece->texts = g_string_chunk_new (1024);
      kept.bytes = g_string_chunk_insert_len (self->piece->texts, kept.bytes,
                                              channel_event_count_bytes (&kept));
    }
  g_array_append_val (self->piece->events, kept);
}

static gboolean
is_wanted (guint64 id, gpointer data)
{
  return history_wanted_has (&((Scan *)data)->search->wanted, id);
}

static void
scan_event (const ChannelEvent *event, void *data)
{
  Scan *self = data;

  if (G_UNLIKELY (self->tids[event->ring] != event->tid))
    note_thread (self, event);
  /* A parent's children are not asked for with it, nor others that wait for the same. */
  if ((history_wanted_has (&self->search->wanted, event->task) ||
       (event->type != CHANNEL_TASK_BEGIN && event->type != CHANNEL_ATTRIBUTE &&
        history_wanted_has (&self->search->wanted, event->arg))) &&
      event->time_ns <= self->until_ns)
    keep (self, event);
}

/* Where nobody has said whom the block names. */
static void
note_and_scan_event (const ChannelEvent *event, void *data)
{
  Scan *self = data;
  guint64 other = get_other (event);

  if (event->task != self->task)
    recording_mentions_add (self->named, self->task = event->task);
  if (other != 0)
    recording_mentions_add (self->named, other);
  scan_event (event, self);
}

/* Whether it may say what a lock is, and not only who takes it. */
static gboolean
may_tell_of (const HistorySearch *search, const HistoryPiece *piece, guint64 lock)
{
  RecordingMentions *named = piece->named;

  if (!named->has_told)
    named->told = recording_reader_read_told (search->reader, piece->block);
  named->has_told = TRUE;
  for (guint i = 0; named->told != NULL && i < named->told->len; i++)
    if (g_array_index (named->told, guint16, i) == lock >> 48)
      return TRUE;
  return named->told == NULL;
}

/* Whether it may have records of what is wanted and was not when it was read last. */
static gboolean
may_tell_more (const HistorySearch *search, const HistoryPiece *piece)
{
  const GArray *ids = search->wanted.in_order;
  guint index = (guint)(piece - (const HistoryPiece *)search->pieces->data);

  for (guint i = piece->n_wanted; i < ids->len; i++)
    {
      const HistoryWantedId *id = &g_array_index (ids, HistoryWantedId, i);

      if (recording_mentions_may_name (piece->named, id->id) &&
          (index >= id->from || may_tell_of (search, piece, id->lock)))
        return TRUE;
    }
  return FALSE;
}

static void
pass_over (const HistoryPiece *piece, gint64 until_ns, gboolean is_keyframe)
{
  const RecordingThread *last = NULL;

  for (guint i = 0; i < piece->named->threads->len; i++)
    {
      const RecordingThread *thread = &g_array_index (piece->named->threads, RecordingThread, i);

      if (thread->at_ns > until_ns || is_of_nobody (is_keyframe, thread->tid) ||
          (last != NULL && last->ring == thread->ring && last->tid == thread->tid))
        continue;
      add_thread (piece->events, thread);
      last = thread;
    }
}

/* The first blocks are those that name the task itself, and are looked through again. FALSE: it is damaged. */
static gboolean
scan_named (HistorySearch *search, HistoryPiece *piece, Scan *scan)
{
  gboolean is_whole;

  if (piece->records == NULL)
    piece->records = recording_reader_read_records (search->reader, piece->block);
  else
    __atomic_fetch_sub (&search->n_kept, 1, __ATOMIC_RELAXED);
  is_whole = piece->records != NULL &&
             recording_records_tell_named (piece->records, is_wanted, scan_event, scan);
  if (__atomic_fetch_add (&search->n_kept, 1, __ATOMIC_RELAXED) >= MAX_KEPT)
    {
      __atomic_fetch_sub (&search->n_kept, 1, __ATOMIC_RELAXED);
      g_clear_pointer (&piece->records, recording_records_free);
    }
  return is_whole;
}

static void
scan_piece (HistorySearch *search, HistoryPiece *piece, gint64 until_ns)
{
  const RecordingIndexEntry *block = recording_reader_get_block (search->reader, piece->block);
  Scan *scan = g_new0 (Scan, 1);

  *scan = (Scan){ .search = search,
                  .piece = piece,
                  .until_ns = until_ns,
                  .is_keyframe = block->type == RECORDING_KEYFRAME };
  if (piece->named == NULL)
    scan->named = recording_mentions_new (block->n_events);
  g_array_set_size (piece->events, 0);
  if (piece->texts != NULL)
    g_string_chunk_clear (piece->texts);
  if (scan->named != NULL)
    piece->is_damaged = !recording_reader_read_events (search->reader, piece->block,
                                                       note_and_scan_event, scan, NULL);
  else
    piece->is_damaged = !scan_named (search, piece, scan);
  /* What a block names counts only where all of it was within the time that is asked for. */
  if (scan->named != NULL && !piece->is_damaged && block->last_ns <= until_ns)
    {
      piece->named = scan->named;
      piece->is_new = TRUE;
    }
  else
    recording_mentions_free (scan->named);
  g_free (scan);
}

static void
read_piece (HistorySearch *search, HistoryPiece *piece)
{
  const RecordingIndexEntry *block = recording_reader_get_block (search->reader, piece->block);
  gint64 until_ns = block->type == RECORDING_KEYFRAME ? G_MAXINT64 : search->until_ns;
  gboolean is_first = piece->events == NULL;

  if (is_first)
    {
      piece->events = g_array_new (FALSE, FALSE, sizeof (ChannelEvent));
      if (piece->named == NULL)
        piece->is_new =
            (piece->named = recording_reader_read_mentions (search->reader, piece->block)) != NULL;
    }
  if (piece->named == NULL || may_tell_more (search, piece))
    scan_piece (search, piece, until_ns);
  else if (is_first)
    pass_over (piece, until_ns, block->type == RECORDING_KEYFRAME);
  piece->n_wanted = search->wanted.in_order->len;
}

static gpointer
read_pieces (gpointer data)
{
  HistorySearch *search = data;
  guint i;

  while ((i = __atomic_fetch_add (&search->next, 1, __ATOMIC_RELAXED)) < search->pieces->len)
    read_piece (search, &g_array_index (search->pieces, HistoryPiece, i));
  return NULL;
}

/* Blocks are read by as many threads as there are processors, and told in their order. */
static void
read_all (HistorySearch *search)
{
  guint n = MIN (MIN (g_get_num_processors (), MAX_THREADS), search->pieces->len);
  GThread *threads[MAX_THREADS];

  search->next = 0;
  for (guint i = 1; i < n; i++)
    threads[i] = g_thread_new ("moment", read_pieces, search);
  read_pieces (search);
  for (guint i = 1; i < n; i++)
    g_thread_join (threads[i]);
}

/* ---- Who has a lock ---------------------------------------------------------------------------- */

gboolean
history_search_find_last_two (const HistorySearch *search, guint64 lock, guint first,
                              HistoryPosition *ret_position)
{
  guint64 last = 0;

  for (guint i = search->pieces->len; i > first; i--)
    {
      const GArray *events = g_array_index (search->pieces, HistoryPiece, i - 1).events;

      for (guint k = events != NULL ? events->len : 0; k > 0; k--)
        {
          const ChannelEvent *event = &g_array_index (events, ChannelEvent, k - 1);

          /* Outside of any task it is a thread's that has it, or nobody's. */
          if (event->type != CHANNEL_ACQUIRE || event->arg != lock || event->task == 0)
            continue;
          if (last != 0 && event->task != last)
            {
              *ret_position = (HistoryPosition){ i - 1, k - 1 };
              return TRUE;
            }
          last = event->task;
        }
    }
  return FALSE;
}

/* A lock that many use is named by nearly all blocks, and only the last of them say who has it. */
static void
read_back (HistorySearch *search, HistoryWantedId *id)
{
  HistoryPosition position;
  guint n = 0;

  for (guint i = search->pieces->len; i > 0 && n < MAX_READ_BACK && id->from == 0; i--)
    {
      HistoryPiece *piece = &g_array_index (search->pieces, HistoryPiece, i - 1);

      if (piece->named != NULL && !recording_mentions_may_name (piece->named, id->id))
        continue;
      read_piece (search, piece);
      n++;
      if (history_search_find_last_two (search, id->lock, i - 1, &position))
        id->from = position.piece;
    }
}

/* The blocks have been gone through once, so that it is known whom they name. */
static void
find_locks (HistorySearch *search)
{
  GArray *ids = search->wanted.in_order;

  for (; search->n_found < ids->len; search->n_found++)
    {
      HistoryWantedId *id = &g_array_index (ids, HistoryWantedId, search->n_found);

      if (id->lock != 0)
        read_back (search, id);
    }
}

void
history_search_run (HistorySearch *search)
{
  find_locks (search);
  read_all (search);
}

/* ---- Beginning and end ------------------------------------------------------------------------- */

/* Blocks of another keyframe are not asked for soon. */
static void
forget_other_blocks (HistoryProgram *program, const GArray *blocks)
{
  guint first = blocks->len > 0 ? g_array_index (blocks, guint, 0) : 0;

  if (program->named == NULL)
    program->named =
        g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)recording_mentions_free);
  else if (program->named_from != first)
    g_hash_table_remove_all (program->named);
  program->named_from = first;
}

void
history_search_init (HistorySearch *self, HistoryProgram *program, gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);

  forget_other_blocks (program, blocks);
  *self = (HistorySearch){ .reader = program->reader,
                           .until_ns = at_ns,
                           .pieces = g_array_new (FALSE, TRUE, sizeof (HistoryPiece)) };
  history_wanted_init (&self->wanted);
  for (guint i = 0; i < blocks->len; i++)
    {
      guint block = g_array_index (blocks, guint, i);
      const HistoryPiece piece = {
        .block = block, .named = g_hash_table_lookup (program->named, GUINT_TO_POINTER (block))
      };

      g_array_append_val (self->pieces, piece);
    }
}

/* What was found out of whom blocks name is kept for who asks next. */
void
history_search_clear (HistorySearch *self, HistoryProgram *program)
{
  for (guint i = 0; i < self->pieces->len; i++)
    {
      HistoryPiece *piece = &g_array_index (self->pieces, HistoryPiece, i);

      if (piece->is_new)
        g_hash_table_insert (program->named, GUINT_TO_POINTER (piece->block), piece->named);
      g_clear_pointer (&piece->events, g_array_unref);
      g_clear_pointer (&piece->texts, g_string_chunk_free);
      g_clear_pointer (&piece->records, recording_records_free);
    }
  g_array_unref (self->pieces);
  history_wanted_clear (&self->wanted);
}
