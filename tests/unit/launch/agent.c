/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Does what an agent does at its start, and nothing else: it hands over a memfd. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel/handshake.h"
#include "channel/layout.h"

extern const char inspect_agent_version[];
extern const uint32_t inspect_agent_abi;
const char inspect_agent_version[] = VERSION;
const uint32_t inspect_agent_abi = ABI;

static void __attribute__ ((constructor)) say_hello (void)
{
  const char *path = getenv (CHANNEL_ENV_SOCKET);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  ChannelHello hello = { .magic = CHANNEL_HELLO_MAGIC,
                         .abi_major = CHANNEL_ABI_MAJOR,
                         .type = CHANNEL_HELLO_CHANNEL,
                         .version = VERSION };
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec bytes = { &hello, sizeof hello };
  struct msghdr message = { .msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control.bytes };
  int memfd = memfd_create ("test", MFD_CLOEXEC);
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  if (path == NULL || memfd < 0 || fd < 0 || strlen (path) >= sizeof address.sun_path)
    return;
  hello.pid = getpid ();
  strcpy (address.sun_path, path);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof memfd);
  memcpy (CMSG_DATA (&control.header), &memfd, sizeof memfd);
  if (write (memfd, "channel", 7) == 7 &&
      connect (fd, (struct sockaddr *)&address, sizeof address) == 0)
    sendmsg (fd, &message, MSG_NOSIGNAL);
  close (fd);
  close (memfd);
}
