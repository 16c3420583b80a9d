/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "recording/writer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#define DEFAULT_QUEUED ((gsize)64 << 20)
#define DEFAULT_EVENTS 65536u
#define DEFAULT_LEVEL 3
#define KEYFRAME_EVENTS 262144u
/* What is read again in some 10 ms. */
#define DEFAULT_KEYFRAME_GAP 65536u
/* A block of long texts ends early. */
#define MAX_COLUMNS (8u << 20)

static gint64
now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static void
job_free (gpointer data)
{
  RecordingJob *job = data;

  g_byte_array_unref (job->raw);
  g_clear_pointer (&job->parts, g_array_unref);
  g_clear_pointer (&job->spans, g_array_unref);
  g_free (job);
}

static void
target_free (gpointer data)
{
  RecordingTarget *target = data;

  recording_names_free (target->names);
  recording_columns_free (target->columns);
  g_clear_pointer (&target->keyframe, recording_columns_free);
  g_free (target);
}

/* ---- The writing thread --------------------------------------------------------------------- */

int
recording_write_all (int fd, const guint8 *bytes, gsize length, guint64 offset)
{
  while (length > 0)
    {
      gssize n = pwrite (fd, bytes, length, (off_t)offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n < 0 ? errno : ENOSPC;
      bytes += n;
      offset += (guint64)n;
      length -= (gsize)n;
    }
  return 0;
}

/* The file ends with a whole block, whatever happens within one. */
/* Within the lock. */
static void
count_dropped (RecordingWriter *self, const RecordingBlock *block)
{
  if (block->target >= self->dropped->len)
    g_array_set_size (self->dropped, block->target + 1);
  g_array_index (self->dropped, guint64, block->target) += block->n_events;
}

static void
count_lost (RecordingWriter *self, const RecordingBlock *block)
{
  if (block->type != RECORDING_EVENTS)
    return;
  self->n_lost_events += block->n_events;
  count_dropped (self, block);
}

static void
append (RecordingWriter *self, const GByteArray *file, const RecordingBlock *block)
{
  RecordingIndexEntry entry = { .offset = self->bytes,
                                .first_ns = block->first_ns,
                                .last_ns = block->last_ns,
                                .target = block->target,
                                .n_events = block->n_events,
                                .type = block->type,
                                .flags = block->flags,
                                .first_track =
                                    block->type == RECORDING_SPANS ? (guint32)block->n_lost : 0 };
  int failure = recording_write_all (self->fd, file->data, file->len, self->bytes);

  g_mutex_lock (&self->lock);
  if (failure == 0)
    {
      self->bytes += file->len;
      self->n_blocks++;
    }
  else
    {
      self->failure = failure;
      count_lost (self, block);
    }
  g_mutex_unlock (&self->lock);
  if (failure != 0)
    {
      if (ftruncate (self->fd, (off_t)self->bytes) < 0)
        return;
    }
  else
    {
      g_array_append_val (self->index, entry);
      recording_flight_evict (self);
    }
}

void
recording_write_block (RecordingWriter *self, RecordingBlock *block, const GByteArray *raw,
                       const GArray *parts)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();

  block->number = self->n_blocks;
  if (self->failure == 0 &&
      recording_block_pack (block, raw->data, raw->len, parts, self->options.level, file))
    {
      append (self, file, block);
      return;
    }
  g_mutex_lock (&self->lock);
  count_lost (self, block);
  g_mutex_unlock (&self->lock);
}

gboolean
recording_pack_index (const GArray *entries, guint64 size, guint64 number, int level,
                      GByteArray *ret_bytes)
{
  g_autoptr (GByteArray) raw = g_byte_array_new ();
  RecordingBlock block = { .type = RECORDING_INDEX, .number = number };
  RecordingTrailer trailer = { .magic = RECORDING_TRAILER_MAGIC, .index_offset = size };

  block.first_ns = block.last_ns = now_ns ();
  g_byte_array_append (raw, (const guint8 *)entries->data,
                       entries->len * sizeof (RecordingIndexEntry));
  if (!recording_block_pack (&block, raw->data, raw->len, NULL, level, ret_bytes))
    return FALSE;
  trailer.file_size = size + ret_bytes->len + sizeof trailer;
  trailer.check = recording_check_of (&trailer, G_STRUCT_OFFSET (RecordingTrailer, check));
  g_byte_array_append (ret_bytes, (const guint8 *)&trailer, sizeof trailer);
  return TRUE;
}

/* Also after a failure: the disk may have room for the index where it had none for a block. */
static void
write_index (RecordingWriter *self)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  int failure;

  if (!recording_pack_index (self->index, self->bytes, self->n_blocks, self->options.level, file))
    return;
  failure = recording_write_all (self->fd, file->data, file->len, self->bytes);
  if (failure == 0)
    self->bytes += file->len;
  else if (ftruncate (self->fd, (off_t)self->bytes) == 0 && self->failure == 0)
    self->failure = failure;
}

