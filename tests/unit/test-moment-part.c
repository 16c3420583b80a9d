/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A task that is read alone is what it is in the whole: what it waits for, what it holds, and who holds what it
 * waits for, at any instant between and behind keyframes. */

#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "inspector-graph.h"
#include "part-story.h"
#include "session/inspector-history-private.h"

#define N_MOMENTS 17u

/* ---- The fixture ------------------------------------------------------------------------------- */

/* The recording says which blocks name whom, or that is found out by reading them. */
static const char with_mentions, without_mentions;

typedef struct
{
  char *folder, *path;
  gint64 last_ns;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("async-inspect-part-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
  f->last_ns = part_story_record (f->path, data == &with_mentions);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

/* ---- What is compared --------------------------------------------------------------------------- */

static void
assert_same_attributes (const ModelAttributes *a, const ModelAttributes *b)
{
  g_assert_cmpuint (a->n, ==, b->n);
  for (guint i = 0; i < a->n; i++)
    {
      g_assert_cmpuint (model_attributes_items (a)[i].number, ==,
                        model_attributes_items (b)[i].number);
      g_assert_cmpuint (model_attributes_items (a)[i].value, ==,
                        model_attributes_items (b)[i].value);
    }
}

/* Who has what it waits for, and since when. */
static void
assert_same_holders (const ModelResource *a, const ModelResource *b)
{
  const ModelHold *x = a->holds, *y = b->holds;

  g_assert_cmpint (a->exchange.task != NULL, ==, b->exchange.task != NULL);
  assert_same_attributes (&a->attributes, &b->attributes);
  for (; x != NULL && y != NULL; x = x->resource_next, y = y->resource_next)
    {
      g_assert_cmpuint (x->task != NULL ? x->task->id : 0, ==, y->task != NULL ? y->task->id : 0);
      g_assert_cmpint (x->since_ns, ==, y->since_ns);
      g_assert_cmpuint (x->location, ==, y->location);
      g_assert_cmpint (x->thread != NULL ? x->thread->tid : 0, ==,
                       y->thread != NULL ? y->thread->tid : 0);
    }
  g_assert_true (x == NULL && y == NULL);
}

static void
assert_same_await (ModelTarget *whole, const ModelAwait *x, ModelTarget *part, const ModelAwait *y)
{
  const ModelTask *a = model_await_get_awaited (whole, (ModelAwait *)x);
  const ModelTask *b = model_await_get_awaited (part, (ModelAwait *)y);

  g_assert_cmpuint (x->object, ==, y->object);
  g_assert_cmpint (x->begin_ns, ==, y->begin_ns);
  g_assert_cmpuint (x->location, ==, y->location);
  assert_same_attributes (&x->attributes, &y->attributes);
  g_assert_cmpuint (a != NULL ? a->id : 0, ==, b != NULL ? b->id : 0);
  g_assert_cmpint (x->resource != NULL, ==, y->resource != NULL);
  if (x->resource != NULL)
    assert_same_holders (x->resource, y->resource);
}

static void
assert_same_part (ModelTarget *whole, const ModelTask *a, ModelTarget *part)
{
  const ModelTask *b = model_table_find (&part->tasks, a->id);
  const ModelAwait *x = a->awaits, *y;
  const ModelHold *h = a->holds, *k;

  g_assert_nonnull (b);
  y = b->awaits;
  k = b->holds;
  g_assert_cmpint (a->begin_ns, ==, b->begin_ns);
  g_assert_cmpuint (a->location, ==, b->location);
  g_assert_cmpint (model_task_get_state (a), ==, model_task_get_state (b));
  g_assert_cmpuint (a->n_awaits, ==, b->n_awaits);
  assert_same_attributes (&a->attributes, &b->attributes);
  for (; x != NULL; x = x->task_next, y = y->task_next)
    assert_same_await (whole, x, part, y);
  for (; h != NULL && k != NULL; h = h->task_next, k = k->task_next)
    {
      g_assert_cmpuint (h->resource->object, ==, k->resource->object);
      g_assert_cmpint (h->since_ns, ==, k->since_ns);
      assert_same_holders (h->resource, k->resource);
    }
  g_assert_true (h == NULL && k == NULL);
}

/* ---- The tests --------------------------------------------------------------------------------- */

static guint
count_holders (const ModelTask *task)
{
  guint n = 0;

  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    n += await->resource != NULL ? await->resource->n_holds : 0;
  return n;
}

static void
test_one_task (Fixture *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  guint n_tasks = 0, n_holders = 0, n_joins = 0;
  HistoryNames names;

  g_assert_true (history_program_open (&program, 0, NULL));
  g_assert_true (history_program_get_names (&program, &names));
  for (guint i = 1; i <= N_MOMENTS; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / N_MOMENTS * i;
      guint64 number = 1;
      ModelTarget *whole = history_program_load (&program, &names, &number, at_ns);

      for (const ModelTask *task = whole->first_task; task != NULL; task = task->next, n_tasks++)
        {
          guint64 other_number = 1;
          ModelTarget *part =
              history_program_load_task (&program, &names, &other_number, task->id, at_ns, FALSE);

          assert_same_part (whole, task, part);
          n_holders += count_holders (task);
          n_joins += task->awaits != NULL && task->awaits->awaits_task;
          model_target_free (part);
        }
      model_target_free (whole);
    }
  g_assert_cmpuint (n_tasks, >, N_MOMENTS * PART_STORY_N_TASKS / 2);
  g_assert_cmpuint (n_holders, >, N_MOMENTS);
  g_assert_cmpuint (n_joins, >, N_MOMENTS);
  history_program_close (&program);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)a, *(const char *const *)b);
}

