/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks did, made of the records of a recording that has nothing but these. */

#include "config.h"

#include "session/time-index.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "session/replay.h"
#include "session/session-private.h"
#include "session/timeline.h"

typedef struct
{
  RecordingWriter *writer;
  guint8 *has_timeline;       /* by number of a program */
  AnalysisTimeline *timeline; /* of the program that is read; NULL: it needs none */
  GCancellable *cancellable;
} Indexing;

static void
begin_program (gpointer data, InspectorTarget *target, guint32 number)
{
  Indexing *self = data;

  if (!self->has_timeline[number])
    self->timeline =
        analysis_timeline_new (self->writer, number, inspector_target_get_model (target), 0);
}

static void
end_program (gpointer data, InspectorTarget *target)
{
  Indexing *self = data;

  analysis_timeline_finish (g_steal_pointer (&self->timeline));
}

static gboolean
goes_on (gpointer data)
{
  return !g_cancellable_is_cancelled (((Indexing *)data)->cancellable);
}

static gboolean
lacks_any (RecordingReader *reader, const guint8 *has_timeline)
{
  for (guint32 i = 1; i <= recording_reader_get_n_targets (reader); i++)
    if (!has_timeline[i])
      return TRUE;
  return FALSE;
}

/* As whoever opens the recording reads it, so that its tasks have the same numbers. */
static void
add_timelines (RecordingReader *reader, RecordingWriter *writer, GCancellable *cancellable)
{
  static const AnalysisReplayFuncs funcs = { begin_program, end_program, goes_on };
  g_autofree guint8 *has_timeline = recording_reader_find_timelines (reader);
  Indexing indexing = { .writer = writer,
                        .has_timeline = has_timeline,
                        .cancellable = cancellable };
  g_autoptr (InspectorSession) session = NULL;

  if (!lacks_any (reader, has_timeline))
    return;
  session = inspector_session_new ();
  analysis_replay (session, reader, 0, ANALYSIS_REPLAY_ALL, &funcs, &indexing);
}

static gboolean
write_part (RecordingReader *reader, const char *part, GCancellable *cancellable, GError **error)
{
  RecordingWriter *writer = recording_writer_new_copy (reader, part, error);

  if (writer == NULL)
    return FALSE;
  add_timelines (reader, writer, cancellable);
  return recording_writer_close (writer, NULL, error) &&
         !g_cancellable_set_error_if_cancelled (cancellable, error);
}

gboolean
analysis_time_index_write (RecordingReader *reader, const char *path, GCancellable *cancellable,
                           GError **error)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  gboolean is_whole;

  if (!recording_check_replaceable (path, error))
    return FALSE;
  is_whole = write_part (reader, part, cancellable, error);
  if (is_whole && g_rename (part, path) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("cannot write the recording '%s': %s"), path, g_strerror (errno));
      is_whole = FALSE;
    }
  if (!is_whole)
    g_unlink (part);
  return is_whole;
}

/* ---- While something else goes on -------------------------------------------------------------- */

#define NICE 10

struct _AnalysisIndexing
{
  char *path;
  GCancellable *cancellable;
  GThread *thread;
};

static gpointer
index_in_thread (gpointer data)
{
  const AnalysisIndexing *self = data;
  RecordingReader *reader;

  /* Of this thread alone. */
  setpriority (PRIO_PROCESS, 0, MIN (getpriority (PRIO_PROCESS, 0) + NICE, 19));
  reader = recording_reader_open (self->path, NULL);
  if (reader == NULL)
    return NULL;
  analysis_time_index_write (reader, self->path, self->cancellable, NULL);
  recording_reader_close (reader);
  return NULL;
}

AnalysisIndexing *
analysis_indexing_begin (const char *path)
{
  AnalysisIndexing *self = g_new0 (AnalysisIndexing, 1);
  sigset_t all, before;

  self->path = g_strdup (path);
  self->cancellable = g_cancellable_new ();
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  self->thread = g_thread_new ("index", index_in_thread, self);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return self;
}

void
analysis_indexing_finish (AnalysisIndexing *self)
{
  if (self == NULL)
    return;
  g_thread_join (self->thread);
  g_object_unref (self->cancellable);
  g_free (self->path);
  g_free (self);
}

void
analysis_indexing_cancel (AnalysisIndexing *self)
{
  if (self != NULL)
    g_cancellable_cancel (self->cancellable);
  analysis_indexing_finish (self);
}
