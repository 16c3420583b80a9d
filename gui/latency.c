/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "latency.h"

#include <string.h>
#include <time.h>

#define ENABLE_ENV "ASYNC_INSPECT_GUI_MEASURE"
#define INTERVAL_US 5000
#define TELL_US G_TIME_SPAN_SECOND
/* Buckets of a tenth of a millisecond, up to a second. */
#define BUCKET_US 100
#define N_BUCKETS 10000

typedef struct
{
  guint64 max_us;
  guint64 buckets[N_BUCKETS];
} Figures;

static struct
{
  GSimpleAction *action;
  gint64 due_us, told_us, cpu_us;
  guint64 n;
  Figures late, busy;
} latency; /* one app a process */

static void
note (Figures *figures, gint64 us)
{
  guint64 at_least_0 = (guint64)MAX (us, 0);

  figures->max_us = MAX (figures->max_us, at_least_0);
  figures->buckets[MIN (at_least_0 / BUCKET_US, N_BUCKETS - 1)]++;
}

static guint64
get_percentile (const Figures *figures, double share)
{
  guint64 seen = 0;

  for (guint i = 0; i < N_BUCKETS; i++)
    {
      seen += figures->buckets[i];
      if ((double)seen >= share * (double)latency.n)
        return (guint64)i * BUCKET_US;
    }
  return figures->max_us;
}

static void
append (GString *text, const char *name, const Figures *figures)
{
  g_string_append_printf (text,
                          "%s-p50=%" G_GUINT64_FORMAT " %s-p99=%" G_GUINT64_FORMAT
                          " %s-max=%" G_GUINT64_FORMAT " ",
                          name, get_percentile (figures, 0.5), name, get_percentile (figures, 0.99),
                          name, figures->max_us);
}

static gint64
get_cpu (void)
{
  struct timespec used;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &used);
  return (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

/* Resident memory. Of a page that lies in a file somewhere the kernel decides how long it stays. */
static void
read_memory (guint64 *ret_anonymous, guint64 *ret_file)
{
  g_autofree char *text = NULL;
  const char *at;

  *ret_anonymous = *ret_file = 0;
  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return;
  at = g_strstr_len (text, -1, "RssAnon:");
  *ret_anonymous = at != NULL ? g_ascii_strtoull (at + 8, NULL, 10) * 1024 : 0;
  at = g_strstr_len (text, -1, "RssFile:");
  *ret_file = at != NULL ? g_ascii_strtoull (at + 8, NULL, 10) * 1024 : 0;
}

static void
tell (void)
{
  GString *text = g_string_new (NULL);
  guint64 anonymous, file;

  append (text, "late", &latency.late);
  append (text, "busy", &latency.busy);
  read_memory (&anonymous, &file);
  g_string_append_printf (
      text, "n=%" G_GUINT64_FORMAT " anonymous=%" G_GUINT64_FORMAT " file=%" G_GUINT64_FORMAT,
      latency.n, anonymous, file);
  g_simple_action_set_state (latency.action,
                             g_variant_new_take_string (g_string_free (text, FALSE)));
}

static gboolean
on_due (gpointer data)
{
  gint64 now_us = g_get_monotonic_time ();
  GSource *source = g_main_current_source ();

  latency.n++;
  note (&latency.late, now_us - latency.due_us);
  note (&latency.busy, get_cpu () - latency.cpu_us);
  if (now_us - latency.told_us >= TELL_US)
    {
      latency.told_us = now_us;
      tell ();
    }
  latency.due_us = g_get_monotonic_time () + INTERVAL_US;
  latency.cpu_us = get_cpu ();
  g_source_set_ready_time (source, latency.due_us);
  return G_SOURCE_CONTINUE;
}

static void
on_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  latency.n = 0;
  memset (&latency.late, 0, sizeof latency.late);
  memset (&latency.busy, 0, sizeof latency.busy);
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

void
ui_latency_start (GApplication *application)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  GSource *source;

  if (g_getenv (ENABLE_ENV) == NULL)
    return;
  latency.action = g_simple_action_new_stateful ("latency", NULL, g_variant_new_string (""));
  g_signal_connect (latency.action, "activate", G_CALLBACK (on_activate), NULL);
  g_action_map_add_action (G_ACTION_MAP (application), G_ACTION (latency.action));
  source = g_source_new (&funcs, sizeof (GSource));
  g_source_set_priority (source, GDK_PRIORITY_EVENTS);
  g_source_set_callback (source, on_due, NULL, NULL);
  latency.due_us = g_get_monotonic_time () + INTERVAL_US;
  g_source_set_ready_time (source, latency.due_us);
  g_source_attach (source, NULL);
  g_source_unref (source);
}
