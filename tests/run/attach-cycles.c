/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Attaches to a program and detaches from it, again and again, while it does its work, and says for how
 * long one of its threads stood still.
 *
 *     attach-cycles CYCLES PROGRAM [ARGUMENT...]
 *
 * The program says a line when it is ready, and at SIGTERM what went wrong for it; its exit status is
 * ours. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <gio/gio.h>

#include "channel/handshake.h"
#include "target/attach.h"
#include "target/facts.h"

static guint n_channels;

static void
on_hello (int pid, const void *message, int fd, gpointer data)
{
  const ChannelHello *hello = message;

  if (hello->type == CHANNEL_HELLO_REFUSED)
    g_printerr ("refused: %s %s\n", hello->runtime, hello->detail);
  if (hello->type == CHANNEL_HELLO_CHANNEL)
    n_channels++;
  if (fd >= 0)
    close (fd);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

  return left < right ? -1 : left > right;
}

static void
print_times (const char *name, GArray *times)
{
  g_array_sort (times, compare);
  g_print ("%-8s %u times: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, worst %.2f ms\n", name,
           times->len, (double)g_array_index (times, gint64, times->len / 2) / 1e6,
           (double)g_array_index (times, gint64, times->len * 9 / 10) / 1e6,
           (double)g_array_index (times, gint64, times->len * 99 / 100) / 1e6,
           (double)g_array_index (times, gint64, times->len - 1) / 1e6);
}

static guint
count_fds (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

static guint64
get_memory_kib (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = NULL;
  const char *line;

  g_file_get_contents (path, &text, NULL, NULL);
  line = text != NULL ? strstr (text, "VmRSS:") : NULL;
  return line != NULL ? g_ascii_strtoull (line + strlen ("VmRSS:"), NULL, 10) : 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GPtrArray) runtimes = target_runtimes_find (NULL);
  g_autoptr (GArray) attaches = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) detaches = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;
  TargetLauncher *launcher;
  GDataInputStream *lines;
  guint n_cycles, n_fds, n_failed = 0;
  guint64 memory;
  int pid;

  if (argc < 3)
    g_error ("usage: attach-cycles CYCLES PROGRAM [ARGUMENT...]");
  n_cycles = (guint)g_ascii_strtoull (argv[1], NULL, 10);
  launcher = target_launcher_new (runtimes, "payload=1,policy=drop", on_hello, NULL, &error);
  g_assert_no_error (error);
  process =
      g_subprocess_newv ((const char *const *)argv + 2, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_free (g_data_input_stream_read_line (lines, NULL, NULL, NULL));
  pid = (int)g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
  n_fds = count_fds (pid);
  memory = get_memory_kib (pid);

  for (guint i = 0; i < n_cycles; i++)
    {
      TargetAttachStats stats;

      if (!target_attach (pid, launcher, NULL, &stats, &error))
        {
          g_printerr ("%s\n", error->message);
          g_clear_error (&error);
          if (++n_failed > 10)
            break;
          continue;
        }
      g_array_append_val (attaches, stats.stop_ns);
      target_launcher_flush (launcher);
      g_usleep ((gulong)g_random_int_range (0, 3000));
      if (!target_detach (pid, NULL, &stats, &error))
        {
          g_printerr ("%s\n", error->message);
          g_clear_error (&error);
          n_failed++;
          continue;
        }
      g_array_append_val (detaches, stats.stop_ns);
      g_usleep ((gulong)g_random_int_range (0, 3000));
    }
  g_print ("%s %s: %u channels, %u failed; descriptors %+d, memory %+" G_GINT64_FORMAT " KiB\n",
           argv[2], argc > 3 ? argv[3] : "", n_channels, n_failed, (int)(count_fds (pid) - n_fds),
           (gint64)(get_memory_kib (pid) - memory));
  if (attaches->len > 0 && detaches->len > 0)
    {
      print_times ("attach", attaches);
      print_times ("detach", detaches);
    }
  kill (pid, SIGTERM);
  said = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  g_print ("%s\n", said != NULL ? said : "it says nothing");
  g_subprocess_wait (process, NULL, NULL);
  target_launcher_free (launcher);
  if (!g_subprocess_get_if_exited (process))
    {
      g_printerr ("ended by signal %d\n", g_subprocess_get_term_sig (process));
      return 1;
    }
  /* On a busy machine it may happen that no good moment comes; that is said, and does no harm. */
  return n_failed > n_cycles / 10 ? 1 : g_subprocess_get_exit_status (process);
}
