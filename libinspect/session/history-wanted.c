/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/history-wanted.h"

/* What is wanted of all that have one key. */
enum
{
  NOTHING,
  LOCKS, /* those that were added */
  ALL,
};

void
history_wanted_init (HistoryWanted *self)
{
  *self = (HistoryWanted){ .keys = g_hash_table_new (NULL, NULL),
                           .in_order = g_array_new (FALSE, FALSE, sizeof (HistoryWantedId)) };
}

void
history_wanted_clear (HistoryWanted *self)
{
  g_array_unref (self->in_order);
  g_hash_table_unref (self->keys);
}

static void
add (HistoryWanted *self, const HistoryWantedId *id, guint what)
{
  guint64 key = recording_mention_key (id->id), hash = history_wanted_mix (key);

  g_hash_table_insert (self->keys, GSIZE_TO_POINTER (key), GUINT_TO_POINTER (what));
  g_array_append_vals (self->in_order, id, 1);
  self->near[hash >> 58] |= G_GUINT64_CONSTANT (1) << (hash >> 52 & 63);
}

static guint
look_up (const HistoryWanted *self, guint64 id)
{
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (self->keys, GSIZE_TO_POINTER (recording_mention_key (id))));
}

gboolean
history_wanted_add (HistoryWanted *self, guint64 object)
{
  const HistoryWantedId id = { .id = object & RECORDING_MENTIONS_ID };

  if (id.id == 0 || look_up (self, id.id) == ALL)
    return FALSE;
  add (self, &id, ALL);
  return TRUE;
}

gboolean
history_wanted_add_lock (HistoryWanted *self, guint64 object)
{
  const HistoryWantedId id = { .id = object & RECORDING_MENTIONS_ID, .lock = object };

  if (id.id == 0 || look_up (self, id.id) == ALL || history_wanted_find_lock (self, object) != NULL)
    return FALSE;
  add (self, &id, LOCKS);
  return TRUE;
}

const HistoryWantedId *
history_wanted_find_lock (const HistoryWanted *self, guint64 object)
{
  for (guint i = 0; i < self->in_order->len; i++)
    {
      const HistoryWantedId *id = &g_array_index (self->in_order, HistoryWantedId, i);

      if (id->lock == object)
        return id;
    }
  return NULL;
}
