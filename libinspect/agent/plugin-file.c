/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/plugin-file.h"

#include <link.h>
#include <string.h>

#include "agent/libraries.h"

#define MAX_HOOKS 4096u

static const char *
take_loader_error (void)
{
  return dlerror != NULL ? dlerror () : NULL;
}

static bool
is_sound (const InspectRuntimePlugin *plugin, const char *id)
{
  return plugin->id != NULL && strcmp (plugin->id, id) == 0 && plugin->start != NULL &&
         (plugin->hooks != NULL || plugin->n_hooks == 0) && plugin->n_hooks <= MAX_HOOKS;
}

bool
agent_plugin_file_is_handed_over (const AgentRuntimeEntry *entry)
{
  return strncmp (entry->path, "/proc/self/fd/", strlen ("/proc/self/fd/")) == 0;
}

const InspectRuntimePlugin *
agent_plugin_file_load (const AgentRuntimeEntry *entry, ChannelRefusal *ret_reason,
                        const char **ret_detail)
{
  void *(*open) (const char *, int) = dlopen != NULL ? dlopen : __libc_dlopen_mode;
  void *(*find) (void *, const char *) = dlsym != NULL ? dlsym : __libc_dlsym;
  const InspectRuntimePlugin *plugin = NULL;
  void *handle = NULL;

  *ret_reason = CHANNEL_REFUSED_PLUGIN;
  *ret_detail = entry->path;
  if (open != NULL && find != NULL)
    handle = open (entry->path, RTLD_NOW | RTLD_LOCAL);
  if (handle != NULL)
    plugin = find (handle, INSPECT_RUNTIME_PLUGIN_SYMBOL);
  if (plugin == NULL)
    {
      const char *error = take_loader_error ();

      *ret_detail = error != NULL ? error : entry->path;
      return NULL;
    }
  /* The ABI first: it says whether the rest means what we think. */
  if (plugin->size < offsetof (InspectRuntimePlugin, id) || plugin->abi != INSPECT_RUNTIME_ABI ||
      plugin->size < INSPECT_RUNTIME_PLUGIN_SIZE)
    {
      *ret_reason = CHANNEL_REFUSED_ABI;
      return NULL;
    }
  return is_sound (plugin, entry->id) ? plugin : NULL;
}
