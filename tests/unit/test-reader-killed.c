/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A target is killed by SIGKILL, some hundred times, wherever that finds it: what it had committed
 * reaches the inspector, whole and in order. Producer and reader are the real ones. */

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "channel/reader.h"
#include "emit-fixture.h"

#define N_KILLS 300
#define N_THREADS_MAX 4
/* How long a target lives after its first record, in reads of the clock by the test. */
#define LIFE_MAX_NS 4000000
#define LABEL_LENGTH 40u
#define RECORDS_OF_LABEL (1 + (LABEL_LENGTH + 15) / 16)

INSPECT_DEFINE_KEY (label_key, "label", "label", INSPECT_VALUE_TEXT);

/* ---- The target ------------------------------------------------------------------------------ */

/* Points that count up; after every eighth a label, of three chunks, that says the same. */
static gpointer
count_up (gpointer data)
{
  InspectId task = GPOINTER_TO_UINT (data);

  for (guint64 i = 1;; i++)
    {
      inspect_point (task, 0, (int64_t)i);
      if (i % 8 == 0)
        {
          char label[LABEL_LENGTH + 1];

          g_snprintf (label, sizeof label, "label %034" G_GUINT64_FORMAT, i);
          inspect_attribute_bytes (task, &label_key, label, LABEL_LENGTH);
        }
    }
  return NULL;
}

static void
run_target (gconstpointer data)
{
  guint n_threads = GPOINTER_TO_UINT (data);

  target_start ();
  for (guint i = 2; i <= n_threads; i++)
    g_thread_unref (g_thread_new ("count", count_up, GUINT_TO_POINTER (i)));
  count_up (GUINT_TO_POINTER (1));
}

/* ---- The inspector --------------------------------------------------------------------------- */

typedef struct
{
  guint64 last_point[N_THREADS_MAX + 1];
  guint64 last_label[N_THREADS_MAX + 1];
  guint32 ring_of[N_THREADS_MAX + 1];
  guint64 n_events;
  guint n_wrong; /* out of order, missing or mixed up */
} Seen;

static void
look (const ChannelEvent *event, void *data)
{
  Seen *seen = data;
  guint64 task = event->task;

  g_assert_cmpuint (task, >=, 1);
  g_assert_cmpuint (task, <=, N_THREADS_MAX);
  seen->n_events++;
  if (event->type == CHANNEL_POINT)
    {
      if (seen->last_point[task] == 0)
        seen->ring_of[task] = event->ring;
      seen->n_wrong += event->ring != seen->ring_of[task];
      seen->n_wrong += event->arg != seen->last_point[task] + 1;
      seen->last_point[task] = event->arg;
      return;
    }
  g_assert_cmpuint (event->type, ==, CHANNEL_ATTRIBUTE);
  g_assert_cmpuint (event->n_bytes, ==, LABEL_LENGTH);
  seen->n_wrong += g_ascii_strtoull (event->bytes + 6, NULL, 10) != seen->last_point[task];
  seen->last_label[task] = seen->last_point[task];
}

/* What the memory itself says, past the reader: the last point that a ring has committed, and how
 * many records at its end are not. Before those all must be. */
static guint64
last_point_in (Channel *channel, guint32 ring, guint *ret_uncommitted)
{
  const ChannelHeader *header = channel->header;
  const ChannelRecord *records = (const ChannelRecord *)(channel->base + header->records_offset) +
                                 (gsize)ring * header->ring_capacity;
  guint64 head = channel->rings[ring].head;
  guint64 first = head > header->ring_capacity ? head - header->ring_capacity : 0;
  guint64 last = 0;

  *ret_uncommitted = 0;
  for (guint64 i = first; i < head; i++)
    {
      const ChannelRecord *record = &records[i & (header->ring_capacity - 1)];

      if (record->seq != (uint32_t)(i + 1))
        {
          ++*ret_uncommitted;
          continue;
        }
      g_assert_cmpuint (*ret_uncommitted, ==, 0);
      if (channel_record_type (record->type_location) == CHANNEL_POINT)
        last = record->arg;
    }
  return last;
}

