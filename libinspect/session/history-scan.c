/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/history-scan.h"

#include <string.h>

#include "channel/layout.h"

#define MAX_THREADS 4u
#define N_KINDS (G_MAXUINT16 + 1u)

typedef struct
{
  RecordingReader *reader;
  HistoryScan *scan;
  const GArray *blocks; /* guint */
  gint64 until_ns;
  guint next;       /* atomic */
  guint n_whole;    /* the first so many are whole; atomic */
  gboolean is_more; /* something is of a kind of which that was not known; atomic */
} Job;

/* One block. */
typedef struct
{
  Job *job;
  HistoryScanPiece *piece;
  GArray *records; /* HistoryRecord: of the piece, so far */
  gint64 until_ns;
  gint32 tids[CHANNEL_MAX_RINGS];
} Reading;

/* ---- Kinds ------------------------------------------------------------------------------------- */

static gboolean
is_variable (const ChannelKindInfo *kind)
{
  g_autofree char *end = g_strdup_printf (".%s", kind->phrase);

  return *kind->phrase != '\0' && g_str_has_suffix (kind->name, end);
}

/* What only code of the program itself ends is mostly on something that somebody has; others show when they are read. */
static guint8
find_roles (const ChannelKindInfo *kind)
{
  const ModelKind like = { .resource_flags = kind->flags };
  const ModelResource resource = { .kind = &like };

  if (kind->of == INSPECT_KIND_RESOURCE)
    return (model_resource_is (&resource, INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_ANY |
                                              INSPECT_RESOURCE_LOOP | INSPECT_RESOURCE_SHARED)
                ? HISTORY_KIND_HELD
                : 0) |
           (model_resource_is_exclusive (&resource) ? HISTORY_KIND_EXCLUSIVE : 0);
  if (kind->of == INSPECT_KIND_AWAIT)
    return (kind->flags & INSPECT_AWAIT_INTERNAL) != 0 ? HISTORY_KIND_TRACKED : 0;
  if (kind->of != INSPECT_KIND_KEY)
    return 0;
  return (model_key_from_name (kind->name) == MODEL_KEY_RESOURCE ? HISTORY_KIND_RESOURCE : 0) |
         (model_key_from_name (kind->name) == MODEL_KEY_TID ? HISTORY_KIND_TID : 0) |
         (is_variable (kind) ? HISTORY_KIND_VARIABLE : 0);
}

static void
find_kinds (guint8 *kinds, const HistoryNames *names)
{
  ChannelKindInfo kind;

  for (guint32 i = 1; i <= CHANNEL_MAX_KINDS; i++)
    if (names->tables->get_kind (names->data, i, &kind))
      kinds[i] |= find_roles (&kind);
}

/* From the next time on. */
static void
add_role (Reading *self, guint64 object, guint8 role)
{
  guint8 *kind = &self->job->scan->kinds[object >> 48];

  if ((__atomic_fetch_or (kind, role, __ATOMIC_RELAXED) & role) == 0)
    __atomic_store_n (&self->job->is_more, TRUE, __ATOMIC_RELAXED);
}

static guint8
get_roles (const Reading *self, guint64 object)
{
  return __atomic_load_n (&self->job->scan->kinds[object >> 48], __ATOMIC_RELAXED);
}

/* ---- Records ----------------------------------------------------------------------------------- */

static gboolean
is_of_await (guint type)
{
  return type == CHANNEL_AWAIT_BEGIN || type == CHANNEL_AWAIT_END || type == CHANNEL_SUSPEND ||
         type == CHANNEL_RESUME;
}

/* FALSE: none that look like this are. */
static gboolean
may_be_wanted (const RecordingShape *shape, gpointer data)
{
  const Reading *self = data;
  const guint8 *kinds = self->job->scan->kinds;

  if (shape->has_tid)
    return TRUE;
  switch ((ChannelType)shape->type)
    {
    case CHANNEL_TASK_BEGIN:
      return !self->piece->is_keyframe;
    case CHANNEL_TASK_END:
    case CHANNEL_STATE_NAME:
    case CHANNEL_ACQUIRE:
    case CHANNEL_RELEASE:
      return TRUE;
    case CHANNEL_RESOURCE_BEGIN:
    case CHANNEL_RESOURCE_END:
      return shape->argument_kind == RECORDING_ANY_KIND ||
             (kinds[shape->argument_kind] & HISTORY_KIND_HELD) != 0;
    case CHANNEL_AWAIT_BEGIN:
    case CHANNEL_AWAIT_END:
    case CHANNEL_SUSPEND:
    case CHANNEL_RESUME:
      return shape->argument_kind == RECORDING_ANY_KIND ||
             (kinds[shape->argument_kind] & HISTORY_KIND_TRACKED) != 0;
    case CHANNEL_ATTRIBUTE:
      if (shape->subject_kind == 0 || kinds[shape->key] != 0)
        return TRUE;
      return shape->subject_kind == RECORDING_ANY_KIND ||
             (kinds[shape->subject_kind] & HISTORY_KIND_HELD) != 0;
    case CHANNEL_BYTES:
    case CHANNEL_POLL_BEGIN:
    case CHANNEL_POLL_END:
    case CHANNEL_WAKE:
    case CHANNEL_POINT:
    case CHANNEL_TYPE_COUNT:
      break;
    }
  return FALSE;
}

