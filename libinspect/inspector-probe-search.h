/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_PROBE_SEARCH_H
#define INSPECTOR_PROBE_SEARCH_H

#include "inspector-probe.h"

/**
 * SECTION: inspector-probe-search.h
 *
 * For a probe that has to look through a program's memory word by word, as what it looks for is known by what it is like.
 * Only what the program has ever used is read, and no more than was agreed on.
 */

G_BEGIN_DECLS

#define INSPECTOR_PROBE_SEARCH_WORDS (1024u * 1024u / sizeof (guint64))

/**
 * InspectorProbeSearch:
 * @max_bytes: of memory, in all
 * @overlap: words that are read beyond a piece, for what begins in it and ends behind it
 * @wants: which regions
 * @visit: of a piece that begins at @address: its @n words, and of those that follow it so many that there are @n_read
 * @from: nothing below; set to where it was given up
 * @searched: bytes so far
 *
 * A search that may be taken up again.
 */
typedef struct
{
  const InspectorProbeTarget *target;
  guint64 max_bytes;
  gsize overlap;
  gboolean (*wants) (const InspectorProbeRegion *region);
  void (*visit) (gpointer data, guint64 address, const guint64 *words, gsize n, gsize n_read);
  gpointer data;
  guint64 from;
  guint64 searched;
} InspectorProbeSearch;

/* FALSE: that is enough. */
static inline gboolean
inspector_probe_search_piece (InspectorProbeSearch *search, guint64 begin, guint64 end,
                              guint64 *words)
{
  const InspectorProbeTarget *target = search->target;

  for (guint64 at = begin; at < end; at += INSPECTOR_PROBE_SEARCH_WORDS * sizeof *words)
    {
      gsize n_left = (gsize)((end - at) / sizeof *words);
      gsize n = MIN (n_left, INSPECTOR_PROBE_SEARCH_WORDS);
      gsize n_read = MIN (n_left, INSPECTOR_PROBE_SEARCH_WORDS + search->overlap);

      search->from = at;
      search->searched += n * sizeof *words;
      if (search->searched > search->max_bytes || target->is_cancelled (target->data))
        return FALSE;
      if (target->read (target->data, at, words, n_read * sizeof *words))
        search->visit (search->data, at, words, n, n_read);
    }
  return TRUE;
}

/** Returns: whether it has come to the end of all memory */
static inline gboolean
inspector_probe_search (InspectorProbeSearch *search)
{
  const InspectorProbeTarget *target = search->target;
  guint64 *words = g_new (guint64, INSPECTOR_PROBE_SEARCH_WORDS + search->overlap);
  gboolean is_whole = TRUE;

  for (guint i = 0; i < target->n_regions && is_whole; i++)
    {
      const InspectorProbeRegion *region = &target->regions[i];
      guint64 begin, end = MAX (region->begin, search->from & ~(guint64)7);

      while (is_whole && end < region->end && search->wants (region))
        {
          begin = target->find_used (target->data, end, region->end, &end);
          is_whole = inspector_probe_search_piece (search, begin, end, words);
        }
    }
  g_free (words);
  return is_whole;
}

G_END_DECLS

#endif
