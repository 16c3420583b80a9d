/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_SAY_H
#define WATCHERS_SAY_H

/* The keys of attributes, and times. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "inspect.h"

extern InspectKind key_bytes, key_callback, key_client, key_command, key_deadline, key_due, key_fd,
    key_host, key_local, key_name, key_owner, key_path, key_peer, key_pid, key_priority, key_repeat,
    key_request, key_resource, key_service, key_signal;

#define NS_PER_SECOND INT64_C (1000000000)
#define NEVER_NS ((uint64_t)INT64_MAX)

void say_text (InspectObject object, InspectKind *key, const char *text);
/* On CLOCK_MONOTONIC. */
uint64_t now_ns (void);
/* That much from now; as far off as a time can be, if it is more. */
uint64_t ns_after (int64_t ns);
uint64_t ns_of_timeval (const struct timeval *time);

#endif