/* Of an await: what it is on, if somebody may have that, and its variables. */
static gboolean
is_wanted_of_await (Reading *self, const ChannelEvent *event)
{
  guint8 key = get_roles (self, (guint64)event->key << 48);

  if ((key & HISTORY_KIND_VARIABLE) == 0 &&
      ((key & HISTORY_KIND_RESOURCE) == 0 || event->bytes != NULL ||
       ((get_roles (self, event->task) & HISTORY_KIND_TRACKED) == 0 &&
        (get_roles (self, event->value) & HISTORY_KIND_HELD) == 0)))
    return FALSE;
  add_role (self, event->task, HISTORY_KIND_TRACKED);
  return TRUE;
}

static gboolean
is_wanted (Reading *self, const ChannelEvent *event)
{
  if (event->type == CHANNEL_TASK_END || event->type == CHANNEL_STATE_NAME)
    return TRUE;
  if (event->type == CHANNEL_TASK_BEGIN)
    return !self->piece->is_keyframe;
  if (event->type == CHANNEL_ACQUIRE || event->type == CHANNEL_RELEASE)
    {
      add_role (self, event->arg, HISTORY_KIND_HELD);
      return TRUE;
    }
  if (event->type == CHANNEL_RESOURCE_BEGIN || event->type == CHANNEL_RESOURCE_END)
    return (get_roles (self, event->arg) & HISTORY_KIND_HELD) != 0;
  if (is_of_await (event->type))
    return (get_roles (self, event->arg) & HISTORY_KIND_TRACKED) != 0;
  if (event->type != CHANNEL_ATTRIBUTE)
    return FALSE;
  return event->task >> 48 == 0 || (get_roles (self, event->task) & HISTORY_KIND_HELD) != 0 ||
         is_wanted_of_await (self, event);
}

static const HistoryText *
add_text (HistoryScanPiece *piece, const ChannelEvent *event)
{
  gsize length = channel_event_count_bytes (event);
  HistoryText *text = g_malloc (sizeof *text + length + 1);

  *text = (HistoryText){ event->n_bytes, event->n_type };
  memcpy (text->bytes, event->bytes, length);
  text->bytes[length] = '\0';
  if (piece->texts == NULL)
    piece->texts = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (piece->texts, text);
  return text;
}

static void
add (Reading *self, const ChannelEvent *event)
{
  HistoryRecord record = { .time_ns = event->time_ns,
                           .task = event->task,
                           .arg = event->type == CHANNEL_ATTRIBUTE ? event->value : event->arg,
                           .location = event->location,
                           .tid = event->tid,
                           .key = event->key,
                           .ring = (guint16)event->ring,
                           .type = (guint8)event->type,
                           .has_text = event->bytes != NULL,
                           .is_keyframe = self->piece->is_keyframe != FALSE };

  if (record.has_text)
    record.text = add_text (self->piece, event);
  g_array_append_val (self->records, record);
}

void
history_record_get_event (const HistoryRecord *record, ChannelEvent *ret_event)
{
  *ret_event = (ChannelEvent){ .time_ns = record->time_ns,
                               .type = record->type,
                               .location = record->location,
                               .ring = record->ring,
                               .tid = record->tid,
                               .task = record->task,
                               .key = record->key };
  if (record->has_text)
    {
      ret_event->bytes = record->text->bytes;
      ret_event->n_bytes = record->text->n_bytes;
      ret_event->n_type = record->text->n_type;
    }
  else if (record->type == CHANNEL_ATTRIBUTE)
    ret_event->value = record->arg;
  else
    ret_event->arg = record->arg;
}

/* An end of no poll makes the thread known, or its ring that of another one. What a keyframe says of a task or a
 * resource is no thread's. */
