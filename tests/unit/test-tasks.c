/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The lines of the view of tasks: filtered, grouped, sorted, and what a list is told of them. */

#include <fcntl.h>
#include "channel-builder.h"
#include "inspect.h"
#include "steps.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define NOBODY 0x7ffffffe
#define SECOND G_GINT64_CONSTANT (1000000000)
#define TASK(n) (0x1000u * (n))

typedef struct
{
  InspectorSession *session;
  InspectorHistory *history;
  TasksWords *words;
  TasksTable *table;
  GHashTable *toggled;
  TasksRequest request;
} Fixture;

/* 1 is main. It begins 2 to 5, of "fetch": three read, the fourth wants a lock. 2 begins 6 and 7, of "store":
 * the former ends at 5 s, the latter runs from 3 s to 3.1 s and from 6 s on. */
static void
tell_story (ChannelBuilder *builder)
{
  guint32 rings[] = { channel_builder_add_ring (builder, 100),
                      channel_builder_add_ring (builder, 200) };
  guint32 begun = channel_builder_add_location (builder, "src/app.c", "main", 7);
  guint32 fetch = channel_builder_add_location (builder, "src/app.c", "fetch", 17);
  guint32 store = channel_builder_add_location (builder, "src/app.c", "store", 27);
  guint64 file = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT, "t.read", "reading")
                 << 48;
  guint64 lock = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                                                    "t.lock", "locking")
                 << 48;
  const struct
  {
    guint ring;
    guint64 at;
    guint16 type;
    guint32 place;
    guint64 task, arg;
  } records[] = {
    { 0, 10, CHANNEL_TASK_BEGIN, begun, TASK (1), 0 },
    { 0, 11, CHANNEL_TASK_BEGIN, fetch, TASK (2), TASK (1) },
    { 0, 12, CHANNEL_TASK_BEGIN, fetch, TASK (3), TASK (1) },
    { 0, 13, CHANNEL_TASK_BEGIN, fetch, TASK (4), TASK (1) },
    { 0, 14, CHANNEL_TASK_BEGIN, fetch, TASK (5), TASK (1) },
    { 0, 15, CHANNEL_TASK_BEGIN, store, TASK (6), TASK (2) },
    { 0, 16, CHANNEL_TASK_BEGIN, store, TASK (7), TASK (2) },
    { 0, 20, CHANNEL_AWAIT_BEGIN, fetch, TASK (2), file | 2 },
    { 0, 21, CHANNEL_AWAIT_BEGIN, fetch, TASK (3), file | 3 },
    { 0, 22, CHANNEL_AWAIT_BEGIN, fetch, TASK (4), file | 4 },
    { 0, 23, CHANNEL_AWAIT_BEGIN, fetch, TASK (5), lock | 5 },
    { 1, 30, CHANNEL_POLL_BEGIN, store, TASK (7), 0 },
    { 1, 31, CHANNEL_POLL_END, store, TASK (7), 0 },
    { 0, 50, CHANNEL_TASK_END, 0, TASK (6), 0 },
    { 1, 60, CHANNEL_POLL_BEGIN, store, TASK (7), 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    channel_builder_record (builder, rings[records[i].ring], records[i].at * (guint64)SECOND / 10,
                            records[i].type, records[i].place, records[i].task, records[i].arg);
}

/* 1 waits in "fetch", then twice in "store", and ends at 3 s; 2 began as 1 did. */
static void
tell_ways (ChannelBuilder *builder)
{
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint32 job = channel_builder_add_location (builder, "src/app.c", "job", 7);
  guint32 fetch = channel_builder_add_location (builder, "src/app.c", "fetch", 17);
  guint32 store = channel_builder_add_location (builder, "src/app.c", "store", 27);
  guint64 file = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT, "t.read", "reading")
                 << 48;
  const struct
  {
    guint64 at;
    guint16 type;
    guint32 place;
    guint64 task, arg;
  } records[] = {
    { 10, CHANNEL_TASK_BEGIN, job, TASK (1), 0 }, { 11, CHANNEL_AWAIT_BEGIN, fetch, TASK (1), 1 },
    { 15, CHANNEL_AWAIT_END, 0, TASK (1), 1 },    { 16, CHANNEL_AWAIT_BEGIN, store, TASK (1), 2 },
    { 17, CHANNEL_AWAIT_END, 0, TASK (1), 2 },    { 18, CHANNEL_AWAIT_BEGIN, store, TASK (1), 3 },
    { 20, CHANNEL_AWAIT_END, 0, TASK (1), 3 },    { 30, CHANNEL_TASK_END, 0, TASK (1), 0 },
    { 40, CHANNEL_TASK_BEGIN, job, TASK (2), 0 }, { 41, CHANNEL_AWAIT_BEGIN, fetch, TASK (2), 4 },
    { 60, CHANNEL_AWAIT_END, 0, TASK (2), 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    channel_builder_record (builder, ring, records[i].at * (guint64)SECOND / 10, records[i].type,
                            records[i].place, records[i].task,
                            records[i].arg != 0 ? file | records[i].arg : 0);
}

static void
setup (Fixture *self, gconstpointer data)
{
  void (*tell) (ChannelBuilder *) = data != NULL ? tell_ways : tell_story;

  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);

  self->session = inspector_session_new ();
  self->history = inspector_session_keep_history (self->session);
  tell (builder);
  inspector_target_attach_channel (inspector_session_add_target (self->session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, SEALS), NULL);
  channel_builder_free (builder);
  while (inspector_session_poll (self->session))
    ;
  self->words = tasks_words_new (self->history);
  self->toggled = g_hash_table_new (NULL, NULL);
  self->request = (TasksRequest){ .history = self->history,
                                  .words = self->words,
                                  .at_ns = 55 * SECOND / 10,
                                  .toggled = self->toggled };
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->table, tasks_table_unref);
  tasks_words_unref (self->words);
  g_hash_table_unref (self->toggled);
  g_object_unref (self->session);
}

