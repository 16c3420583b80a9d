/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_FIXTURE_H
#define EMIT_FIXTURE_H

/* A target and an inspector that is nothing but a socket, a mapping and the layout: what emit/
 * writes is looked at with no help from the reader, whose tests are its own. The target is a fork
 * of the test that has never started emit/, so each test has a fresh one. */

#include <glib.h>
#include <sys/types.h>

#include "channel/handshake.h"
#include "channel/layout.h"
#include "inspect.h"

typedef struct
{
  char *folder;
  char *path;
  int listener;
  pid_t target;
  int steps; /* the test's end of a socket pair with the target */
} Fixture;

typedef void (*TargetFunc) (gconstpointer data);

void fixture_setup (Fixture *fixture, gconstpointer data);
void fixture_teardown (Fixture *fixture, gconstpointer data);

/* Forks a target that runs @func; with @options in its environment. An assertion that fails there
 * fails fixture_join(). */
void fixture_spawn (Fixture *fixture, const char *options, TargetFunc func, gconstpointer data);
/* Waits until the target has ended. Returns: its wait status */
int fixture_wait (Fixture *fixture);
/* The same, and it must have ended well. */
void fixture_join (Fixture *fixture);

/* Lock step: one side meets the other. */
void fixture_meet (Fixture *fixture); /* in the test */
void target_meet (void);              /* in the target */

/* Starts emit/ in the target. */
void target_start (void);

typedef struct
{
  ChannelHello hello;
  char *base; /* NULL where no memfd came */
  size_t size;
  int memfd;
  ChannelHeader *header;
  ChannelControl *control;
  ChannelTail *tails;
  ChannelRing *rings;
} Channel;

/* The next message of the target; fails the test after ten seconds without one. */
Channel *fixture_accept (Fixture *fixture);
/* True when no message is waiting. */
gboolean fixture_is_quiet (Fixture *fixture);
void channel_free (Channel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Channel, channel_free)

/* The record of that index; fails the test when it is not committed. */
const ChannelRecord *channel_get_record (Channel *channel, uint32_t ring, uint64_t index);
const char *channel_get_text (Channel *channel, uint32_t offset);
const ChannelKind *channel_get_kind (Channel *channel, uint32_t number);
const ChannelLocation *channel_get_location (Channel *channel, uint32_t number);

/* Says that everything on the ring is read, as an inspector does. Returns: the number of records */
uint64_t channel_consume (Channel *channel, uint32_t ring);
/* The same for what lies before @head. */
void channel_consume_until (Channel *channel, uint32_t ring, uint64_t head);
void channel_beat (Channel *channel);

#endif
