/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RECORDING_PAST_H
#define RECORDING_PAST_H

/* What the writer and the reader of a block both know of the records so far, by which the next one is mostly
 * foretold.
 *
 * An object is a kind (16 bits) and an id (48 bits, mostly an address). Each id of a block has an entry,
 * which remembers what was last named together with it; a task that resumes what it had suspended in
 * costs next to nothing. */

#include <string.h>

#include "channel/reader.h"
#include "channel/layout.h"

G_BEGIN_DECLS

/* How a record says its subject, which is the task or what an attribute belongs to, and its argument. */
typedef enum
{
  CODE_SAME,  /* subject: that of the record before; argument: the last of this subject */
  CODE_KIND,  /* subject: the argument of the record before; argument: as SAME, but its kind */
  CODE_NEW,   /* not named before in this block */
  CODE_KNOWN, /* by its entry */
  CODE_ZERO,
  CODE_NUMBER, /* argument: no object */
  N_CODES
} Code;

#define ID_MASK G_GUINT64_CONSTANT (0xffffffffffff)
#define KIND_SHIFT 48
/* Values from here on are likely to be addresses or objects, and to come again. */
#define LEAST_OBJECT (G_GUINT64_CONSTANT (1) << 24)

/* Arguments that are told apart: what is awaited, what is held or made, what an attribute names. */
#define N_ROLES 3u

typedef struct
{
  guint64 id;
  guint64 last[N_ROLES]; /* object; 0: none yet */
  guint32 last_entry[N_ROLES];
  guint32 ring; /* + 1; 0: none yet */
} Known;

typedef struct
{
  Known *known; /* by entry; the first has the id 0 */
  guint32 n_known, room;
  guint64 subject, argument; /* of the record before; the last argument that was an object */
  guint32 subject_entry, argument_entry;
  guint64 new_id; /* of the last subject that was new */
  guint32 ring;
  gint64 time_ns;
  gint32 tids[CHANNEL_MAX_RINGS]; /* last seen on each ring */
} Past;

static inline guint32
past_add (Past *self, guint64 id)
{
  if (self->n_known == self->room)
    {
      self->room = MAX (self->room * 2, 1024);
      self->known = g_renew (Known, self->known, self->room);
    }
  self->known[self->n_known] = (Known){ .id = id };
  return self->n_known++;
}

/* Also to begin with. */
static inline void
past_clear (Past *self)
{
  Known *known = self->known;
  guint32 room = self->room;

  memset (self, 0, sizeof *self);
  self->known = known;
  self->room = room;
  past_add (self, 0);
}

static inline void
past_set_argument (Past *self, guint role, guint64 argument, guint32 entry)
{
  Known *known = &self->known[self->subject_entry];

  known->last[role] = self->argument = argument;
  known->last_entry[role] = self->argument_entry = entry;
}

static inline guint
role_of (guint type)
{
  static const guint8 roles[CHANNEL_TYPE_COUNT] = {
    [CHANNEL_TASK_BEGIN] = 1,   [CHANNEL_TASK_END] = 1, [CHANNEL_RESOURCE_BEGIN] = 1,
    [CHANNEL_RESOURCE_END] = 1, [CHANNEL_ACQUIRE] = 1,  [CHANNEL_RELEASE] = 1,
    [CHANNEL_ATTRIBUTE] = 2,
  };

  return roles[type];
}

static inline gboolean
has_status (guint type)
{
  return type == CHANNEL_TASK_END || type == CHANNEL_AWAIT_END;
}

static inline gboolean
has_number (guint type)
{
  return type == CHANNEL_STATE_NAME || type == CHANNEL_POINT;
}

G_END_DECLS

#endif