/* The second time it knows what was missed the first time. */
static void
make (Fixture *self, const char *query)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (UiQuery) parsed = ui_query_new (tasks_fields, query, &error);

  g_assert_no_error (error);
  self->request.query = parsed;
  for (guint i = 0; i < 2; i++)
    {
      TasksTable *table;

      while (tasks_words_read (self->words, G_TIME_SPAN_SECOND))
        ;
      table = tasks_table_new (&self->request, NULL);
      g_assert_nonnull (table);
      g_clear_pointer (&self->table, tasks_table_unref);
      self->table = table;
    }
  self->request.query = NULL;
}

/* "1 .2 ..6": lines by depth and number; "fetch×3+": a group that is open; "(2)": it is there for those
 * below it. */
static void
assert_lines (Fixture *self, const char *wanted)
{
  g_autoptr (GString) lines = g_string_new (NULL);

  for (guint i = 0; i < tasks_table_get_n_lines (self->table); i++)
    {
      const TasksLine *line = tasks_table_get_line (self->table, i);
      const TasksGroupInfo *group = tasks_table_get_group (self->table, i);
      const TasksRow *row = tasks_table_get_row (self->table, i);
      gboolean is_dim = (line->flags & TASKS_LINE_IS_DIM) != 0;

      if (i > 0)
        g_string_append_c (lines, ' ');
      for (guint depth = 0; depth < line->depth; depth++)
        g_string_append_c (lines, '.');
      if (group != NULL)
        g_string_append_printf (lines, "%s×%u%s", tasks_words_get (self->words, row->name)->text,
                                group->n, (line->flags & TASKS_LINE_IS_OPEN) != 0 ? "+" : "");
      else
        g_string_append_printf (lines, is_dim ? "(%" G_GUINT64_FORMAT ")" : "%" G_GUINT64_FORMAT,
                                row->said.number);
    }
  g_assert_cmpstr (lines->str, ==, wanted);
}

static const struct
{
  const char *query, *lines;
} filters[] = {
  { "", "1 2 3 4 5 7" },
  { "fetch", "2 3 4 5" },
  { "state:blocked", "5" },
  { "state:unknown", "1 7" },
  { "state:ready", "" },
  { "kind:read", "2 3 4" },
  { "kind:t.lock name:fetch", "5" },
  { "for:lock", "5" },
  { "for:network", "2 3 4" },
  { "for:nothing", "1 7" },
  { "for:lock,network -for:nothing", "2 3 4 5" },
  { "place:app.c:17", "2 3 4 5" },
  { "runtime:t", "2 3 4 5" },
  { "wait>3.35s", "2 3" },
  { "since>2.4s -wait>0ns", "1" },
  { "age>=4.5s", "1" },
  { "polls:1", "7" },
  { "thread:200", "7" },
  { "id:3..5", "3 4 5" },
  { "parent:2", "7" },
  { "nobody", "" },
};

