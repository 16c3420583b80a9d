/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What can a target do to an inspector through its channel? Anything: the input is a program that
 * writes into the channel's memory, before the reader opens it, between its calls and within its
 * callbacks.
 *
 *   byte    0        pages of the channel - 1; with the top bit the reader may write its part
 *   then any number of
 *   bytes   0..2     offset into the memory, little-endian
 *   byte    3        length: so many bytes follow, and are written there
 *                    or 0: the reader does Step (offset % N_STEPS)
 *
 * An image of zeros makes a short file: see make-corpus.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "channel/reader.h"
#include "fuzz.h"

#define MAX_PAGES 64u

typedef enum
{
  STEP_OPEN,
  STEP_DRAIN,
  STEP_DRAIN_SOME,
  STEP_DRAIN_CHANGING, /* the writes up to the next step happen within its callbacks */
  STEP_DRAIN_ENDED,
  STEP_TABLES,
  STEP_BEAT,
  STEP_REOPEN,
  N_STEPS
} Step;

typedef struct
{
  const uint8_t *input;
  size_t left;
  uint8_t *memory;
  size_t size;
  bool is_writable;
  bool is_changing;
  ChannelReader *reader;
  uint64_t n_events;
} Run;

#define CHECK(condition)                                                                           \
  do                                                                                               \
    if (!(condition))                                                                              \
      abort ();                                                                                    \
  while (0)

/* Does the next write. False: the next thing is a step, or nothing is left. */
static bool
write_next (Run *run)
{
  size_t offset, length;

  if (run->left < 4 || run->input[3] == 0)
    return false;
  offset = run->input[0] | (size_t)run->input[1] << 8 | (size_t)run->input[2] << 16;
  length = run->input[3];
  run->input += 4;
  run->left -= 4;
  if (length > run->left)
    length = run->left;
  offset %= run->size;
  memcpy (run->memory + offset, run->input,
          length < run->size - offset ? length : run->size - offset);
  run->input += length;
  run->left -= length;
  return true;
}

/* ---- What the reader promises ---------------------------------------------------------------- */

static void
check_text (const char *text)
{
  CHECK (text != NULL);
  for (; *text != '\0'; text++)
    CHECK ((uint8_t)*text >= 0x20 && *text != 0x7f);
}

static void
check_event (const ChannelEvent *event, void *data)
{
  Run *run = data;
  const ChannelHeader *header = channel_reader_get_header (run->reader);
  uint64_t sum = 0;

  CHECK (event->time_ns >= 0);
  CHECK (event->type > 0 && event->type < CHANNEL_TYPE_COUNT && event->type != CHANNEL_BYTES);
  CHECK (event->location <= header->locations_capacity);
  CHECK (event->ring < header->n_rings);
  CHECK (event->task >> 48 <= (event->type == CHANNEL_ATTRIBUTE ? header->kinds_capacity : 0));
  CHECK (event->key <= header->kinds_capacity);
  CHECK (event->n_bytes <= CHANNEL_TEXT_MAX && (event->bytes != NULL) == (event->n_bytes > 0));
  for (uint32_t i = 0; i < event->n_bytes; i++)
    sum += (uint8_t)event->bytes[i];
  run->n_events += sum != UINT64_MAX;
  if (event->type == CHANNEL_STATE_NAME)
    check_text (channel_reader_get_string (run->reader, (uint32_t)event->arg));
  if (run->is_changing)
    write_next (run);
}

static void
read_tables (Run *run)
{
  const ChannelHeader *header = channel_reader_get_header (run->reader);
  volatile uint64_t sum_of_frames = 0;
  ChannelLocationInfo location;
  ChannelModuleInfo module;
  ChannelKindInfo kind;
  ChannelStats stats;

  check_text (header->version);
  for (uint32_t i = 0; i <= header->kinds_capacity + 1; i++)
    if (channel_reader_get_kind (run->reader, i, &kind))
      {
        check_text (kind.name);
        check_text (kind.phrase);
      }
  for (uint32_t i = 0; i <= header->locations_capacity + 1; i++)
    if (channel_reader_get_location (run->reader, i, &location))
      {
        check_text (location.file);
        check_text (location.function);
        CHECK ((location.of == CHANNEL_LOCATION_STACK) == (location.n_frames > 0));
        CHECK (location.n_frames <= CHANNEL_MAX_FRAMES);
        CHECK (location.n_frames == 0 || location.frames[0] == location.address);
        for (uint32_t k = 0; k < location.n_frames; k++)
          sum_of_frames += location.frames[k];
      }
  CHECK (channel_reader_count_modules (run->reader) <= header->modules_capacity);
  for (uint32_t i = 0; i <= header->modules_capacity + 1; i++)
    if (channel_reader_get_module (run->reader, i, &module))
      {
        check_text (module.path);
        CHECK (module.start < module.end && module.build_id_length <= CHANNEL_BUILD_ID_MAX);
      }
  for (uint32_t i = 0; i < 64; i++)
    check_text (channel_reader_get_string (run->reader, i * 8 + (i & 1)));
  channel_reader_get_stats (run->reader, &stats);
  CHECK (stats.events == run->n_events);
}

/* ---- The program ----------------------------------------------------------------------------- */

static void
close_reader (Run *run)
{
  channel_reader_close (run->reader);
  run->reader = NULL;
}

static void
do_step (Run *run, Step step)
{
  if (step == STEP_REOPEN)
    close_reader (run);
  if (run->reader == NULL)
    {
      run->n_events = 0;
      if (channel_reader_open_memory (run->memory, run->size, run->is_writable, &run->reader) < 0)
        return;
    }
  switch (step)
    {
    case STEP_DRAIN:
      channel_reader_drain (run->reader, 0, false, check_event, run);
      break;
    case STEP_DRAIN_SOME:
      CHECK (channel_reader_drain (run->reader, 3, false, check_event, run) <= 3);
      break;
    case STEP_DRAIN_CHANGING:
      run->is_changing = true;
      channel_reader_drain (run->reader, 0, false, check_event, run);
      run->is_changing = false;
      break;
    case STEP_DRAIN_ENDED:
      channel_reader_drain (run->reader, 0, true, check_event, run);
      break;
    case STEP_TABLES:
      read_tables (run);
      break;
    case STEP_BEAT:
      channel_reader_beat (run->reader);
      channel_reader_set_policy (run->reader, CHANNEL_POLICY_BLOCK);
      break;
    default:
      break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *input, size_t size)
{
  Run run = { .input = input + 1, .left = size - 1 };
  void *memory;

  if (size < 1)
    return 0;
  run.is_writable = input[0] & 0x80;
  run.size = (size_t)((input[0] & (MAX_PAGES - 1)) + 1) * CHANNEL_PAGE;
  if (posix_memalign (&memory, CHANNEL_PAGE, run.size) != 0)
    return 0;
  run.memory = memset (memory, 0, run.size);

  while (run.left >= 4)
    if (!write_next (&run))
      {
        Step step = (run.input[0] | run.input[1] << 8) % N_STEPS;

        run.input += 4;
        run.left -= 4;
        do_step (&run, step);
      }
  for (Step step = STEP_OPEN; step < N_STEPS; step++)
    do_step (&run, step);
  do_step (&run, STEP_TABLES);
  close_reader (&run);
  free (memory);
  return 0;
}
