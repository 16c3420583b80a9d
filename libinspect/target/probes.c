/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dlfcn.h>
#include <glib/gi18n-lib.h>

#include "target/plugins.h"
#include "target/probes.h"

static void
probe_free (gpointer data)
{
  TargetProbe *probe = data;

  g_free (probe->id);
  g_free (probe->name);
  g_free (probe->path);
  g_free (probe);
}

static gboolean
take_probe (JsonObject *manifest, const char *id, const char *path, gpointer data, char **ret_why)
{
  const char *name = target_manifest_get_string (manifest, "name");
  const char *only = target_manifest_get_string (manifest, "only");
  TargetProbe *probe = g_new0 (TargetProbe, 1);

  probe->id = g_strdup (id);
  probe->name = g_strdup (name != NULL && *name != '\0' ? name : id);
  probe->path = g_strdup (path);
  probe->only_looks = g_strcmp0 (only, "look") == 0;
  probe->only_attached = g_strcmp0 (only, "attached") == 0;
  probe->is_slow = g_strcmp0 (target_manifest_get_string (manifest, "pace"), "slow") == 0;
  g_ptr_array_add (data, probe);
  return TRUE;
}

GPtrArray *
target_probes_find (gboolean has_agent, GPtrArray **ret_warnings)
{
  static const TargetPluginKind kind = { "probe", "runtimes", INSPECTOR_PROBE_ABI, take_probe };
  GPtrArray *probes = g_ptr_array_new_with_free_func (probe_free);

  target_plugins_search (&kind, probes, ret_warnings);
  for (guint i = probes->len; has_agent && i > 0; i--)
    if (((TargetProbe *)probes->pdata[i - 1])->only_looks)
      g_ptr_array_remove_index (probes, i - 1);
  return probes;
}

static const InspectorProbe *
load (const char *path, char **ret_why)
{
  void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  const InspectorProbe *table;

  if (module == NULL)
    {
      *ret_why = g_strdup_printf (_ ("cannot use the plugin %s: %s"), path, dlerror ());
      return NULL;
    }
  /* It is never closed: what it has started may run until the end of the process. */
  table = dlsym (module, INSPECTOR_PROBE_SYMBOL);
  if (table == NULL)
    *ret_why = g_strdup_printf (_ ("cannot use the plugin %s: it has no %s"), path,
                                INSPECTOR_PROBE_SYMBOL);
  else if (table->abi != INSPECTOR_PROBE_ABI || table->size < G_STRUCT_OFFSET (InspectorProbe, answers) ||
           table->open == NULL || table->look == NULL || table->close == NULL)
    *ret_why = g_strdup_printf (
        _ ("cannot use the plugin %s: it is made for another version of this"), path);
  else
    return table;
  return NULL;
}

gboolean
target_probe_load (TargetProbe *probe, char **ret_why)
{
  /* Each target has a thread that may be the first to need it. */
  static GMutex mutex;

  g_mutex_lock (&mutex);
  if (probe->probe == NULL)
    probe->probe = load (probe->path, ret_why);
  g_mutex_unlock (&mutex);
  return probe->probe != NULL;
}