static void
test_filters (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_test_message ("%s", filters[i].query);
      make (self, filters[i].query);
      assert_lines (self, filters[i].lines);
    }
  g_assert_cmpuint (self->table->counts[INSPECTOR_STATE_WAITING], ==, 3);
  g_assert_cmpuint (self->table->counts[INSPECTOR_STATE_BLOCKED], ==, 1);
  g_assert_cmpuint (self->table->counts[INSPECTOR_STATE_UNKNOWN], ==, 2);
  g_assert_cmpuint (self->table->counts[INSPECTOR_STATE_READY], ==, 0);
}

static void
test_instants (Fixture *self, gconstpointer data)
{
  self->request.at_ns = 125 * SECOND / 100;
  make (self, "");
  assert_lines (self, "1 2 3");
  self->request.at_ns = SECOND / 2;
  make (self, "");
  assert_lines (self, "");
  self->request.at_ns = 65 * SECOND / 10;
  make (self, "state:running");
  assert_lines (self, "7");
}

static void
test_ended (Fixture *self, gconstpointer data)
{
  self->request.with_ended = TRUE;
  make (self, "");
  assert_lines (self, "1 2 3 4 5 6 7");
  make (self, "state:ended");
  assert_lines (self, "6");
  g_assert_cmpint (tasks_table_get_row (self->table, 0)->said.since_ns, ==, 5 * SECOND);
}

static const struct
{
  TasksSort sort;
  const char *up, *down;
} sorts[] = {
  { TASKS_SORT_ID, "1 2 3 4 5 7", "7 5 4 3 2 1" },
  { TASKS_SORT_NAME, "2 3 4 5 1 7", "7 1 2 3 4 5" },
  { TASKS_SORT_STATE, "5 2 3 4 1 7", "1 7 2 3 4 5" },
  { TASKS_SORT_WAITING, "5 2 3 4 1 7", "1 7 2 3 4 5" },
  { TASKS_SORT_SINCE, "7 5 4 3 2 1", "1 2 3 4 5 7" },
  { TASKS_SORT_POLLS, "1 2 3 4 5 7", "7 1 2 3 4 5" },
  { TASKS_SORT_AGE, "7 5 4 3 2 1", "1 2 3 4 5 7" },
  { TASKS_SORT_THREAD, "1 2 3 4 5 7", "7 1 2 3 4 5" },
};

static void
test_sorts (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (sorts); i++)
    {
      self->request.sort = sorts[i].sort;
      self->request.is_descending = FALSE;
      make (self, "");
      assert_lines (self, sorts[i].up);
      self->request.is_descending = TRUE;
      make (self, "");
      assert_lines (self, sorts[i].down);
    }
}

static void
test_groups (Fixture *self, gconstpointer data)
{
  const TasksGroupInfo *group;
  guint line;

  self->request.group = TASKS_GROUP_EQUAL;
  make (self, "");
  assert_lines (self, "1 fetch×3 5 7");
  group = tasks_table_get_group (self->table, 1);
  g_assert_cmpuint (group->states[INSPECTOR_STATE_WAITING], ==, 3);
  g_assert_cmpuint (tasks_table_get_row (self->table, 1)->said.number, ==, 2);
  /* Who is in a closed group is found at its line. */
  g_assert_true (tasks_table_find (self->table, 4, &line));
  g_assert_cmpuint (line, ==, 1);
  g_assert_false (tasks_table_find (self->table, 6, &line));

  g_hash_table_add (self->toggled, GSIZE_TO_POINTER (group->key));
  make (self, "");
  assert_lines (self, "1 fetch×3+ .2 .3 .4 5 7");
  g_assert_true (tasks_table_find (self->table, 4, &line));
  g_assert_cmpuint (line, ==, 4);

  self->request.group = TASKS_GROUP_NAME;
  self->request.sort = TASKS_SORT_POLLS;
  self->request.is_descending = TRUE;
  make (self, "");
  assert_lines (self, "7 1 fetch×4");
  g_assert_cmpuint (tasks_table_get_group (self->table, 2)->states[INSPECTOR_STATE_BLOCKED], ==, 1);
}

static void
test_tree (Fixture *self, gconstpointer data)
{
  self->request.group = TASKS_GROUP_TREE;
  make (self, "");
  assert_lines (self, "1 .2 ..7 .3 .4 .5");
  make (self, "name:store");
  assert_lines (self, "(1) .(2) ..7");
  self->request.with_ended = TRUE;
  make (self, "name:store");
  assert_lines (self, "(1) .(2) ..6 ..7");
  self->request.is_descending = TRUE;
  make (self, "");
  assert_lines (self, "1 .5 .4 .3 .2 ..7 ..6");
  g_hash_table_add (self->toggled, GSIZE_TO_POINTER (2));
  make (self, "");
  assert_lines (self, "1 .5 .4 .3 .2");
}

