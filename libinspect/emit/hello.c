/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/hello.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "channel/layout.h"
#include "emit/process.h"
#include "emit/sys.h"

#ifndef INSPECT_VERSION
#define INSPECT_VERSION "0"
#endif

static struct sockaddr_un inspector;
/* Connected already, by whoever attached; -1: none. A program that has closed its standard input has it there. */
static int connected = -1;

void
emit_hello_use_socket (int socket)
{
  connected = socket >= 0 ? socket : -1;
  if (connected >= 0)
    inspector.sun_family = AF_UNSPEC; /* the one of before */
}

bool
emit_hello_is_handed_over (void)
{
  return connected >= 0;
}

bool
emit_hello_find_inspector (void)
{
  const char *path = emit_process_getenv (CHANNEL_ENV_SOCKET);
  size_t length = path != NULL ? strlen (path) : 0;

  if (length == 0 && connected >= 0)
    return true;
  if (length == 0 || path[0] != '/' || length >= sizeof inspector.sun_path)
    return false;
  memcpy (inspector.sun_path, path, length + 1);
  inspector.sun_family = AF_UNIX;
  return true;
}

int
emit_hello_connect (void)
{
  int fd, result;

  if (connected >= 0)
    return sys_fcntl (connected, F_DUPFD_CLOEXEC, 0);
  if (inspector.sun_family != AF_UNIX)
    return -ENOENT;
  fd = sys_socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fd;
  result = sys_connect (fd, &inspector, sizeof inspector);
  if (result < 0)
    {
      sys_close (fd);
      return result;
    }
  return fd;
}

void
emit_hello_init (ChannelHello *hello, ChannelHelloType type, int32_t parent_pid)
{
  memset (hello, 0, sizeof *hello);
  hello->magic = CHANNEL_HELLO_MAGIC;
  hello->abi_major = CHANNEL_ABI_MAJOR;
  hello->abi_minor = CHANNEL_ABI_MINOR;
  hello->type = type;
  hello->pid = sys_getpid ();
  hello->parent_pid = parent_pid;
  memcpy (hello->version, INSPECT_VERSION, sizeof INSPECT_VERSION);
}

int
emit_hello_send (int socket, const ChannelHello *hello, int memfd)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec bytes = { (void *)hello, sizeof *hello };
  struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
  long sent;

  if (memfd >= 0)
    {
      memset (&control, 0, sizeof control);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof memfd);
      memcpy (CMSG_DATA (&control.header), &memfd, sizeof memfd);
      message.msg_control = &control;
      message.msg_controllen = sizeof control.bytes;
    }
  sent = sys_sendmsg (socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent == (long)sizeof *hello ? 0 : sent < 0 ? (int)sent : -EMSGSIZE;
}
