/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CHANNEL_STOPS_H
#define CHANNEL_STOPS_H

/* Breakpoints: which records a target's threads stop at, which have stopped, and how they go on. */

#include "reader.h"

/* False: the target is older than breakpoints, or its memory cannot be written. */
bool channel_reader_can_stop (ChannelReader *reader);
/* At most CHANNEL_MAX_BREAKS; @stop_all: every thread, at its next record. Takes the place of what was
 * armed before. */
void channel_reader_arm (ChannelReader *reader, const ChannelBreak *breaks, uint32_t n,
                         bool stop_all);

/* Raises the heartbeat and does nothing else, also while another thread reads. */
void channel_reader_pulse (const ChannelReader *reader);

/* Whether the target waits for channel_reader_let_begin() before it begins. */
bool channel_reader_is_holding (ChannelReader *reader);
void channel_reader_let_begin (ChannelReader *reader);

typedef struct
{
  uint32_t ring;
  int32_t tid;
  uint64_t parked;
  uint16_t number; /* of the ChannelBreak; 0: all are to stop */
  /* The record that it stops for; `location` is 0 also where it is not known. */
  uint32_t type;
  uint32_t location;
  uint64_t task;
  uint64_t arg;
} ChannelStop;

/* The first thread from ring @from on that stands still, all of whose records have been delivered.
 * False: there is none. */
bool channel_reader_find_stop (ChannelReader *reader, uint32_t from, ChannelStop *ret_stop);
/* Whether it still stands there: it goes on by itself when it thinks that nobody looks. */
bool channel_reader_is_stopped (ChannelReader *reader, const ChannelStop *stop);
void channel_reader_go (ChannelReader *reader, const ChannelStop *stop);

#endif
