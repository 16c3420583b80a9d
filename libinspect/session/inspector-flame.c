/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/inspector-profile-private.h"

#include <string.h>

typedef struct
{
  guint parent, depth;
  InspectorFlameKind kind;
  char *name, *where;
  gint64 own_ns, total_ns;
  GArray *children; /* guint; NULL: none */
} Node;

struct _InspectorFlame
{
  GObject parent_instance;
  InspectorFlameBy by;
  GPtrArray *nodes; /* Node, depth first */
  gint64 total_ns;
};

G_DEFINE_TYPE (InspectorFlame, inspector_flame, G_TYPE_OBJECT)

static void
node_free (gpointer data)
{
  Node *node = data;

  g_free (node->name);
  g_free (node->where);
  if (node->children != NULL)
    g_array_unref (node->children);
  g_free (node);
}

static void
inspector_flame_finalize (GObject *object)
{
  g_ptr_array_unref (INSPECTOR_FLAME (object)->nodes);
  G_OBJECT_CLASS (inspector_flame_parent_class)->finalize (object);
}

static void
inspector_flame_class_init (InspectorFlameClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_flame_finalize;
}

static void
inspector_flame_init (InspectorFlame *self)
{
  self->nodes = g_ptr_array_new_with_free_func (node_free);
}

/* ---- The tree of one program ------------------------------------------------------------------ */

/* What a tree is made in; nodes in any order in which parents come first. */
typedef struct
{
  InspectorFlameBy by;
  GPtrArray *nodes;
  GHashTable *by_name; /* "parent kind name\nwhere": index + 1 */
} Builder;

/* Stacks that differ where nobody looks have one frame. */
static guint
get_node (Builder *builder, guint parent, InspectorFlameKind kind, const char *name,
          const char *where)
{
  g_autofree char *key = g_strdup_printf ("%u %u %s\n%s", parent, (guint)kind, name, where);
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (builder->by_name, key));
  Node *above = parent != G_MAXUINT ? g_ptr_array_index (builder->nodes, parent) : NULL;
  guint index = builder->nodes->len;
  Node *node;

  if (known != 0)
    return known - 1;
  node = g_new0 (Node, 1);
  node->parent = above != NULL ? parent : index;
  node->depth = above != NULL ? above->depth + 1 : 0;
  node->kind = kind;
  node->name = g_strdup (name);
  node->where = g_strdup (where);
  g_ptr_array_add (builder->nodes, node);
  if (above != NULL && above->children == NULL)
    above->children = g_array_new (FALSE, FALSE, sizeof index);
  if (above != NULL)
    g_array_append_val (above->children, index);
  g_hash_table_insert (builder->by_name, g_steal_pointer (&key), GUINT_TO_POINTER (index + 1));
  return index;
}

static gint64
get_time (const Builder *builder, const ProfileResultNode *node)
{
  switch (builder->by)
    {
    case INSPECTOR_FLAME_RUNNING:
      return node->running_ns;
    case INSPECTOR_FLAME_WAITING:
      return node->waiting_ns;
    case INSPECTOR_FLAME_WALL:
      break;
    }
  return node->running_ns + node->waiting_ns + node->ready_ns;
}

static InspectorFlameKind
get_kind (ProfileNodeClass of)
{
  static const InspectorFlameKind kinds[] = { [PROFILE_NODE_ROOT] = INSPECTOR_FLAME_PROGRAM,
                                              [PROFILE_NODE_TASK] = INSPECTOR_FLAME_TASK,
                                              [PROFILE_NODE_CALLBACK] = INSPECTOR_FLAME_CALLBACK,
                                              [PROFILE_NODE_WAIT] = INSPECTOR_FLAME_WAIT };

  return kinds[of];
}

static void
add_result (Builder *builder, const ProfileResult *result)
{
  g_autofree guint *numbers = g_new (guint, MAX (result->nodes->len, 1));

  for (guint i = 0; i < result->nodes->len; i++)
    {
      const ProfileResultNode *from = g_ptr_array_index (result->nodes, i);

      numbers[i] = i == 0
                       ? get_node (builder, G_MAXUINT, INSPECTOR_FLAME_PROGRAM, result->program, "")
                       : get_node (builder, numbers[from->parent], get_kind (from->of), from->name,
                                   from->where);
      ((Node *)g_ptr_array_index (builder->nodes, numbers[i]))->own_ns += get_time (builder, from);
    }
}

