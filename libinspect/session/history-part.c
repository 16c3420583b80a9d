/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What one task was at an instant, where reading what all of them were would take long: of a keyframe and of all
 * that came since only those records are taken that name the task, what it waits for or holds, and who
 * holds that. What these are shows once the task is known, so the blocks are gone through again for them;
 * from the first time on it is known which ids a block may name, and most are left out. */

#include "session/inspector-history-private.h"

#include <string.h>

/* Each time finds what is named by what was found before: a task, its waits, their resources, who holds
 * these; and once more where one of them is used again by another. */
#define MAX_ROUNDS 8u
#define MAX_THREADS 4u
#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)
#define N_NEAR 64u

/* ---- Sets of ids ------------------------------------------------------------------------------- */

/* Nearly all that is asked for is not there, which a bit says. */
typedef struct
{
  guint64 near[N_NEAR];
  GHashTable *ids;
} Wanted;

static inline guint64
mix (guint64 id)
{
  return id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
}

static gboolean
wanted_add (Wanted *self, guint64 object)
{
  guint64 id = object & ID_MASK, hash = mix (id);

  if (id == 0 || !g_hash_table_add (self->ids, GSIZE_TO_POINTER (id)))
    return FALSE;
  self->near[hash >> 58] |= G_GUINT64_CONSTANT (1) << (hash >> 52 & 63);
  return TRUE;
}

static inline gboolean
wanted_has (const Wanted *self, guint64 object)
{
  guint64 id = object & ID_MASK, hash = mix (id);

  return (self->near[hash >> 58] >> (hash >> 52 & 63) & 1) != 0 && id != 0 &&
         g_hash_table_contains (self->ids, GSIZE_TO_POINTER (id));
}

/* What a block may name: three bits of one word an id, of 16 or more that there are for each. */
struct _HistoryNamed
{
  guint32 mask;    /* of the number of a word */
  GArray *threads; /* ChannelEvent: which threads its records are of, and from when on */
  guint64 words[];
};

static HistoryNamed *
named_new (guint n_events)
{
  guint32 n_words = 64;
  HistoryNamed *self;

  while (n_words < n_events / 4)
    n_words *= 2;
  self = g_malloc0 (sizeof *self + n_words * sizeof (guint64));
  self->mask = n_words - 1;
  self->threads = g_array_new (FALSE, FALSE, sizeof (ChannelEvent));
  return self;
}

void
history_named_free (gpointer named)
{
  if (named == NULL)
    return;
  g_array_unref (((HistoryNamed *)named)->threads);
  g_free (named);
}

static inline guint64
get_bits (guint64 hash)
{
  return G_GUINT64_CONSTANT (1) << (hash & 63) | G_GUINT64_CONSTANT (1) << (hash >> 6 & 63) |
         G_GUINT64_CONSTANT (1) << (hash >> 12 & 63);
}

/* The upper half of a product is the one that is well mixed. */
static inline void
named_add (HistoryNamed *self, guint64 object)
{
  guint64 hash = mix (object & ID_MASK);

  self->words[(guint32)(hash >> 44) & self->mask] |= get_bits (hash >> 26);
}

static gboolean
named_may_have (const HistoryNamed *self, const Wanted *wanted)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, wanted->ids);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      guint64 hash = mix (GPOINTER_TO_SIZE (id)), bits = get_bits (hash >> 26);

      if ((self->words[(guint32)(hash >> 44) & self->mask] & bits) == bits)
        return TRUE;
    }
  return FALSE;
}

/* ---- Going through blocks ---------------------------------------------------------------------- */

/* One block, by one of the threads. */
typedef struct
{
  guint block;
  gboolean is_whole;
  HistoryNamed *named; /* NULL: it has to be read */
  GArray *events;      /* ChannelEvent: that are wanted */
  GStringChunk *texts; /* of them; NULL: none */
} Piece;

typedef struct
{
  RecordingReader *reader;
  const Wanted *wanted;
  gint64 until_ns;
  GArray *pieces;
  guint next; /* atomic */
} Round;

typedef struct
{
  const Round *round;
  Piece *piece;
  HistoryNamed *named; /* that is made; NULL: it is known */
  gint64 until_ns;
  guint64 task; /* of the record before */
  gint32 tids[CHANNEL_MAX_RINGS];
} Scan;

/* An end of no poll makes the thread known, or its ring that of another one, and nothing else. */
static void
note_thread (Scan *self, const ChannelEvent *event)
{
  const ChannelEvent said = {
    .time_ns = event->time_ns, .type = CHANNEL_POLL_END, .ring = event->ring, .tid = event->tid
  };

  self->tids[event->ring] = event->tid;
  if (event->time_ns > self->until_ns)
    return;
  g_array_append_val (self->piece->events, said);
  if (self->named != NULL)
    g_array_append_val (self->named->threads, said);
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
      kept.bytes = g_string_chunk_insert_len (self->piece->texts, kept.bytes, kept.n_bytes);
    }
  g_array_append_val (self->piece->events, kept);
}

