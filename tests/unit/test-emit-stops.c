/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads stop where a breakpoint is armed, go on when they are let, and when nobody looks. */

#include <string.h>
#include <unistd.h>

#include "emit-fixture.h"
#include "emit/process.h"
#include "inspect-keys.h"

#define TASK 7u
#define SOON_US (20 * 1000)
#define PATIENCE_US (10 * G_USEC_PER_SEC)

INSPECT_DEFINE_AWAIT (await_reply, "test.reply", "waiting for a reply", INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_KEY (key_due, INSPECT_KEY_DUE, "due", INSPECT_VALUE_TIME);

static uint64_t
hash (const char *text)
{
  return channel_hash (text, strlen (text));
}

/* As an inspector does it. */
static void
arm (Channel *channel, const ChannelBreak *wanted, gboolean stop_all)
{
  channel->control->breaks[0] = *wanted;
  channel->control->n_breaks = wanted->number != 0;
  channel->control->stop_all = stop_all;
  __atomic_store_n (&channel->control->armed, 1, __ATOMIC_RELEASE);
}

static uint64_t
load_parked (Channel *channel)
{
  return __atomic_load_n (&channel->rings[0].parked, __ATOMIC_ACQUIRE);
}

/* Waits until the target stands still; 0: it does not. */
static uint64_t
wait_for_stop (Channel *channel)
{
  for (gint64 until = g_get_monotonic_time () + PATIENCE_US; g_get_monotonic_time () < until;)
    {
      channel_beat (channel);
      if (load_parked (channel) != 0)
        return load_parked (channel);
      g_usleep (1000);
    }
  return 0;
}

static void
let_go (Channel *channel, uint64_t parked)
{
  __atomic_store_n (&channel->tails[0].go, parked, __ATOMIC_RELEASE);
  __atomic_fetch_add (&channel->control->go_futex, 1, __ATOMIC_SEQ_CST);
}

/* All records at which something can stop, between two meetings. */
static void
emit_all (gconstpointer data)
{
  InspectObject await;

  target_start ();
  target_meet ();
  await = inspect_object (&await_reply, 1);
  inspect_task_begin (TASK, 0, INSPECT_HERE);
  inspect_poll_begin (TASK, 0, INSPECT_HERE);
  inspect_await_begin (TASK, await, INSPECT_HERE);
  inspect_attribute (await, &key_due, (uint64_t)g_get_monotonic_time () * 1000 + 60000000000u);
  inspect_cost_end (inspect_cost_begin ());
  inspect_poll_end (TASK, 0);
  inspect_await_resume (TASK, await, INSPECT_HERE);
  inspect_state (TASK, "finished", INSPECT_HERE);
  inspect_poll_end (TASK, 0);
  inspect_task_end (TASK, 0);
}

typedef struct
{
  const char *name;
  ChannelBreak wanted;
  const char *text; /* whose hash is `low` */
  ChannelType type; /* that it stops at; 0: nowhere */
  uint64_t n;       /* records until then */
} StopCase;

#define AT(type) (1u << CHANNEL_##type)

static const StopCase stop_cases[] = {
  { "poll", { .events = AT (POLL_BEGIN) }, NULL, CHANNEL_POLL_BEGIN, 2 },
  { "resume-of-the-task", { .events = AT (RESUME), .task = TASK }, NULL, CHANNEL_RESUME, 6 },
  { "another-task", { .events = AT (RESUME), .task = TASK + 1 }, NULL, 0, 0 },
  /* What is said of an await comes after its begin: it stops when that has been said. */
  { "kind",
    { .events = AT (AWAIT_BEGIN), .of = CHANNEL_BREAK_KIND },
    "test.reply",
    CHANNEL_AWAIT_BEGIN,
    4 },
  { "another-kind", { .events = AT (AWAIT_BEGIN), .of = CHANNEL_BREAK_KIND }, "test.repl", 0, 0 },
  { "state",
    { .events = AT (STATE_NAME), .of = CHANNEL_BREAK_STATE },
    "finished",
    CHANNEL_STATE_NAME,
    7 },
  { "function",
    { .events = AT (RESUME), .of = CHANNEL_BREAK_FUNCTION },
    "emit_all",
    CHANNEL_RESUME,
    6 },
  { "another-function", { .events = AT (RESUME), .of = CHANNEL_BREAK_FUNCTION }, "emit", 0, 0 },
  { "end", { .events = AT (TASK_END) }, NULL, CHANNEL_TASK_END, 9 },
  { "due-later", { .of = CHANNEL_BREAK_DUE, .low = 1000000000 }, NULL, CHANNEL_AWAIT_BEGIN, 4 },
  { "due-before", { .of = CHANNEL_BREAK_DUE, .low = 3600000000000 }, NULL, 0, 0 },
};

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  const StopCase *test = data;
  ChannelBreak wanted = test->wanted;
  g_autoptr (Channel) channel = NULL;
  uint64_t parked;

  fixture_spawn (fixture, NULL, emit_all, NULL);
  channel = fixture_accept (fixture);
  wanted.number = 3;
  if (test->text != NULL)
    wanted.low = hash (test->text);
  arm (channel, &wanted, FALSE);
  channel_beat (channel);
  fixture_meet (fixture);
  if (test->type != 0)
    {
      parked = wait_for_stop (channel);
      g_assert_cmpuint (parked, ==, test->n);
      g_assert_cmpuint (channel->rings[0].parked_by, ==, 3);
      g_assert_cmpuint (channel->rings[0].parked_type, ==, test->type);
      g_assert_cmpuint (channel->rings[0].parked_task, ==, TASK);
      /* It stands still: nothing comes. */
      g_usleep (SOON_US);
      channel_beat (channel);
      g_assert_cmpuint (channel->rings[0].head, ==, test->n);
      let_go (channel, parked);
    }
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].head, ==, 9);
  g_assert_cmpuint (channel->rings[0].parked, ==, 0);
}

