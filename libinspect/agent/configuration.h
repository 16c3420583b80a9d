/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_CONFIGURATION_H
#define AGENT_CONFIGURATION_H

#include <stdbool.h>
#include <stdint.h>

#define AGENT_MAX_RUNTIMES 16u
#define AGENT_MAX_MARKERS 32u
#define AGENT_ID_MAX 31u

/* One runtime of CHANNEL_ENV_RUNTIMES (channel/handshake.h has the form). */
typedef struct
{
  const char *id;
  const char *path;                       /* of its plugin; absolute */
  const char *markers[AGENT_MAX_MARKERS]; /* where one is defined, the runtime is */
  uint32_t n_markers;
  const char *imports[AGENT_MAX_MARKERS]; /* where one is used, the runtime is */
  uint32_t n_imports;
} AgentRuntimeEntry;

typedef struct
{
  AgentRuntimeEntry runtimes[AGENT_MAX_RUNTIMES];
  uint32_t n_runtimes;
  char text[16384]; /* what they point into: the environment is the program's to change */
} AgentConfiguration;

/* All or nothing: false, with no runtime, where any part of @text is not of the form. */
bool agent_configuration_parse (AgentConfiguration *configuration, const char *text);

#endif