static void
scan_event (const ChannelEvent *event, void *data)
{
  Scan *self = data;
  guint64 other = get_other (event);

  if (self->named != NULL)
    {
      if (event->task != self->task)
        named_add (self->named, self->task = event->task);
      if (other != 0)
        named_add (self->named, other);
    }
  if (G_UNLIKELY (self->tids[event->ring] != event->tid))
    note_thread (self, event);
  /* A parent's children are not asked for with it. */
  if ((wanted_has (self->round->wanted, event->task) ||
       (event->type != CHANNEL_TASK_BEGIN && wanted_has (self->round->wanted, other))) &&
      event->time_ns <= self->until_ns)
    keep (self, event);
}

static void
read_piece (Round *round, Piece *piece)
{
  const RecordingIndexEntry *block = recording_reader_get_block (round->reader, piece->block);
  g_autofree Scan *scan = NULL;

  if (piece->named != NULL && !named_may_have (piece->named, round->wanted))
    {
      piece->is_whole = TRUE;
      g_array_append_vals (piece->events, piece->named->threads->data, piece->named->threads->len);
      return;
    }
  scan = g_new0 (Scan, 1);
  *scan = (Scan){ .round = round, .piece = piece };
  scan->until_ns = block->type == RECORDING_KEYFRAME ? G_MAXINT64 : round->until_ns;
  /* What a block names counts only where all of it was within the time that is asked for. */
  if (piece->named == NULL)
    scan->named = named_new (block->n_events);
  piece->is_whole =
      recording_reader_read_events (round->reader, piece->block, scan_event, scan, NULL);
  if (scan->named != NULL && piece->is_whole && block->last_ns <= scan->until_ns)
    piece->named = scan->named;
  else
    history_named_free (scan->named);
}

static gpointer
read_pieces (gpointer data)
{
  Round *round = data;
  guint i;

  while ((i = __atomic_fetch_add (&round->next, 1, __ATOMIC_RELAXED)) < round->pieces->len)
    read_piece (round, &g_array_index (round->pieces, Piece, i));
  return NULL;
}

/* Blocks are read by as many threads as there are processors, and told in their order. */
static void
run (Round *round)
{
  guint n = MIN (MIN (g_get_num_processors (), MAX_THREADS), round->pieces->len);
  GThread *threads[MAX_THREADS];

  for (guint i = 1; i < n; i++)
    threads[i] = g_thread_new ("moment", read_pieces, round);
  read_pieces (round);
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

/* ---- What is called ---------------------------------------------------------------------------- */

static ModelTarget *
load_round (HistoryProgram *program, const HistoryNames *names, const GArray *blocks,
            const Wanted *wanted, guint64 *next_number, gint64 at_ns)
{
  ModelTarget *model = model_target_new (names->tables, names->data, next_number);
  Round round = { .reader = program->reader,
                  .wanted = wanted,
                  .until_ns = at_ns,
                  .pieces = g_array_new (FALSE, TRUE, sizeof (Piece)) };
  gboolean is_whole = TRUE;

  model->forgets_steps = TRUE;
  for (guint i = 0; i < blocks->len; i++)
    {
      guint block = g_array_index (blocks, guint, i);
      const Piece piece = { .block = block,
                            .named = g_hash_table_lookup (program->named, GUINT_TO_POINTER (block)),
                            .events = g_array_new (FALSE, FALSE, sizeof (ChannelEvent)) };

      g_array_append_val (round.pieces, piece);
    }
  run (&round);
  for (guint i = 0; i < round.pieces->len; i++)
    {
      Piece *piece = &g_array_index (round.pieces, Piece, i);

      /* What follows a block that is damaged would be misunderstood. */
      if (is_whole)
        tell (model, piece->events, wanted,
              recording_reader_get_block (program->reader, piece->block)->type ==
                  RECORDING_KEYFRAME);
      is_whole = is_whole && piece->is_whole;
      if (piece->named != NULL &&
          !g_hash_table_contains (program->named, GUINT_TO_POINTER (piece->block)))
        g_hash_table_insert (program->named, GUINT_TO_POINTER (piece->block), piece->named);
      g_array_unref (piece->events);
      g_clear_pointer (&piece->texts, g_string_chunk_free);
    }
  g_array_unref (round.pieces);
  return model;
}

/* Blocks of another keyframe are not asked for soon. */
static void
forget_other_blocks (HistoryProgram *program, const GArray *blocks)
{
  guint first = blocks->len > 0 ? g_array_index (blocks, guint, 0) : 0;

  if (program->named == NULL)
    program->named = g_hash_table_new_full (NULL, NULL, NULL, history_named_free);
  else if (program->named_from != first)
    g_hash_table_remove_all (program->named);
  program->named_from = first;
}

ModelTarget *
history_program_load_task (HistoryProgram *program, const HistoryNames *names, guint64 *next_number,
                           guint64 id, gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);
  Wanted wanted = { .ids = g_hash_table_new (NULL, NULL) };
  ModelTarget *model = NULL;
  guint n = 0;

  forget_other_blocks (program, blocks);
  wanted_add (&wanted, id);
  do
    {
      model_target_free (model);
      model = load_round (program, names, blocks, &wanted, next_number, at_ns);
    }
  while (want_more (&wanted, model_table_find (&model->tasks, id)) && ++n < MAX_ROUNDS);
  g_hash_table_unref (wanted.ids);
  return model;
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
