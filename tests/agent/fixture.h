/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_FIXTURE_H
#define AGENT_FIXTURE_H

/* Runs a program twice: by itself, and with the agent in it and an inspector that listens. Whatever
 * the agent does, both runs must look the same from outside. */

#include <gio/gio.h>

#include "channel/handshake.h"
#include "counts.h"

typedef struct
{
  char *out;
  char *err;
  int status; /* 128 + n for a signal */
} AgentRun;

typedef struct
{
  char *folder;
  char *socket_path;
  char *counts_path;
  int listener;
  Counts *counts;
  char *runtimes; /* of CHANNEL_ENV_RUNTIMES; the toy's unless a test sets another */
  const char *options;
  const char *preload; /* a further object to preload, or NULL */
  gboolean no_inspector;
  AgentRun plain, inspected;
  GArray *hellos; /* of ChannelHello; memfds are counted only */
  guint n_memfds;
} AgentFixture;

void agent_fixture_set_up (AgentFixture *fixture, gconstpointer data);
void agent_fixture_tear_down (AgentFixture *fixture, gconstpointer data);

/* Path of a file of the build: a program, a library, "toy-plugin.so". */
char *agent_fixture_path (const char *name);
/* "toy=PATH=toy_run" with the plugin of that name. */
char *agent_fixture_runtime (const char *plugin);

/* Runs @argv both ways, and checks that nobody could tell: output, errors, exit status. */
void agent_fixture_run (AgentFixture *fixture, const char *const *argv);
/* The inspected run alone, for programs that ask whether the agent is there. */
void agent_fixture_run_inspected (AgentFixture *fixture, const char *const *argv);

/* The only message of that type; NULL where there is none. */
const ChannelHello *agent_fixture_find_hello (AgentFixture *fixture, ChannelHelloType type);

#endif
