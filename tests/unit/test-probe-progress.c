/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is said while a probe finds out for long what there is in a program: once, after a second, and no more. */

#include "session/inspector-target-private.h"
#include "session/probe.h"
#include "target/probes.h"

#include <string.h>
#include <unistd.h>

#define SECOND (1000 * G_GINT64_CONSTANT (1000000))

static GMutex mutex;
static GCond cond;
static gboolean is_open, may_go; /* under the mutex */

/* As one that reads much debug info. */
static gpointer
slow_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  g_mutex_lock (&mutex);
  is_open = TRUE;
  g_cond_broadcast (&cond);
  while (!may_go)
    g_cond_wait (&cond, &mutex);
  g_mutex_unlock (&mutex);
  return NULL;
}

static const InspectorProbe slow = { sizeof slow, INSPECTOR_PROBE_ABI, .open = slow_open };

static void
test_long_reading_is_told_once (void)
{
  g_autoptr (GPtrArray) probes = g_ptr_array_new ();
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorTarget *target = inspector_session_add_target (session, getpid (), "test", 0);
  TargetProbe row = { .id = (char *)"slow", .name = (char *)"slow", .probe = &slow };
  gint64 begin_ns = inspector_target_now () + SECOND;
  AnalysisProbe *probe;
  char *line;

  g_ptr_array_add (probes, &row);
  probe = analysis_probe_new (probes, target, FALSE);
  g_assert_null (analysis_probe_dup_progress (NULL, begin_ns));
  g_assert_null (analysis_probe_dup_progress (probe, begin_ns + 10 * SECOND));
  analysis_probe_poll (probe, begin_ns);
  g_mutex_lock (&mutex);
  while (!is_open)
    g_cond_wait (&cond, &mutex);
  g_mutex_unlock (&mutex);
  g_assert_null (analysis_probe_dup_progress (probe, begin_ns + SECOND / 2));
  line = analysis_probe_dup_progress (probe, begin_ns + SECOND);
  g_assert_nonnull (line);
  g_test_message ("%s", line);
  g_assert_nonnull (strstr (line, "test-probe-progress"));
  g_free (line);
  g_assert_null (analysis_probe_dup_progress (probe, begin_ns + 2 * SECOND));
  g_mutex_lock (&mutex);
  may_go = TRUE;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&mutex);
  analysis_probe_free (probe);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe-progress/is-told-once", test_long_reading_is_told_once);
  return g_test_run ();
}
