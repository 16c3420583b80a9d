/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "agent/runtime-plugin.h"
#include "target/target-private.h"

#define PLUGIN_ENV "ASYNC_INSPECT_PLUGIN_PATH"
#define MANIFEST_MAX_BYTES (64 * 1024)
#define ID_MAX_BYTES 31 /* ChannelHello.runtime */

/* What the list in the environment of a target uses itself (channel/handshake.h). */
#define RESERVED ":=,^ \t\n\r"

static void
runtime_free (gpointer data)
{
  TargetRuntime *runtime = data;

  g_free (runtime->id);
  g_free (runtime->name);
  g_free (runtime->summary);
  g_free (runtime->path);
  g_strfreev (runtime->symbols);
  g_strfreev (runtime->imports);
  g_strfreev (runtime->libraries);
  g_free (runtime);
}

/* Returns: (transfer none): the member where it is of that type, else NULL */
static JsonNode *
get_member (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_node_type (node) == type ? node : NULL;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = get_member (object, name, JSON_NODE_VALUE);

  return node != NULL ? json_node_get_string (node) : NULL;
}

/* The words of the list @name of @object; empty where there is no such list, NULL where one of them
 * cannot be one. */
static char **
dup_words (JsonObject *object, const char *name)
{
  JsonNode *list = object != NULL ? get_member (object, name, JSON_NODE_ARRAY) : NULL;
  JsonArray *array = list != NULL ? json_node_get_array (list) : NULL;
  g_auto (GStrv) words = g_new0 (char *, (array != NULL ? json_array_get_length (array) : 0) + 1);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      const char *word = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

      if (word == NULL || *word == '\0' || strpbrk (word, RESERVED) != NULL)
        return NULL;
      words[i] = g_strdup (word);
    }
  return g_steal_pointer (&words);
}

static gboolean
take_needs (TargetRuntime *runtime, JsonObject *manifest, char **ret_why)
{
  JsonNode *node = get_member (manifest, "needs", JSON_NODE_OBJECT);
  JsonObject *needs = node != NULL ? json_node_get_object (node) : NULL;

  runtime->symbols = dup_words (needs, "symbols");
  runtime->imports = dup_words (needs, "imports");
  runtime->libraries = dup_words (manifest, "libraries");
  if (runtime->symbols == NULL || runtime->imports == NULL ||
      (runtime->symbols[0] == NULL && runtime->imports[0] == NULL))
    *ret_why = g_strdup (_ ("its plugin.json names no symbols of its runtime (needs.symbols)"));
  else if (runtime->libraries == NULL)
    *ret_why = g_strdup (_ ("its plugin.json has a library that is no file name (libraries)"));
  return *ret_why == NULL;
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

static TargetRuntime *
read_runtime (JsonObject *manifest, const char *id, const char *path, char **ret_why)
{
  JsonNode *abi_node = get_member (manifest, "abi", JSON_NODE_VALUE);
  gint64 abi = abi_node != NULL ? json_node_get_int (abi_node) : 0;
  const char *name = get_string (manifest, "name");
  const char *summary = get_string (manifest, "summary");
  TargetRuntime *runtime;

  if (g_strcmp0 (get_string (manifest, "id"), id) != 0)
    {
      *ret_why =
          g_strdup_printf (_ ("its plugin.json must have the folder's name as \"id\": %s"), id);
      return NULL;
    }
  if (abi != INSPECT_RUNTIME_ABI)
    {
      *ret_why = g_strdup_printf (_ ("it is made for plugin interface %d, this is %u; install the "
                                     "one that belongs to this version"),
                                  (int)CLAMP (abi, G_MININT, G_MAXINT), INSPECT_RUNTIME_ABI);
      return NULL;
    }
  runtime = g_new0 (TargetRuntime, 1);
  if (!take_needs (runtime, manifest, ret_why))
    {
      runtime_free (runtime);
      return NULL;
    }
  runtime->id = g_strdup (id);
  runtime->name = g_strdup (name != NULL && *name != '\0' ? name : id);
  runtime->summary = g_strdup (summary != NULL ? summary : "");
  runtime->path = g_strdup (path);
  return runtime;
}

/* NULL with a reason where the plugin cannot be used, without one where it is no runtime. */
static TargetRuntime *
load_plugin (const char *parent, const char *id, char **ret_why)
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
    return NULL;
  *ret_why = dup_distrust (outer);
  if (*ret_why != NULL)
    return NULL;
  manifest = read_manifest (parser, manifest_path, ret_why);
  if (manifest == NULL || g_strcmp0 (get_string (manifest, "kind"), "runtime") != 0)
    return NULL;
  *ret_why = dup_distrust (inner);
  if (*ret_why != NULL)
    return NULL;
  if (strlen (id) > ID_MAX_BYTES || strpbrk (path, RESERVED) != NULL)
    {
      *ret_why = g_strdup_printf (_ ("the path %s is longer than a name may be, or has a space, a "
                                     "colon, a comma or an equals sign; move it"),
                                  path);
      return NULL;
    }
  return read_runtime (manifest, id, path, ret_why);
}

static gboolean
has_runtime (GPtrArray *runtimes, const char *id)
{
  for (guint i = 0; i < runtimes->len; i++)
    if (strcmp (((TargetRuntime *)runtimes->pdata[i])->id, id) == 0)
      return TRUE;
  return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* @parent has one folder for each plugin. */
static void
scan_folder (const char *parent, GPtrArray *runtimes, GPtrArray *warnings)
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
      TargetRuntime *runtime;

      id = ids->pdata[i];
      /* An earlier folder's plugin hides a later one's of the same name. */
      if (has_runtime (runtimes, id))
        continue;
      runtime = load_plugin (parent, id, &why);
      if (runtime != NULL)
        g_ptr_array_add (runtimes, runtime);
      else if (why != NULL)
        g_ptr_array_add (warnings,
                         g_strdup_printf (_ ("cannot use the plugin %s/%s: %s"), parent, id, why));
    }
}

GPtrArray *
target_runtimes_find (GPtrArray **ret_warnings)
{
  const char *path = g_getenv (PLUGIN_ENV);
  g_auto (GStrv) folders = g_strsplit (path != NULL ? path : "", ":", -1);
  GPtrArray *runtimes = g_ptr_array_new_with_free_func (runtime_free);
  GPtrArray *warnings = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *built_in = g_build_filename (PKGLIBDIR, "runtimes", NULL);

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *folder = NULL;

      if (*folders[i] == '\0')
        continue;
      folder = g_canonicalize_filename (folders[i], NULL);
      if (g_file_test (folder, G_FILE_TEST_IS_DIR))
        scan_folder (folder, runtimes, warnings);
      else
        g_ptr_array_add (warnings, g_strdup_printf (_ ("cannot look for plugins in %s: there is "
                                                       "no such folder; correct %s"),
                                                    folder, PLUGIN_ENV));
    }
  scan_folder (built_in, runtimes, warnings);

  if (ret_warnings != NULL)
    *ret_warnings = warnings;
  else
    g_ptr_array_unref (warnings);
  return runtimes;
}