static gpointer
run (gpointer data)
{
  RecordingWriter *self = data;
  gboolean is_last = FALSE;

  while (!is_last)
    {
      RecordingJob *job;

      g_mutex_lock (&self->lock);
      while ((job = g_queue_pop_head (&self->jobs)) == NULL)
        {
          self->rests = TRUE;
          g_cond_broadcast (&self->changed);
          g_cond_wait (&self->changed, &self->lock);
        }
      self->rests = FALSE;
      g_mutex_unlock (&self->lock);

      is_last = job->is_last;
      if (is_last)
        write_index (self);
      else if (job->spans != NULL)
        recording_write_spans (self, &job->block, job->spans);
      else
        recording_write_block (self, &job->block, job->raw, job->parts);

      g_mutex_lock (&self->lock);
      self->queued -= job->size;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->lock);
      job_free (job);
    }
  return NULL;
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

static void
hand_over_job (RecordingWriter *self, const RecordingBlock *block, GByteArray *raw, GArray *parts,
               GArray *spans, gboolean is_last)
{
  RecordingJob *job = g_new0 (RecordingJob, 1);

  *job = (RecordingJob){ *block, raw, parts, spans, raw->len, is_last };
  if (spans != NULL)
    job->size += spans->len * sizeof (RecordingSpan);
  g_mutex_lock (&self->lock);
  if (is_last || has_room (self, block))
    {
      self->queued += job->size;
      g_queue_push_tail (&self->jobs, g_steal_pointer (&job));
      if (block->type == RECORDING_EVENTS)
        self->n_events += block->n_events;
      g_cond_broadcast (&self->changed);
    }
  else
    {
      self->n_dropped += block->n_events;
      count_dropped (self, block);
    }
  g_mutex_unlock (&self->lock);
  if (job != NULL)
    job_free (job);
}

void
recording_hand_over (RecordingWriter *self, const RecordingBlock *block, GByteArray *raw,
                     GArray *parts, GArray *spans)
{
  hand_over_job (self, block, raw, parts, spans, FALSE);
}

static void
hand_over_names (RecordingWriter *self, guint32 number, RecordingTarget *target)
{
  GByteArray *raw = g_byte_array_new ();
  RecordingBlock block = { .type = RECORDING_TABLES, .target = number };

  block.first_ns = block.last_ns = now_ns ();
  if (target->names != NULL && recording_names_write (target->names, raw))
    recording_hand_over (self, &block, raw, NULL, NULL);
  else
    g_byte_array_unref (raw);
}

static void
flush_target (RecordingWriter *self, guint32 number, RecordingTarget *target)
{
  GByteArray *raw;
  GArray *parts;
  RecordingBlock block = { .type = RECORDING_EVENTS, .target = number, .n_lost = target->n_lost };

  hand_over_names (self, number, target);
  block.n_events = recording_columns_get_n_events (target->columns);
  if (block.n_events == 0)
    return;
  block.first_ns = recording_columns_get_first_ns (target->columns);
  block.last_ns = recording_columns_get_last_ns (target->columns);
  raw = g_byte_array_sized_new ((guint)recording_columns_get_size (target->columns));
  parts = g_array_new (FALSE, FALSE, sizeof (gsize));
  recording_columns_finish (target->columns, raw, parts);
  recording_columns_clear (target->columns);
  recording_hand_over (self, &block, raw, parts, NULL);
}

static RecordingTarget *
get_target (RecordingWriter *self, guint32 number)
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
  g_queue_clear_full (&self->jobs, job_free);
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

