/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What one task was at an instant, where reading what all of them were would take long: of a keyframe and of all
 * that came since only those records are taken that name the task, what it waits for or holds, and who
 * holds that. What these are shows once the task is known, so the blocks are gone through again for them;
 * which ids a block may name is known from the recording, or from the first time on, and most are left out. */

#include "session/inspector-history-private.h"

#include <string.h>

/* Each time finds what is named by what was found before: a task, its waits, their resources, who holds
 * these; and once more where one of them is used again by another. */
#define MAX_ROUNDS 8u
/* Who looks further ahead: so many locks, one behind the other. */
#define MAX_ROUNDS_AHEAD 32u
#define MAX_THREADS 4u
#define MAX_KEPT 16u
#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)
#define N_NEAR 64u

/* ---- Sets of ids ------------------------------------------------------------------------------- */

/* Nearly all that is asked for is not there, which a bit says. What is named together is asked for together: the
 * blocks that name a task name its waits, too, and need not be gone through for them once more. */
typedef struct
{
  guint64 near[N_NEAR];
  GHashTable *keys;
  GArray *in_order; /* guint64: an id of each, as they were added */
} Wanted;

static inline guint64
mix (guint64 key)
{
  return key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
}

static gboolean
wanted_add (Wanted *self, guint64 object)
{
  guint64 id = object & ID_MASK, key = recording_mention_key (id), hash = mix (key);

  if (id == 0 || !g_hash_table_add (self->keys, GSIZE_TO_POINTER (key)))
    return FALSE;
  g_array_append_val (self->in_order, id);
  self->near[hash >> 58] |= G_GUINT64_CONSTANT (1) << (hash >> 52 & 63);
  return TRUE;
}

static inline gboolean
wanted_has (const Wanted *self, guint64 object)
{
  guint64 key = recording_mention_key (object), hash = mix (key);

  return (self->near[hash >> 58] >> (hash >> 52 & 63) & 1) != 0 && key != 0 &&
         g_hash_table_contains (self->keys, GSIZE_TO_POINTER (key));
}

/* ---- Going through blocks ---------------------------------------------------------------------- */

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
} Piece;

typedef struct
{
  RecordingReader *reader;
  Wanted wanted;
  gint64 until_ns;
  GArray *pieces;
  guint next;   /* atomic */
  guint n_kept; /* blocks of which the records are kept; atomic */
} Search;

