/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/objects.h"

#include <string.h>

#include "target/plugins.h"

#define MAX_OFFSET 65536

/* FALSE: it is no path. That there is none is no mistake. */
static gboolean
parse_path (JsonObject *object, const char *name, TargetObjectPath *path)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *array;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  if (json_array_get_length (array) > TARGET_OBJECTS_PATH_MAX)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      gint64 offset = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_int (element) : -1;

      if (offset < 0 || offset > MAX_OFFSET)
        return FALSE;
      path->offsets[path->n++] = (guint64)offset;
    }
  return TRUE;
}

static gboolean
parse_kinds (TargetObjects *self, JsonObject *object)
{
  JsonNode *node = target_manifest_get_member (object, "kinds", JSON_NODE_OBJECT);
  g_autoptr (GList) names = NULL;
  JsonObject *kinds;

  if (node == NULL)
    return FALSE;
  kinds = json_node_get_object (node);
  names = json_object_get_members (kinds);
  for (const GList *at = names; at != NULL; at = at->next)
    {
      const char *type = target_manifest_get_string (kinds, at->data);

      if (type == NULL)
        return FALSE;
      g_hash_table_insert (self->kinds, g_strdup (at->data), g_strdup (type));
    }
  return TRUE;
}

TargetObjects *
target_objects_parse (JsonObject *manifest)
{
  JsonNode *node = target_manifest_get_member (manifest, "objects", JSON_NODE_OBJECT);
  TargetObjects *self;
  JsonObject *object;
  const char *own;

  if (node == NULL)
    return NULL;
  object = json_node_get_object (node);
  self = g_new0 (TargetObjects, 1);
  own = target_manifest_get_string (object, "own");
  self->own = g_strdup (own != NULL ? own : "");
  self->kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!parse_path (object, "data", &self->data) ||
      !parse_path (object, "callback", &self->callback) || !parse_kinds (self, object))
    g_clear_pointer (&self, target_objects_free);
  return self;
}

void
target_objects_free (TargetObjects *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->kinds);
  g_free (self->own);
  g_free (self);
}

const char *
target_objects_find (const TargetObjects *self, const char *kind)
{
  const char *found = g_hash_table_lookup (self->kinds, kind);
  gsize longest = 0;
  GHashTableIter iter;
  gpointer name, type;

  if (found != NULL)
    return found;
  g_hash_table_iter_init (&iter, self->kinds);
  while (g_hash_table_iter_next (&iter, &name, &type))
    {
      gsize length = strlen (name);

      if (length > longest && ((const char *)name)[length - 1] == '*' &&
          strncmp (kind, name, length - 1) == 0)
        {
          longest = length;
          found = type;
        }
    }
  return found;
}
