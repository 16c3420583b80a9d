/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/writer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#define DEFAULT_QUEUED ((gsize)64 << 20)
#define DEFAULT_EVENTS 65536u
#define DEFAULT_LEVEL 3
/* Fewer are read sooner than it is found out whom they name. */
#define DEFAULT_MENTIONS_FROM 4096u
/* What is read again in some 10 ms. */
#define DEFAULT_KEYFRAME_GAP 65536u
/* Of a flight recorder that is full. */
#define MIN_BLOCKS_KEPT 32u
#define BYTES_AN_EVENT 3u /* about */
/* A block of long texts ends early. */
#define MAX_COLUMNS (8u << 20)

static void
target_free (gpointer data)
{
  RecordingTarget *target = data;

  recording_names_free (target->names);
  recording_columns_free (target->columns);
  g_clear_pointer (&target->keyframe, recording_columns_free);
  g_free (target);
}

/* ---- Handing over --------------------------------------------------------------------------- */

/* Records may be dropped; the tables and facts that stand for all others are not, and are small. */
static gboolean
has_room (RecordingWriter *self, const RecordingBlock *block)
{
  if (block->type != RECORDING_EVENTS || self->queued == 0)
    return TRUE;
  while (self->options.lossless && self->queued > self->options.max_queued && self->failure == 0)
    g_cond_wait (&self->changed, &self->lock);
  return self->queued <= self->options.max_queued && self->failure == 0;
}

/* Takes @job over. */
static void
hand_over_job (RecordingWriter *self, RecordingJob *job)
{
  const RecordingBlock *block = &job->block;

  job->size = job->raw->len;
  if (job->spans != NULL)
    job->size += job->spans->len * sizeof (RecordingSpan);
  if (job->hashes != NULL)
    job->size += job->hashes->len * sizeof (guint32);
  g_mutex_lock (&self->lock);
  if (job->is_last || has_room (self, block))
    {
      self->queued += job->size;
      if (block->type == RECORDING_EVENTS)
        self->n_events += block->n_events;
      g_queue_push_tail (&self->jobs, g_steal_pointer (&job));
      g_cond_broadcast (&self->changed);
    }
  else
    {
      self->n_dropped += block->n_events;
      recording_count_dropped (self, block);
    }
  g_mutex_unlock (&self->lock);
  if (job != NULL)
    recording_job_free (job);
}

void
recording_hand_over (RecordingWriter *self, const RecordingBlock *block, GByteArray *raw,
                     GArray *parts, GArray *spans)
{
  RecordingJob *job = g_new0 (RecordingJob, 1);

  *job = (RecordingJob){ .block = *block, .raw = raw, .parts = parts, .spans = spans };
  hand_over_job (self, job);
}

void
recording_hand_over_records (RecordingWriter *self, const RecordingBlock *block,
                             RecordingColumns *columns)
{
  RecordingJob *job = g_new0 (RecordingJob, 1);

  *job =
      (RecordingJob){ .block = *block,
                      .raw = g_byte_array_sized_new ((guint)recording_columns_get_size (columns)),
                      .parts = g_array_new (FALSE, FALSE, sizeof (gsize)) };
  job->block.flags |= RECORDING_FLAG_SHAPES;
  job->block.n_events = recording_columns_get_n_events (columns);
  job->block.first_ns = recording_columns_get_first_ns (columns);
  recording_columns_finish (columns, job->raw, job->parts);
  if (job->block.n_events >= self->options.mentions_from)
    {
      job->hashes = g_array_new (FALSE, FALSE, sizeof (guint32));
      recording_columns_get_mentions (columns, job->hashes);
      job->threads = g_array_copy ((GArray *)recording_columns_get_threads (columns));
    }
  recording_columns_clear (columns);
  hand_over_job (self, job);
}

void
recording_hand_over_names (RecordingWriter *self, guint32 number, RecordingTarget *target)
{
  GByteArray *raw = g_byte_array_new ();
  RecordingBlock block = { .type = RECORDING_TABLES, .target = number };

  block.first_ns = block.last_ns = recording_now_ns ();
  if (target->names != NULL && recording_names_write (target->names, raw))
    recording_hand_over (self, &block, raw, NULL, NULL);
  else
    g_byte_array_unref (raw);
}

void
recording_flush_target (RecordingWriter *self, guint32 number, RecordingTarget *target)
{
  RecordingBlock block = { .type = RECORDING_EVENTS,
                           .target = number,
                           .n_lost = target->n_lost + recording_writer_get_dropped (self, number) };

  recording_hand_over_names (self, number, target);
  if (recording_columns_get_n_events (target->columns) == 0)
    return;
  block.last_ns = recording_columns_get_last_ns (target->columns);
  recording_hand_over_records (self, &block, target->columns);
}

RecordingTarget *
recording_get_target (RecordingWriter *self, guint32 number)
{
  g_return_val_if_fail (number > 0 && number <= self->targets->len, NULL);
  return self->targets->pdata[number - 1];
}