typedef struct
{
  const Search *search;
  Piece *piece;
  RecordingMentions *named; /* that is made; NULL: it is known */
  gint64 until_ns;
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

static void
note_thread (Scan *self, const ChannelEvent *event)
{
  const RecordingThread thread = { event->time_ns, event->ring, event->tid };

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
  return wanted_has (&((Scan *)data)->search->wanted, id);
}

static void
scan_event (const ChannelEvent *event, void *data)
{
  Scan *self = data;
  guint64 other = get_other (event);

  if (G_UNLIKELY (self->tids[event->ring] != event->tid))
    note_thread (self, event);
  /* A parent's children are not asked for with it. */
  if ((wanted_has (&self->search->wanted, event->task) ||
       (event->type != CHANNEL_TASK_BEGIN && wanted_has (&self->search->wanted, other))) &&
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

/* Whether it may name what is wanted and was not when it was read last. */
static gboolean
may_name_more (const Search *search, const Piece *piece)
{
  const GArray *ids = search->wanted.in_order;

  for (guint i = piece->n_wanted; i < ids->len; i++)
    if (recording_mentions_may_name (piece->named, g_array_index (ids, guint64, i)))
      return TRUE;
  return FALSE;
}

static void
pass_over (const Piece *piece, gint64 until_ns)
{
  for (guint i = 0; i < piece->named->threads->len; i++)
    {
      const RecordingThread *thread = &g_array_index (piece->named->threads, RecordingThread, i);

      if (thread->at_ns <= until_ns)
        add_thread (piece->events, thread);
    }
}

/* The first blocks are those that name the task itself, and are looked through again. FALSE: it is damaged. */
static gboolean
scan_named (Search *search, Piece *piece, Scan *scan)
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
scan_piece (Search *search, Piece *piece, gint64 until_ns)
{
  const RecordingIndexEntry *block = recording_reader_get_block (search->reader, piece->block);
  Scan *scan = g_new0 (Scan, 1);

  *scan = (Scan){ .search = search, .piece = piece, .until_ns = until_ns };
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
read_piece (Search *search, Piece *piece)
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
  if (piece->named == NULL || may_name_more (search, piece))
    scan_piece (search, piece, until_ns);
  else if (is_first)
    pass_over (piece, until_ns);
  piece->n_wanted = search->wanted.in_order->len;
}

static gpointer
read_pieces (gpointer data)
{
  Search *search = data;
  guint i;

  while ((i = __atomic_fetch_add (&search->next, 1, __ATOMIC_RELAXED)) < search->pieces->len)
    read_piece (search, &g_array_index (search->pieces, Piece, i));
  return NULL;
}

/* Blocks are read by as many threads as there are processors, and told in their order. */
static void
run (Search *search)
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

/* ---- Telling ----------------------------------------------------------------------------------- */

static void
tell_of (ModelTarget *model, const ChannelEvent *event, guint type)
{
  const ChannelEvent said = { .time_ns = event->time_ns,
                              .type = type,
                              .ring = event->ring,
                              .tid = event->tid,
                              .task = event->task };

  model_target_ingest (model, &said);
}

/* Who takes something holds it, though no more is known of it than that it runs then, on that thread. Who still
 * holds it in the end is wanted, and known in full in the next round. */
static void
tell_acquire (ModelTarget *model, const ChannelEvent *event, const Wanted *wanted,
              gboolean is_keyframe)
{
  gboolean is_known = event->task == 0 || wanted_has (wanted, event->task);

  if (!is_known)
    tell_of (model, event, is_keyframe ? CHANNEL_STATE_NAME : CHANNEL_POLL_BEGIN);
  model_target_ingest (model, event);
  if (!is_known && !is_keyframe)
    tell_of (model, event, CHANNEL_POLL_END);
}

static void
tell (ModelTarget *model, const GArray *events, const Wanted *wanted, gboolean is_keyframe)
{
  for (guint i = 0; i < events->len; i++)
    {
      const ChannelEvent *event = &g_array_index (events, ChannelEvent, i);

      if (event->type == CHANNEL_ACQUIRE)
        tell_acquire (model, event, wanted, is_keyframe);
      else
        model_target_ingest (model, event);
    }
}

static gboolean
want_resource (Wanted *wanted, const ModelResource *resource)
{
  gboolean is_new;

  if (resource == NULL)
    return FALSE;
  is_new = wanted_add (wanted, resource->object);
  for (const ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next)
    is_new |= hold->task != NULL && wanted_add (wanted, hold->task->id);
  return is_new;
}

/* What the task has to do with. FALSE: all of it was wanted already. */
static gboolean
want_more (Wanted *wanted, const ModelTask *task)
{
  gboolean is_new = FALSE;

  if (task == NULL)
    return FALSE;
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    {
      is_new |= wanted_add (wanted, await->object);
      if (await->awaits_task)
        is_new |= wanted_add (wanted, await->awaited.id);
      else
        is_new |= want_resource (wanted, await->resource);
    }
  for (const ModelResource *at = task->exchanges; at != NULL; at = at->exchange.next)
    is_new |= want_resource (wanted, at);
  for (const ModelHold *hold = task->holds; hold != NULL; hold = hold->task_next)
    is_new |= want_resource (wanted, hold->resource);
  return is_new;
}

/* The same of all that are known in full. */
static gboolean
want_ahead (Wanted *wanted, const ModelTarget *model)
{
  gboolean is_new = FALSE;

  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    if (wanted_has (wanted, task->id))
      is_new |= want_more (wanted, task);
  return is_new;
}

/* Whether tasks alone are in its way: of a thread it is only known what it does with all that is called on it. */
static gboolean
is_held_by_tasks (const ModelAwait *await)
{
  if (await->blocks || model_await_is (await, INSPECT_AWAIT_POOL) ||
      model_await_find (await, MODEL_KEY_OWNER) != NULL)
    return FALSE;
  if (await->awaits_task || await->resource == NULL)
    return TRUE;
  if (model_resource_is (await->resource, INSPECT_RESOURCE_LOOP))
    return FALSE;
  for (const ModelHold *hold = await->resource->holds; hold != NULL; hold = hold->resource_next)
    if (hold->task == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
is_whole_ahead (const Wanted *wanted, const ModelTarget *model)
{
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    {
      if (!wanted_has (wanted, task->id))
        continue;
      if (task->tid != 0 || task->n_open_polls > 0)
        return FALSE;
      for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
        if (!is_held_by_tasks (await))
          return FALSE;
    }
  return TRUE;
}

/* ---- What is called ---------------------------------------------------------------------------- */

/* What the blocks say of what is wanted so far. */
static ModelTarget *
tell_all (HistoryProgram *program, const HistoryNames *names, Search *search, guint64 *next_number)
{
  ModelTarget *model = model_target_new (names->tables, names->data, next_number);

  model->forgets_steps = TRUE;
  run (search);
  for (guint i = 0; i < search->pieces->len; i++)
    {
      const Piece *piece = &g_array_index (search->pieces, Piece, i);

      tell (model, piece->events, &search->wanted,
            recording_reader_get_block (program->reader, piece->block)->type == RECORDING_KEYFRAME);
      /* What follows a block that is damaged would be misunderstood. */
      if (piece->is_damaged)
        break;
    }
  return model;
}

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

static void
search_init (Search *self, HistoryProgram *program, gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);

  forget_other_blocks (program, blocks);
  *self = (Search){ .reader = program->reader,
                    .wanted = { .keys = g_hash_table_new (NULL, NULL),
                                .in_order = g_array_new (FALSE, FALSE, sizeof (guint64)) },
                    .until_ns = at_ns,
                    .pieces = g_array_new (FALSE, TRUE, sizeof (Piece)) };
  for (guint i = 0; i < blocks->len; i++)
    {
      guint block = g_array_index (blocks, guint, i);
      const Piece piece = { .block = block,
                            .named =
                                g_hash_table_lookup (program->named, GUINT_TO_POINTER (block)) };

      g_array_append_val (self->pieces, piece);
    }
}

/* What was found out of whom blocks name is kept for who asks next. */
static void
search_clear (Search *self, HistoryProgram *program)
{
  for (guint i = 0; i < self->pieces->len; i++)
    {
      Piece *piece = &g_array_index (self->pieces, Piece, i);

      if (piece->is_new)
        g_hash_table_insert (program->named, GUINT_TO_POINTER (piece->block), piece->named);
      g_clear_pointer (&piece->events, g_array_unref);
      g_clear_pointer (&piece->texts, g_string_chunk_free);
      g_clear_pointer (&piece->records, recording_records_free);
    }
  g_array_unref (self->pieces);
  g_array_unref (self->wanted.in_order);
  g_hash_table_unref (self->wanted.keys);
}

/* Those that are known in full in the end. */
static GHashTable *
list_ids (const Wanted *wanted, const ModelTarget *model, const guint64 *ids, guint n_ids,
          gboolean is_ahead)
{
  GHashTable *set = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n_ids; i++)
    g_hash_table_add (set, GSIZE_TO_POINTER (ids[i]));
  for (const ModelTask *task = is_ahead ? model->first_task : NULL; task != NULL; task = task->next)
    if (wanted_has (wanted, task->id))
      g_hash_table_add (set, GSIZE_TO_POINTER (task->id));
  return set;
}

static gboolean
want_more_of (Wanted *wanted, ModelTarget *model, const guint64 *ids, guint n_ids)
{
  gboolean is_new = FALSE;

  for (guint i = 0; i < n_ids; i++)
    is_new |= want_more (wanted, model_table_find (&model->tasks, ids[i]));
  return is_new;
}

ModelTarget *
history_program_load_tasks (HistoryProgram *program, const HistoryNames *names,
                            guint64 *next_number, const guint64 *ids, guint n_ids, gint64 at_ns,
                            gboolean is_ahead, GHashTable **ret_ids)
{
  guint most = is_ahead ? MAX_ROUNDS_AHEAD : MAX_ROUNDS;
  ModelTarget *model = NULL;
  gboolean is_new = TRUE;
  Search search;

  search_init (&search, program, at_ns);
  for (guint i = 0; i < n_ids; i++)
    wanted_add (&search.wanted, ids[i]);
  for (guint i = 0; is_new && i < most; i++)
    {
      model_target_free (model);
      model = tell_all (program, names, &search, next_number);
      is_new = is_ahead ? want_ahead (&search.wanted, model)
                        : want_more_of (&search.wanted, model, ids, n_ids);
    }
  if (is_ahead && (is_new || !is_whole_ahead (&search.wanted, model)))
    g_clear_pointer (&model, model_target_free);
  if (model != NULL && ret_ids != NULL)
    *ret_ids = list_ids (&search.wanted, model, ids, n_ids, is_ahead);
  search_clear (&search, program);
  return model;
}

ModelTarget *
history_program_load_task (HistoryProgram *program, const HistoryNames *names, guint64 *next_number,
                           guint64 id, gint64 at_ns, gboolean is_ahead)
{
  return history_program_load_tasks (program, names, next_number, &id, 1, at_ns, is_ahead, NULL);
}

guint64
history_program_count_records (HistoryProgram *program, gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);
  guint64 n = 0;

  for (guint i = 0; i < blocks->len; i++)
    n += recording_reader_get_block (program->reader, g_array_index (blocks, guint, i))->n_events;
  return n;
}