/* (transfer full): its nodes and its edges, in the order of their texts */
static GPtrArray *
list_graph (InspectorGraph *graph)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < inspector_graph_get_n_nodes (graph); i++)
    {
      InspectorNode node;

      g_assert_true (inspector_graph_get_node (graph, i, &node));
      g_ptr_array_add (texts, g_strdup_printf ("%d %s %d", node.kind, node.label, node.cycle != 0));
    }
  for (guint i = 0; i < inspector_graph_get_n_edges (graph); i++)
    {
      InspectorEdge edge;
      InspectorNode from, to;

      g_assert_true (inspector_graph_get_edge (graph, i, &edge));
      inspector_graph_get_node (graph, edge.from, &from);
      inspector_graph_get_node (graph, edge.to, &to);
      g_ptr_array_add (texts,
                       g_strdup_printf ("%s -> %s %s %s %d %d", from.label, to.label, edge.place,
                                        edge.duration, edge.is_hold, edge.cycle != 0));
    }
  g_ptr_array_sort (texts, compare_texts);
  return texts;
}

/* Whom a task waits for is the same, whether all tasks were read or those alone. */
static void
test_ahead (Fixture *f, gconstpointer data)
{
  guint n_edges = 0, n_parts = 0, n_cycles = 0;

  for (guint i = 1; i < 8; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 8 * i;
      g_autoptr (GError) error = NULL;
      g_autoptr (InspectorHistory) whole = inspector_history_open_recording (f->path, NULL, &error);
      g_autoptr (InspectorHistory) part = inspector_history_open_recording (f->path, NULL, &error);

      g_assert_no_error (error);
      ((HistoryProgram *)part->programs->pdata[0])->max_whole = 1;
      for (guint track = 0; track < inspector_history_get_n_tracks (whole); track++)
        {
          const ModelTrack *shape = inspector_history_peek_track (whole, track);
          const InspectorGraphChoice choice = { .max_nodes = 256,
                                                .focus = shape->number,
                                                .only_ahead = TRUE };
          g_autoptr (InspectorGraph) a = NULL, b = NULL;
          g_autoptr (GPtrArray) x = NULL, y = NULL;

          if (shape->begin_ns > at_ns || shape->end_ns <= at_ns || shape->id == 0)
            continue;
          a = inspector_history_build_graph_of (whole, at_ns, &choice, &error);
          g_assert_no_error (error);
          history_forget_moment (part);
          b = inspector_history_build_graph_of (part, at_ns, &choice, &error);
          g_assert_no_error (error);
          n_parts += part->parts.length;
          x = list_graph (a);
          y = list_graph (b);
          g_assert_cmpuint (x->len, ==, y->len);
          for (guint k = 0; k < x->len; k++)
            g_assert_cmpstr (x->pdata[k], ==, y->pdata[k]);
          n_edges += inspector_graph_get_n_edges (a);
          for (guint k = 0; k < x->len; k++)
            n_cycles += g_str_has_suffix (x->pdata[k], " 1");
        }
    }
  g_assert_cmpuint (n_parts, >, 100);
  g_assert_cmpuint (n_edges, >, 100);
  g_test_message ("%u parts, %u edges, %u in cycles", n_parts, n_edges, n_cycles);
}

