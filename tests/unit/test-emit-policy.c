/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What happens when a ring is full, or the inspector has gone. */

#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "emit-fixture.h"
#include "emit/process.h"

#define CAPACITY 1024u
#define MANY 10000u

static void
emit_many (gconstpointer data)
{
  target_start ();
  for (uint32_t i = 0; i < MANY; i++)
    inspect_task_begin (i + 1, 0, 0);
}

static void
test_drop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  uint64_t head;

  fixture_spawn (fixture, "records=1024,policy=drop", emit_many, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  head = channel->rings[0].head;
  g_assert_cmpuint (head, <=, CAPACITY);
  g_assert_cmpuint (head, >=, CAPACITY / 2);
  g_assert_cmpuint (head + channel->rings[0].lost, ==, MANY);
  for (uint64_t i = 0; i < head; i++)
    g_assert_cmpuint (channel_get_record (channel, 0, i)->task, ==, i + 1);
}

static void
test_overwrite (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "records=1024,policy=overwrite", emit_many, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  g_assert_cmpuint (channel->rings[0].head, ==, MANY);
  g_assert_cmpuint (channel->rings[0].lost, ==, 0);
  for (uint64_t i = MANY - CAPACITY; i < MANY; i++)
    g_assert_cmpuint (channel_get_record (channel, 0, i)->task, ==, i + 1);
}

/* An attribute goes in as a whole or not at all. */
static void
fill_with_attributes (gconstpointer data)
{
  INSPECT_DEFINE_KEY (key, "path", "path", INSPECT_VALUE_TEXT);

  target_start ();
  for (int i = 0; i < 1000; i++)
    inspect_attribute_bytes (1, &key, "thirty-three bytes are three more", 33);
}

static void
test_drop_whole_attributes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "records=1024", fill_with_attributes, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].head % 4, ==, 0);
  g_assert_cmpuint (channel->rings[0].head + channel->rings[0].lost, ==, 4000);
}

/* Consumes in small bites until the target has ended; what was read is checked as it goes. */
static void
test_block (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  uint64_t next = 0;

  fixture_spawn (fixture, "records=1024,policy=block", emit_many, NULL);
  channel = fixture_accept (fixture);
  while (next < MANY)
    {
      uint64_t head = __atomic_load_n (&channel->rings[0].head, __ATOMIC_ACQUIRE);

      channel_beat (channel);
      for (; next + 1 < head || (next < head && head == MANY); next++)
        {
          const ChannelRecord *record = channel_get_record (channel, 0, next);
          g_assert_cmpuint (record->task, ==, next + 1);
        }
      if (next - channel->tails[0].tail > CAPACITY / 4)
        channel_consume_until (channel, 0, next);
      g_usleep (50); /* a slow reader */
      if (fixture->target != 0 && head == MANY)
        fixture_join (fixture);
    }
  g_assert_cmpuint (channel->rings[0].lost, ==, 0);
}

/* The inspector that is asked to read never does. */
static void
block_without_reader (gconstpointer data)
{
  struct timespec begin, end;

  target_start ();
  clock_gettime (CLOCK_MONOTONIC, &begin);
  for (uint32_t i = 0; i < MANY; i++)
    inspect_task_begin (i + 1, 0, 0);
  clock_gettime (CLOCK_MONOTONIC, &end);
  /* One wait of a second at most, and not one for each record. */
  g_assert_cmpint (end.tv_sec - begin.tv_sec, <=, 5);
}

static void
test_block_gives_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "records=1024,policy=block", block_without_reader, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].lost, >, 0);
  g_assert_cmpuint (channel->rings[0].lost + channel->rings[0].head, ==, MANY);
}

static void
emit_until_gate_closes (gconstpointer data)
{
  target_start ();
  target_meet ();
  for (uint32_t i = 0; i < MANY && inspect_is_on (); i++)
    inspect_task_begin (i + 1, 0, 0);
  g_assert_false (inspect_is_on ());
  g_assert_false (emit_process_is_started ());
  inspect_task_begin (1, 0, 0);
}

static void
test_inspector_that_leaves (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "policy=overwrite", emit_until_gate_closes, NULL);
  channel = fixture_accept (fixture);
  channel->control->looking = 0;
  fixture_meet (fixture);
  fixture_join (fixture);
}

static void
test_unknown_policy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "records=1024,policy=nonsense,rings=", emit_many, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->control->policy, ==, CHANNEL_POLICY_DROP);
  g_assert_cmpuint (channel->header->n_rings, ==, 256);
}

/* What no inspector would write: the target goes on, and within its own ring. */
typedef struct
{
  const char *name;
  uint32_t policy;
  uint64_t tail;
} HostileCase;

static const HostileCase hostile_cases[] = {
  { "tail-before-the-head", CHANNEL_POLICY_DROP, UINT64_MAX - 5 },
  { "tail-beyond-the-head", CHANNEL_POLICY_DROP, 1u << 30 },
  { "tail-beyond-the-head-block", CHANNEL_POLICY_BLOCK, 1u << 30 },
  { "no-such-policy", 4711, UINT64_MAX },
};

