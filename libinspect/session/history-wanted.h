/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HISTORY_WANTED_H
#define SESSION_HISTORY_WANTED_H

/* Ids whose records are read. Nearly all that is asked for is not there, which a bit says. What is named together is
 * asked for together: the blocks that name a task name its waits, too, and need not be gone through for them once
 * more. */

#include <glib.h>
#include "recording/mentions.h"

G_BEGIN_DECLS

#define HISTORY_WANTED_NEAR 64u

typedef struct
{
  guint64 id;
  /* An object that only one can have: of it alone all is wanted that is said of it, and of who takes it the last two.
   * 0: all records that name the id. */
  guint64 lock;
  guint from; /* of a lock: nothing of who had it before that piece is needed */
} HistoryWantedId;

typedef struct
{
  guint64 near[HISTORY_WANTED_NEAR];
  GHashTable *keys;
  GArray *in_order; /* HistoryWantedId, as they were added */
} HistoryWanted;

void history_wanted_init (HistoryWanted *wanted);
void history_wanted_clear (HistoryWanted *wanted);
/* FALSE: it was wanted already. */
gboolean history_wanted_add (HistoryWanted *wanted, guint64 object);
gboolean history_wanted_add_lock (HistoryWanted *wanted, guint64 object);
/* (nullable): of a lock that was added as one */
const HistoryWantedId *history_wanted_find_lock (const HistoryWanted *wanted, guint64 object);

static inline guint64
history_wanted_mix (guint64 key)
{
  return key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
}

static inline gboolean
history_wanted_has (const HistoryWanted *self, guint64 object)
{
  guint64 key = recording_mention_key (object), hash = history_wanted_mix (key);

  return (self->near[hash >> 58] >> (hash >> 52 & 63) & 1) != 0 && key != 0 &&
         g_hash_table_contains (self->keys, GSIZE_TO_POINTER (key));
}

G_END_DECLS

#endif
