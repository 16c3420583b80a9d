/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "asks.h"
#include "emit/sys.h"
#include "inspect-keys.h"
#include "watcher.h"

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

/* ---- Descriptors ----------------------------------------------------------------------------- */

/* Known by its number, so that both directions of a connection are one. */
InspectObject
descriptor_object (int fd)
{
  return inspect_object (&resource_descriptor, (InspectId)fd + 1);
}

InspectObject
say_descriptor (InspectObject await, int fd, const void *loop)
{
  InspectObject resource = descriptor_object (fd);

  inspect_attribute (resource, &key_fd, (uint64_t)fd);
  if (loop != NULL)
    inspect_attribute (resource, &key_owner, loop_object (loop));
  inspect_attribute (await, &key_resource, resource);
  return resource;
}

typedef union
{
  struct sockaddr any;
  struct sockaddr_storage storage;
} Address;

static bool
ask_option (int fd, int level, int option, void *ret_value, unsigned int length)
{
  return sys_call6 (SYS_getsockopt, fd, level, option, (long)ret_value, (long)&length, 0) == 0;
}

static void
say_address (InspectObject resource, InspectKind *key, const Address *address, unsigned int length)
{
  if (length > sizeof (sa_family_t) && length <= sizeof *address)
    inspect_attribute_bytes (resource, key, address, length);
}

static void
say_local (int fd)
{
  unsigned int length = sizeof (Address);
  Address address;

  if (sys_call6 (SYS_getsockname, fd, (long)&address, (long)&length, 0, 0, 0) == 0)
    say_address (descriptor_object (fd), &key_local, &address, length);
}

static bool
is_connecting (int fd, int domain)
{
  unsigned char state = 0;

  return (domain == AF_INET || domain == AF_INET6) &&
         ask_option (fd, IPPROTO_TCP, TCP_INFO, &state, sizeof state) && state == TCP_SYN_SENT;
}

DescriptorState
descriptor_look (int fd)
{
  unsigned int length = sizeof (Address);
  int listens = 0, type = 0, domain = 0;
  Address address;

  if (!ask_option (fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, sizeof listens))
    return DESCRIPTOR_PLAIN;
  if (listens != 0)
    {
      say_local (fd);
      return DESCRIPTOR_LISTENING;
    }
  if (!ask_option (fd, SOL_SOCKET, SO_TYPE, &type, sizeof type) ||
      (type != SOCK_STREAM && type != SOCK_SEQPACKET))
    return DESCRIPTOR_PLAIN;
  if (sys_getpeername (fd, &address, &length) == 0)
    {
      say_address (descriptor_object (fd), &key_peer, &address, length);
      say_local (fd);
      asks_follow (fd, NULL);
      return DESCRIPTOR_STREAM;
    }
  ask_option (fd, SOL_SOCKET, SO_DOMAIN, &domain, sizeof domain);
  if (!is_connecting (fd, domain))
    return DESCRIPTOR_PLAIN;
  inspect_attribute (descriptor_object (fd), &key_client, true);
  asks_follow (fd, NULL);
  return DESCRIPTOR_CONNECTING;
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
