/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_READER_FIXTURE_H
#define TEST_READER_FIXTURE_H

#include <glib.h>

#include "channel-builder.h"
#include "channel/reader-private.h"

/* A channel with one ring, of thread 4711, and all that its reader has delivered. */
typedef struct
{
  ChannelBuilder *builder;
  ChannelReader *reader;
  GArray *events; /* of ChannelEvent; bytes are copied */
  GPtrArray *bytes;
  uint32_t ring;
} Fixture;

#define KIND(n) ((uint64_t)(n) << 48)

/* Records are numbered from @first_index on. */
void fixture_open (Fixture *fixture, const ChannelBuilderShape *shape, uint64_t first_index);
/* A ring of 64 records. */
void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);

/* Delivers into @events. */
void fixture_keep (const ChannelEvent *event, void *data);
size_t fixture_drain (Fixture *fixture);
size_t fixture_drain_ended (Fixture *fixture);
const ChannelEvent *fixture_event (Fixture *fixture, guint i);
ChannelStats fixture_stats (Fixture *fixture);

bool fixture_emit (Fixture *fixture, uint64_t time, uint64_t task);
/* What channel_builder_reserve() has kept free. */
void fixture_commit (Fixture *fixture, uint64_t index, uint64_t time, uint64_t task);

#define ADD(path, data, function)                                                                  \
  g_test_add ("/reader/" path, Fixture, data, fixture_set_up, function, fixture_tear_down)

#endif
