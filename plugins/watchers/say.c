/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "emit/sys.h"
#include "inspect-keys.h"

#pragma weak clock_gettime

#define KEY(var, name, label, type)                                                                \
  InspectKind key_##var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 };
KEY (bytes, INSPECT_KEY_BYTES, "asked for", BYTES)
KEY (callback, INSPECT_KEY_CALLBACK, "callback", CODE)
KEY (client, INSPECT_KEY_CLIENT, "client", BOOL)
KEY (command, INSPECT_KEY_COMMAND, "command", TEXT)
KEY (deadline, INSPECT_KEY_DEADLINE, "times out in", TIME)
KEY (due, INSPECT_KEY_DUE, "due", TIME)
KEY (fd, INSPECT_KEY_FD, "descriptor", FD)
KEY (host, INSPECT_KEY_HOST, "host", TEXT)
KEY (local, INSPECT_KEY_LOCAL, "local", SOCKADDR)
KEY (name, INSPECT_KEY_NAME, "name", TEXT)
KEY (owner, INSPECT_KEY_OWNER, "loop", OBJECT)
KEY (path, INSPECT_KEY_PATH, "path", TEXT)
KEY (peer, INSPECT_KEY_PEER, "peer", SOCKADDR)
KEY (pid, INSPECT_KEY_PID, "pid", PID)
KEY (priority, INSPECT_KEY_PRIORITY, "priority", I64)
KEY (repeat, INSPECT_KEY_REPEAT, "repeat", DURATION)
KEY (request, INSPECT_KEY_REQUEST, "request", TEXT)
KEY (resource, INSPECT_KEY_RESOURCE, "resource", OBJECT)
KEY (service, "service", "service", TEXT)
KEY (signal, INSPECT_KEY_SIGNAL, "signal", U64)

void
say_text (InspectObject object, InspectKind *key, const char *text)
{
  if (text != NULL)
    inspect_attribute_bytes (object, key, text, strnlen (text, INSPECT_TEXT_MAX));
}

/* ---- Times ----------------------------------------------------------------------------------- */

uint64_t
now_ns (void)
{
  struct timespec now;

  if (clock_gettime == NULL ? sys_clock_gettime (CLOCK_MONOTONIC, &now) != 0
                            : clock_gettime (CLOCK_MONOTONIC, &now) != 0)
    return 0;
  return (uint64_t)(now.tv_sec * NS_PER_SECOND + now.tv_nsec);
}

uint64_t
ns_after (int64_t ns)
{
  uint64_t now = now_ns ();

  if (ns < 0)
    return now;
  return (uint64_t)ns > NEVER_NS - now ? NEVER_NS : now + (uint64_t)ns;
}

uint64_t
ns_of_timeval (const struct timeval *time)
{
  if (time->tv_sec < 0)
    return 0;
  if (time->tv_sec >= INT64_MAX / NS_PER_SECOND - 1)
    return NEVER_NS;
  return (uint64_t)(time->tv_sec * NS_PER_SECOND + time->tv_usec * 1000);
}
