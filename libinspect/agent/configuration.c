/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/configuration.h"

#include <string.h>

#include "channel/handshake.h"

/* Cuts @text at the first @separator, which it may lack. Returns: what follows, or NULL */
static char *
cut (char *text, char separator)
{
  char *at = strchr (text, separator);

  if (at == NULL)
    return NULL;
  *at = '\0';
  return at + 1;
}

static bool
is_id (const char *text)
{
  size_t length = strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-_");

  return length > 0 && length <= AGENT_ID_MAX && text[length] == '\0';
}

static bool
add_marker (AgentRuntimeEntry *entry, const char *text)
{
  bool is_import = *text == CHANNEL_RUNTIME_IMPORT;
  const char **list = is_import ? entry->imports : entry->markers;
  uint32_t *n = is_import ? &entry->n_imports : &entry->n_markers;

  text += is_import;
  if (*text == '\0' || strchr (text, '=') != NULL ||
      strchr (text, CHANNEL_RUNTIME_IMPORT) != NULL || *n == AGENT_MAX_MARKERS)
    return false;
  list[(*n)++] = text;
  return true;
}

static bool
add_markers (AgentRuntimeEntry *entry, char *list)
{
  while (list != NULL)
    {
      char *next = cut (list, ',');

      if (!add_marker (entry, list))
        return false;
      list = next;
    }
  return true;
}

static bool
add_entry (AgentConfiguration *configuration, char *text)
{
  AgentRuntimeEntry *entry = &configuration->runtimes[configuration->n_runtimes];
  char *path = cut (text, '=');
  char *markers = path != NULL ? cut (path, '=') : NULL;

  if (markers == NULL || configuration->n_runtimes == AGENT_MAX_RUNTIMES || !is_id (text) ||
      path[0] != '/')
    return false;
  for (uint32_t i = 0; i < configuration->n_runtimes; i++)
    if (strcmp (configuration->runtimes[i].id, text) == 0)
      return false;
  entry->id = text;
  entry->path = path;
  configuration->n_runtimes++;
  return add_markers (entry, markers);
}

bool
agent_configuration_parse (AgentConfiguration *configuration, const char *text)
{
  size_t length = strlen (text);
  char *entry = configuration->text;

  memset (configuration, 0, sizeof *configuration);
  if (length == 0 || length >= sizeof configuration->text)
    return false;
  memcpy (configuration->text, text, length + 1);
  while (entry != NULL)
    {
      char *next = cut (entry, ':');

      if (!add_entry (configuration, entry))
        {
          memset (configuration, 0, sizeof *configuration);
          return false;
        }
      entry = next;
    }
  return true;
}
