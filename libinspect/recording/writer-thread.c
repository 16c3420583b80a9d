/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* The writing thread: blocks are compressed and written. */

#include "recording/writer-private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

void
recording_job_free (gpointer data)
{
  RecordingJob *job = data;

  g_byte_array_unref (job->raw);
  g_clear_pointer (&job->parts, g_array_unref);
  g_clear_pointer (&job->spans, g_array_unref);
  g_clear_pointer (&job->hashes, g_array_unref);
  g_clear_pointer (&job->threads, g_array_unref);
  g_free (job);
}

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

void
recording_count_dropped (RecordingWriter *self, const RecordingBlock *block)
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
  recording_count_dropped (self, block);
}

/* The file ends with a whole block, whatever happens within one. */
static gboolean
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
      /* What is left of it is no block, and is not read as one. */
      (void)!ftruncate (self->fd, (off_t)self->bytes);
      return FALSE;
    }
  g_array_append_val (self->index, entry);
  recording_flight_evict (self);
  return TRUE;
}

gboolean
recording_write_block (RecordingWriter *self, RecordingBlock *block, const GByteArray *raw,
                       const GArray *parts)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();

  block->number = self->n_blocks;
  if (self->failure == 0 &&
      recording_block_pack (block, raw->data, raw->len, parts, self->options.level, file))
    return append (self, file, block);
  g_mutex_lock (&self->lock);
  count_lost (self, block);
  g_mutex_unlock (&self->lock);
  return FALSE;
}

/* Only behind the block that it tells of: where that has found no room, nothing is said of it. */
static void
write_records (RecordingWriter *self, RecordingJob *job)
{
  g_autoptr (GByteArray) raw = NULL;
  RecordingBlock block = { .type = RECORDING_MENTIONS,
                           .target = job->block.target,
                           .n_events = job->block.n_events,
                           .first_ns = job->block.first_ns,
                           .last_ns = job->block.last_ns };

  if (!recording_write_block (self, &job->block, job->raw, job->parts) || job->hashes == NULL)
    return;
  raw = g_byte_array_new ();
  recording_mentions_write ((const guint32 *)job->hashes->data, job->hashes->len, job->threads,
                            block.first_ns, raw);
  recording_write_block (self, &block, raw, NULL);
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
        recording_finish (self);
      else if (job->spans != NULL)
        recording_write_spans (self, &job->block, job->spans);
      else
        write_records (self, job);

      g_mutex_lock (&self->lock);
      self->queued -= job->size;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->lock);
      recording_job_free (job);
    }
  return NULL;
}

/* Signals are for the threads of whoever records, which may read them from a descriptor. */
void
recording_start_thread (RecordingWriter *self)
{
  sigset_t all, before;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  self->thread = g_thread_new ("recording", run, self);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}
