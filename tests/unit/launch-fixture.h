/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_LAUNCH_FIXTURE_H
#define TEST_LAUNCH_FIXTURE_H

#include "channel/handshake.h"
#include "target/launch.h"

/* A folder with what is launched in it; the environment is that of an inspector with a good agent. */

typedef struct
{
  char *folder;
  char *program;  /* a file in it */
  GArray *hellos; /* LaunchHello */
} Fixture;

typedef struct
{
  int pid;
  int fd;
  ChannelHello hello;
} LaunchHello;

#define GOOD_MANIFEST                                                                              \
  "{\"id\":\"rt\",\"kind\":\"runtime\",\"abi\":1,\"name\":\"Name\",\"summary\":\"Text\","          \
  "\"needs\":{\"symbols\":[\"rt_run\",\"rt_go\"],\"imports\":[\"rt_use\"]},"                       \
  "\"libraries\":[\"librt.so.0\"]}"

void launch_fixture_setup (Fixture *fixture, gconstpointer data);
void launch_fixture_teardown (Fixture *fixture, gconstpointer data);

/* Something that was built beside the tests. */
char *launch_fixture_dup_built (const char *folder, const char *name);
void launch_fixture_write (const char *path, const void *bytes, gssize length, int mode);
void launch_fixture_write_plugin (Fixture *fixture, const char *parent, const char *id,
                                  const char *manifest);

/* @parents: folders within that of the fixture, with : between them */
GPtrArray *launch_fixture_find_runtimes (Fixture *fixture, const char *parents,
                                         GPtrArray **ret_warnings);

#endif