static void
test_stop_all (Fixture *fixture, gconstpointer data)
{
  const ChannelBreak nothing = { 0 };
  g_autoptr (Channel) channel = NULL;
  uint64_t parked;

  fixture_spawn (fixture, NULL, emit_all, NULL);
  channel = fixture_accept (fixture);
  arm (channel, &nothing, TRUE);
  fixture_meet (fixture);
  parked = wait_for_stop (channel);
  g_assert_cmpuint (parked, >, 0);
  g_assert_cmpuint (channel->rings[0].parked_by, ==, 0);
  __atomic_store_n (&channel->control->armed, 0, __ATOMIC_RELEASE);
  let_go (channel, parked);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].head, ==, 9);
}

/* An inspector that was killed lets nobody wait. */
static void
test_nobody_looks (Fixture *fixture, gconstpointer data)
{
  const ChannelBreak wanted = { .events = AT (POLL_BEGIN), .number = 1 };
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, emit_all, NULL);
  channel = fixture_accept (fixture);
  arm (channel, &wanted, FALSE);
  fixture_meet (fixture);
  g_assert_cmpuint (wait_for_stop (channel), ==, 2);
  /* No heartbeat from here on. */
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].head, ==, 9);
}

/* One that stops looking in order is not waited for at all. */
static void
test_gate_closes (Fixture *fixture, gconstpointer data)
{
  const ChannelBreak wanted = { .events = AT (POLL_BEGIN), .number = 1 };
  g_autoptr (Channel) channel = NULL;
  gint64 begin_us;

  fixture_spawn (fixture, NULL, emit_all, NULL);
  channel = fixture_accept (fixture);
  arm (channel, &wanted, FALSE);
  fixture_meet (fixture);
  g_assert_cmpuint (wait_for_stop (channel), ==, 2);
  begin_us = g_get_monotonic_time ();
  __atomic_store_n (&channel->control->looking, 0, __ATOMIC_RELEASE);
  fixture_join (fixture);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, PATIENCE_US);
}

/* Entries that make no sense stop nothing and crash nobody. */
static void
test_nonsense (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, emit_all, NULL);
  channel = fixture_accept (fixture);
  channel->control->n_breaks = 0xffffffff;
  memset (channel->control->breaks, 0xff, sizeof channel->control->breaks);
  __atomic_store_n (&channel->control->armed, 1, __ATOMIC_RELEASE);
  fixture_meet (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].head, ==, 9);
}

static void
begin_when_let (gconstpointer data)
{
  target_start ();
  emit_process_hold ();
  inspect_task_begin (TASK, 0, 0);
}

static void
test_hold (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "hold=1", begin_when_let, NULL);
  channel = fixture_accept (fixture);
  for (gint64 until = g_get_monotonic_time () + PATIENCE_US;
       __atomic_load_n (&channel->header->holding, __ATOMIC_ACQUIRE) == 0;)
    g_assert_cmpint (g_get_monotonic_time (), <, until);
  g_usleep (SOON_US);
  g_assert_cmpuint (channel->rings[0].head, ==, 0);
  __atomic_store_n (&channel->control->may_begin, 1, __ATOMIC_RELEASE);
  fixture_join (fixture);
  g_assert_cmpuint (channel->rings[0].head, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (stop_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/emit/stops/%s", stop_cases[i].name);

      g_test_add (path, Fixture, &stop_cases[i], fixture_setup, test_stop, fixture_teardown);
    }
  g_test_add ("/emit/stops/all", Fixture, NULL, fixture_setup, test_stop_all, fixture_teardown);
  g_test_add ("/emit/stops/nobody-looks", Fixture, NULL, fixture_setup, test_nobody_looks,
              fixture_teardown);
  g_test_add ("/emit/stops/gate-closes", Fixture, NULL, fixture_setup, test_gate_closes,
              fixture_teardown);
  g_test_add ("/emit/stops/nonsense", Fixture, NULL, fixture_setup, test_nonsense,
              fixture_teardown);
  g_test_add ("/emit/stops/hold", Fixture, NULL, fixture_setup, test_hold, fixture_teardown);
  return g_test_run ();
}
