/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* inspector.h from outside, fed by whole channels. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "channel-builder.h"
#include "inspect.h"
#include "inspector-profile.h"
#include "inspector.h"
#include "session/inspector-target-private.h"
#include "session/session-private.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define TASK 0x1000
#define NOBODY 0x7ffffffe /* no process has this pid */

/* A channel in which one task opens a file; when, says @age_ns. */
static ChannelBuilder *
build (gint64 age_ns)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  guint32 kind = channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                           INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_POOL, "t.open",
                                           "opening a file");
  guint32 place = channel_builder_add_location (builder, "src/app.c", "load", 7);
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint64 time_ns = (guint64)(g_get_monotonic_time () * 1000 - age_ns);

  channel_builder_record (builder, ring, time_ns, CHANNEL_TASK_BEGIN, place, TASK, 0);
  channel_builder_record (builder, ring, time_ns, CHANNEL_AWAIT_BEGIN, place, TASK,
                          (guint64)kind << 48 | 0x50);
  return builder;
}

static int
build_fd (gint64 age_ns, unsigned seals)
{
  ChannelBuilder *builder = build (age_ns);
  int fd = channel_builder_dup_memfd (builder, seals);

  channel_builder_free (builder);
  return fd;
}

static InspectorTarget *
attach (InspectorSession *session, int pid, gint64 age_ns)
{
  InspectorTarget *target = inspector_session_add_target (session, pid, "./app", 0);
  g_autoptr (GError) error = NULL;

  inspector_target_attach_channel (target, build_fd (age_ns, SEALS), &error);
  g_assert_no_error (error);
  return target;
}

static void
remember_task (InspectorSession *session, InspectorTask *task, gpointer data)
{
  g_set_object ((InspectorTask **)data, task);
}

static void
test_whole_line (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autoptr (InspectorTask) task = NULL;
  g_autoptr (InspectorReport) report = NULL;
  g_autofree char *text = NULL;
  InspectorTargetStats stats;
  InspectorTarget *target;

  g_signal_connect (session, "stuck", G_CALLBACK (remember_task), &task);
  target = attach (session, NOBODY, 5 * G_GINT64_CONSTANT (1000000000));
  g_assert_cmpint (inspector_target_get_state (target), ==, INSPECTOR_TARGET_LIVE);
  g_assert_true (inspector_session_poll (session));
  g_assert_false (inspector_session_poll (session));
  g_assert_cmpuint (inspector_session_check (session, -1), ==, 1);
  g_assert_nonnull (task);
  g_assert_cmpstr (inspector_task_get_name (task), ==, "load");
  g_assert_cmpstr (inspector_task_get_waits_for (task), ==, "opening a file");
  g_assert_cmpstr (inspector_task_get_place (task), ==, "app.c:7");
  g_assert_cmpint (inspector_task_get_pid (task), ==, NOBODY);
  report = inspector_session_build_report (session, INSPECTOR_REPORT_STUCK);
  g_assert_cmpuint (inspector_report_get_n_stuck (report), ==, 1);
  text = inspector_report_to_text (report, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "Task #1  load "));
  inspector_target_get_stats (target, &stats);
  g_assert_cmpuint (stats.events, ==, 2);
  g_assert_cmpuint (stats.tasks, ==, 1);
  g_assert_cmpint (stats.cpu_ns, ==, -1);
}

static void
test_report_outlives_session (void)
{
  InspectorSession *session = inspector_session_new ();
  g_autoptr (InspectorReport) report = NULL;
  g_autofree char *text = NULL;

  attach (session, NOBODY, 0);
  inspector_session_poll (session);
  report = inspector_session_build_report (session, INSPECTOR_REPORT_ASKED);
  g_object_unref (session);
  text = inspector_report_to_text (report, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "nothing is stuck: 1 task, 1 waiting"));
}

/* ---- What is refused ------------------------------------------------------------------------ */

static void
assert_refused (int fd, InspectorError code, const char *says)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorTarget *target = inspector_session_add_target (session, NOBODY, "./app", 0);
  g_autoptr (GError) error = NULL;

  g_assert_false (inspector_target_attach_channel (target, fd, &error));
  g_assert_error (error, INSPECTOR_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, says));
  /* The descriptor is taken all the same, and the target waits for a better one. */
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
  g_assert_cmpint (errno, ==, EBADF);
  g_assert_cmpint (inspector_target_get_state (target), ==, INSPECTOR_TARGET_STARTING);
  g_assert_false (inspector_session_poll (session));
}

