/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_LOOK_LOOPS_H
#define UV_LOOK_LOOPS_H

#include <uv.h>

#include "wait.h"

G_BEGIN_DECLS

/* One handle as it was. */
typedef struct
{
  guint64 address;
  union uv_any_handle bytes;
} LookHandle;

/* A loop and its handles at one instant. */
typedef struct
{
  guint64 address;
  uv_loop_t bytes;
  GArray *handles; /* LookHandle */
} LookLoop;

/* Addresses of the loops that there are. @module: (nullable): the object that has libuv */
GArray *look_find_loops (const InspectorProbeTarget *target, const InspectorProbeModule *module);
/* Whether one lies there. */
gboolean look_is_loop (const InspectorProbeTarget *target, guint64 address);
/* FALSE: it changes faster than it can be read, or is no loop any more. Clear it in any case. */
gboolean look_copy_loop (const InspectorProbeTarget *target, guint64 address, LookLoop *ret_loop);
void look_loop_clear (LookLoop *loop);

/* Tells of the handles that wait, and of what is queued on them where that is asked for. FALSE: not all could be
 * read */
gboolean look_say_loop (const LookLoop *loop, const LookTeller *teller);
gboolean look_say_requests (const LookHandle *handle, const LookTeller *teller);

G_END_DECLS

#endif
