/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A task that is read alone is what it is in the whole: what it waits for, what it holds, and who holds what it
 * waits for, at any instant between and behind keyframes. Tasks of the story hold locks and permits across waits, end
 * while they hold them, wait for each other's end, and have ids that are used again. */

#include <unistd.h>
#include <glib/gstdio.h>

#include "inspect-keys.h"
#include "inspector-graph.h"
#include "session/inspector-history-private.h"
#include "session/timeline.h"
#include "model/keyframe.h"

#define N_EVENTS 16000u
#define N_TASKS 40u
#define N_MOMENTS 17u
#define BEGIN_NS G_GINT64_CONSTANT (1000000000)

enum
{
  KIND_SLEEP = 1,
  KIND_WAIT, /* for a lock or a permit */
  KIND_JOIN,
  KIND_LOCK,
  KIND_PERMITS,
  KEY_RESOURCE,
  N_KINDS
};

#define OBJECT(kind, id) ((guint64)(kind) << 48 | (id))

static const ChannelKindInfo kinds[N_KINDS] = {
  [KIND_SLEEP] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER, "test.sleep",
                   "" },
  [KIND_WAIT] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL, "test.wait",
                  "" },
  [KIND_JOIN] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL, "test.join",
                  "" },
  [KIND_LOCK] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK, "test.lock", "" },
  [KIND_PERMITS] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_ANY,
                     "test.permits", "" },
  [KEY_RESOURCE] = { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, INSPECT_KEY_RESOURCE, "" },
};

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  if (number == 0 || number >= N_KINDS)
    return FALSE;
  *ret_info = kinds[number];
  return TRUE;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  *ret_info = (ChannelLocationInfo){
    .of = CHANNEL_LOCATION_STATIC, .file = "story.c", .function = "story", .line = number
  };
  return number > 0;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return "";
}

static guint32
count_modules (gpointer data)
{
  return 0;
}

static gboolean
get_module (gpointer data, guint32 number, ChannelModuleInfo *ret_info)
{
  return FALSE;
}

static const ModelTables tables = { get_kind, get_location, get_string };
static const RecordingSource source = { get_kind, get_location, get_string, count_modules,
                                        get_module };

/* ---- The story --------------------------------------------------------------------------------- */

typedef struct
{
  guint64 id;    /* 0: it has not begun */
  guint64 waits; /* object */
  guint64 holds; /* object; 0: nothing */
} Actor;

typedef struct
{
  RecordingWriter *writer;
  ModelTarget *model;
  guint32 number;
  guint n_events, n_keyframes;
  gint64 now_ns;
  GRand *random;
  Actor actors[N_TASKS];
  guint64 next_id;
} Story;

static guint
choose (Story *self, guint n)
{
  return (guint)g_rand_int_range (self->random, 0, (gint32)n);
}

static void
add_keyframe_event (const ChannelEvent *event, void *data)
{
  recording_writer_add_keyframe_event (((Story *)data)->writer, ((Story *)data)->number, event);
}

static void
tell (Story *self, const ChannelEvent *event)
{
  model_target_ingest (self->model, event);
  recording_writer_add_event (self->writer, self->number, event);
  self->n_events++;
  if (!recording_writer_wants_keyframe (self->writer, self->number))
    return;
  recording_writer_begin_keyframe (self->writer, self->number, FALSE);
  model_keyframe_tell (self->model, add_keyframe_event, self);
  recording_writer_end_keyframe (self->writer, self->number);
  self->n_keyframes++;
}

static void
say (Story *self, const Actor *actor, guint type, guint64 arg)
{
  guint ring = (guint)(actor - self->actors) % 3;

  self->now_ns += 1 + choose (self, 500);
  tell (self, &(ChannelEvent){ .time_ns = self->now_ns,
                               .type = type,
                               .ring = ring,
                               .tid = 100 + (gint32)ring,
                               .task = actor->id,
                               .arg = arg,
                               .location = type == CHANNEL_RELEASE || type == CHANNEL_TASK_END
                                               ? 0
                                               : 1 + choose (self, 9) });
}

static void
say_resource (Story *self, const Actor *actor, guint64 await, guint64 value)
{
  guint ring = (guint)(actor - self->actors) % 3;

  tell (self, &(ChannelEvent){ .time_ns = self->now_ns,
                               .type = CHANNEL_ATTRIBUTE,
                               .ring = ring,
                               .tid = 100 + (gint32)ring,
                               .task = await,
                               .key = KEY_RESOURCE,
                               .value = value });
}

/* What is on something says so just before it begins or just after. */
static void
suspend (Story *self, Actor *actor, guint kind, guint64 on)
{
  gboolean is_early = choose (self, 2) == 0;

  actor->waits = OBJECT (kind, actor->id + 16);
  if (on != 0 && is_early)
    say_resource (self, actor, actor->waits, on);
  say (self, actor, CHANNEL_SUSPEND, actor->waits);
  if (on != 0 && !is_early)
    say_resource (self, actor, actor->waits, on);
}

static gboolean
is_free (const Story *self, guint64 resource)
{
  for (guint i = 0; i < N_TASKS; i++)
    if (self->actors[i].holds == resource)
      return resource >> 48 == KIND_PERMITS;
  return TRUE;
}

static void
begin (Story *self, Actor *actor)
{
  /* Also one that another task had before. */
  actor->id = 0x100000 + (choose (self, 3) == 0 ? choose (self, N_TASKS) : self->next_id++) * 256;
  for (guint i = 0; i < N_TASKS; i++)
    if (&self->actors[i] != actor && self->actors[i].id == actor->id)
      actor->id = 0x100000 + self->next_id++ * 256;
  say (self, actor, CHANNEL_TASK_BEGIN, actor != self->actors ? self->actors[0].id : 0);
  say (self, actor, CHANNEL_POLL_BEGIN, 0);
  suspend (self, actor, KIND_SLEEP, 0);
}

