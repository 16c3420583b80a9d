/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "agent/runtime-plugin.h"
#include "target/launch.h"
#include "target/plugins.h"

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
  g_strfreev (runtime->texts);
  g_strfreev (runtime->inside);
  g_strfreev (runtime->functions);
  g_strfreev (runtime->traces);
  g_strfreev (runtime->libraries);
  target_objects_free (runtime->objects);
  g_free (runtime);
}

/* The words of the list @name of @object; empty where there is no such list, NULL where one of them
 * cannot be one. */
static char **
dup_list (JsonObject *object, const char *name, const char *reserved)
{
  JsonNode *list =
      object != NULL ? target_manifest_get_member (object, name, JSON_NODE_ARRAY) : NULL;
  JsonArray *array = list != NULL ? json_node_get_array (list) : NULL;
  g_auto (GStrv) words = g_new0 (char *, (array != NULL ? json_array_get_length (array) : 0) + 1);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      const char *word = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

      if (word == NULL || *word == '\0' || strpbrk (word, reserved) != NULL)
        return NULL;
      words[i] = g_strdup (word);
    }
  return g_steal_pointer (&words);
}

static char **
dup_words (JsonObject *object, const char *name)
{
  return dup_list (object, name, RESERVED);
}

static gboolean
take_needs (TargetRuntime *runtime, JsonObject *manifest, char **ret_why)
{
  JsonNode *node = target_manifest_get_member (manifest, "needs", JSON_NODE_OBJECT);
  JsonObject *needs = node != NULL ? json_node_get_object (node) : NULL;

  runtime->symbols = dup_words (needs, "symbols");
  runtime->imports = dup_words (needs, "imports");
  runtime->texts = dup_words (needs, "texts");
  runtime->inside = dup_list (needs, "inside", "");
  runtime->functions = dup_list (needs, "functions", "");
  runtime->traces = dup_list (needs, "traces", "");
  runtime->libraries = dup_words (manifest, "libraries");
  if (runtime->symbols == NULL || runtime->imports == NULL ||
      (runtime->symbols[0] == NULL && runtime->imports[0] == NULL))
    *ret_why = g_strdup (_ ("its plugin.json names no symbols of its runtime (needs.symbols)"));
  else if (runtime->texts == NULL || runtime->inside == NULL || runtime->functions == NULL ||
           runtime->traces == NULL)
    *ret_why = g_strdup (_ ("its plugin.json has a text that is none (needs.texts, needs.inside, "
                            "needs.functions, needs.traces)"));
  else if (runtime->libraries == NULL)
    *ret_why = g_strdup (_ ("its plugin.json has a library that is no file name (libraries)"));
  return *ret_why == NULL;
}

static gboolean
take_runtime (JsonObject *manifest, const char *id, const char *path, gpointer data, char **ret_why)
{
  const char *name = target_manifest_get_string (manifest, "name");
  const char *summary = target_manifest_get_string (manifest, "summary");
  TargetRuntime *runtime;

  if (strlen (id) > ID_MAX_BYTES || strpbrk (path, RESERVED) != NULL)
    {
      *ret_why = g_strdup_printf (_ ("the path %s is longer than a name may be, or has a space, a "
                                     "colon, a comma or an equals sign; move it"),
                                  path);
      return FALSE;
    }
  runtime = g_new0 (TargetRuntime, 1);
  if (!take_needs (runtime, manifest, ret_why))
    {
      runtime_free (runtime);
      return FALSE;
    }
  runtime->id = g_strdup (id);
  runtime->name = g_strdup (name != NULL && *name != '\0' ? name : id);
  runtime->summary = g_strdup (summary != NULL ? summary : "");
  runtime->path = g_strdup (path);
  runtime->objects = target_objects_parse (manifest);
  g_ptr_array_add (data, runtime);
  return TRUE;
}

GPtrArray *
target_runtimes_find (GPtrArray **ret_warnings)
{
  static const TargetPluginKind kind = { "runtime", "runtimes", INSPECT_RUNTIME_ABI, take_runtime };
  GPtrArray *runtimes = g_ptr_array_new_with_free_func (runtime_free);

  target_plugins_search (&kind, runtimes, ret_warnings);
  return runtimes;
}