static void
test_unsealed (void)
{
  assert_refused (build_fd (0, 0), INSPECTOR_ERROR_NOT_A_CHANNEL, "not sealed");
}

static void
test_no_channel (void)
{
  ChannelBuilder *builder = build (0);

  channel_builder_get_header (builder)->magic = 0;
  assert_refused (channel_builder_dup_memfd (builder, SEALS), INSPECTOR_ERROR_NOT_A_CHANNEL,
                  "no channel");
  channel_builder_free (builder);
}

static void
test_other_version (void)
{
  ChannelBuilder *builder = build (0);
  g_autofree char *ours =
      g_strdup_printf ("reads layout %u.%u", CHANNEL_ABI_MAJOR, CHANNEL_ABI_MINOR);

  channel_builder_get_header (builder)->abi_major = 77;
  assert_refused (channel_builder_dup_memfd (builder, SEALS), INSPECTOR_ERROR_VERSION,
                  "layout 77.");
  assert_refused (channel_builder_dup_memfd (builder, SEALS), INSPECTOR_ERROR_VERSION, ours);
  channel_builder_free (builder);
}

/* ---- Coming and going ----------------------------------------------------------------------- */

static void
test_channel_after_the_end (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorTarget *target = inspector_session_add_target (session, NOBODY, "./app", 0);
  g_autoptr (GError) error = NULL;
  InspectorTargetStats stats;

  inspector_target_set_ended (target, TRUE, 0);
  inspector_target_attach_channel (target, build_fd (0, SEALS), &error);
  g_assert_no_error (error);
  g_assert_cmpint (inspector_target_get_state (target), ==, INSPECTOR_TARGET_ENDED);
  inspector_target_get_stats (target, &stats);
  g_assert_cmpuint (stats.events, ==, 2);
}

static void
test_what_is_unread_at_the_end_is_read (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorTarget *target = attach (session, NOBODY, 0);
  InspectorTargetStats stats;

  inspector_target_set_ended (target, FALSE, 0);
  inspector_target_get_stats (target, &stats);
  g_assert_cmpuint (stats.pending_tasks, ==, 1);
}

static void
test_several_targets (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorTarget *first = attach (session, NOBODY, 0);
  InspectorTarget *second = attach (session, NOBODY - 1, 0);
  InspectorTarget *again;

  g_assert_cmpuint (g_list_model_get_n_items (inspector_session_get_targets (session)), ==, 2);
  g_assert_true (inspector_session_find_target (session, NOBODY) == first);
  g_assert_true (inspector_session_find_target (session, NOBODY - 1) == second);
  g_assert_null (inspector_session_find_target (session, 1));
  g_assert_true (inspector_session_add_target (session, NOBODY, "x", 0) == first);
  /* The kernel gives a pid again. */
  inspector_target_set_ended (first, TRUE, 0);
  again = inspector_session_add_target (session, NOBODY, "./other", 0);
  g_assert_true (again != first);
  g_assert_true (inspector_session_find_target (session, NOBODY) == again);
}

static void
test_runtimes (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorTarget *target = inspector_session_add_target (session, NOBODY, "./app", 0);

  g_assert_false (inspector_target_has_runtime (target));
  inspector_target_add_runtime (target, "uv", "libuv 1.44.2");
  inspector_target_add_runtime (target, "uv", "libuv 1.44.2");
  inspector_target_add_runtime (target, "other", NULL);
  g_assert_cmpuint (g_strv_length ((char **)inspector_target_get_runtimes (target)), ==, 2);
  g_assert_cmpstr (inspector_target_get_runtimes (target)[1], ==, "other");
}

static guint
count_programs (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = inspector_recording_describe (path, TRUE, &error);
  g_auto (GStrv) parts = NULL;

  g_assert_no_error (error);
  parts = g_strsplit (json, "\"pid\"", -1);
  return g_strv_length (parts) - 1;
}

