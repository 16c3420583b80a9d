/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "sources.h"

#include <stddef.h>
#include <string.h>
#include "inspector-probe-search.h"

/* What follows the public part of a source is GLib's own, and has been the same from 2.36 to this day. */

#define MAX_SEARCHED (G_GUINT64_CONSTANT (1) << 30) /* bytes of memory */
#define MAX_SOURCES 100000u
#define MAX_TRIES 5u
#define MAX_DESCRIPTORS (1 << 24)
#define SECONDS_SINCE 68u /* of GLib 2: how timeouts in seconds are kept; known from there on */

/* GSourceCallback of gmain.c: what g_source_set_callback() was given. */
typedef struct
{
  gint32 references;
  guint64 function;
  guint64 data;
} Callback;

/* GSourcePrivate of gmain.c. */
typedef struct
{
  guint64 children;
  guint64 parent;
  gint64 ready_time;
  guint64 descriptors; /* GSList of GPollFD, of g_source_add_unix_fd() */
} Private;

typedef struct
{
  const InspectorProbeTarget *target;
  const Anchors *anchors;
  const GTaskLayout *layout;
  GArray *gtasks;        /* LookGTask */
  GArray *sources;       /* LookSource */
  GHashTable *seen;      /* addresses that were looked at */
  GArray *to_see;        /* guint64: neighbours of those that were found */
  guint32 minor_version; /* 0 unknown */
  gboolean is_whole;
} Search;

static gboolean
read_bytes (const Search *search, guint64 address, gpointer buffer, gsize length)
{
  return search->target->read (search->target->data, address, buffer, length);
}

/* ---- One source ---------------------------------------------------------------------------------- */

static guint64
link_of (const GSource *source, gboolean forward)
{
  return GPOINTER_TO_SIZE (forward ? source->next : source->prev);
}

