/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Plugins of any kind: where they are, and whether they are to be believed. */

#include <string.h>
#include <sys/stat.h>
#include <glib/gi18n-lib.h>

#include "inspector-plugins.h"
#include "target/plugins.h"
#include "target/target-private.h"

#define PLUGIN_ENV "ASYNC_INSPECT_PLUGIN_PATH"
#define MANIFEST_MAX_BYTES (64 * 1024)

typedef struct
{
  const TargetPluginKind *kind;
  gpointer data;
  GHashTable *ids; /* of those that were found */
  GPtrArray *warnings;
} Search;

/* ---- plugin.json ------------------------------------------------------------------------------ */

JsonNode *
target_manifest_get_member (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_node_type (node) == type ? node : NULL;
}

const char *
target_manifest_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = target_manifest_get_member (object, name, JSON_NODE_VALUE);

  return node != NULL ? json_node_get_string (node) : NULL;
}

/* The first of the paths that others could have changed, and how. */
static char *
dup_distrust (const char *const *paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    {
      char *distrust = target_path_dup_distrust (paths[i]);

      if (distrust != NULL)
        return distrust;
    }
  return NULL;
}

static JsonObject *
read_manifest (JsonParser *parser, const char *path, char **ret_why)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  struct stat status;
  gsize length = 0;
  JsonNode *root;

  if (stat (path, &status) < 0 || !S_ISREG (status.st_mode) || status.st_size > MANIFEST_MAX_BYTES)
    {
      *ret_why = g_strdup (_ ("plugin.json is not a file of sensible size"));
      return NULL;
    }
  if (!g_file_get_contents (path, &text, &length, &error) ||
      !json_parser_load_from_data (parser, text, (gssize)length, &error))
    {
      *ret_why = g_strdup (error->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      *ret_why = g_strdup (_ ("plugin.json is not a JSON object"));
      return NULL;
    }
  return json_node_get_object (root);
}

static gboolean
check_manifest (const TargetPluginKind *kind, JsonObject *manifest, const char *id, char **ret_why)
{
  JsonNode *abi_node = target_manifest_get_member (manifest, "abi", JSON_NODE_VALUE);
  gint64 abi = abi_node != NULL ? json_node_get_int (abi_node) : 0;

  if (g_strcmp0 (target_manifest_get_string (manifest, "id"), id) != 0)
    *ret_why =
        g_strdup_printf (_ ("its plugin.json must have the folder's name as \"id\": %s"), id);
  else if (abi != kind->abi)
    *ret_why = g_strdup_printf (_ ("it is made for plugin interface %d, this is %u; install the "
                                   "one that belongs to this version"),
                                (int)CLAMP (abi, G_MININT, G_MAXINT), kind->abi);
  return *ret_why == NULL;
}

