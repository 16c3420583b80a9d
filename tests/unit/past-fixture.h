/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_PAST_FIXTURE_H
#define TEST_PAST_FIXTURE_H

#include "../bench/gen.h"
#include "inspector.h"
#include "session/inspector-history-private.h"
#include "session/timeline.h"

/* A recording of two programs, with what their tasks did beside their records. */

#define N_EVENTS 60000u
#define N_PROGRAMS 2u

typedef struct
{
  char *folder, *path;
} Fixture;

/* One that is being recorded. */
typedef struct
{
  RecordingWriter *writer;
  ModelTarget *model;
  AnalysisTimeline *timeline;
  guint32 number;
  Gen gen;
} PastProgram;

typedef struct
{
  const char *path;
  void (*test) (Fixture *f, gconstpointer data);
} PastCase;

/* Each case has a recording of its own. */
int past_main (int argc, char **argv, const PastCase *cases, guint n);

void past_begin_program (PastProgram *self, RecordingWriter *writer, guint n_tasks,
                         guint64 *next_number);
void past_add (const ChannelEvent *event, void *data);
void past_add_keyframe_event (const ChannelEvent *event, void *data);
void past_end_program (PastProgram *self);

/* What the records say, without what lies beside them. */
InspectorHistory *past_read_records (const char *path, InspectorSession **ret_session);
void past_assert_same_history (InspectorHistory *a, InspectorHistory *b);

/* Looks at all of an InspectorHistory, as a thread does, and sums up what it finds. Readers that come first
 * load; others wait for them or find it there. */
gpointer past_sum_all (gpointer data);

#endif
