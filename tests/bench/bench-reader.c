/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-reader: what the inspector's side of a channel reaches, decoding and merging into a
 * callback that does next to nothing. Rings are filled outside of the time that is measured; their
 * records alternate, which is the worst case for the merge. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "channel-builder.h"
#include "channel/reader.h"

#define N_RECORDS 65536u
#define N_FILLS 9u
#define N_ROUNDS 9u

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void
take (const ChannelEvent *event, void *data)
{
  *(uint64_t *)data += event->task + (uint64_t)event->time_ns;
}

/* Returns: events a second */
static double
measure (uint32_t n_rings)
{
  ChannelBuilderShape shape = { .n_rings = n_rings, .ring_capacity = N_RECORDS };
  ChannelBuilder *builder = channel_builder_new (&shape);
  ChannelReader *reader;
  size_t size;
  void *memory = channel_builder_get_memory (builder, &size);
  uint64_t sum = 0, time = 0, n_events = 0;
  double took = 0, begin;

  if (channel_reader_open_memory (memory, size, true, &reader) < 0)
    abort ();
  for (uint32_t i = 0; i < n_rings; i++)
    channel_builder_add_ring (builder, (int32_t)i);
  for (uint32_t fill = 0; fill < N_FILLS; fill++)
    {
      for (uint32_t i = 0; i < N_RECORDS; i++)
        for (uint32_t ring = 0; ring < n_rings; ring++)
          channel_builder_record (builder, ring, ++time, i % 2 ? CHANNEL_SUSPEND : CHANNEL_RESUME,
                                  0, i, UINT64_C (1) << 48 | i);
      begin = now ();
      n_events += channel_reader_drain (reader, 0, false, take, &sum);
      took += now () - begin;
    }
  if (n_events != (uint64_t)N_FILLS * N_RECORDS * n_rings || sum == 0)
    abort ();
  channel_reader_close (reader);
  channel_builder_free (builder);
  return (double)n_events / took;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

int
main (void)
{
  static const uint32_t rings[] = { 1, 2, 8 };
  double rates[sizeof rings / sizeof *rings][N_ROUNDS];

  for (uint32_t round = 0; round < N_ROUNDS; round++)
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++)
      rates[i][round] = measure (rings[i]);
  printf ("reader, million events a second, medians of %u rounds (goal: 20)\n", N_ROUNDS);
  for (size_t i = 0; i < sizeof rings / sizeof *rings; i++)
    {
      qsort (rates[i], N_ROUNDS, sizeof *rates[i], compare);
      printf ("%2u rings %8.1f   (%.1f to %.1f)\n", rings[i], rates[i][N_ROUNDS / 2] / 1e6,
              rates[i][0] / 1e6, rates[i][N_ROUNDS - 1] / 1e6);
    }
  return 0;
}
