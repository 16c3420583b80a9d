/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Of a task that is read alone, blocks that cannot say anything of it are not read: also where they are damaged, which
 * who reads them finds. */

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "part-same.h"
#include "part-story.h"
#include "session/inspector-history-private.h"

#define N_MOMENTS 680u

/* ---- The tests --------------------------------------------------------------------------------- */

static gboolean
names (HistoryProgram *program, guint block, guint64 id)
{
  RecordingMentions *mentions = recording_reader_read_mentions (program->reader, block);
  gboolean is_named = mentions == NULL || recording_mentions_may_name (mentions, id);

  recording_mentions_free (mentions);
  return is_named;
}

/* A byte of what the block holds. */
static void
damage (const char *path, guint64 offset)
{
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  bytes[offset + sizeof (RecordingBlock) + 9] ^= 0x24;
  g_assert_true (g_file_set_contents (path, bytes, (gssize)length, NULL));
}

/* Nothing of a block is read that does not name the task, for who reads it finds it damaged. */
static void
test_passed_over (PartStory *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  guint64 number = 1, other_number = 1;
  const ModelTask *found = NULL;
  g_autoptr (GArray) blocks = NULL;
  HistoryNames tables_of;
  ModelTarget *whole, *part;
  RecordingDamage damaged;
  guint64 offset = 0;

  g_assert_true (history_program_open (&program, 0, NULL));
  g_assert_true (history_program_get_names (&program, &tables_of));
  whole = history_program_load (&program, &tables_of, &number, f->last_ns);
  blocks = history_program_list_blocks (&program, f->last_ns);
  for (const ModelTask *task = whole->first_task; task != NULL; task = task->next)
    for (guint i = 0; i < blocks->len && found == NULL; i++)
      if (task->holds == NULL && task->awaits != NULL && task->awaits->resource == NULL &&
          !task->awaits->awaits_task &&
          !names (&program, g_array_index (blocks, guint, i), task->id))
        {
          found = task;
          offset =
              recording_reader_get_block (program.reader, g_array_index (blocks, guint, i))->offset;
        }
  g_assert_nonnull (found);
  damage (f->path, offset);
  history_program_close (&program);

  g_assert_true (history_program_open (&program, 0, NULL));
  g_assert_true (history_program_get_names (&program, &tables_of));
  part =
      history_program_load_task (&program, &tables_of, &other_number, found->id, f->last_ns, FALSE);
  part_same_task (whole, found, part);
  recording_reader_get_damage (program.reader, &damaged);
  g_assert_cmpuint (damaged.damage_offset, ==, 0);
  model_target_free (history_program_load (&program, &tables_of, &other_number, f->last_ns));
  recording_reader_get_damage (program.reader, &damaged);
  g_assert_cmpuint (damaged.damage_offset, ==, offset);
  model_target_free (part);
  model_target_free (whole);
  history_program_close (&program);
}

/* The last bytes of what the block holds, which the names of its records' kinds do not reach to. */
static void
damage_end (const char *path, const RecordingIndexEntry *entry)
{
  g_autofree char *bytes = NULL;
  RecordingBlock block;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  memcpy (&block, bytes + entry->offset, sizeof block);
  bytes[entry->offset + sizeof block + block.stored_size - 6] ^= 0x24;
  g_assert_true (g_file_set_contents (path, bytes, (gssize)length, NULL));
}

/* The lock that the task waits for, which only one can have; 0: it is none. */
static guint64
get_lock (const ModelTask *task)
{
  const ModelResource *resource = task->awaits != NULL ? task->awaits->resource : NULL;

  return task->holds == NULL && task->n_awaits == 1 && resource != NULL && resource->n_holds == 1 &&
                 model_resource_is_exclusive (resource)
             ? resource->object
             : 0;
}

static gboolean
tells_of (HistoryProgram *program, guint block, guint64 object)
{
  g_autoptr (GArray) told = recording_reader_read_told (program->reader, block);

  for (guint i = 0; told != NULL && i < told->len; i++)
    if (g_array_index (told, guint16, i) == object >> 48)
      return TRUE;
  return told == NULL;
}

