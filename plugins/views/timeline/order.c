/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "order.h"

#include <string.h>
#include <glib/gi18n-lib.h>

struct _TimelineOrdering
{
  GHashTable *places; /* of tasks that were moved: track -> the place it has */
};

typedef struct
{
  guint track;
  gint64 key;
  char *name;
} Item;

TimelineOrdering *
timeline_ordering_new (void)
{
  TimelineOrdering *self = g_new0 (TimelineOrdering, 1);

  self->places = g_hash_table_new (NULL, NULL);
  return self;
}

void
timeline_ordering_free (TimelineOrdering *self)
{
  g_hash_table_unref (self->places);
  g_free (self);
}

void
timeline_ordering_forget (TimelineOrdering *self)
{
  g_hash_table_remove_all (self->places);
}

/* ---- Order ------------------------------------------------------------------------------------- */

static guint
get_place (TimelineOrdering *self, guint track)
{
  gpointer place;

  return g_hash_table_lookup_extended (self->places, GUINT_TO_POINTER (track), NULL, &place)
             ? GPOINTER_TO_UINT (place)
             : track;
}

void
timeline_ordering_exchange (TimelineOrdering *self, guint track, guint other)
{
  guint place = get_place (self, track), other_place = get_place (self, other);

  g_hash_table_insert (self->places, GUINT_TO_POINTER (track), GUINT_TO_POINTER (other_place));
  g_hash_table_insert (self->places, GUINT_TO_POINTER (other), GUINT_TO_POINTER (place));
}

/* The smaller, the earlier. */
static gint64
find_key (TimelineOrdering *self, InspectorHistory *history, TimelineOrder order, guint track,
          gint64 first_ns, gint64 last_ns)
{
  static const InspectorState states[] = { [TIMELINE_ORDER_BLOCKED] = INSPECTOR_STATE_BLOCKED,
                                           [TIMELINE_ORDER_WAITING] = INSPECTOR_STATE_WAITING,
                                           [TIMELINE_ORDER_RUNNING] = INSPECTOR_STATE_RUNNING };
  gint64 sums[INSPECTOR_N_STATES];
  InspectorTrack info;

  if (order == TIMELINE_ORDER_BEGIN)
    return get_place (self, track);
  if (order == TIMELINE_ORDER_LIFE)
    return inspector_history_get_track (history, track, &info)
               ? info.begin_ns - MIN (info.end_ns, last_ns)
               : 0;
  if (order == TIMELINE_ORDER_NAME)
    return 0;
  inspector_history_get_coverage (history, track, first_ns, last_ns + 1, 1, sums);
  return -sums[states[order]];
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const Item *one = a, *other = b;
  int names = g_strcmp0 (one->name, other->name);

  if (names != 0)
    return names;
  if (one->key != other->key)
    return one->key < other->key ? -1 : 1;
  return one->track < other->track ? -1 : 1;
}

void
timeline_ordering_sort (TimelineOrdering *self, InspectorHistory *history, TimelineOrder order,
                        guint *tracks, guint n)
{
  g_autofree Item *items = NULL;
  gint64 first_ns = 0, last_ns = 0;

  /* They come in it. */
  if (order == TIMELINE_ORDER_BEGIN && g_hash_table_size (self->places) == 0)
    return;
  items = g_new (Item, n + 1);
  inspector_history_get_range (history, &first_ns, &last_ns);
  for (guint i = 0; i < n; i++)
    items[i] =
        (Item){ tracks[i], find_key (self, history, order, tracks[i], first_ns, last_ns),
                order == TIMELINE_ORDER_NAME ? inspector_history_dup_name (history, tracks[i])
                                             : NULL };
  qsort (items, n, sizeof *items, compare);
  for (guint i = 0; i < n; i++)
    {
      tracks[i] = items[i].track;
      g_free (items[i].name);
    }
}

/* ---- Groups ------------------------------------------------------------------------------------ */

/* "uv" of "uv.tcp-connect"; "" */
static char *
dup_runtime (InspectorHistory *history, guint track, guint16 kind)
{
  const char *name = inspector_history_get_kind (history, track, kind), *end = strchr (name, '.');

  return g_strndup (name, end != NULL ? (gsize)(end - name) : strlen (name));
}

static gboolean
get_row (InspectorHistory *history, guint track, InspectorRow *ret_row)
{
  gint64 first_ns, last_ns;

  return inspector_history_get_range (history, &first_ns, &last_ns) &&
         inspector_history_get_rows (history, track, 1, last_ns, ret_row) == 1;
}

guint
timeline_ordering_get_group (TimelineOrdering *self, InspectorHistory *history,
                             TimelineGrouping grouping, guint track)
{
  g_autofree char *runtime = NULL;
  InspectorTrack info;
  InspectorRow row;

  if (grouping == TIMELINE_GROUP_PROGRAM)
    return inspector_history_get_track (history, track, &info) ? (guint)info.pid : 0;
  if (!get_row (history, track, &row))
    return 0;
  if (grouping == TIMELINE_GROUP_THREAD)
    return (guint)row.tid;
  runtime = dup_runtime (history, track, row.last_kind);
  return *runtime != '\0' ? g_quark_from_string (runtime) : 0;
}

char *
timeline_ordering_dup_group (TimelineOrdering *self, InspectorHistory *history,
                             TimelineGrouping grouping, guint track)
{
  guint key = timeline_ordering_get_group (self, history, grouping, track);

  if (grouping == TIMELINE_GROUP_PROGRAM)
    return g_strdup_printf (_ ("process %u"), key);
  if (key == 0)
    return g_strdup (grouping == TIMELINE_GROUP_THREAD ? _ ("thread unknown")
                                                       : _ ("runtime unknown"));
  return grouping == TIMELINE_GROUP_THREAD ? g_strdup_printf (_ ("thread %u"), key)
                                           : g_strdup (g_quark_to_string (key));
}
