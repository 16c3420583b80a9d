/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What may wake the threads of a process, from outside of it. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "target/target-private.h"

#define STATUS_MAX_BYTES 16384
#define MAPS_MAX_BYTES (16 * 1024 * 1024)
/* Those that come of what the process does itself (SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
 * SIGSEGV), and the two that libc keeps for threads. */
#define OWN_SIGNALS                                                                                \
  (1ull << 3 | 1ull << 4 | 1ull << 5 | 1ull << 6 | 1ull << 7 | 1ull << 10 | 1ull << 31 | 1ull << 32)

GArray *
target_facts_get_threads (int pid)
{
  g_autoptr (GDir) folder = NULL;
  GArray *threads;
  const char *name;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/task", pid);
  folder = pid > 0 ? g_dir_open (path, 0, NULL) : NULL;
  if (folder == NULL)
    return NULL;
  threads = g_array_new (FALSE, FALSE, sizeof (int));
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      int tid = (int)g_ascii_strtoll (name, NULL, 10);

      g_array_append_val (threads, tid);
    }
  return threads;
}

gboolean
target_facts_handles_signals (int pid)
{
  g_autofree char *text = NULL;
  const char *caught;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/status", pid);
  text = pid > 0 ? target_proc_read (path, STATUS_MAX_BYTES, NULL) : NULL;
  caught = text != NULL ? strstr (text, "\nSigCgt:") : NULL;
  if (caught == NULL)
    return TRUE;
  return (g_ascii_strtoull (caught + strlen ("\nSigCgt:\t"), NULL, 16) & ~OWN_SIGNALS) != 0;
}

gboolean
target_facts_is_shared (int pid, guint64 address)
{
  g_autofree char *text = NULL;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/maps", pid);
  text = pid > 0 ? target_proc_read (path, MAPS_MAX_BYTES, NULL) : NULL;
  for (const char *line = text; line != NULL && *line != '\0';)
    {
      unsigned long long begin, end;
      char permissions[5];

      if (sscanf (line, "%llx-%llx %4s", &begin, &end, permissions) == 3 && address >= begin &&
          address < end)
        return permissions[3] != 'p';
      line = strchr (line, '\n');
      line = line != NULL ? line + 1 : NULL;
    }
  return TRUE;
}