static void
assert_same_moment (const InspectorMoment *a, const InspectorMoment *b)
{
  g_assert_cmpint (a != NULL, ==, b != NULL);
  if (a == NULL)
    return;
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpuint (a->holds->len, ==, b->holds->len);
  g_assert_cmpuint (a->variables->len, ==, b->variables->len);
  g_assert_cmpuint (a->pending->len, ==, b->pending->len);
  for (guint i = 0; i < a->pending->len; i++)
    {
      const InspectorPending *x = a->pending->pdata[i], *y = b->pending->pdata[i];

      g_assert_cmpstr (x->text, ==, y->text);
      g_assert_cmpstr (x->place, ==, y->place);
      g_assert_cmpuint (x->awaited, ==, y->awaited);
      g_assert_cmpuint (x->holders->len, ==, y->holders->len);
    }
}

/* Who asks a history for a task is told the same, of however many records it is made. */
static void
test_from_outside (Fixture *f, gconstpointer data)
{
  guint n_holders = 0;

  for (guint i = 1; i < 5; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 5 * i;
      g_autoptr (GError) error = NULL;
      g_autoptr (InspectorHistory) whole = inspector_history_open_recording (f->path, NULL, &error);
      g_autoptr (InspectorHistory) part = inspector_history_open_recording (f->path, NULL, &error);

      g_assert_no_error (error);
      ((HistoryProgram *)part->programs->pdata[0])->max_whole = 1;
      g_assert_cmpint (inspector_history_count_live (whole, at_ns, &error), >,
                       PART_STORY_N_TASKS / 2);
      g_assert_cmpint (inspector_history_count_live (whole, at_ns, &error), ==,
                       inspector_history_count_live (part, at_ns, &error));
      for (guint track = 0; track < inspector_history_get_n_tracks (whole); track++)
        {
          InspectorMoment *a = inspector_history_get_moment (whole, track, at_ns, &error);
          InspectorMoment *b = inspector_history_get_moment (part, track, at_ns, &error);

          g_assert_no_error (error);
          assert_same_moment (a, b);
          for (guint k = 0; a != NULL && k < a->pending->len; k++)
            {
              const InspectorPending *x = a->pending->pdata[k], *y = b->pending->pdata[k];

              for (guint h = 0; h < x->holders->len; h++, n_holders++)
                {
                  const InspectorHolder *p = x->holders->pdata[h], *q = y->holders->pdata[h];

                  g_assert_cmpuint (p->track, ==, q->track);
                  g_assert_cmpint (p->since_ns, ==, q->since_ns);
                  g_assert_cmpint (p->tid, ==, q->tid);
                }
            }
          inspector_moment_free (a);
          inspector_moment_free (b);
        }
    }
  g_assert_cmpuint (n_holders, >, 5);
}

/* ---- In a thread -------------------------------------------------------------------------------- */

static void
on_read (GObject *history, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      inspector_history_read_moments_finish (INSPECTOR_HISTORY (history), result, &error));
  g_assert_no_error (error);
  *(gboolean *)data = TRUE;
}

static void
read_aside (InspectorHistory *history, const guint *tracks, guint n, gint64 at_ns,
            gboolean is_ahead)
{
  gboolean is_done = FALSE;

  inspector_history_read_moments_async (history, tracks, n, at_ns, is_ahead, NULL, on_read,
                                        &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (inspector_history_has_moments (history, tracks, n, at_ns, is_ahead));
}

/* Many tasks at once, by a thread: nothing is left to be read, and each is what it is when it is asked for alone. */
static void
test_aside (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) alone = inspector_history_open_recording (f->path, NULL, &error);
  g_autoptr (InspectorHistory) aside = inspector_history_open_recording (f->path, NULL, &error);
  guint n_tracks, n_known = 0;

  g_assert_no_error (error);
  n_tracks = inspector_history_get_n_tracks (aside);
  ((HistoryProgram *)aside->programs->pdata[0])->max_whole = 1;
  for (guint i = 1; i < 5; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 5 * i;
      g_autoptr (GArray) tracks = g_array_new (FALSE, FALSE, sizeof (guint));

      for (guint track = i; track < n_tracks; track += 3)
        g_array_append_val (tracks, track);
      g_assert_false (inspector_history_has_moments (aside, (const guint *)(gpointer)tracks->data,
                                                     tracks->len, at_ns, FALSE));
      read_aside (aside, (const guint *)(gpointer)tracks->data, tracks->len, at_ns, FALSE);
      for (guint k = 0; k < tracks->len; k++)
        {
          guint track = g_array_index (tracks, guint, k);
          InspectorMoment *a = inspector_history_get_moment (alone, track, at_ns, &error);
          InspectorMoment *b = inspector_history_get_moment (aside, track, at_ns, &error);

          g_assert_no_error (error);
          assert_same_moment (a, b);
          n_known += a != NULL;
          inspector_moment_free (a);
          inspector_moment_free (b);
        }
      /* It was one reading for all of them. */
      g_assert_cmpuint (aside->parts.length, ==, i);
    }
  g_assert_cmpuint (n_known, >, 40);
}