static void
go_on (Story *self, Actor *actor)
{
  guint64 resource = choose (self, 3) == 0 ? OBJECT (KIND_PERMITS, 0x9000)
                                           : OBJECT (KIND_LOCK, 0x5000 + choose (self, 4) * 64);

  say (self, actor, CHANNEL_RESUME, actor->waits);
  if (actor->holds != 0 && choose (self, 3) == 0)
    {
      say (self, actor, CHANNEL_RELEASE, actor->holds);
      actor->holds = 0;
    }
  if (choose (self, 12) == 0)
    {
      say (self, actor, CHANNEL_POLL_END, 0);
      say (self, actor, CHANNEL_TASK_END, 0);
      *actor = (Actor){ 0 };
      return;
    }
  if (actor->holds == 0 && is_free (self, resource))
    {
      say (self, actor, CHANNEL_ACQUIRE, resource);
      actor->holds = resource;
    }
  else if (choose (self, 2) == 0)
    {
      suspend (self, actor, KIND_WAIT, resource);
      return;
    }
  if (choose (self, 5) == 0)
    suspend (self, actor, KIND_JOIN, self->actors[choose (self, N_TASKS)].id);
  else
    suspend (self, actor, KIND_SLEEP, 0);
}

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
  const RecordingOptions options = { .lossless = TRUE,
                                     .events_a_block = 300,
                                     .keyframe_gap = 1500,
                                     .mentions_from = data == &with_mentions ? 1 : G_MAXUINT };
  g_autoptr (GError) error = NULL;
  guint64 next_number = 1;
  AnalysisTimeline *timeline;
  Story story = { .model = model_target_new (&tables, NULL, &next_number),
                  .now_ns = BEGIN_NS,
                  .next_id = N_TASKS,
                  .random = g_rand_new_with_seed (4711) };

  f->folder = g_dir_make_tmp ("async-inspect-part-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
  story.writer = recording_writer_new (f->path, &options, &error);
  g_assert_no_error (error);
  story.number = recording_writer_add_target (story.writer, &source, NULL);
  timeline = analysis_timeline_new (story.writer, story.number, story.model, 0);
  recording_writer_add_facts (story.writer, story.number, "{\"pid\":1,\"command\":\"./story\"}");
  while (story.n_events < N_EVENTS)
    {
      Actor *actor = &story.actors[choose (&story, N_TASKS)];

      if (actor->id == 0)
        begin (&story, actor);
      else
        go_on (&story, actor);
    }
  f->last_ns = story.now_ns;
  analysis_timeline_finish (timeline);
  g_assert_cmpuint (story.n_keyframes, >, 4);
  g_assert_true (recording_writer_close (story.writer, NULL, &error));
  g_assert_no_error (error);
  model_target_free (story.model);
  g_rand_free (story.random);
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
      gint64 at_ns = BEGIN_NS + (f->last_ns - BEGIN_NS) / N_MOMENTS * i;
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
  g_assert_cmpuint (n_tasks, >, N_MOMENTS * N_TASKS / 2);
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
      gint64 at_ns = BEGIN_NS + (f->last_ns - BEGIN_NS) / 8 * i;
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
          n_parts += part->part.model != NULL;
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

/* Who asks a history for a task is told the same, of however many records it is made. */
static void
test_from_outside (Fixture *f, gconstpointer data)
{
  guint n_holders = 0;

  for (guint i = 1; i < 5; i++)
    {
      gint64 at_ns = BEGIN_NS + (f->last_ns - BEGIN_NS) / 5 * i;
      g_autoptr (GError) error = NULL;
      g_autoptr (InspectorHistory) whole = inspector_history_open_recording (f->path, NULL, &error);
      g_autoptr (InspectorHistory) part = inspector_history_open_recording (f->path, NULL, &error);

      g_assert_no_error (error);
      ((HistoryProgram *)part->programs->pdata[0])->max_whole = 1;
      g_assert_cmpint (inspector_history_count_live (whole, at_ns, &error), >, N_TASKS / 2);
      g_assert_cmpint (inspector_history_count_live (whole, at_ns, &error), ==,
                       inspector_history_count_live (part, at_ns, &error));
      for (guint track = 0; track < inspector_history_get_n_tracks (whole); track++)
        {
          InspectorMoment *a = inspector_history_get_moment (whole, track, at_ns, &error);
          InspectorMoment *b = inspector_history_get_moment (part, track, at_ns, &error);

          g_assert_no_error (error);
          g_assert_cmpint (a != NULL, ==, b != NULL);
          if (a == NULL)
            continue;
          g_assert_cmpint (a->state, ==, b->state);
          g_assert_cmpstr (a->name, ==, b->name);
          g_assert_cmpuint (a->holds->len, ==, b->holds->len);
          g_assert_cmpuint (a->pending->len, ==, b->pending->len);
          for (guint k = 0; k < a->pending->len; k++)
            {
              const InspectorPending *x = a->pending->pdata[k], *y = b->pending->pdata[k];

              g_assert_cmpstr (x->text, ==, y->text);
              g_assert_cmpuint (x->awaited, ==, y->awaited);
              g_assert_cmpuint (x->holders->len, ==, y->holders->len);
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
  g_test_add ("/moment-part/passes-over-who-is-not-named", Fixture, &with_mentions, setup,
              test_passed_over, teardown);
  return g_test_run ();
}