typedef struct
{
  guint64 lock, first_taker;
  gint64 until_ns;
  gboolean has_two;
} Takers;

static void
note_taker (const ChannelEvent *event, void *data)
{
  Takers *self = data;

  if (event->type != CHANNEL_ACQUIRE || event->arg != self->lock || event->time_ns > self->until_ns)
    return;
  self->has_two |= self->first_taker != 0 && self->first_taker != event->task;
  self->first_taker = event->task;
}

/* Whether one of the last two blocks that name the lock has two who took it. */
static gboolean
is_taken_late (HistoryProgram *program, const GArray *blocks, guint64 lock, gint64 at_ns)
{
  Takers takers = { .lock = lock, .until_ns = at_ns };
  guint n = 0;

  for (guint i = blocks->len; i > 1 && n < 2; i--)
    {
      takers.first_taker = 0;
      n += names (program, g_array_index (blocks, guint, i - 1), lock);
      recording_reader_read_events (program->reader, g_array_index (blocks, guint, i - 1),
                                    note_taker, &takers, NULL);
    }
  return takers.has_two;
}

/* A block in the midst that names the lock and neither the task nor who has the lock; G_MAXUINT: none */
static guint
find_block_of_lock (HistoryProgram *program, const ModelTask *task, gint64 at_ns)
{
  g_autoptr (GArray) blocks = history_program_list_blocks (program, at_ns);
  guint64 lock = get_lock (task);

  if (lock == 0 || !is_taken_late (program, blocks, lock, at_ns))
    return G_MAXUINT;
  for (guint i = 1; i + 3 < blocks->len; i++)
    {
      guint block = g_array_index (blocks, guint, i);

      if (recording_reader_get_block (program->reader, block)->type == RECORDING_EVENTS &&
          names (program, block, lock) && !names (program, block, task->id) &&
          !names (program, block, task->awaits->resource->holds->task->id) &&
          !tells_of (program, block, lock))
        return block;
    }
  return G_MAXUINT;
}

/* Who has a lock is found by those who took it last: what was before that is not read. */
static void
test_last_two (PartStory *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  guint n = 0;

  for (guint i = 1; i <= N_MOMENTS && n == 0; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / N_MOMENTS * i;
      guint64 number = 1, other_number = 1;
      HistoryNames tables_of;
      ModelTarget *whole;

      g_assert_true (history_program_open (&program, 0, NULL));
      g_assert_true (history_program_get_names (&program, &tables_of));
      whole = history_program_load (&program, &tables_of, &number, at_ns);
      for (const ModelTask *task = whole->first_task; task != NULL && n == 0; task = task->next)
        {
          guint block = find_block_of_lock (&program, task, at_ns);
          RecordingDamage damaged;
          ModelTarget *part;

          if (block == G_MAXUINT)
            continue;
          damage_end (f->path, recording_reader_get_block (program.reader, block));
          history_program_close (&program);
          g_assert_true (history_program_open (&program, 0, NULL));
          g_assert_true (history_program_get_names (&program, &tables_of));
          part = history_program_load_task (&program, &tables_of, &other_number, task->id, at_ns,
                                            FALSE);
          part_same_task (whole, task, part);
          recording_reader_get_damage (program.reader, &damaged);
          g_assert_cmpuint (damaged.damage_offset, ==, 0);
          g_assert_false (recording_reader_read_events (program.reader, block, note_taker,
                                                        &(Takers){ 0 }, NULL));
          model_target_free (part);
          n++;
        }
      model_target_free (whole);
    }
  history_program_close (&program);
  g_assert_cmpuint (n, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/moment-damaged/passes-over-who-is-not-named", PartStory, NULL,
              part_story_setup_whole, test_passed_over, part_story_teardown);
  g_test_add ("/moment-damaged/who-has-a-lock-by-the-last-two", PartStory, NULL,
              part_story_setup_whole, test_last_two, part_story_teardown);
  return g_test_run ();
}