/* Its neighbours in the list of its context know it. */
static gboolean
is_linked (const Search *search, const GSource *source, guint64 address)
{
  for (guint forward = 0; forward <= 1; forward++)
    {
      guint64 neighbour = link_of (source, forward);
      GSource other;

      if (neighbour != 0 &&
          (!read_bytes (search, neighbour, &other, sizeof other) ||
           link_of (&other, !forward) != address || other.context != source->context))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_attached (const Search *search, const GSource *source, guint64 address)
{
  const InspectorProbeRegion *context =
      inspector_probe_find_region (search->target, GPOINTER_TO_SIZE (source->context));

  return (source->flags & G_HOOK_FLAG_ACTIVE) != 0 && source->ref_count > 0 &&
         source->ref_count < 1u << 24 && source->source_id != 0 && context != NULL &&
         context->is_writable && GPOINTER_TO_SIZE (source->source_funcs) % sizeof (gpointer) == 0 &&
         is_linked (search, source, address);
}

/* Another sort of callback (a GClosure's) is known by nothing. */
static guint64
find_callback (const Search *search, const GSource *source)
{
  Callback callback;

  return source->callback_data != NULL &&
                 read_bytes (search, GPOINTER_TO_SIZE (source->callback_data), &callback,
                             sizeof callback) &&
                 callback.references > 0 && callback.references < 1 << 24 &&
                 inspector_probe_is_code (search->target, callback.function)
             ? callback.function
             : 0;
}

static int
read_descriptor (const Search *search, guint64 list)
{
  guint64 link[2];
  GPollFD poll;

  return list != 0 && read_bytes (search, list, link, sizeof link) &&
                 read_bytes (search, link[0], &poll, sizeof poll) && poll.fd >= 0 &&
                 poll.fd < MAX_DESCRIPTORS
             ? poll.fd
             : -1;
}

static int
find_descriptor (const Search *search, const GSource *source)
{
  int fd = read_descriptor (search, GPOINTER_TO_SIZE (source->poll_fds));
  Private own;

  if (fd < 0 && read_bytes (search, GPOINTER_TO_SIZE (source->priv), &own, sizeof own))
    fd = read_descriptor (search, own.descriptors);
  return fd;
}

/* Text of the program's: what is no plain text is none. It may end where the memory does. */
static void
read_name (const Search *search, const GSource *source, char *name)
{
  guint64 address = GPOINTER_TO_SIZE (source->name);
  gsize to_page_end = 4096 - address % 4096;

  if (address == 0 || (!read_bytes (search, address, name, SOURCE_NAME_MAX) &&
                       !read_bytes (search, address, name, MIN (to_page_end, SOURCE_NAME_MAX))))
    name[0] = '\0';
  name[SOURCE_NAME_MAX - 1] = '\0';
  for (guint i = 0; name[i] != '\0'; i++)
    if (!g_ascii_isprint (name[i]))
      name[0] = '\0';
}

/* GTimeoutSource, GChildWatchSource and GUnixSignalWatchSource all have theirs first. */
static void
read_number (const Search *search, LookSource *source)
{
  guint32 own[2]; /* of a timeout the second one says whether the first is in seconds */

  if ((source->sort != SORT_TIMEOUT && source->sort != SORT_CHILD && source->sort != SORT_SIGNAL) ||
      !read_bytes (search, source->address + sizeof (GSource), own, sizeof own))
    return;
  source->number = own[0];
  source->has_number = TRUE;
  if (source->sort != SORT_TIMEOUT || own[1] == 0)
    return;
  /* Before, such a number was in ms. */
  source->has_number = own[1] == 1 && search->minor_version >= SECONDS_SINCE;
  source->number *= 1000;
}

/* FALSE: it is none, or not attached. */
static gboolean
read_source (const Search *search, guint64 address, GSource *ret_bytes, LookSource *ret_source)
{
  if (!read_bytes (search, address, ret_bytes, sizeof *ret_bytes) ||
      !is_attached (search, ret_bytes, address))
    return FALSE;
  *ret_source = (LookSource){ .address = address,
                              .context = GPOINTER_TO_SIZE (ret_bytes->context),
                              .id = ret_bytes->source_id,
                              .sort = look_get_sort (search->anchors,
                                                     GPOINTER_TO_SIZE (ret_bytes->source_funcs)),
                              .callback = find_callback (search, ret_bytes),
                              .fd = find_descriptor (search, ret_bytes) };
  read_name (search, ret_bytes, ret_source->name);
  read_number (search, ret_source);
  return TRUE;
}

/* The program goes on meanwhile: what has changed while it was read is read again. */
static void
try_source (Search *search, guint64 address)
{
  if (address % sizeof (gpointer) != 0 || address == 0 ||
      !g_hash_table_add (search->seen, GSIZE_TO_POINTER (address)))
    return;
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      GSource bytes, after;
      LookSource source;

      if (!read_source (search, address, &bytes, &source))
        return;
      if (!read_bytes (search, address, &after, sizeof after) ||
          memcmp (&bytes, &after, sizeof bytes) != 0)
        continue;
      if (search->sources->len == MAX_SOURCES)
        break;
      g_array_append_val (search->sources, source);
      for (guint forward = 0; forward <= 1; forward++)
        {
          guint64 neighbour = link_of (&bytes, forward);

          if (neighbour != 0)
            g_array_append_val (search->to_see, neighbour);
        }
      return;
    }
  search->is_whole = FALSE;
}

/* Sources of others stand beside GLib's. */
static void
try_neighbours (Search *search)
{
  while (search->to_see->len > 0)
    {
      guint64 address = g_array_index (search->to_see, guint64, search->to_see->len - 1);

      g_array_set_size (search->to_see, search->to_see->len - 1);
      try_source (search, address);
    }
}

/* ---- All of them --------------------------------------------------------------------------------- */

static void
try_gtask (Search *search, guint64 address)
{
  LookGTask gtask;

  if (search->gtasks->len < MAX_SOURCES &&
      look_read_gtask (search->target, search->layout, address, &gtask))
    g_array_append_val (search->gtasks, gtask);
}

static void
search_words (gpointer data, guint64 begin, const guint64 *words, gsize n, gsize n_read)
{
  Search *search = data;
  const gsize offset = offsetof (GSource, source_funcs);
  guint64 class = search->layout->class;

  for (gsize i = 0; i < n; i++)
    if (words[i] == 0)
      continue;
    else if (words[i] == class)
      try_gtask (search, begin + i * sizeof *words);
    else if (look_get_sort (search->anchors, words[i]) != SORT_OTHER)
      {
        try_source (search, begin + i * sizeof *words - offset);
        try_neighbours (search);
      }
}

/* Sources are allocated. */
static gboolean
is_wanted (const InspectorProbeRegion *region)
{
  return region->is_writable && !region->is_module && !region->is_stack && !region->is_code;
}

static int
compare_sources (gconstpointer a, gconstpointer b)
{
  const LookSource *x = a, *y = b;

  return (x->address > y->address) - (x->address < y->address);
}

static void
search_init (Search *search, const InspectorProbeTarget *target, const Anchors *anchors)
{
  *search = (Search){ .target = target,
                      .anchors = anchors,
                      .sources = g_array_new (FALSE, FALSE, sizeof (LookSource)),
                      .seen = g_hash_table_new (NULL, NULL),
                      .to_see = g_array_new (FALSE, FALSE, sizeof (guint64)),
                      .is_whole = TRUE };
  if (anchors->minor_version == 0 ||
      !read_bytes (search, anchors->minor_version, &search->minor_version,
                   sizeof search->minor_version))
    search->minor_version = 0;
}

static GArray *
search_end (Search *search, gboolean *ret_is_whole)
{
  g_hash_table_unref (search->seen);
  g_array_unref (search->to_see);
  *ret_is_whole = search->is_whole;
  return search->sources;
}

GArray *
look_find_sources (const InspectorProbeTarget *target, const Anchors *anchors,
                   const GTaskLayout *layout, GArray *gtasks, gboolean *ret_is_whole)
{
  Search search;
  InspectorProbeSearch memory = { .target = target,
                                  .max_bytes = MAX_SEARCHED,
                                  .wants = is_wanted,
                                  .visit = search_words,
                                  .data = &search };

  search_init (&search, target, anchors);
  search.layout = layout;
  search.gtasks = gtasks;
  search.is_whole = inspector_probe_search (&memory) && search.is_whole;
  g_array_sort (search.sources, compare_sources);
  return search_end (&search, ret_is_whole);
}

GArray *
look_at_sources (const InspectorProbeTarget *target, const Anchors *anchors, const GArray *sources,
                 gboolean *ret_is_whole)
{
  Search search;

  search_init (&search, target, anchors);
  for (guint i = 0; i < sources->len; i++)
    try_source (&search, g_array_index (sources, LookSource, i).address);
  return search_end (&search, ret_is_whole);
}
