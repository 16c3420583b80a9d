/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Files, streams, sockets and names; D-Bus is in dbus.c, processes are in subprocess.c. */

#include "say.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "emit/sys.h"
#include "inspect-keys.h"
#include "operations.h"
#include "text.h"

#define NS_PER_MS INT64_C (1000000)
#define NS_PER_SECOND INT64_C (1000000000)

#define KEY(var, name, label, type)                                                                \
  InspectKind key_##var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 };
KEY (address, "address", "address", TEXT)
KEY (bus, "bus", "bus", TEXT)
KEY (bytes, INSPECT_KEY_BYTES, "asked for", BYTES)
KEY (cancellable, "cancellable", "cancellable", OBJECT)
KEY (command, INSPECT_KEY_COMMAND, "command", TEXT)
KEY (completer, INSPECT_KEY_COMPLETER, "is ended by", OBJECT)
KEY (deadline, INSPECT_KEY_DEADLINE, "times out in", TIME)
KEY (destination, "destination", "destination", TEXT)
KEY (host, INSPECT_KEY_HOST, "host", TEXT)
KEY (interface, "interface", "interface", TEXT)
KEY (method, "method", "method", TEXT)
KEY (path, INSPECT_KEY_PATH, "path", TEXT)
KEY (peer, INSPECT_KEY_PEER, "peer", SOCKADDR)
KEY (serial, "serial", "serial", U64)
KEY (service, "service", "service", TEXT)
KEY (source, "source", "source object", TEXT)
KEY (state, INSPECT_KEY_STATE, "state", TEXT)
KEY (stderr, INSPECT_KEY_STDERR, "reads stderr from", FD)
KEY (stdin, "stdin", "writes stdin to", FD)
KEY (stdout, INSPECT_KEY_STDOUT, "reads stdout from", FD)
KEY (to, "to", "to", TEXT)
KEY (type, "type", "type", TEXT)
KEY (uri, "uri", "URI", TEXT)

INSPECT_DEFINE_RESOURCE (resource_descriptor, "gio.descriptor", "descriptor");
INSPECT_DEFINE_RESOURCE (resource_cancellable, "gio.cancellable", "cancellable");

/* ---- Plain facts ----------------------------------------------------------------------------- */

void
say_type (InspectObject object, const void *instance)
{
  if (instance != NULL)
    plugin_say_text (object, &key_type, gio.g_type_name_from_instance ((GTypeInstance *)instance));
}

void
say_bytes (InspectObject await, gsize count)
{
  inspect_attribute (await, &key_bytes, count);
}

void
say_deadline_ms (InspectObject await, int64_t milliseconds)
{
  struct timespec now;

  if (milliseconds <= 0 || sys_clock_gettime (CLOCK_MONOTONIC, &now) != 0)
    return;
  inspect_attribute (
      await, &key_deadline,
      (uint64_t)(now.tv_sec * NS_PER_SECOND + now.tv_nsec + milliseconds * NS_PER_MS));
}

static void
note_cancelled (GCancellable *cancellable)
{
  plugin_say_text (inspect_object (&resource_cancellable, inspect_id_of (cancellable)), &key_state,
                   "cancelled");
}

void
say_cancellable (InspectObject await, GCancellable *cancellable)
{
  InspectObject resource = inspect_object (&resource_cancellable, inspect_id_of (cancellable));

  inspect_attribute (await, &key_cancellable, resource);
  plugin_say_text (resource, &key_state,
                   gio.g_cancellable_is_cancelled (cancellable) ? "cancelled" : "not cancelled");
}

