/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/standing.h"

static gboolean
is_over (const Standing *self, gint64 now_ns, gint64 limit_ns)
{
  return self->since_ns == 0 && now_ns - self->until_ns > limit_ns;
}

void
standing_note (Standing *self, gboolean stands, gint64 now_ns, gint64 limit_ns)
{
  if (stands == (self->since_ns != 0))
    return;
  if (stands)
    {
      if (is_over (self, now_ns, limit_ns))
        self->for_ns = 0;
      self->since_ns = now_ns;
      return;
    }
  self->for_ns += MAX (now_ns - self->since_ns, 0);
  self->until_ns = now_ns;
  self->since_ns = 0;
}

gint64
standing_get (const Standing *self, gint64 now_ns, gint64 limit_ns)
{
  if (is_over (self, now_ns, limit_ns))
    return 0;
  return self->for_ns + (self->since_ns != 0 ? MAX (now_ns - self->since_ns, 0) : 0);
}
