/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CHANNEL_BUILDER_H
#define CHANNEL_BUILDER_H

/* Makes the memory of a channel as a target would, for tests of those who read it. Nothing in it
 * is checked: the tests break it on purpose. libc alone, aborts when memory runs out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "channel/layout.h"

typedef struct ChannelBuilder ChannelBuilder;

/* 0 stands for a small default. */
typedef struct
{
  uint32_t n_rings;
  uint32_t ring_capacity;
  uint32_t kinds_capacity;
  uint32_t locations_capacity;
  uint32_t modules_capacity;
  uint32_t strings_capacity;
  uint32_t clock; /* a ChannelClock; CHANNEL_CLOCK_MONOTONIC by default */
  uint64_t tick_hz;
} ChannelBuilderShape;

ChannelBuilder *channel_builder_new (const ChannelBuilderShape *shape);
void channel_builder_free (ChannelBuilder *builder);

/* The memory is the builder's, and what it adds later is seen by who has opened it. */
void *channel_builder_get_memory (ChannelBuilder *builder, size_t *ret_size);
ChannelHeader *channel_builder_get_header (ChannelBuilder *builder);
ChannelControl *channel_builder_get_control (ChannelBuilder *builder);
ChannelTail *channel_builder_get_tail (ChannelBuilder *builder, uint32_t ring);
ChannelRing *channel_builder_get_ring (ChannelBuilder *builder, uint32_t ring);
ChannelRecord *channel_builder_get_slot (ChannelBuilder *builder, uint32_t ring, uint64_t index);
ChannelKind *channel_builder_get_kind (ChannelBuilder *builder, uint32_t number);
ChannelLocation *channel_builder_get_location (ChannelBuilder *builder, uint32_t number);
ChannelModule *channel_builder_get_module (ChannelBuilder *builder, uint32_t number);
/* A memfd with the same contents; @seals as for F_ADD_SEALS. The caller closes it. */
int channel_builder_dup_memfd (ChannelBuilder *builder, unsigned seals);

/* Tables. Return the offset or number, 0 when full. */
uint32_t channel_builder_add_string (ChannelBuilder *builder, const char *text);
uint32_t channel_builder_add_string_bytes (ChannelBuilder *builder, const void *text,
                                           size_t length);
uint32_t channel_builder_add_kind (ChannelBuilder *builder, uint32_t of, uint32_t flags,
                                   const char *name, const char *phrase);
uint32_t channel_builder_add_location (ChannelBuilder *builder, const char *file,
                                       const char *function, uint32_t line);
uint32_t channel_builder_add_address (ChannelBuilder *builder, ChannelLocationClass of,
                                      uint64_t address);
uint32_t channel_builder_add_stack (ChannelBuilder *builder, const uint64_t *frames, uint32_t n);
uint32_t channel_builder_add_module (ChannelBuilder *builder, const char *path, uint64_t start,
                                     uint64_t end, uint64_t bias);

/* A ring for a thread. Returns: its index */
uint32_t channel_builder_add_ring (ChannelBuilder *builder, int32_t tid);

/* Records, as a target under the control page's policy. @bits: location, status or chunk. False: it
 * was dropped, and counted as lost. */
bool channel_builder_record (ChannelBuilder *builder, uint32_t ring, uint64_t time,
                             ChannelType type, uint32_t bits, uint64_t task, uint64_t arg);
bool channel_builder_attribute (ChannelBuilder *builder, uint32_t ring, uint64_t object,
                                uint32_t key, uint64_t value);
bool channel_builder_bytes (ChannelBuilder *builder, uint32_t ring, uint64_t object, uint32_t key,
                            const void *bytes, size_t length);

/* The two halves of a record: a handler can come between them, or a signal that kills. */
uint64_t channel_builder_reserve (ChannelBuilder *builder, uint32_t ring);
void channel_builder_commit (ChannelBuilder *builder, uint32_t ring, uint64_t index, uint64_t time,
                             ChannelType type, uint32_t bits, uint64_t task, uint64_t arg);

#endif
