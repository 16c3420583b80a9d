/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks wait for, by the place where they begin to. */

#include "config.h"

#include "profile/profile-private.h"

#include <errno.h>
#include <string.h>
#include "analysis/describe.h"
#include "analysis/rules.h"

/* What they have in common is read from the first ones, and from each so many of the others. */
#define DESCRIBED_FIRST 32
#define DESCRIBED_EACH 64

ProfileOperation *
profile_get_operation (Profile *profile, guint32 location, const ModelKind *kind,
                       ProfileOperationClass of)
{
  guint64 key = G_GUINT64_CONSTANT (1) << 63 | (guint64)of << 48 | (guint64)kind->number << 24 |
                (location & 0xffffff);
  gboolean is_new;
  ProfileOperation *operation =
      profile_table_get (&profile->operations, key, sizeof *operation, &is_new);

  if (operation != NULL && is_new)
    {
      operation->location = location;
      operation->kind = kind;
      operation->of = of;
    }
  return operation;
}

gboolean
profile_classify (const ModelAwait *await, ProfileOperationClass *ret_of)
{
  if (!model_await_is (await, INSPECT_AWAIT_ONESHOT) ||
      model_await_is (await, INSPECT_AWAIT_CLOSES))
    return FALSE;
  *ret_of = PROFILE_OPERATION_WAIT;
  if (model_await_is (await, INSPECT_AWAIT_TIMER))
    *ret_of = PROFILE_OPERATION_SLEEP;
  else if (await->is_call)
    *ret_of = PROFILE_OPERATION_FUNCTION;
  else if (await->awaits_task)
    *ret_of = PROFILE_OPERATION_TASK;
  else if (await->resource != NULL && model_resource_is (await->resource, INSPECT_RESOURCE_LOCK))
    *ret_of = PROFILE_OPERATION_LOCK;
  else if (model_await_is (await, INSPECT_AWAIT_BLOCKS))
    *ret_of = PROFILE_OPERATION_CALL;
  return TRUE;
}

static gboolean
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

/* Not within a number: of "/posts/12" and "/posts/13" that is "/posts/". */
static void
cut_common (char *what, const char *other)
{
  gsize n = 0;

  while (what[n] != '\0' && what[n] == other[n])
    n++;
  if (what[n] == '\0' && other[n] == '\0')
    return;
  while (n > 0 && is_digit (what[n - 1]))
    n--;
  while (n > 0 && (what[n] & 0xc0) == 0x80)
    n--;
  what[n] = '\0';
}

void
profile_words_add (Profile *profile, ProfileWords *words, guint64 count, const AnalysisWait *wait)
{
  g_autofree char *what = NULL;
  gsize length;

  if (words->n >= DESCRIBED_FIRST && count % DESCRIBED_EACH != 0)
    return;
  /* How far a timer was from being due differs each time, and says nothing. */
  if (wait->await != NULL && model_await_is (wait->await, INSPECT_AWAIT_TIMER))
    return;
  what = analysis_describe_wait (wait, profile->places);
  if (words->n++ == 0)
    {
      words->text = g_steal_pointer (&what);
      return;
    }
  length = strlen (words->text);
  cut_common (words->text, what);
  words->differ = words->differ || strlen (words->text) != length || strlen (what) != length;
}

/* One request after the other where all could be out at once. */
static void
note_row (ProfileTask *task, ProfileOperation *operation, const ModelDone *done)
{
  ProfileRow *row = operation->of == PROFILE_OPERATION_EXCHANGE ? &task->exchanges : &task->others;

  if (row->operation == operation && row->last_end_ns <= done->begin_ns)
    {
      operation->n_in_row++;
      row->length++;
    }
  else
    row->length = 1;
  row->operation = operation;
  row->last_end_ns = done->end_ns;
  operation->longest_row = MAX (operation->longest_row, row->length);
}

void
profile_done (gpointer data, const ModelDone *done)
{
  Profile *profile = data;
  ProfileOperationClass of = PROFILE_OPERATION_EXCHANGE;
  ProfileOperation *operation;
  guint32 ring = done->await != NULL ? done->await->ring : done->task->poll_ring;
  gint64 duration = done->end_ns - done->begin_ns;

  if (!profile_counts (profile, done->end_ns) ||
      (done->await != NULL && !profile_classify (done->await, &of)))
    return;
  operation = profile_get_operation (profile, done->location, done->kind, of);
  if (operation == NULL)
    return;
  if (done->status == -ECANCELED)
    operation->n_cancelled++;
  else if (done->status != 0)
    operation->n_failed++;
  histogram_add (&operation->durations, duration);
  profile_example_take (&operation->worst,
                        &(ProfileExample){ done->task->id, done->begin_ns, duration });
  operation->loop_busy_ns +=
      CLAMP (profile_get_busy (profile, ring, done->end_ns) - done->observed_ns, 0, duration);
  if (done->await != NULL && done->await->observed_run_ns != 0)
    operation->queued_ns += CLAMP (done->await->observed_run_ns - done->begin_ns, 0, duration);
  profile_words_add (profile, &operation->words, operation->durations.count,
                     &(AnalysisWait){ .model = profile->model,
                                      .task = done->task,
                                      .await = done->await,
                                      .resource = done->resource,
                                      .since_ns = done->begin_ns,
                                      .now_ns = done->end_ns });
  note_row (profile_get_task (profile, done->task), operation, done);
}
