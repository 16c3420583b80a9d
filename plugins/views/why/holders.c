/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "holders.h"

/* Of some tasks that were looked at one after the other. */
#define MAX_KNOWN 64u

typedef struct
{
  guint track;
  gint64 at_ns;
  guint holder;
  gboolean is_inferred;
} Known;

struct _WhyHolders
{
  InspectorHistory *history;
  WhyHolderWant want;
  gpointer data;
  GArray *known; /* Known */
  gboolean lacks;
};

WhyHolders *
why_holders_new (InspectorHistory *history, WhyHolderWant want, gpointer data)
{
  WhyHolders *self = g_new0 (WhyHolders, 1);

  *self = (WhyHolders){ g_object_ref (history), want, data,
                        g_array_new (FALSE, FALSE, sizeof (Known)), FALSE };
  return self;
}

void
why_holders_free (WhyHolders *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->known);
  g_object_unref (self->history);
  g_free (self);
}

/* Whose end was waited for, or who had what was waited for. */
static Known
look (WhyHolders *self, guint track, gint64 at_ns)
{
  InspectorMoment *moment = inspector_history_get_moment (self->history, track, at_ns, NULL);
  Known found = { track, at_ns, G_MAXUINT, FALSE };

  for (guint i = 0; moment != NULL && i < moment->pending->len && found.holder == G_MAXUINT; i++)
    {
      const InspectorPending *pending = moment->pending->pdata[i];

      found.is_inferred = pending->awaited == G_MAXUINT;
      found.holder = pending->awaited;
      if (found.holder == G_MAXUINT && pending->holders->len > 0)
        found.holder = ((InspectorHolder *)pending->holders->pdata[0])->track;
    }
  inspector_moment_free (moment);
  if (found.holder == track)
    found.holder = G_MAXUINT;
  return found;
}

static const Known *
find_known (WhyHolders *self, guint track, gint64 at_ns)
{
  for (guint i = 0; i < self->known->len; i++)
    {
      const Known *known = &g_array_index (self->known, Known, i);

      if (known->track == track && known->at_ns == at_ns)
        return known;
    }
  return NULL;
}

guint
why_holders_find (WhyHolders *self, guint track, gint64 at_ns, gboolean *ret_is_inferred)
{
  const Known *known = find_known (self, track, at_ns);

  if (known == NULL && self->want != NULL && !self->want (self->data, track, at_ns))
    {
      self->lacks = TRUE;
      return G_MAXUINT;
    }
  if (known == NULL)
    {
      Known found = look (self, track, at_ns);

      if (self->known->len >= MAX_KNOWN)
        g_array_remove_index (self->known, 0);
      g_array_append_val (self->known, found);
      known = &g_array_index (self->known, Known, self->known->len - 1);
    }
  *ret_is_inferred = known->is_inferred;
  return known->holder;
}

gboolean
why_holders_lack (WhyHolders *self)
{
  gboolean lacks = self->lacks;

  self->lacks = FALSE;
  return lacks;
}