static void
note_thread (Reading *self, const ChannelEvent *event)
{
  const ChannelEvent said = {
    .time_ns = event->time_ns, .type = CHANNEL_POLL_END, .ring = event->ring, .tid = event->tid
  };

  if (self->piece->is_keyframe && event->tid == 0)
    return;
  self->tids[event->ring] = event->tid;
  add (self, &said);
}

static void
take (const ChannelEvent *event, void *data)
{
  Reading *self = data;

  if (event->time_ns > self->until_ns)
    return;
  if (G_UNLIKELY (self->tids[event->ring] != event->tid))
    note_thread (self, event);
  if (is_wanted (self, event))
    add (self, event);
}

/* ---- Locks ------------------------------------------------------------------------------------- */

typedef struct
{
  guint64 last; /* who took it, from behind */
  gboolean is_known;
} Taken;

/* Whether somebody took it after that who had not had it before. */
static gboolean
is_of_former (GHashTable *locks, const HistoryRecord *record)
{
  Taken *taken = g_hash_table_lookup (locks, &record->arg);

  if (taken == NULL)
    g_hash_table_insert (locks, g_memdup2 (&record->arg, sizeof record->arg),
                         taken = g_new0 (Taken, 1));
  if (taken->is_known)
    return TRUE;
  if (record->type == CHANNEL_ACQUIRE && record->task != 0)
    {
      taken->is_known = taken->last != 0 && taken->last != record->task;
      taken->last = record->task;
    }
  return FALSE;
}

void
history_scan_leave_out_former (const HistoryScan *self, GArray *records)
{
  g_autoptr (GHashTable) locks =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  guint n = records->len;

  for (guint i = records->len; i > 0; i--)
    {
      const HistoryRecord *record = &g_array_index (records, HistoryRecord, i - 1);
      gboolean is_of_lock = (record->type == CHANNEL_ACQUIRE || record->type == CHANNEL_RELEASE) &&
                            (self->kinds[record->arg >> 48] & HISTORY_KIND_EXCLUSIVE) != 0;

      if (!is_of_lock || !is_of_former (locks, record))
        g_array_index (records, HistoryRecord, --n) = *record;
    }
  g_array_remove_range (records, 0, n);
}

/* ---- What was read before ----------------------------------------------------------------------- */

/* Of them all, or of some ten keyframes of as many tasks. */
#define MAX_SCANNED ((gsize)64 << 20)

static void
piece_clear (gpointer data)
{
  HistoryScanPiece *piece = data;

  g_clear_pointer (&piece->records, g_array_unref);
  g_clear_pointer (&piece->texts, g_ptr_array_unref);
}

static void
piece_free (gpointer data)
{
  piece_clear (data);
  g_free (data);
}

static HistoryScanned *
scanned_new (void)
{
  HistoryScanned *self = g_new0 (HistoryScanned, 1);

  self->pieces = g_hash_table_new_full (NULL, NULL, NULL, piece_free);
  g_queue_init (&self->order);
  return self;
}

void
history_scanned_free (HistoryScanned *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->pieces);
  g_queue_clear (&self->order);
  g_free (self);
}

static gsize
get_size (const HistoryScanPiece *piece)
{
  return sizeof *piece + piece->records->len * sizeof (HistoryRecord);
}

/* Shared from here on, and not changed. */
static HistoryScanPiece
share (const HistoryScanPiece *piece)
{
  return (HistoryScanPiece){ piece->is_keyframe, g_array_ref (piece->records),
                             piece->texts != NULL ? g_ptr_array_ref (piece->texts) : NULL, TRUE };
}

static void
remember (HistoryScanned *self, guint block, const HistoryScanPiece *piece)
{
  HistoryScanPiece *kept = g_new (HistoryScanPiece, 1);

  *kept = share (piece);
  g_hash_table_insert (self->pieces, GUINT_TO_POINTER (block), kept);
  g_queue_push_tail (&self->order, GUINT_TO_POINTER (block));
  self->size += get_size (kept);
  while (self->size > MAX_SCANNED && self->order.length > 1)
    {
      gpointer first = g_queue_pop_head (&self->order);

      self->size -= get_size (g_hash_table_lookup (self->pieces, first));
      g_hash_table_remove (self->pieces, first);
    }
}

/* ---- Blocks ------------------------------------------------------------------------------------ */

/* What a thread uses again for each block. */
typedef struct
{
  RecordingRecords *records;
  GArray *found; /* HistoryRecord */
} Worker;