/* All tasks, for a graph; and it is not there any more once another instant was. */
static void
test_aside_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) history = inspector_history_open_recording (f->path, NULL, &error);
  gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 2;
  g_autoptr (InspectorGraph) a = NULL, b = NULL;
  g_autoptr (GPtrArray) x = NULL, y = NULL;

  g_assert_no_error (error);
  a = inspector_history_build_graph (history, at_ns, 256, &error);
  g_assert_no_error (error);
  history_forget_moment (history);
  ((HistoryProgram *)history->programs->pdata[0])->max_whole = 1;
  g_assert_false (inspector_history_has_moments (history, NULL, 0, at_ns, FALSE));
  read_aside (history, NULL, 0, at_ns, FALSE);
  b = inspector_history_build_graph (history, at_ns, 256, &error);
  g_assert_no_error (error);
  x = list_graph (a);
  y = list_graph (b);
  g_assert_cmpuint (x->len, ==, y->len);
  for (guint i = 0; i < x->len; i++)
    g_assert_cmpstr (x->pdata[i], ==, y->pdata[i]);
  read_aside (history, NULL, 0, at_ns / 2 + f->last_ns / 2, FALSE);
  g_assert_false (inspector_history_has_moments (history, NULL, 0, at_ns, FALSE));
}

static void
on_cancelled (GObject *history, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (
      inspector_history_read_moments_finish (INSPECTOR_HISTORY (history), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *)data = TRUE;
}

/* Whoever goes on to another instant before this one is read; and a history that goes meanwhile. */
static void
test_aside_given_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  InspectorHistory *history = inspector_history_open_recording (f->path, NULL, &error);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_cancelled = FALSE, is_done = FALSE;

  g_assert_no_error (error);
  ((HistoryProgram *)history->programs->pdata[0])->max_whole = 1;
  g_cancellable_cancel (cancellable);
  inspector_history_read_moments_async (history, NULL, 0, f->last_ns / 2, FALSE, cancellable,
                                        on_cancelled, &is_cancelled);
  inspector_history_read_moments_async (history, NULL, 0, f->last_ns - 1, FALSE, NULL, on_read,
                                        &is_done);
  g_object_unref (history);
  while (!is_cancelled || !is_done)
    g_main_context_iteration (NULL, TRUE);
}

/* ---- Damage -------------------------------------------------------------------------------------- */

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
test_passed_over (Fixture *f, gconstpointer data)
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
  assert_same_part (whole, found, part);
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
test_last_two (Fixture *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  guint n = 0;

  for (guint i = 1; i <= 40 * N_MOMENTS && n == 0; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / (40 * N_MOMENTS) * i;
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
          assert_same_part (whole, task, part);
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
  g_test_add ("/moment-part/is-what-it-is-in-the-whole", Fixture, &with_mentions, setup,
              test_one_task, teardown);
  g_test_add ("/moment-part/is-what-it-is-without-mentions", Fixture, &without_mentions, setup,
              test_one_task, teardown);
  g_test_add ("/moment-part/from-outside", Fixture, &with_mentions, setup, test_from_outside,
              teardown);
  g_test_add ("/moment-part/from-outside-without-mentions", Fixture, &without_mentions, setup,
              test_from_outside, teardown);
  g_test_add ("/moment-part/ahead", Fixture, &with_mentions, setup, test_ahead, teardown);
  g_test_add ("/moment-part/ahead-without-mentions", Fixture, &without_mentions, setup, test_ahead,
              teardown);
  g_test_add ("/moment-part/aside", Fixture, &with_mentions, setup, test_aside, teardown);
  g_test_add ("/moment-part/aside-whole", Fixture, &with_mentions, setup, test_aside_whole,
              teardown);
  g_test_add ("/moment-part/aside-given-up", Fixture, &with_mentions, setup, test_aside_given_up,
              teardown);
  g_test_add ("/moment-part/passes-over-who-is-not-named", Fixture, &with_mentions, setup,
              test_passed_over, teardown);
  g_test_add ("/moment-part/who-has-a-lock-by-the-last-two", Fixture, &with_mentions, setup,
              test_last_two, teardown);
  return g_test_run ();
}