/* Says why where the plugin cannot be used, and nothing where it is of another kind. */
static gboolean
take_plugin (Search *search, const char *parent, const char *id, char **ret_why)
{
  g_autofree char *folder = g_build_filename (parent, id, NULL);
  g_autofree char *manifest_path = g_build_filename (folder, "plugin.json", NULL);
  g_autofree char *file = g_strconcat (id, ".so", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  /* Before anything in it is believed. */
  const char *outer[] = { parent, folder, manifest_path, NULL };
  const char *inner[] = { path, NULL };
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *manifest;

  if (!g_file_test (manifest_path, G_FILE_TEST_EXISTS))
    return FALSE;
  *ret_why = dup_distrust (outer);
  if (*ret_why != NULL)
    return FALSE;
  manifest = read_manifest (parser, manifest_path, ret_why);
  if (manifest == NULL ||
      g_strcmp0 (target_manifest_get_string (manifest, "kind"), search->kind->kind) != 0)
    return FALSE;
  *ret_why = dup_distrust (inner);
  if (*ret_why != NULL || !check_manifest (search->kind, manifest, id, ret_why))
    return FALSE;
  return search->kind->take (manifest, id, path, search->data, ret_why);
}

/* ---- Folders ---------------------------------------------------------------------------------- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* @parent has one folder for each plugin. */
static void
search_folder (Search *search, const char *parent)
{
  g_autoptr (GDir) dir = g_dir_open (parent, 0, NULL);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  const char *id;

  while (dir != NULL && (id = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (ids, g_strdup (id));
  g_ptr_array_sort (ids, compare_names);

  for (guint i = 0; i < ids->len; i++)
    {
      g_autofree char *why = NULL;

      id = ids->pdata[i];
      /* An earlier folder's plugin hides a later one's of the same name. */
      if (g_hash_table_contains (search->ids, id))
        continue;
      if (take_plugin (search, parent, id, &why))
        g_hash_table_add (search->ids, g_strdup (id));
      else if (why != NULL)
        g_ptr_array_add (search->warnings,
                         g_strdup_printf (_ ("cannot use the plugin %s/%s: %s"), parent, id, why));
    }
}

void
target_plugins_search (const TargetPluginKind *kind, gpointer data, GPtrArray **ret_warnings)
{
  const char *path = g_getenv (PLUGIN_ENV);
  g_auto (GStrv) folders = g_strsplit (path != NULL ? path : "", ":", -1);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *warnings = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *built_in = g_build_filename (PKGLIBDIR, kind->folder, NULL);
  g_autofree char *own =
      g_build_filename (g_get_user_data_dir (), "async-inspect", "plugins", NULL);
  Search search = { kind, data, ids, warnings };

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *folder = NULL;

      if (*folders[i] == '\0')
        continue;
      folder = g_canonicalize_filename (folders[i], NULL);
      if (g_file_test (folder, G_FILE_TEST_IS_DIR))
        search_folder (&search, folder);
      else
        g_ptr_array_add (warnings, g_strdup_printf (_ ("cannot look for plugins in %s: there is "
                                                       "no such folder; correct %s"),
                                                    folder, PLUGIN_ENV));
    }
  search_folder (&search, own);
  search_folder (&search, built_in);

  if (ret_warnings != NULL)
    *ret_warnings = warnings;
  else
    g_ptr_array_unref (warnings);
}

/* ---- Public ----------------------------------------------------------------------------------- */

static void
plugin_free (gpointer data)
{
  InspectorPlugin *plugin = data;

  g_free (plugin->id);
  g_free (plugin->name);
  g_free (plugin->summary);
  g_free (plugin->icon);
  g_free (plugin->place);
  g_free (plugin->path);
  g_free (plugin);
}

static char *
dup_text (JsonObject *manifest, const char *name, const char *fallback)
{
  const char *text = target_manifest_get_string (manifest, name);

  return g_strdup (text != NULL && *text != '\0' ? text : fallback);
}

static gboolean
take_public (JsonObject *manifest, const char *id, const char *path, gpointer data, char **ret_why)
{
  InspectorPlugin *plugin = g_new0 (InspectorPlugin, 1);
  JsonNode *order = target_manifest_get_member (manifest, "order", JSON_NODE_VALUE);

  plugin->id = g_strdup (id);
  plugin->name = dup_text (manifest, "name", id);
  plugin->summary = dup_text (manifest, "summary", "");
  plugin->icon = dup_text (manifest, "icon", "application-x-addon-symbolic");
  plugin->place = dup_text (manifest, "place", "main");
  plugin->path = g_strdup (path);
  plugin->order = order != NULL ? (int)CLAMP (json_node_get_int (order), 0, 1000) : 1000;
  g_ptr_array_add (data, plugin);
  return TRUE;
}

GPtrArray *
inspector_plugins_find (const char *kind, const char *folder, guint abi, GPtrArray **ret_warnings)
{
  GPtrArray *plugins = g_ptr_array_new_with_free_func (plugin_free);
  const TargetPluginKind of = { kind, folder, abi, take_public };

  target_plugins_search (&of, plugins, ret_warnings);
  return plugins;
}