static gboolean
read_block (Job *job, Worker *worker, guint number)
{
  guint block = g_array_index (job->blocks, guint, number);
  HistoryScanPiece *piece = &g_array_index (job->scan->pieces, HistoryScanPiece, number);
  Reading *reading;
  gboolean is_whole;

  if (piece->is_known)
    return TRUE;
  reading = g_new0 (Reading, 1);
  reading->job = job;
  reading->piece = piece;
  reading->records = worker->found;
  reading->until_ns = piece->is_keyframe ? G_MAXINT64 : job->until_ns;
  g_array_set_size (worker->found, 0);
  is_whole = recording_records_read (worker->records, block) &&
             recording_records_tell_shaped (worker->records, may_be_wanted, take, reading);
  g_free (reading);
  history_scan_leave_out_former (job->scan, worker->found);
  piece->records = g_array_sized_new (FALSE, FALSE, sizeof (HistoryRecord), worker->found->len);
  g_array_append_vals (piece->records, worker->found->data, worker->found->len);
  return is_whole;
}

/* What follows a block that is damaged would be misunderstood. */
static void
end_before (Job *job, guint number)
{
  guint n = __atomic_load_n (&job->n_whole, __ATOMIC_RELAXED);

  while (number < n && !__atomic_compare_exchange_n (&job->n_whole, &n, number, FALSE,
                                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    ;
}

static gpointer
read_blocks (gpointer data)
{
  Job *job = data;
  Worker worker = { recording_records_new (job->reader),
                    g_array_new (FALSE, FALSE, sizeof (HistoryRecord)) };
  guint i;

  while ((i = __atomic_fetch_add (&job->next, 1, __ATOMIC_RELAXED)) < job->blocks->len)
    if (!read_block (job, &worker, i))
      end_before (job, i + 1);
  recording_records_free (worker.records);
  g_array_unref (worker.found);
  return NULL;
}

static void
read_all (Job *job)
{
  guint n = MIN (MIN (g_get_num_processors (), MAX_THREADS), job->blocks->len);
  GThread *threads[MAX_THREADS];

  for (guint i = 1; i < n; i++)
    threads[i] = g_thread_new ("instant", read_blocks, job);
  read_blocks (job);
  for (guint i = 1; i < n; i++)
    g_thread_join (threads[i]);
}

static void
add_pieces (Job *job, const HistoryScanned *scanned)
{
  for (guint i = 0; i < job->blocks->len; i++)
    {
      guint number = g_array_index (job->blocks, guint, i);
      const RecordingIndexEntry *block = recording_reader_get_block (job->reader, number);
      const HistoryScanPiece *known =
          g_hash_table_lookup (scanned->pieces, GUINT_TO_POINTER (number));
      HistoryScanPiece piece = { .is_keyframe = block->type == RECORDING_KEYFRAME };

      if (known != NULL)
        piece = share (known);
      g_array_append_val (job->scan->pieces, piece);
    }
}

/* Those of which all was within the time that is asked for. */
static void
remember_pieces (const Job *job, HistoryScanned *scanned)
{
  for (guint i = 0; i < job->n_whole; i++)
    {
      guint block = g_array_index (job->blocks, guint, i);
      const HistoryScanPiece *piece = &g_array_index (job->scan->pieces, HistoryScanPiece, i);

      if (!piece->is_known &&
          (piece->is_keyframe ||
           recording_reader_get_block (job->reader, block)->last_ns <= job->until_ns))
        remember (scanned, block, piece);
    }
}

void
history_scan_init (HistoryScan *self, HistoryProgram *program, const HistoryNames *names,
                   gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);
  Job job;

  if (program->kinds_read == NULL)
    program->kinds_read = g_malloc0 (N_KINDS);
  find_kinds (program->kinds_read, names);
  self->kinds = program->kinds_read;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (HistoryScanPiece));
  g_array_set_clear_func (self->pieces, piece_clear);
  /* Once more where there was something of which it was not known how it is used; from then on it is. */
  do
    {
      if (program->scanned == NULL)
        program->scanned = scanned_new ();
      job = (Job){ program->reader, self, blocks, at_ns, 0, blocks->len, FALSE };
      g_array_set_size (self->pieces, 0);
      add_pieces (&job, program->scanned);
      read_all (&job);
      if (job.is_more)
        g_clear_pointer (&program->scanned, history_scanned_free);
    }
  while (job.is_more);
  /* What is damaged is read again, and said again. */
  if (job.n_whole == blocks->len)
    remember_pieces (&job, program->scanned);
  g_array_set_size (self->pieces, job.n_whole);
}

void
history_scan_clear (HistoryScan *self)
{
  g_array_unref (self->pieces);
}
