/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_LOOK_KINDS_H
#define UV_LOOK_KINDS_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* What handles and requests are on: one kind for both, so that they are on the same thing. */

extern const InspectKind look_resource_tcp;
extern const InspectKind look_resource_pipe;
extern const InspectKind look_resource_udp;
extern const InspectKind look_resource_poll;
extern const InspectKind look_key_fd;

G_END_DECLS

#endif