/* Signals are for the threads of whoever records, which may read them from a descriptor. */
static void
start_thread (RecordingWriter *self)
{
  sigset_t all, before;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  self->thread = g_thread_new ("recording", run, self);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
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
  self->options.events_a_block = MIN (self->options.events_a_block, RECORDING_MAX_EVENTS);
  self->path = g_strdup (path);
  self->begin_ns = now_ns ();
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
  start_thread (self);
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
  RecordingWriter *self =
      writer_new (memfd_create ("recording", MFD_CLOEXEC), "(memory)", NULL, NULL, error);

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

static gboolean
is_flight (const RecordingWriter *self)
{
  return self->keep_ns > 0 || self->keep_bytes > 0;
}

const char *
recording_writer_get_path (RecordingWriter *self)
{
  return is_flight (self) ? NULL : self->path;
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

void
recording_writer_add_event (RecordingWriter *self, guint32 number, const ChannelEvent *event)
{
  RecordingTarget *target = get_target (self, number);

  if (target == NULL || target->names == NULL)
    return;
  target->n_since_keyframe++;
  target->last_ns = MAX (target->last_ns, event->time_ns);
  recording_names_add (target->names, event);
  recording_columns_add (target->columns, event);
  if (recording_columns_get_n_events (target->columns) >= self->options.events_a_block ||
      recording_columns_get_size (target->columns) >= MAX_COLUMNS)
    flush_target (self, number, target);
}

void
recording_writer_begin_keyframe (RecordingWriter *self, guint32 number, gboolean is_first)
{
  RecordingTarget *target = get_target (self, number);

  if (target == NULL || target->names == NULL || target->keyframe != NULL)
    return;
  /* What comes after it is later than it. */
  flush_target (self, number, target);
  target->keyframe = recording_columns_new ();
  target->keyframe_flags = is_first ? RECORDING_FLAG_FIRST : 0;
  target->n_of_keyframe = 0;
}

/* One block of a keyframe. */
static void
hand_over_keyframe (RecordingWriter *self, guint32 number, RecordingTarget *target, guint flags)
{
  RecordingBlock block = { .type = RECORDING_KEYFRAME, .target = number, .flags = (guint16)flags };
  GByteArray *raw = g_byte_array_new ();
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (gsize));

  hand_over_names (self, number, target);
  if (target->n_of_keyframe > 0)
    block.flags = RECORDING_FLAG_CONTINUES;
  block.n_events = recording_columns_get_n_events (target->keyframe);
  block.n_lost = target->n_lost;
  block.first_ns = recording_columns_get_first_ns (target->keyframe);
  block.last_ns = is_flight (self) || target->last_ns == 0 ? now_ns () : target->last_ns;
  target->n_of_keyframe += block.n_events;
  recording_columns_finish (target->keyframe, raw, parts);
  recording_columns_clear (target->keyframe);
  recording_hand_over (self, &block, raw, parts, NULL);
}

void
recording_writer_add_keyframe_event (RecordingWriter *self, guint32 number,
                                     const ChannelEvent *event)
{
  RecordingTarget *target = get_target (self, number);

  if (target == NULL || target->keyframe == NULL)
    return;
  recording_names_add (target->names, event);
  recording_columns_add (target->keyframe, event);
  if (recording_columns_get_n_events (target->keyframe) >= KEYFRAME_EVENTS ||
      recording_columns_get_size (target->keyframe) >= MAX_COLUMNS)
    hand_over_keyframe (self, number, target, target->keyframe_flags);
}

void
recording_writer_end_keyframe (RecordingWriter *self, guint32 number)
{
  RecordingTarget *target = get_target (self, number);

  if (target == NULL || target->keyframe == NULL)
    return;
  hand_over_keyframe (self, number, target, target->keyframe_flags);
  target->n_since_keyframe = 0;
  g_clear_pointer (&target->keyframe, recording_columns_free);
}

/* What there is to keep may be much: a keyframe is to cost a quarter of what it spares, at most. */
gboolean
recording_writer_wants_keyframe (RecordingWriter *self, guint32 number)
{
  RecordingTarget *target = get_target (self, number);

  return target != NULL && !is_flight (self) &&
         target->n_since_keyframe >= MAX (self->options.keyframe_gap, 4 * target->n_of_keyframe);
}

void
recording_writer_set_lost (RecordingWriter *self, guint32 number, guint64 n_lost)
{
  RecordingTarget *target = get_target (self, number);

  if (target != NULL)
    target->n_lost = n_lost;
}

static void
add_block (RecordingWriter *self, RecordingBlockType type, guint32 target, gconstpointer bytes,
           gsize length)
{
  RecordingBlock block = { .type = type, .target = target };
  GByteArray *raw = g_byte_array_new ();

  block.first_ns = block.last_ns = now_ns ();
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
  RecordingTarget *target = get_target (self, number);

  if (target == NULL || target->names == NULL)
    return;
  flush_target (self, number, target);
  g_clear_pointer (&target->names, recording_names_free);
}

void
recording_writer_flush_target (RecordingWriter *self, guint32 number)
{
  RecordingTarget *target = get_target (self, number);

  if (target != NULL && target->names != NULL)
    flush_target (self, number, target);
}

void
recording_writer_flush (RecordingWriter *self)
{
  for (guint i = 0; i < self->targets->len; i++)
    if (((RecordingTarget *)self->targets->pdata[i])->names != NULL)
      flush_target (self, i + 1, self->targets->pdata[i]);
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
  RecordingBlock none = { 0 };
  gboolean is_whole;

  for (guint i = 0; i < self->targets->len; i++)
    recording_writer_end_target (self, i + 1);
  hand_over_job (self, &none, g_byte_array_new (), NULL, NULL, TRUE);
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