static void
test_steps (Fixture *self, gconstpointer data)
{
  g_autoptr (TasksWays) ways = tasks_ways_new ();
  g_autofree char *summary = NULL, *text = NULL;
  TasksSteps steps;
  guint track;

  make (self, "");
  g_assert_true (inspector_history_find_track (self->history, 3, &track));
  tasks_steps_read (&steps, self->history, self->words, ways, track,
                    tasks_words_get_name (self->words, track), self->request.at_ns);
  g_assert_cmpuint (steps.n, ==, 1);
  g_assert_cmpstr (steps.steps[0].function, ==, "fetch");
  g_assert_cmpstr (steps.steps[0].kind, ==, "t.read");
  g_assert_cmpint (steps.steps[0].duration_ns, ==, 34 * SECOND / 10);
  g_assert_cmpint (steps.waits, ==, INSPECTOR_STATE_WAITING);
  g_assert_cmpuint (steps.n_next, ==, 0);
  summary = tasks_steps_dup_summary (&steps);
  g_assert_cmpstr (summary, ==, "0 done, waiting in fetch");
  tasks_steps_read (&steps, self->history, self->words, ways, track,
                    tasks_words_get_name (self->words, track), SECOND);
  g_assert_cmpuint (steps.n, ==, 0);
  text = tasks_steps_to_text (&steps);
  g_assert_cmpstr (text, ==, "");
}

static void
test_what_is_to_come (Fixture *self, gconstpointer data)
{
  g_autoptr (TasksWays) ways = tasks_ways_new ();
  g_autofree char *summary = NULL;
  TasksSteps steps;

  make (self, "");
  tasks_steps_read (&steps, self->history, self->words, ways, 1,
                    tasks_words_get_name (self->words, 1), 5 * SECOND);
  g_assert_cmpuint (steps.n_next, ==, 1);
  g_assert_cmpstr (steps.next[0], ==, "store");
  g_assert_cmpuint (steps.seen_in, ==, 1);
  summary = tasks_steps_dup_summary (&steps);
  g_assert_cmpstr (summary, ==, "0 done, waiting in fetch, 1 to come");
  tasks_steps_read (&steps, self->history, self->words, ways, 0,
                    tasks_words_get_name (self->words, 0), 25 * SECOND / 10);
  g_assert_cmpuint (steps.n, ==, 2);
  g_assert_cmpuint (steps.steps[1].count, ==, 2);
  g_assert_cmpint (steps.waits, ==, INSPECTOR_STATE_NONE);
}

/* ---- What a list is told -------------------------------------------------------------------------- */

/* Makes the changes that the table tells of to the list of keys that was there before. */
static void
assert_changes (const TasksTable *before, const TasksTable *after, gboolean has_moved)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 added = 0;

  for (guint i = 0; i < before->lines->len; i++)
    {
      guint64 key = tasks_table_get_key (before, i);

      g_array_append_val (keys, key);
    }
  for (guint i = 0; i < after->changes->len; i++)
    {
      const TasksChange *change = &g_array_index (after->changes, TasksChange, i);

      g_assert_cmpuint (change->position + change->n_removed, <=, keys->len);
      if (change->n_removed > 0)
        g_array_remove_range (keys, change->position, change->n_removed);
      for (guint k = 0; k < change->n_added; k++)
        g_array_insert_val (keys, change->position, added);
    }
  g_assert_cmpuint (keys->len, ==, after->lines->len);
  g_assert_cmpint (after->has_moved, ==, has_moved);
  for (guint i = 0; i < keys->len && !has_moved; i++)
    if (g_array_index (keys, guint64, i) != 0)
      g_assert_cmpuint (g_array_index (keys, guint64, i), ==, tasks_table_get_key (after, i));
}

static void
change (Fixture *self, const char *query, gboolean has_moved)
{
  TasksTable *before = tasks_table_ref (self->table);
  g_autoptr (UiQuery) parsed = ui_query_new (tasks_fields, query, NULL);

  self->request.previous = before;
  self->request.query = parsed;
  tasks_table_unref (self->table);
  self->table = tasks_table_new (&self->request, NULL);
  self->request.previous = NULL;
  self->request.query = NULL;
  assert_changes (before, self->table, has_moved);
  tasks_table_unref (before);
}

