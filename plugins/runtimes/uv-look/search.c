/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "search.h"

#include <stddef.h>
#include <string.h>

#include "jobs.h"
#include "loops.h"

#define CHUNK (1024u * 1024u)
#define CHUNK_WORDS (CHUNK / sizeof (guint64))
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
  guint64 *words;   /* of the chunk, and what follows it */
  guint64 searched; /* bytes */
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
search_chunk (Search *search, guint64 address, gsize n, gsize n_read)
{
  for (gsize i = 0; i < n; i++, address += sizeof (guint64))
    {
      LookJob job;

      if (i + OVERLAP_WORDS <= n_read)
        try_loop (search, address, search->words + i);
      if (i + LOOK_JOB_WORDS <= n_read && search->jobs->len < MAX_JOBS &&
          look_is_job (search->target, address, search->words + i, &job))
        g_array_append_val (search->jobs, job);
    }
}

static gboolean
search_piece (Search *search, guint64 begin, guint64 end)
{
  for (guint64 at = begin; at < end; at += CHUNK)
    {
      gsize n = MIN (end - at, CHUNK) / sizeof (guint64);
      gsize n_read = MIN ((end - at) / sizeof (guint64), CHUNK_WORDS + OVERLAP_WORDS);

      search->searched += n * sizeof (guint64);
      if (search->searched > MAX_SEARCHED || search->target->is_cancelled (search->target->data))
        return FALSE;
      if (search->target->read (search->target->data, at, search->words, n_read * sizeof (guint64)))
        search_chunk (search, at, n, n_read);
    }
  return TRUE;
}

static gboolean
search_region (Search *search, const InspectorProbeRegion *region)
{
  guint64 begin, end = region->begin;
  gboolean is_whole = TRUE;

  while (is_whole && end < region->end)
    {
      begin = search->target->find_used (search->target->data, end, region->end, &end);
      is_whole = search_piece (search, begin, end);
    }
  return is_whole;
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
  Search search = { .target = target,
                    .epolls = find_epolls (target->pid),
                    .loops = loops,
                    .jobs = jobs,
                    .words = g_new (guint64, CHUNK_WORDS + OVERLAP_WORDS) };
  gboolean is_whole = TRUE;

  for (guint i = 0; i < target->n_regions && is_whole; i++)
    {
      const InspectorProbeRegion *region = &target->regions[i];

      if (region->is_writable && !region->is_code)
        is_whole = search_region (&search, region);
    }
  drop_strays (&search);
  g_hash_table_unref (search.epolls);
  g_free (search.words);
  return is_whole;
}
