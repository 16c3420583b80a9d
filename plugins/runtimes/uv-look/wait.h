/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_LOOK_WAIT_H
#define UV_LOOK_WAIT_H

#include "inspector-probe.h"

G_BEGIN_DECLS

#define ID_MASK ((G_GUINT64_CONSTANT (1) << 48) - 1)

/* Of the address of a function; borrowed until the next call. */
typedef void (*LookFindPlace) (gpointer data, guint64 address, InspectorProbePlace *ret_place);

/* To whom, and of which program. */
typedef struct
{
  const InspectorProbeTarget *target;
  const InspectorProbeSink *sink;
  LookFindPlace find_place;
  gpointer data;
} LookTeller;

/* One thing that is waited for, as a task: of what the callbacks of a program make, no more can be told without
 * having seen them run. */
#define LOOK_MAX_ATTRIBUTES 4u
typedef struct
{
  const InspectKind *kind;
  guint64 address;                        /* of the handle or request */
  guint64 callback;                       /* 0 unknown */
  const InspectorProbeResource *resource; /* (nullable) */
  const InspectorProbeAttribute *attributes;
  guint n_attributes;
} LookWait;

void look_say_wait (const LookTeller *teller, const LookWait *wait);

static inline gboolean
look_read (const LookTeller *teller, guint64 address, gpointer buffer, gsize length)
{
  return teller->target->read (teller->target->data, address, buffer, length);
}

G_END_DECLS

#endif
