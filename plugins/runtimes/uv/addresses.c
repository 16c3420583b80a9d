/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "addresses.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "inspect-keys.h"

size_t
address_length (const struct sockaddr *address)
{
  switch (address->sa_family)
    {
    case AF_INET:
      return sizeof (struct sockaddr_in);
    case AF_INET6:
      return sizeof (struct sockaddr_in6);
    case AF_UNIX:
      return sizeof (struct sockaddr_un);
    default:
      return 0;
    }
}

void
say_address (InspectObject object, InspectKind *key, const struct sockaddr *address)
{
  size_t length = address != NULL ? address_length (address) : 0;

  if (length != 0)
    inspect_attribute_bytes (object, key, address, length);
}

void
say_text (InspectObject object, InspectKind *key, const char *text)
{
  if (text != NULL)
    inspect_attribute_bytes (object, key, text, strnlen (text, INSPECT_TEXT_MAX));
}

static void
say_pipe_path (const uv_handle_t *handle)
{
  char path[sizeof (struct sockaddr_un)];
  size_t length = sizeof path;

  if (plugin.pipe_getsockname != NULL &&
      plugin.pipe_getsockname ((const uv_pipe_t *)handle, path, &length) == 0 && length > 0 &&
      length <= sizeof path)
    inspect_attribute_bytes (resource_of (handle->type, handle), &key_path, path, length);
}

void
say_local (const uv_handle_t *handle)
{
  struct sockaddr_storage storage;
  struct sockaddr *address = (struct sockaddr *)&storage;
  int saved_errno = errno;
  int length = sizeof storage;
  int status = UV_ENOSYS;

  if (handle->type == UV_TCP && plugin.tcp_getsockname != NULL)
    status = plugin.tcp_getsockname ((const uv_tcp_t *)handle, address, &length);
  else if (handle->type == UV_UDP && plugin.udp_getsockname != NULL)
    status = plugin.udp_getsockname ((const uv_udp_t *)handle, address, &length);
  else if (handle->type == UV_NAMED_PIPE)
    say_pipe_path (handle);
  if (status == 0)
    say_address (resource_of (handle->type, handle), &key_local, address);
  errno = saved_errno;
}

void
say_peer (const uv_handle_t *handle)
{
  struct sockaddr_storage storage;
  struct sockaddr *address = (struct sockaddr *)&storage;
  int saved_errno = errno;
  int length = sizeof storage;

  if (handle->type == UV_TCP && plugin.tcp_getpeername != NULL &&
      plugin.tcp_getpeername ((const uv_tcp_t *)handle, address, &length) == 0)
    say_address (resource_of (handle->type, handle), &key_peer, address);
  errno = saved_errno;
}

uint64_t
count_bytes (const uv_buf_t bufs[], unsigned int nbufs)
{
  uint64_t total = 0;

  if (!has_buffers (bufs, nbufs))
    return 0;
  for (unsigned int i = 0; i < nbufs; i++)
    total += bufs[i].len;
  return total;
}