/* Children come after their parents. */
static void
sum_up (Builder *builder)
{
  for (guint i = builder->nodes->len; i > 0; i--)
    {
      Node *node = g_ptr_array_index (builder->nodes, i - 1);

      node->total_ns += node->own_ns;
      if (node->parent != i - 1)
        ((Node *)g_ptr_array_index (builder->nodes, node->parent))->total_ns += node->total_ns;
    }
}

/* ---- In order ------------------------------------------------------------------------------- */

static gint
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const GPtrArray *nodes = data;
  const Node *x = g_ptr_array_index (nodes, *(const guint *)a);
  const Node *y = g_ptr_array_index (nodes, *(const guint *)b);

  if (x->total_ns != y->total_ns)
    return x->total_ns < y->total_ns ? 1 : -1;
  return g_strcmp0 (x->name, y->name);
}

/* No deeper than the stacks of a profile are. */
static void
add_in_order (InspectorFlame *self, Builder *builder, guint index, guint parent)
{
  Node *from = g_ptr_array_index (builder->nodes, index);
  guint here = self->nodes->len;
  Node *node;

  if (from->total_ns <= 0)
    return;
  node = g_new0 (Node, 1);
  *node = (Node){ .parent = parent == G_MAXUINT ? here : parent,
                  .depth = from->depth,
                  .kind = from->kind,
                  .name = g_steal_pointer (&from->name),
                  .where = g_steal_pointer (&from->where),
                  .own_ns = from->own_ns,
                  .total_ns = from->total_ns };
  g_ptr_array_add (self->nodes, node);
  if (from->children == NULL)
    return;
  g_array_sort_with_data (from->children, compare, builder->nodes);
  for (guint i = 0; i < from->children->len; i++)
    add_in_order (self, builder, g_array_index (from->children, guint, i), here);
}

InspectorFlame *
inspector_profile_build_flame (InspectorProfile *profile, InspectorFlameBy by)
{
  Builder builder = { .by = by };
  const GPtrArray *results;
  InspectorFlame *self;

  g_return_val_if_fail (INSPECTOR_IS_PROFILE (profile), NULL);

  self = g_object_new (INSPECTOR_TYPE_FLAME, NULL);
  self->by = by;
  results = inspector_profile_peek_results (profile);
  builder.nodes = g_ptr_array_new_with_free_func (node_free);
  builder.by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < results->len; i++)
    add_result (&builder, g_ptr_array_index (results, i));
  sum_up (&builder);
  for (guint i = 0; i < builder.nodes->len; i++)
    {
      const Node *node = g_ptr_array_index (builder.nodes, i);

      if (node->parent != i)
        continue;
      self->total_ns += node->total_ns;
      add_in_order (self, &builder, i, G_MAXUINT);
    }
  g_hash_table_unref (builder.by_name);
  g_ptr_array_unref (builder.nodes);
  return self;
}

/* ---- What it says --------------------------------------------------------------------------- */

InspectorFlameBy
inspector_flame_get_by (InspectorFlame *self)
{
  g_return_val_if_fail (INSPECTOR_IS_FLAME (self), INSPECTOR_FLAME_WALL);
  return self->by;
}

guint
inspector_flame_get_n_nodes (InspectorFlame *self)
{
  g_return_val_if_fail (INSPECTOR_IS_FLAME (self), 0);
  return self->nodes->len;
}

gint64
inspector_flame_get_total (InspectorFlame *self)
{
  g_return_val_if_fail (INSPECTOR_IS_FLAME (self), 0);
  return self->total_ns;
}

gboolean
inspector_flame_get_node (InspectorFlame *self, guint index, InspectorFlameNode *ret_node)
{
  const Node *node;

  g_return_val_if_fail (INSPECTOR_IS_FLAME (self), FALSE);

  if (index >= self->nodes->len)
    return FALSE;
  node = g_ptr_array_index (self->nodes, index);
  *ret_node = (InspectorFlameNode){ node->parent, node->depth,  node->kind,    node->name,
                                    node->where,  node->own_ns, node->total_ns };
  return TRUE;
}