/* Returns: false if the target had to drop records, as it does when the inspector gets no processor
 * for a second while the ring is full; then nothing follows from gaps */
static bool
check_end (Channel *channel, ChannelReader *reader, const Seen *seen, guint n_threads)
{
  guint n_uncommitted = 0;
  ChannelStats stats;

  channel_reader_get_stats (reader, &stats);
  if (stats.dropped > 0)
    return false;
  g_assert_cmpuint (seen->n_wrong, ==, 0);
  for (guint32 ring = 0; ring < channel->header->rings_used.value; ring++)
    {
      guint n;
      guint64 last = last_point_in (channel, ring, &n);

      g_assert_cmpuint (n, <=, RECORDS_OF_LABEL); /* those of one call */
      n_uncommitted += n;
      for (guint task = 1; task <= n_threads; task++)
        if (seen->last_point[task] > 0 && seen->ring_of[task] == ring)
          g_assert_cmpuint (seen->last_point[task], ==, last);
    }
  for (guint task = 1; task <= n_threads; task++)
    {
      guint64 last = seen->last_point[task];

      /* No label is missing but the one that the target died in. */
      g_assert_cmpuint (seen->last_label[task] + 8, >=, last - last % 8);
      if (last % 8 != 0)
        g_assert_cmpuint (seen->last_label[task], ==, last - last % 8);
    }
  g_assert_cmpuint (stats.events, ==, seen->n_events);
  g_assert_cmpuint (stats.overwritten, ==, 0);
  g_assert_cmpuint (stats.invalid, ==, 0);
  g_assert_cmpuint (stats.table_losses, ==, 0);
  g_assert_cmpuint (stats.torn, ==, n_uncommitted);
  return true;
}

static guint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (guint64)now.tv_sec * 1000000000u + (guint64)now.tv_nsec;
}

/* Returns: the number of events that were read; 0 if nothing can be said of them */
static guint64
kill_one (guint n_threads, guint64 life_ns)
{
  g_autoptr (Channel) channel = NULL;
  ChannelReader *reader = NULL;
  Fixture fixture = { 0 };
  Seen seen = { 0 };
  guint64 first = 0;
  int status;

  fixture_setup (&fixture, NULL);
  fixture_spawn (&fixture, "rings=8,records=16384,policy=block", run_target,
                 GUINT_TO_POINTER (n_threads));
  channel = fixture_accept (&fixture);
  g_assert_cmpint (channel->memfd, >=, 0);
  g_assert_cmpint (channel_reader_open (dup (channel->memfd), &reader), ==, 0);

  /* The inspector's part is shared with the target; the rest it must not be able to write. */
  while (first == 0 || now_ns () - first < life_ns)
    {
      channel_reader_beat (reader);
      channel_reader_drain (reader, 0, false, look, &seen);
      if (first == 0 && seen.n_events > 0)
        first = now_ns ();
    }
  g_assert_no_errno (kill (fixture.target, SIGKILL));
  status = fixture_wait (&fixture);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);

  channel_reader_drain (reader, 0, true, look, &seen);
  if (!check_end (channel, reader, &seen, n_threads))
    seen.n_events = 0;
  channel_reader_close (reader);
  fixture_teardown (&fixture, NULL);
  return seen.n_events;
}

static void
test_killed (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  guint64 n_events = 0;
  guint n_tries = 0;

  for (guint i = 0; i < N_KILLS; n_tries++)
    {
      guint64 n = kill_one (2 + i % (N_THREADS_MAX - 1),
                            (guint64)g_rand_int_range (random, 0, LIFE_MAX_NS));

      n_events += n;
      i += n > 0;
      g_assert_cmpuint (n_tries, <, N_KILLS + 30);
    }
  g_test_message ("%u kills, %" G_GUINT64_FORMAT " events read", n_tries, n_events);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reader/killed/what-was-committed-is-read", test_killed);
  return g_test_run ();
}
