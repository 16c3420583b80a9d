/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks did, in a recording that was cut off, repaired, damaged, or that began in the middle. */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "model/keyframe.h"
#include "past-fixture.h"
#include "session/time-index.h"

static void
test_cut_off (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GStatBuf status;

  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  g_assert_cmpint (truncate (f->path, status.st_size / 2), ==, 0);
  g_assert_null (inspector_history_open_recording (f->path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static InspectorHistory *
repair_and_open (const char *path, const char *new_path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *said = inspector_recording_repair (path, new_path, &error);
  InspectorHistory *opened;

  g_assert_no_error (error);
  opened = inspector_history_open_recording (new_path, NULL, &error);
  g_assert_no_error (error);
  return opened;
}

/* A repair reads the records once, so that nobody has to afterwards. */
static void
test_repair_adds_it (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorHistory) opened = NULL;
  g_autofree char *new_path = g_strconcat (f->path, ".new", NULL);
  GStatBuf status;

  g_assert_cmpint (g_stat (f->path, &status), ==, 0);
  for (guint part = 1; part < 8; part++)
    {
      g_assert_cmpint (truncate (f->path, status.st_size / 8 * (8 - part)), ==, 0);
      g_clear_object (&session);
      g_clear_object (&opened);
      opened = repair_and_open (f->path, new_path);
      past_assert_same_history (past_read_records (f->path, &session), opened);
    }
  g_unlink (new_path);
}

/* What is kept of a flight begins with keyframes, with tasks that began before them. */
static void
test_flight (Fixture *f, gconstpointer data)
{
  guint64 next_number = 1;
  PastProgram program = { 0 };
  g_autoptr (GError) error = NULL;
  RecordingWriter *writer = recording_writer_new_flight (0, 100000, &error);
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorHistory) opened = NULL;
  g_autofree char *path = g_strconcat (f->path, ".flight", NULL);
  g_autofree char *facts = NULL;

  g_assert_no_error (error);
  past_begin_program (&program, writer, 300, &next_number);
  while (program.gen.n_events < N_EVENTS)
    {
      guint n = program.gen.n_events / 10000;

      gen_step (&program.gen, past_add, &program);
      if (program.gen.n_events / 10000 == n)
        continue;
      recording_writer_begin_keyframe (writer, program.number, TRUE);
      model_keyframe_tell (program.model, past_add_keyframe_event, &program);
      recording_writer_end_keyframe (writer, program.number);
    }
  /* Keyframes have the time at which they were made, and this says that it is over. */
  facts = g_strdup_printf ("{\"pid\":4711,\"seen_ns\":%" G_GINT64_FORMAT "}",
                           g_get_monotonic_time () * 1000);
  recording_writer_add_facts (writer, program.number, facts);
  g_assert_true (recording_writer_save (writer, path, NULL, &error));
  g_assert_no_error (error);
  g_assert_null (inspector_history_open_recording (path, NULL, NULL));
  analysis_indexing_finish (analysis_indexing_begin (path));
  opened = inspector_history_open_recording (path, NULL, &error);
  g_assert_no_error (error);
  past_assert_same_history (past_read_records (path, &session), opened);
  /* Of all of it there would be more. */
  g_assert_cmpuint (inspector_history_get_n_changes (opened), <, N_EVENTS);
  g_unlink (path);
  past_end_program (&program);
  recording_writer_close (writer, NULL, NULL);
}

/* What a device or a pipe is for is not to be had from a file of that name. */
static void
test_no_file_is_replaced (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RecordingWriter *writer = recording_writer_new_flight (0, 0, &error);
  g_autofree char *path = g_strconcat (f->path, ".fifo", NULL);
  GStatBuf status;

  g_assert_no_error (error);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_false (recording_writer_save (writer, path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_assert_cmpint (g_lstat (path, &status), ==, 0);
  g_assert_true (S_ISFIFO (status.st_mode));
  g_unlink (path);
  recording_writer_close (writer, NULL, NULL);
}

/* Given up, it leaves the file as it was, and nothing beside it. */
static void
test_given_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *after = NULL;
  gsize length, length_after;
  RecordingReader *reader;

  g_assert_cmpint (truncate (f->path, 200000), ==, 0);
  g_assert_true (g_file_get_contents (f->path, &before, &length, NULL));
  reader = recording_reader_open (f->path, &error);
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_false (analysis_time_index_write (reader, f->path, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  recording_reader_close (reader);
  g_assert_true (g_file_get_contents (f->path, &after, &length_after, NULL));
  g_assert_cmpmem (before, length, after, length_after);
}

/* What the records are copied for by a repair comes along. */
static void
test_repaired (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (f->path, ".new", NULL);
  g_autofree char *said = inspector_recording_repair (f->path, path, &error);
  g_autoptr (InspectorHistory) opened = NULL, again = NULL;

  g_assert_no_error (error);
  opened = inspector_history_open_recording (f->path, NULL, NULL);
  again = inspector_history_open_recording (path, NULL, &error);
  g_assert_no_error (error);
  past_assert_same_history (opened, again);
  g_unlink (path);
}

/* Whoever damages it changes what is seen, and nothing else. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  gsize length;

  g_assert_true (g_file_get_contents (f->path, &bytes, &length, NULL));
  for (guint round = 0; round < 60; round++)
    {
      g_autofree char *copy = g_memdup2 (bytes, length);
      g_autoptr (InspectorHistory) opened = NULL;

      copy[g_rand_int_range (random, 64, (gint32)length)] ^= (char)(1 << round % 8);
      g_assert_true (g_file_set_contents (f->path, copy, (gssize)length, NULL));
      opened = inspector_history_open_recording (f->path, NULL, NULL);
      if (opened != NULL)
        past_sum_all (opened);
    }
}

static const PastCase cases[] = {
  { "/past/cut-off", test_cut_off },
  { "/past/repaired", test_repaired },
  { "/past/repair-adds-it", test_repair_adds_it },
  { "/past/flight", test_flight },
  { "/past/no-file-is-replaced", test_no_file_is_replaced },
  { "/past/given-up", test_given_up },
  { "/past/damaged", test_damaged },
};

int
main (int argc, char **argv)
{
  return past_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
