/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What can a recording that somebody sent do to who opens it? The first byte says what the rest is:
 * a whole file, or, past the checksums that a fuzzer would never guess, the inside of a block. */

#include <stdlib.h>
#include <string.h>
#include "fuzz.h"
#include "recording/columns.h"
#include "recording/reader.h"
#include "recording/timeline.h"

#define CHECK(condition)                                                                           \
  do                                                                                               \
    if (!(condition))                                                                              \
      abort ();                                                                                    \
  while (0)

static void
check_event (const ChannelEvent *event, void *data)
{
  volatile char sum = 0;

  CHECK (event->type > 0 && event->type < CHANNEL_TYPE_COUNT && event->type != CHANNEL_BYTES);
  CHECK (event->ring < CHANNEL_MAX_RINGS && event->location <= CHANNEL_MAX_LOCATIONS);
  CHECK (event->n_bytes <= CHANNEL_TEXT_MAX);
  for (uint32_t i = 0; i < event->n_bytes; i++)
    sum ^= event->bytes[i];
}

static void
check_tables (RecordingTables *tables)
{
  for (guint32 i = 0; i <= 300; i++)
    {
      ChannelKindInfo kind;
      ChannelLocationInfo location;
      ChannelModuleInfo module;

      if (recording_tables_get_kind (tables, i, &kind))
        CHECK (g_utf8_validate (kind.name, -1, NULL) && g_utf8_validate (kind.phrase, -1, NULL));
      if (recording_tables_get_location (tables, i, &location))
        CHECK (location.n_frames <= CHANNEL_MAX_FRAMES &&
               g_utf8_validate (location.file, -1, NULL));
      if (recording_tables_get_module (tables, i, &module))
        CHECK (module.build_id_length <= CHANNEL_BUILD_ID_MAX);
      CHECK (g_utf8_validate (recording_tables_get_string (tables, i), -1, NULL));
    }
}

static void
read_mentions (RecordingMentions *mentions)
{
  if (mentions == NULL)
    return;
  for (guint64 id = 1; id < G_MAXUINT64 / 3; id *= 3)
    recording_mentions_may_name (mentions, id);
  for (guint i = 0; i < mentions->threads->len; i++)
    CHECK (g_array_index (mentions->threads, RecordingThread, i).ring < CHANNEL_MAX_RINGS);
  recording_mentions_free (mentions);
}

static void
free_told (GArray *told)
{
  if (told != NULL)
    g_array_unref (told);
}

static void
read_file (const uint8_t *input, size_t size)
{
  RecordingReader *reader = recording_reader_open_memory (input, size, NULL);

  if (reader == NULL)
    return;
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      recording_reader_read_events (reader, i, check_event, NULL, NULL);
      read_mentions (recording_reader_read_mentions (reader, i));
      free_told (recording_reader_read_told (reader, i));
    }
  for (guint32 i = 0; i <= MIN (recording_reader_get_n_targets (reader), 16); i++)
    {
      RecordingTables *tables = recording_reader_read_tables (reader, i, NULL);

      check_tables (tables);
      recording_tables_free (tables);
      g_free (recording_reader_dup_facts (reader, i));
    }
  recording_reader_close (reader);
}

static void
check_span (const RecordingSpan *span, gpointer data)
{
  CHECK (span->track >= 3 && span->track < 1000 && span->location <= CHANNEL_MAX_LOCATIONS);
}

static void
check_track (const RecordingTrack *track, gpointer data)
{
  CHECK (track->name == NULL || g_utf8_validate (track->name, -1, NULL));
}

static void
check_cause (const RecordingCause *cause, gpointer data)
{
  CHECK (cause != NULL);
}

static void
read_timeline (const uint8_t *input, size_t size)
{
  RecordingSummary summary;

  recording_spans_read (input, size, 5000, 0, 3, 1000, check_span, NULL);
  recording_spans_read_format_2 (input, size, 5000, 0, 3, 1000, check_span, NULL);
  recording_tracks_read (input, size, 1000, 0, check_track, NULL);
  recording_causes_read (input, size, 1000, 0, check_cause, NULL);
  if (recording_summary_read (input, size, &summary))
    CHECK (summary.bucket_ns > 0 && summary.last_ns >= summary.first_ns);
  recording_summary_clear (&summary);
}

int
LLVMFuzzerTestOneInput (const uint8_t *input, size_t size)
{
  RecordingTables *tables;

  if (size == 0)
    return 0;
  switch (input[0] % 5)
    {
    case 0:
      recording_columns_read (input + 1, size - 1, 1000, 0, check_event, NULL);
      free_told (recording_columns_list_told (input + 1, size - 1, 1000));
      break;
    case 1:
      tables = recording_tables_new ();
      recording_tables_read (tables, input + 1, size - 1);
      check_tables (tables);
      recording_tables_free (tables);
      break;
    case 3:
      read_timeline (input + 1, size - 1);
      read_mentions (recording_mentions_read (input + 1, size - 1, 0));
      break;
    case 4:
      recording_columns_read_format_2 (input + 1, size - 1, 1000, 0, check_event, NULL);
      break;
    default:
      read_file (input + 1, size - 1);
    }
  return 0;
}