static guint
count_told (const Fixture *self)
{
  guint n = 0;

  for (guint i = 0; i < self->table->changes->len; i++)
    n += g_array_index (self->table->changes, TasksChange, i).n_removed +
         g_array_index (self->table->changes, TasksChange, i).n_added;
  return n;
}

static void
test_changes (Fixture *self, gconstpointer data)
{
  make (self, "");
  change (self, "", FALSE);
  g_assert_cmpuint (count_told (self), ==, 0);
  change (self, "fetch", FALSE);
  g_assert_cmpuint (count_told (self), ==, 2);
  change (self, "-name:fetch", FALSE);
  g_assert_cmpuint (count_told (self), ==, 6);
  change (self, "", FALSE);
  change (self, "id:3,5", FALSE);
  change (self, "id:2..4,7", FALSE);
  change (self, "nobody", FALSE);
  change (self, "", FALSE);
  /* The other way round: each line shows another task, and none is added. */
  self->request.is_descending = TRUE;
  change (self, "", TRUE);
  g_assert_cmpuint (count_told (self), ==, 0);
  change (self, "fetch", FALSE);
  self->request.is_descending = FALSE;
  change (self, "", TRUE);
  g_assert_cmpuint (count_told (self), ==, 2);
  self->request.group = TASKS_GROUP_NAME;
  change (self, "", FALSE);
  self->request.group = TASKS_GROUP_TREE;
  change (self, "", FALSE);
  assert_lines (self, "1 .2 ..7 .3 .4 .5");
}

/* Whatever comes and goes, the list ends as the table is. */
static void
test_many_changes (Fixture *self, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  make (self, "");
  for (guint i = 0; i < 400; i++)
    {
      g_autofree char *query = g_strdup_printf (
          "id:%d,%d,%d..%d", g_rand_int_range (random, 1, 8), g_rand_int_range (random, 1, 8),
          g_rand_int_range (random, 1, 5), g_rand_int_range (random, 3, 8));
      TasksTable *before = tasks_table_ref (self->table);
      g_autoptr (UiQuery) parsed = ui_query_new (tasks_fields, query, NULL);

      self->request.sort = g_rand_int_range (random, 0, 3) == 0 ? TASKS_SORT_AGE : TASKS_SORT_ID;
      self->request.group = (TasksGroup)g_rand_int_range (random, 0, TASKS_N_GROUPS);
      self->request.previous = before;
      self->request.query = parsed;
      tasks_table_unref (self->table);
      self->table = tasks_table_new (&self->request, NULL);
      assert_changes (before, self->table, self->table->has_moved);
      tasks_table_unref (before);
    }
  self->request.previous = NULL;
  self->request.query = NULL;
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  g_assert_null (tasks_table_new (&self->request, cancellable));
}

/* Names that differ in numbers alone are one group; numbers sort as numbers. */
static void
test_words (Fixture *self, gconstpointer data)
{
  const guint32 *ranks;
  guint n, before = 0;

  make (self, "");
  ranks = tasks_words_get_ranks (self->words, &n);
  g_assert_cmpuint (n, ==, tasks_words_get_n (self->words));
  g_assert_cmpuint (ranks[0], ==, n);
  for (guint i = 1; i < n; i++)
    {
      const char *text = tasks_words_get (self->words, i)->text;
      const char *group =
          tasks_words_get (self->words, tasks_words_get (self->words, i)->group)->text;

      before += g_str_equal (text, "fetch at app.c:17") && g_str_equal (group, "fetch at app.c:*");
      for (guint k = 1; k < n; k++)
        if (g_str_equal (text, "fetch") &&
            g_str_equal (tasks_words_get (self->words, k)->text, "main"))
          g_assert_cmpuint (ranks[i], <, ranks[k]);
    }
  g_assert_cmpuint (before, ==, 1);
}

#define ADD(name, function) g_test_add ("/tasks/" name, Fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("filters", test_filters);
  ADD ("instants", test_instants);
  ADD ("ended", test_ended);
  ADD ("sorts", test_sorts);
  ADD ("groups", test_groups);
  ADD ("tree", test_tree);
  ADD ("steps", test_steps);
  g_test_add ("/tasks/what-is-to-come", Fixture, tell_ways, setup, test_what_is_to_come, teardown);
  ADD ("changes", test_changes);
  ADD ("many-changes", test_many_changes);
  ADD ("cancel", test_cancel);
  ADD ("words", test_words);
  return g_test_run ();
}
