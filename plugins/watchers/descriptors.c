/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "descriptors.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>

#include "emit/sys.h"
#include "loop.h"
#include "say.h"
#include "watchers.h"

/* Descriptors beyond are not followed. */
#define MAX_FDS 65536u

enum
{
  IS_SAID = 1 << 0,       /* its resource has begun */
  IS_CONNECTION = 1 << 1, /* and it is watched */
  IS_CLIENT = 1 << 2,     /* this side has opened it */
  IS_FOLLOWED = 1 << 3,   /* both: what is sent there is a question */
};

static uint8_t bits[MAX_FDS];
static const void *owners[MAX_FDS];

static inline bool
has (int fd, unsigned wanted)
{
  return (unsigned)fd < MAX_FDS && (__atomic_load_n (&bits[fd], __ATOMIC_RELAXED) & wanted) != 0;
}

static void
add (int fd, unsigned more)
{
  if ((unsigned)fd < MAX_FDS)
    __atomic_fetch_or (&bits[fd], (uint8_t)more, __ATOMIC_RELAXED);
}

/* ---- As resources ---------------------------------------------------------------------------- */

InspectObject
descriptor_object (int fd)
{
  return inspect_object (&resource_descriptor, (InspectId)fd + 1);
}

InspectObject
say_descriptor (InspectObject await, int fd, const void *loop)
{
  InspectObject resource = descriptor_object (fd);

  add (fd, IS_SAID);
  inspect_attribute (resource, &key_fd, (uint64_t)fd);
  if (loop != NULL)
    inspect_attribute (resource, &key_owner, loop_object (loop));
  inspect_attribute (await, &key_resource, resource);
  return resource;
}

void
descriptor_set_client (int fd)
{
  add (fd, IS_CLIENT);
}

void
descriptor_forget (int fd)
{
  uint8_t were;

  if ((unsigned)fd >= MAX_FDS)
    return;
  were = __atomic_exchange_n (&bits[fd], 0, __ATOMIC_RELAXED);
  if ((were & IS_SAID) != 0 && watchers_are_on ())
    inspect_resource_end (descriptor_object (fd));
  __atomic_store_n (&owners[fd], NULL, __ATOMIC_RELAXED);
}

/* ---- Asked of the kernel --------------------------------------------------------------------- */

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
is_connecting (int fd)
{
  unsigned char state = 0;
  int domain = 0;

  return ask_option (fd, SOL_SOCKET, SO_DOMAIN, &domain, sizeof domain) &&
         (domain == AF_INET || domain == AF_INET6) &&
         ask_option (fd, IPPROTO_TCP, TCP_INFO, &state, sizeof state) && state == TCP_SYN_SENT;
}

/* A side that has not been seen to connect is taken for the one that serves, which nobody owes an answer: what
 * it sends first is a greeting, and later answers. */
static DescriptorState
follow (int fd, DescriptorState state)
{
  bool is_client = state == DESCRIPTOR_CONNECTING || has (fd, IS_CLIENT);

  inspect_attribute (descriptor_object (fd), &key_client, is_client);
  add (fd, IS_SAID | IS_CONNECTION | (is_client ? IS_CLIENT | IS_FOLLOWED : 0));
  return state;
}

DescriptorState
descriptor_look (int fd)
{
  unsigned int length = sizeof (Address);
  int listens = 0, type = 0;
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
      return follow (fd, DESCRIPTOR_STREAM);
    }
  return is_connecting (fd) ? follow (fd, DESCRIPTOR_CONNECTING) : DESCRIPTOR_PLAIN;
}

DescriptorUse
descriptor_look_for (int fd, bool reads, bool writes)
{
  switch (descriptor_look (fd))
    {
    case DESCRIPTOR_LISTENING:
      return reads ? DESCRIPTOR_ACCEPTS : DESCRIPTOR_IS_WATCHED;
    case DESCRIPTOR_CONNECTING:
      return writes ? DESCRIPTOR_CONNECTS : DESCRIPTOR_READS;
    case DESCRIPTOR_STREAM:
      if (reads != writes)
        return reads ? DESCRIPTOR_READS : DESCRIPTOR_WRITES;
      break;
    case DESCRIPTOR_PLAIN:
      break;
    }
  return DESCRIPTOR_IS_WATCHED;
}

bool
descriptor_is_known (int fd)
{
  return has (fd, IS_SAID | IS_CONNECTION | IS_CLIENT);
}

bool
descriptor_is_followed (int fd)
{
  return has (fd, IS_FOLLOWED);
}

bool
descriptor_is_connection (int fd)
{
  return has (fd, IS_CONNECTION);
}

/* ---- Who sends there ------------------------------------------------------------------------- */

void
descriptor_set_owner (int fd, const void *owner)
{
  if ((unsigned)fd < MAX_FDS)
    __atomic_store_n (&owners[fd], owner, __ATOMIC_RELAXED);
}

const void *
descriptor_get_owner (int fd)
{
  return (unsigned)fd < MAX_FDS ? __atomic_load_n (&owners[fd], __ATOMIC_RELAXED) : NULL;
}

void
descriptor_unfollow (int fd)
{
  if ((unsigned)fd < MAX_FDS)
    __atomic_fetch_and (&bits[fd], (uint8_t)~IS_FOLLOWED, __ATOMIC_RELAXED);
}