static void
emit_after_meeting (gconstpointer data)
{
  target_start ();
  target_meet ();
  for (uint32_t i = 0; i < MANY; i++)
    inspect_task_begin (i + 1, 0, 0);
}

static void
test_hostile_control (Fixture *fixture, gconstpointer data)
{
  const HostileCase *hostile = data;
  g_autoptr (Channel) channel = NULL;
  const ChannelRecord *neighbour;

  fixture_spawn (fixture, "records=1024,rings=2", emit_after_meeting, NULL);
  channel = fixture_accept (fixture);
  memset (channel->control, 0xff, CHANNEL_PAGE);
  memset (&channel->header->kinds_offset, 0xff, 128); /* the target's own pages, too */
  channel->control->policy = hostile->policy;
  channel->tails[0].tail = hostile->tail;
  fixture_meet (fixture);
  fixture_join (fixture);

  g_assert_cmpuint (channel->rings[0].head + channel->rings[0].lost, ==, MANY);
  neighbour = (const ChannelRecord *)(channel->base + channel->size) - CAPACITY;
  for (guint i = 0; i < CAPACITY; i++)
    g_assert_cmpuint (neighbour[i].seq, ==, 0);
}

/* ---- Another inspector ---- */

static void
start_twice (gconstpointer data)
{
  static InspectLocation place = { "file.c", "place", 1, 0 };

  target_start ();
  inspect_task_begin (1, 0, inspect_location_id (&place));
  emit_process_stop ();
  g_assert_false (inspect_is_on ());
  target_start ();
  inspect_task_begin (2, 0, inspect_location_id (&place));
}

static void
test_start_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) first = NULL, second = NULL;
  const ChannelRecord *record;

  fixture_spawn (fixture, NULL, start_twice, NULL);
  first = fixture_accept (fixture);
  second = fixture_accept (fixture);
  fixture_join (fixture);

  g_assert_cmpuint (first->header->state.value, ==, CHANNEL_STATE_EXITED);
  g_assert_cmpuint (first->rings[0].head, ==, 1);
  g_assert_cmpuint (second->header->state.value, ==, CHANNEL_STATE_LIVE);
  /* The thread keeps its ring and its place in it; numbers stay what they were. */
  g_assert_cmpuint (second->tails[0].tail, ==, 1);
  g_assert_cmpuint (second->rings[0].head, ==, 2);
  g_assert_cmpuint (second->rings[0].state, ==, CHANNEL_RING_LIVE);
  record = channel_get_record (second, 0, 1);
  g_assert_cmpuint (record->task, ==, 2);
  g_assert_cmpstr (
      channel_get_text (
          second,
          channel_get_location (second, channel_record_location (record->type_location))->function),
      ==, "place");
}

static void
start_again_in_fork (gconstpointer data)
{
  pid_t child;
  int status;

  target_start ();
  inspect_task_begin (1, 0, 0);
  emit_process_stop ();
  child = fork ();
  if (child == 0)
    {
      inspect_task_begin (2, 0, 0); /* nobody asked */
      target_start ();
      inspect_task_begin (3, 0, 0);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
test_start_again_in_fork (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) first = NULL, second = NULL;

  fixture_spawn (fixture, NULL, start_again_in_fork, NULL);
  first = fixture_accept (fixture);
  second = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (first->rings[0].head, ==, 1);
  g_assert_cmpint (second->header->parent_pid, ==, first->header->pid);
  g_assert_cmpint (second->rings[0].tid, ==, second->header->pid);
  g_assert_cmpuint (second->rings[0].head, ==, 1);
  g_assert_cmpuint (channel_get_record (second, 0, 0)->task, ==, 3);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "drop-keeps-the-oldest-and-counts", test_drop },
    { "drop-leaves-no-half-attribute", test_drop_whole_attributes },
    { "overwrite-keeps-the-newest", test_overwrite },
    { "block-loses-nothing", test_block },
    { "block-gives-up-without-a-reader", test_block_gives_up },
    { "an-inspector-that-leaves-closes-the-gate", test_inspector_that_leaves },
    { "an-unknown-policy-is-drop", test_unknown_policy },
    { "another-inspector-gets-another-channel", test_start_again },
    { "a-fork-of-a-stopped-process-can-start", test_start_again_in_fork },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/emit/policy/", cases[i].name, NULL);
      g_test_add (path, Fixture, NULL, fixture_setup, cases[i].func, fixture_teardown);
    }
  for (guint i = 0; i < G_N_ELEMENTS (hostile_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/emit/policy/hostile/", hostile_cases[i].name, NULL);
      g_test_add (path, Fixture, &hostile_cases[i], fixture_setup, test_hostile_control,
                  fixture_teardown);
    }
  return g_test_run ();
}