/* ---- What is called ------------------------------------------------------------------------- */

void
recording_header_init (RecordingHeader *header, gint64 begin_ns, gint64 begin_real_us)
{
  *header = (RecordingHeader){ .major = RECORDING_MAJOR,
                               .minor = RECORDING_MINOR,
                               .header_size = sizeof *header };
  memcpy (header->magic, RECORDING_MAGIC, sizeof header->magic);
  header->begin_real_us = begin_real_us;
  header->begin_ns = begin_ns;
  for (guint i = 0; i < sizeof header->id; i++)
    header->id[i] = (guint8)g_random_int ();
  header->check = recording_check_of (header, G_STRUCT_OFFSET (RecordingHeader, check));
}

/* @origin: (nullable): what it is a copy of */
static gboolean
write_header (RecordingWriter *self, RecordingReader *origin)
{
  RecordingHeader header;

  recording_header_init (&header, self->begin_ns, g_get_real_time ());
  if (origin != NULL)
    {
      const RecordingHeader *from = recording_reader_get_header (origin);

      self->begin_ns = header.begin_ns = from->begin_ns;
      header.begin_real_us = from->begin_real_us;
      memcpy (header.id, from->id, sizeof header.id);
      header.check = recording_check_of (&header, G_STRUCT_OFFSET (RecordingHeader, check));
    }
  self->bytes = sizeof header;
  return (self->failure =
              recording_write_all (self->fd, (const guint8 *)&header, sizeof header, 0)) == 0;
}

static void
writer_free (RecordingWriter *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_queue_clear_full (&self->jobs, recording_job_free);
  g_ptr_array_unref (self->targets);
  g_array_unref (self->index);
  g_array_unref (self->dropped);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self->path);
  g_free (self);
}

static void
set_error (GError **error, const char *path, int failure)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure),
               _ ("cannot write the recording '%s': %s"), path, g_strerror (failure));
}

/* Takes @fd over; -1: errno says why. @origin: (nullable): what it begins with */
static RecordingWriter *
writer_new (int fd, const char *path, const RecordingOptions *options, RecordingReader *origin,
            GError **error)
{
  RecordingWriter *self = g_new0 (RecordingWriter, 1);

  self->options = options != NULL ? *options : (RecordingOptions){ 0 };
  if (self->options.max_queued == 0)
    self->options.max_queued = DEFAULT_QUEUED;
  if (self->options.level == 0)
    self->options.level = DEFAULT_LEVEL;
  if (self->options.events_a_block == 0)
    self->options.events_a_block = DEFAULT_EVENTS;
  if (self->options.keyframe_gap == 0)
    self->options.keyframe_gap = DEFAULT_KEYFRAME_GAP;
  if (self->options.mentions_from == 0)
    self->options.mentions_from = DEFAULT_MENTIONS_FROM;
  self->options.events_a_block = MIN (self->options.events_a_block, RECORDING_MAX_EVENTS);
  self->path = g_strdup (path);
  self->begin_ns = recording_now_ns ();
  self->targets = g_ptr_array_new_with_free_func (target_free);
  self->index = g_array_new (FALSE, TRUE, sizeof (RecordingIndexEntry));
  self->dropped = g_array_new (FALSE, TRUE, sizeof (guint64));
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->jobs);
  self->fd = fd;
  if (self->fd < 0 || !write_header (self, origin) ||
      (origin != NULL && (self->failure = recording_copy_blocks (self, origin)) != 0))
    {
      set_error (error, path, self->fd < 0 ? errno : self->failure);
      writer_free (self);
      return NULL;
    }
  recording_start_thread (self);
  return self;
}

RecordingWriter *
recording_writer_new (const char *path, const RecordingOptions *options, GError **error)
{
  return writer_new (open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600), path,
                     options, NULL, error);
}

RecordingWriter *
recording_writer_new_flight (gint64 keep_ns, guint64 keep_bytes, GError **error)
{
  /* What is kept of little is let go in small pieces, too. */
  const RecordingOptions options = {
    .events_a_block = keep_bytes == 0 ? 0
                                      : (guint)CLAMP (keep_bytes / MIN_BLOCKS_KEPT / BYTES_AN_EVENT,
                                                      DEFAULT_MENTIONS_FROM, DEFAULT_EVENTS)
  };
  RecordingWriter *self =
      writer_new (memfd_create ("recording", MFD_CLOEXEC), "(memory)", &options, NULL, error);

  if (self == NULL)
    return NULL;
  self->keep_ns = keep_ns;
  self->keep_bytes = keep_bytes;
  return self;
}

RecordingWriter *
recording_writer_new_copy (RecordingReader *reader, const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);

  return writer_new (fd, path, NULL, reader, error);
}

const char *
recording_writer_get_path (RecordingWriter *self)
{
  return recording_is_flight (self) ? NULL : self->path;
}