void
hook_g_cancellable_cancel (GCancellable *cancellable)
{
  if (cancellable != NULL && plugin_is_on ())
    note_cancelled (cancellable);
  real_g_cancellable_cancel (cancellable);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void
say_file_as (InspectObject await, InspectKind *key, GFile *file)
{
  const char *path;
  char *uri;

  if (file == NULL)
    return;
  path = gio.g_file_peek_path (file);
  if (path != NULL)
    {
      plugin_say_text (await, key, path);
      return;
    }
  uri = gio.g_file_get_uri (file);
  plugin_say_text (await, key, uri);
  gio.g_free (uri);
}

void
say_file (InspectObject await, GFile *file)
{
  say_file_as (await, &key_path, file);
}

void
say_files (InspectObject await, GFile *from, GFile *to)
{
  say_file_as (await, &key_path, from);
  say_file_as (await, &key_to, to);
}

void
say_enumerator (InspectObject await, GFileEnumerator *enumerator)
{
  if (enumerator != NULL)
    say_file (await, gio.g_file_enumerator_get_container (enumerator));
}

/* ---- Streams and sockets --------------------------------------------------------------------- */

static inline bool
is_a (const void *instance, GType type)
{
  return gio.g_type_check_instance_is_a ((GTypeInstance *)instance, type);
}

/* What a stream is laid upon, down to one that has a descriptor. */
static const void *
get_base (const void *stream)
{
  if (is_a (stream, gio.g_filter_input_stream_get_type ()))
    return gio.g_filter_input_stream_get_base_stream ((GFilterInputStream *)stream);
  if (is_a (stream, gio.g_filter_output_stream_get_type ()))
    return gio.g_filter_output_stream_get_base_stream ((GFilterOutputStream *)stream);
  return NULL;
}

int
stream_get_fd (const void *stream)
{
  const GSocket *socket;

  while (stream != NULL)
    {
      if (is_a (stream, gio.g_socket_connection_get_type ()))
        {
          socket = gio.g_socket_connection_get_socket ((GSocketConnection *)stream);
          return socket != NULL ? gio.g_socket_get_fd ((GSocket *)socket) : -1;
        }
      if (is_a (stream, gio.g_file_descriptor_based_get_type ()))
        return gio.g_file_descriptor_based_get_fd ((GFileDescriptorBased *)stream);
      stream = get_base (stream);
    }
  return -1;
}

/* Known by its number, so that both directions of a connection are one. */
static InspectObject
say_descriptor (InspectObject await, int fd)
{
  InspectObject resource;

  if (fd < 0)
    return 0;
  resource = inspect_object (&resource_descriptor, (InspectId)fd + 1);
  inspect_attribute (resource, &key_fd, (uint64_t)fd);
  inspect_attribute (await, &key_resource, resource);
  return resource;
}

static void
say_target (InspectObject resource, int fd)
{
  struct sockaddr_storage address;
  unsigned int length = sizeof address;
  char link[32] = "/proc/self/fd/";
  char path[256];
  long n;

  if (sys_getpeername (fd, &address, &length) == 0)
    {
      if (address.ss_family != AF_UNIX)
        inspect_attribute_bytes (resource, &key_peer, &address, length);
      return;
    }
  append_number (link, sizeof link, (unsigned int)fd);
  n = sys_readlinkat (AT_FDCWD, link, path, sizeof path);
  if (n > 0)
    inspect_attribute_bytes (resource, &key_path, path, (size_t)n);
}

void
say_stream (InspectObject await, const void *stream)
{
  int fd = stream_get_fd (stream);
  InspectObject resource = say_descriptor (await, fd);

  if (resource != 0)
    say_target (resource, fd);
  else
    say_type (await, stream);
}

void
say_carrier (InspectObject await, const void *stream)
{
  say_descriptor (await, stream_get_fd (stream));
}

void
say_transfer (InspectObject await, const void *stream, gsize count)
{
  say_stream (await, stream);
  say_bytes (await, count);
}

void
say_transfer_sync (InspectObject await, const void *stream, gsize count)
{
  say_carrier (await, stream);
  say_bytes (await, count);
}

void
say_socket (InspectObject await, GSocket *socket)
{
  guint seconds;

  if (socket == NULL)
    return;
  say_descriptor (await, gio.g_socket_get_fd (socket));
  seconds = gio.g_socket_get_timeout (socket);
  say_deadline_ms (await, (int64_t)seconds * 1000);
}

/* ---- Names ----------------------------------------------------------------------------------- */

void
say_connectable (InspectObject await, GSocketConnectable *connectable)
{
  char *text;

  if (connectable == NULL)
    return;
  text = gio.g_socket_connectable_to_string (connectable);
  plugin_say_text (await, &key_host, text);
  gio.g_free (text);
}

void
say_client (InspectObject await, GSocketClient *client)
{
  if (client != NULL)
    say_deadline_ms (await, (int64_t)gio.g_socket_client_get_timeout (client) * 1000);
}

void
say_service (InspectObject await, const char *service, const char *domain)
{
  plugin_say_text (await, &key_service, service);
  plugin_say_text (await, &key_host, domain);
}

void
say_inet_address (InspectObject await, GInetAddress *address)
{
  char *text;

  if (address == NULL)
    return;
  text = gio.g_inet_address_to_string (address);
  plugin_say_text (await, &key_address, text);
  gio.g_free (text);
}