/* A program that is slow to load is looked at from outside before its channel comes. */
static void
test_recorded_once (gconstpointer has_channel)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  InspectorTarget *target;

  close (g_file_open_tmp ("async-inspect-session-XXXXXX", &path, &error));
  g_assert_no_error (error);
  g_assert_true (inspector_session_start_recording (session, path, TRUE, &error));
  target = inspector_session_add_target (session, NOBODY, "./app", 0);
  inspector_target_attach_nothing (target);
  if (has_channel != NULL)
    g_assert_true (inspector_target_attach_channel (target, build_fd (0, SEALS), NULL));
  while (inspector_session_poll (session))
    ;
  g_assert_true (inspector_session_stop_recording (session, NULL, &error));
  g_assert_cmpuint (count_programs (path), ==, 1);
  unlink (path);
}

/* Of a flight recorder the time before it is not known: a wait of five seconds is in it, and no five seconds. */
static void
test_profile_of_a_flight (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new (),
                               opened = inspector_session_new ();
  g_autoptr (InspectorProfile) profile =
      inspector_profile_new (opened, 0, -1, INSPECTOR_PROFILE_FROM_START);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL, *json = NULL;
  gint64 begin_us = g_get_monotonic_time ();
  const char *duration;

  close (g_file_open_tmp ("async-inspect-session-XXXXXX", &path, &error));
  g_assert_no_error (error);
  attach (session, NOBODY, 5 * G_GINT64_CONSTANT (1000000000));
  while (inspector_session_poll (session))
    ;
  g_assert_true (
      inspector_session_start_flight_recorder (session, G_GINT64_CONSTANT (1000000000), 0, &error));
  g_assert_true (inspector_session_save_flight (session, path, NULL, &error));
  g_assert_true (inspector_session_open_recording (opened, path, NULL, &error));
  inspector_profile_update (profile);
  json = inspector_profile_to_json (profile);
  duration = strstr (json, "\"duration_ns\":");
  g_assert_nonnull (duration);
  g_assert_cmpint (g_ascii_strtoll (duration + strlen ("\"duration_ns\":"), NULL, 10), <=,
                   (g_get_monotonic_time () - begin_us + 1) * 1000);
  unlink (path);
}

/* What a flight recorder keeps is let go from keyframe to keyframe: by time, and by size. */
static void
test_keyframe_is_due (void)
{
  static const struct
  {
    gint64 now_ms;
    guint64 bytes;
    gboolean is_due;
  } cases[] = {
    { 100, 1100, FALSE }, { 900, 1099, FALSE }, { 900, 1100, TRUE },
    { 1000, 100, TRUE },  { 249, 9999, FALSE }, { 250, 9999, TRUE },
  };
  SessionRecording recording = { .keyframe_gap_ns = G_GINT64_CONSTANT (1000000000),
                                 .keyframe_gap_bytes = 1000,
                                 .keyframe_bytes = 100 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (
        inspector_session_is_keyframe_due (&recording, cases[i].now_ms * 1000000, cases[i].bytes),
        ==, cases[i].is_due);
  recording.keyframe_took_ns = 50 * 1000000;
  g_assert_false (inspector_session_is_keyframe_due (&recording, 799 * 1000000, 9999));
  g_assert_true (inspector_session_is_keyframe_due (&recording, 800 * 1000000, 9999));
  recording.keyframe_gap_bytes = 0;
  g_assert_false (inspector_session_is_keyframe_due (&recording, 900 * 1000000, 9999));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/whole-line", test_whole_line);
  g_test_add_func ("/session/report-outlives-it", test_report_outlives_session);
  g_test_add_func ("/session/refuses/unsealed", test_unsealed);
  g_test_add_func ("/session/refuses/no-channel", test_no_channel);
  g_test_add_func ("/session/refuses/other-version", test_other_version);
  g_test_add_func ("/session/channel-after-the-end", test_channel_after_the_end);
  g_test_add_func ("/session/unread-at-the-end-is-read", test_what_is_unread_at_the_end_is_read);
  g_test_add_func ("/session/several-targets", test_several_targets);
  g_test_add_func ("/session/runtimes", test_runtimes);
  g_test_add_data_func ("/session/recorded-once/with-a-channel", "", test_recorded_once);
  g_test_add_data_func ("/session/recorded-once/without", NULL, test_recorded_once);
  g_test_add_func ("/session/keyframe-is-due", test_keyframe_is_due);
  g_test_add_func ("/session/profile-of-a-flight", test_profile_of_a_flight);
  return g_test_run ();
}
