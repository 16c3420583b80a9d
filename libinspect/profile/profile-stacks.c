/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The tree of who awaited what: tasks below those that began them, and below a task what it ran and
 * what it waited for. */

#include "config.h"

#include "profile/profile-private.h"

#define MAX_DEPTH 64

ProfileNode *
profile_get_node (Profile *profile, guint32 node)
{
  return &g_array_index (profile->nodes, ProfileNode, node);
}

static guint64
key_of (guint32 parent, ProfileNodeClass of, guint32 location, const ModelKind *kind,
        ProfileWaitClass as)
{
  guint64 what = (guint64)(kind != NULL ? kind->number : 0) << 4 | (guint64)of << 2 | (guint64)as;
  guint64 key = (guint64)parent << 24 | (location & 0xffffff);

  /* 14 bits of the parent, 24 of the place, 20 of the rest; never 0. */
  return (key << 20 | what) + (G_GUINT64_CONSTANT (1) << 60);
}

G_STATIC_ASSERT (PROFILE_MAX_NODES <= 1 << 14);

guint32
profile_node (Profile *profile, guint32 parent, ProfileNodeClass of, guint32 location,
              const ModelKind *kind, ProfileWaitClass as)
{
  guint64 key = key_of (parent, of, location, kind, as);
  gpointer known = model_table_find (&profile->nodes_by_key, key);
  const ProfileNode *above = profile_get_node (profile, parent);
  guint32 index = profile->nodes->len;
  ProfileNode node = { .parent = parent,
                       .location = location,
                       .of = of,
                       .kind = kind,
                       .as = as,
                       .depth = above->depth + 1 };

  if (known != NULL)
    return GPOINTER_TO_UINT (known);
  /* What has no row of its own is told of above it. */
  if (index >= PROFILE_MAX_NODES || above->depth >= MAX_DEPTH)
    {
      profile->n_nodes_turned_away++;
      return parent;
    }
  g_array_append_val (profile->nodes, node);
  model_table_add (&profile->nodes_by_key, key, GUINT_TO_POINTER (index));
  return index;
}

gboolean
profile_node_is_below (const Profile *profile, guint32 node, guint32 above)
{
  while (node != 0 && node != above)
    node = g_array_index (profile->nodes, ProfileNode, node).parent;
  return node == above;
}