guint32
recording_writer_add_target (RecordingWriter *self, const RecordingSource *source,
                             gpointer source_data)
{
  RecordingTarget *target = g_new0 (RecordingTarget, 1);

  target->names = recording_names_new (source, source_data);
  target->columns = recording_columns_new ();
  g_ptr_array_add (self->targets, target);
  return self->targets->len;
}

/* How large they are is looked at now and then: a few records are never large. */
gboolean
recording_is_full (const RecordingColumns *columns, guint max_events)
{
  guint n = recording_columns_get_n_events (columns);

  return n >= max_events || (n % 64 == 0 && recording_columns_get_size (columns) >= MAX_COLUMNS);
}

void
recording_writer_add_event (RecordingWriter *self, guint32 number, const ChannelEvent *event)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target == NULL || target->names == NULL)
    return;
  target->n_since_keyframe++;
  target->last_ns = MAX (target->last_ns, event->time_ns);
  recording_names_add (target->names, event);
  recording_columns_add (target->columns, event);
  if (recording_is_full (target->columns, self->options.events_a_block))
    recording_flush_target (self, number, target);
}

void
recording_writer_prepare_event (RecordingWriter *self, guint32 number, const ChannelEvent *event,
                                gboolean is_near)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target != NULL && target->names != NULL)
    recording_columns_prepare (target->keyframe != NULL ? target->keyframe : target->columns, event,
                               is_near);
}

void
recording_writer_set_lost (RecordingWriter *self, guint32 number, guint64 n_lost)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target != NULL)
    target->n_lost = n_lost;
}

static void
add_block (RecordingWriter *self, RecordingBlockType type, guint32 target, gconstpointer bytes,
           gsize length)
{
  RecordingBlock block = { .type = type, .target = target };
  GByteArray *raw = g_byte_array_new ();

  block.first_ns = block.last_ns = recording_now_ns ();
  g_byte_array_append (raw, bytes, (guint)length);
  recording_hand_over (self, &block, raw, NULL, NULL);
}

void
recording_writer_add_facts (RecordingWriter *self, guint32 target, const char *json)
{
  add_block (self, RECORDING_FACTS, target, json, strlen (json));
}

void
recording_writer_add_symbols (RecordingWriter *self, guint32 target, const GByteArray *symbols)
{
  if (symbols->len > 0)
    add_block (self, RECORDING_SYMBOLS, target, symbols->data, symbols->len);
}

void
recording_writer_end_target (RecordingWriter *self, guint32 number)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target == NULL || target->names == NULL)
    return;
  recording_flush_target (self, number, target);
  g_clear_pointer (&target->names, recording_names_free);
}

void
recording_writer_flush_target (RecordingWriter *self, guint32 number)
{
  RecordingTarget *target = recording_get_target (self, number);

  if (target != NULL && target->names != NULL)
    recording_flush_target (self, number, target);
}

void
recording_writer_flush (RecordingWriter *self)
{
  for (guint i = 0; i < self->targets->len; i++)
    if (((RecordingTarget *)self->targets->pdata[i])->names != NULL)
      recording_flush_target (self, i + 1, self->targets->pdata[i]);
}

gboolean
recording_writer_sync (RecordingWriter *self)
{
  gboolean is_written;

  recording_writer_flush (self);
  g_mutex_lock (&self->lock);
  while (!self->rests || !g_queue_is_empty (&self->jobs))
    g_cond_wait (&self->changed, &self->lock);
  is_written = self->failure == 0;
  g_mutex_unlock (&self->lock);
  return is_written;
}

void
recording_writer_get_stats (RecordingWriter *self, RecordingStats *ret_stats)
{
  g_mutex_lock (&self->lock);
  *ret_stats = (RecordingStats){ .events = self->n_events - self->n_lost_events,
                                 .dropped = self->n_dropped + self->n_lost_events,
                                 .bytes = self->bytes,
                                 .blocks = self->n_blocks };
  g_mutex_unlock (&self->lock);
}

guint64
recording_writer_get_dropped (RecordingWriter *self, guint32 number)
{
  guint64 n;

  g_mutex_lock (&self->lock);
  n = number < self->dropped->len ? g_array_index (self->dropped, guint64, number) : 0;
  g_mutex_unlock (&self->lock);
  return n;
}

gboolean
recording_writer_close (RecordingWriter *self, RecordingStats *ret_stats, GError **error)
{
  RecordingJob *last = g_new0 (RecordingJob, 1);
  gboolean is_whole;

  for (guint i = 0; i < self->targets->len; i++)
    recording_writer_end_target (self, i + 1);
  *last = (RecordingJob){ .raw = g_byte_array_new (), .is_last = TRUE };
  hand_over_job (self, last);
  g_thread_join (self->thread);
  if (ret_stats != NULL)
    recording_writer_get_stats (self, ret_stats);
  if (self->failure == 0 && close (self->fd) < 0)
    self->failure = errno;
  self->fd = -1;
  is_whole = self->failure == 0;
  if (!is_whole)
    set_error (error, self->path, self->failure);
  writer_free (self);
  return is_whole;
}
