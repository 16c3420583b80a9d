/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Where a history finds what it does not keep: in the recording, which is read from the keyframe before
 * the moment that is asked for. */

#include <glib/gi18n-lib.h>

#include "model/ahead.h"
#include "session/history-scan.h"

static void
close_reader (HistoryProgram *program)
{
  g_clear_pointer (&program->named, g_hash_table_unref);
  g_clear_pointer (&program->scanned, history_scanned_free);
  g_clear_pointer (&program->reader, recording_reader_close);
}

void
history_program_close (HistoryProgram *program)
{
  g_clear_pointer (&program->aside, history_aside_unref);
  g_clear_pointer (&program->table_places, analysis_places_free);
  g_clear_pointer (&program->tables, analysis_replay_tables_free);
  g_clear_pointer (&program->kinds_read, g_free);
  close_reader (program);
  program->writer = NULL;
}

/* Whether all that was said until then can be read from what is open. */
static gboolean
reaches (HistoryProgram *program, gint64 until_ns)
{
  gint64 first_ns, last_ns;

  return program->reader != NULL &&
         (program->writer == NULL ||
          (recording_reader_get_range (program->reader, &first_ns, &last_ns) &&
           last_ns >= until_ns));
}

gboolean
history_program_is_recorded (HistoryProgram *program, GError **error)
{
  if (program->path != NULL)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                       _ ("this program is not recorded, so its past is not known in full"));
  return FALSE;
}

gboolean
history_program_open (HistoryProgram *program, gint64 until_ns, GError **error)
{
  if (!history_program_is_recorded (program, error))
    return FALSE;
  if (reaches (program, until_ns))
    return TRUE;
  close_reader (program);
  if (program->writer != NULL)
    recording_writer_sync (program->writer);
  program->reader = recording_reader_open (program->path, error);
  return program->reader != NULL;
}

gboolean
history_program_get_names (HistoryProgram *program, HistoryNames *ret_names)
{
  if (program->model != NULL && program->model->tables_data != NULL)
    {
      *ret_names =
          (HistoryNames){ program->model->tables, program->model->tables_data, program->places };
      return TRUE;
    }
  if (program->reader == NULL)
    return FALSE;
  if (program->tables == NULL)
    {
      g_auto (GStrv) libraries = analysis_replay_dup_libraries (program->reader);

      program->tables = analysis_replay_tables_new (program->reader, program->number);
      program->table_places = analysis_places_new (&analysis_replay_tables, program->tables,
                                                   analysis_replay_symbolize, program->tables);
      analysis_places_set_libraries (program->table_places, (const char *const *)libraries);
    }
  *ret_names = (HistoryNames){ &analysis_replay_tables, program->tables, program->table_places };
  return TRUE;
}

/* ---- A moment ---------------------------------------------------------------------------------- */

typedef struct
{
  ModelTarget *model;
  gint64 since_ns; /* not what was said then */
  gint64 until_ns;
  ModelAhead *ahead;
} Feed;

static void
take (const ChannelEvent *event, void *data)
{
  model_target_ingest (((Feed *)data)->model, event);
}

static const ModelAheadFuncs feed_funcs = { take, NULL };

static void
feed_all (const ChannelEvent *event, void *data)
{
  model_ahead_push (((Feed *)data)->ahead, event);
}

static void
feed_until (const ChannelEvent *event, void *data)
{
  const Feed *feed = data;

  if (event->time_ns > feed->since_ns && event->time_ns <= feed->until_ns)
    model_ahead_push (feed->ahead, event);
}

/* The last keyframe until then; 0 where there is none: then all is read from the beginning. */
static guint
find_keyframe (RecordingReader *reader, guint32 number, gint64 at_ns)
{
  for (guint i = recording_reader_get_n_blocks (reader); i > 0; i--)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i - 1);

      if (block->type == RECORDING_KEYFRAME && block->target == number && block->last_ns <= at_ns &&
          (block->flags & RECORDING_FLAG_CONTINUES) == 0)
        return i - 1;
    }
  return 0;
}

GArray *
history_program_list_blocks (HistoryProgram *program, gint64 at_ns)
{
  RecordingReader *reader = program->reader;
  GArray *blocks = g_array_new (FALSE, FALSE, sizeof (guint));
  const RecordingIndexEntry *before = NULL;

  for (guint i = find_keyframe (reader, program->number, at_ns);
       i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);

      if (block->target != program->number || block->first_ns > at_ns ||
          !analysis_replay_is_wanted (block, before) ||
          (block->type == RECORDING_KEYFRAME && block->last_ns > at_ns))
        continue;
      before = block;
      g_array_append_val (blocks, i);
    }
  return blocks;
}

ModelTarget *
history_program_load (HistoryProgram *program, const HistoryNames *names, guint64 *next_number,
                      gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);
  Feed feed = { model_target_new (names->tables, names->data, next_number), G_MININT64, at_ns };

  /* Nobody asks what a task did before: the spans know it. */
  feed.model->forgets_steps = TRUE;
  feed.ahead = model_ahead_new (feed.model, &feed_funcs, &feed);
  for (guint i = 0; i < blocks->len; i++)
    {
      guint block = g_array_index (blocks, guint, i);
      gboolean is_keyframe =
          recording_reader_get_block (program->reader, block)->type == RECORDING_KEYFRAME;

      /* What follows a block that is damaged would be misunderstood. */
      if (!recording_reader_read_events (program->reader, block,
                                         is_keyframe ? feed_all : feed_until, &feed, NULL))
        break;
    }
  model_ahead_flush (feed.ahead);
  model_ahead_free (feed.ahead);
  return feed.model;
}

static gboolean
is_between (const RecordingIndexEntry *block, guint32 number, gint64 from_ns, gint64 to_ns)
{
  return block->type == RECORDING_EVENTS && block->target == number && block->last_ns > from_ns &&
         block->first_ns <= to_ns;
}

gboolean
history_program_advance (HistoryProgram *program, ModelTarget *model, gint64 from_ns, gint64 to_ns)
{
  RecordingReader *reader = program->reader;
  Feed feed = { model, from_ns, to_ns };
  guint first = find_keyframe (reader, program->number, from_ns);

  if (find_keyframe (reader, program->number, to_ns) != first)
    return FALSE;
  feed.ahead = model_ahead_new (model, &feed_funcs, &feed);
  for (guint i = first; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);

      if (is_between (block, program->number, from_ns, to_ns) &&
          !recording_reader_read_events (reader, i, feed_until, &feed, NULL))
        break;
    }
  model_ahead_flush (feed.ahead);
  model_ahead_free (feed.ahead);
  return TRUE;
}

guint64
history_program_count_between (HistoryProgram *program, gint64 from_ns, gint64 to_ns)
{
  RecordingReader *reader = program->reader;
  guint first = find_keyframe (reader, program->number, from_ns);
  guint64 n = 0;

  if (find_keyframe (reader, program->number, to_ns) != first)
    return G_MAXUINT64;
  for (guint i = first; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);

      if (is_between (block, program->number, from_ns, to_ns))
        n += block->n_events;
    }
  return n;
}
