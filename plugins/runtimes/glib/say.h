/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_SAY_H
#define GLIB_SAY_H

/* What is said of the objects that GIO's functions are called with. All take NULL: what a program
 * passes in error is for GIO to complain about. Only getters are called; of an interface
 * (GFile, GSocketConnectable) they may be the program's own. */

#include "gio.h"

extern InspectKind key_address, key_bus, key_bytes, key_cancellable, key_command,
    key_completer, key_deadline,
    key_destination, key_host, key_interface, key_method, key_path, key_peer, key_serial,
    key_service, key_source, key_state, key_stderr, key_stdin, key_stdout, key_to, key_type,
    key_uri;

/* Where the phrase says it all. */
#define say_nothing() ((void)await)

void say_type (InspectObject object, const void *instance);
void say_bytes (InspectObject await, gsize count);
/* From now on; 0 or less: never. */
void say_deadline_ms (InspectObject await, int64_t milliseconds);
void say_cancellable (InspectObject await, GCancellable *cancellable);

void say_file (InspectObject await, GFile *file);
void say_files (InspectObject await, GFile *from, GFile *to);
void say_enumerator (InspectObject await, GFileEnumerator *enumerator);

/* The descriptor below a stream is its resource, with the peer or the path that it leads to. */
void say_stream (InspectObject await, const void *stream);
void say_transfer (InspectObject await, const void *stream, gsize count);
/* The descriptor alone: for calls that are made very often. */
void say_carrier (InspectObject await, const void *stream);
void say_transfer_sync (InspectObject await, const void *stream, gsize count);
void say_socket (InspectObject await, GSocket *socket);
int stream_get_fd (const void *stream); /* -1: none */

void say_connectable (InspectObject await, GSocketConnectable *connectable);
void say_client (InspectObject await, GSocketClient *client);
void say_service (InspectObject await, const char *service, const char *domain);
void say_inet_address (InspectObject await, GInetAddress *address);

void say_subprocess (InspectObject await, GSubprocess *subprocess);

void say_bus (InspectObject await, GBusType type);
void say_call (InspectObject await, GDBusConnection *connection, const char *name, const char *path,
               const char *interface, const char *method, int timeout_ms);
/* Where this process has to answer itself, the resource is the object that would have to, and
 * its owner the context in which it is called. */
void say_call_sync (InspectObject await, GDBusConnection *connection, const char *name,
                    const char *path, const char *interface, const char *method, int timeout_ms);
void say_message (InspectObject await, GDBusConnection *connection, GDBusMessage *message,
                  int timeout_ms);
void say_message_sync (InspectObject await, GDBusConnection *connection, GDBusMessage *message,
                       int timeout_ms);
void say_proxy (InspectObject await, const char *name, const char *path, const char *interface);
void say_proxy_call (InspectObject await, GDBusProxy *proxy, const char *method, int timeout_ms);
void say_proxy_call_sync (InspectObject await, GDBusProxy *proxy, const char *method,
                          int timeout_ms);

#endif
