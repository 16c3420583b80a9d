/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "search.h"

#include <stddef.h>
#include <string.h>

#include "inspector-probe-search.h"
#include "jobs.h"
#include "loops.h"

/* Of what begins in a chunk and ends behind it. */
#define OVERLAP_WORDS (sizeof (uv_loop_t) / sizeof (guint64))
#define MAX_SEARCHED (G_GUINT64_CONSTANT (1) << 30) /* bytes of memory */
#define MAX_JOBS 100000u
#define MAX_LOOPS 1024u

typedef struct
{
  const InspectorProbeTarget *target;
  GHashTable *epolls; /* descriptors that a loop may wait in */
  GArray *loops, *jobs;
} Search;

static GHashTable *
find_epolls (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  GHashTable *epolls = g_hash_table_new (NULL, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autofree char *link = g_file_read_link (file, NULL);

      if (link != NULL && strstr (link, "[eventpoll]") != NULL)
        g_hash_table_add (epolls, GINT_TO_POINTER (atoi (name)));
    }
  return epolls;
}

static void
try_loop (Search *search, guint64 address, const guint64 *words)
{
  guint64 next = words[offsetof (uv_loop_t, handle_queue) / sizeof *words];
  int fd;

  if (next == 0 || next % sizeof (gpointer) != 0)
    return;
  memcpy (&fd, (const guint8 *)words + offsetof (uv_loop_t, backend_fd), sizeof fd);
  if (fd <= 0 || fd >= 1 << 24 || search->loops->len == MAX_LOOPS ||
      !g_hash_table_contains (search->epolls, GINT_TO_POINTER (fd)) ||
      !look_is_loop (search->target, address))
    return;
  for (guint i = 0; i < search->loops->len; i++)
    if (g_array_index (search->loops, guint64, i) == address)
      return;
  g_array_append_val (search->loops, address);
}

static void
search_words (gpointer data, guint64 address, const guint64 *words, gsize n, gsize n_read)
{
  Search *search = data;

  for (gsize i = 0; i < n; i++, address += sizeof *words)
    {
      LookJob job;

      if (i + OVERLAP_WORDS <= n_read)
        try_loop (search, address, words + i);
      if (i + LOOK_JOB_WORDS <= n_read && search->jobs->len < MAX_JOBS &&
          look_is_job (search->target, address, words + i, &job))
        g_array_append_val (search->jobs, job);
    }
}

static gboolean
is_wanted (const InspectorProbeRegion *region)
{
  return region->is_writable && !region->is_code;
}

/* Its loop has to be one. */
static void
drop_strays (Search *search)
{
  guint n = 0;

  for (guint i = 0; i < search->jobs->len; i++)
    {
      LookJob job = g_array_index (search->jobs, LookJob, i);

      for (guint k = 0; k < search->loops->len; k++)
        if (g_array_index (search->loops, guint64, k) == job.loop)
          {
            g_array_index (search->jobs, LookJob, n++) = job;
            break;
          }
    }
  g_array_set_size (search->jobs, n);
}

gboolean
look_search (const InspectorProbeTarget *target, GArray *loops, GArray *jobs)
{
  Search search = {
    .target = target, .epolls = find_epolls (target->pid), .loops = loops, .jobs = jobs
  };
  InspectorProbeSearch memory = { .target = target,
                                  .max_bytes = MAX_SEARCHED,
                                  .overlap = OVERLAP_WORDS,
                                  .wants = is_wanted,
                                  .visit = search_words,
                                  .data = &search };
  gboolean is_whole = inspector_probe_search (&memory);

  drop_strays (&search);
  g_hash_table_unref (search.epolls);
  return is_whole;
}
