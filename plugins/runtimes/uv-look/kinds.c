/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "kinds.h"

#include "inspect-keys.h"

#define RESOURCE(var, name, noun)                                                                  \
  const InspectKind look_resource_##var = { name, noun, INSPECT_KIND_RESOURCE, 0, 0, 0 }
RESOURCE (tcp, "uv.tcp", "tcp");
RESOURCE (pipe, "uv.pipe", "pipe");
RESOURCE (udp, "uv.udp", "udp");
RESOURCE (poll, "uv.poll", "poll");

const InspectKind look_key_fd = {
  INSPECT_KEY_FD, "descriptor", INSPECT_KIND_KEY, INSPECT_VALUE_FD, 0, 0
};
