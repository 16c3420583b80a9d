/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PLUGINS_H
#define TARGET_PLUGINS_H

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A kind of plugins, and who takes those that are found. */
typedef struct
{
  const char *kind;   /* "runtime", as in plugin.json */
  const char *folder; /* of the built-in ones, "runtimes" */
  guint abi;
  /* FALSE: it cannot be used, and @ret_why says why. @path: of its shared object, which is there */
  gboolean (*take) (JsonObject *manifest, const char *id, const char *path, gpointer data,
                    char **ret_why);
} TargetPluginKind;

/* Reads plugin.json of every plugin of @kind in ASYNC_INSPECT_PLUGIN_PATH, in the user's folder of
 * plugins and in the built-in one. A plugin that is damaged, of another ABI, or in a folder that others
 * can write to is left out, with one line in @ret_warnings. */
void target_plugins_search (const TargetPluginKind *kind, gpointer data, GPtrArray **ret_warnings);

/* Returns: (transfer none): the member where it is of that type, else NULL */
JsonNode *target_manifest_get_member (JsonObject *object, const char *name, JsonNodeType type);
const char *target_manifest_get_string (JsonObject *object, const char *name);

G_END_DECLS

#endif
