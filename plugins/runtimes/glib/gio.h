/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_GIO_H
#define GLIB_GIO_H

/* GIO's own functions that are asked about its objects, and the kinds of await. libgio may be
 * loaded long after libglib, so they are looked up when the first of its functions is called. */

#include <gio/gio.h>
#include <gio/gfiledescriptorbased.h>

#include "plugin.h"

/* What is asked of libgio and libgobject; there since 2.68. */
#define GIO_FUNCTIONS                                                                              \
  ASKED (g_free)                                                                                   \
  ASKED (g_type_class_ref)                                                                         \
  ASKED (g_type_name_from_instance)                                                                \
  ASKED (g_type_check_instance_is_a)                                                               \
  ASKED (g_type_query)                                                                             \
  ASKED (g_task_get_type)                                                                          \
  ASKED (g_task_get_name)                                                                          \
  ASKED (g_task_get_source_object)                                                                 \
  ASKED (g_task_get_context)                                                                       \
  ASKED (g_task_get_completed)                                                                     \
  ASKED (g_task_get_cancellable)                                                                   \
  ASKED (g_task_had_error)                                                                         \
  ASKED (g_cancellable_is_cancelled)                                                               \
  ASKED (g_main_context_get_thread_default)                                                        \
  ASKED (g_main_context_default)                                                                   \
  ASKED (g_file_peek_path)                                                                         \
  ASKED (g_file_get_uri)                                                                           \
  ASKED (g_dbus_connection_get_unique_name)                                                        \
  ASKED (g_dbus_connection_get_last_serial)                                                        \
  ASKED (g_dbus_proxy_get_connection)                                                              \
  ASKED (g_dbus_proxy_get_name)                                                                    \
  ASKED (g_dbus_proxy_get_object_path)                                                             \
  ASKED (g_dbus_proxy_get_interface_name)                                                          \
  ASKED (g_dbus_proxy_get_default_timeout)                                                         \
  ASKED (g_dbus_interface_skeleton_get_info)                                                       \
  ASKED (g_dbus_message_get_destination)                                                           \
  ASKED (g_dbus_message_get_path)                                                                  \
  ASKED (g_dbus_message_get_interface)                                                             \
  ASKED (g_dbus_message_get_member)                                                                \
  ASKED (g_dbus_message_get_serial)                                                                \
  ASKED (g_socket_get_fd)                                                                          \
  ASKED (g_socket_get_timeout)                                                                     \
  ASKED (g_socket_connection_get_socket)                                                           \
  ASKED (g_socket_connection_get_type)                                                             \
  ASKED (g_socket_client_get_timeout)                                                              \
  ASKED (g_socket_connectable_to_string)                                                           \
  ASKED (g_inet_address_to_string)                                                                 \
  ASKED (g_subprocess_get_identifier)                                                              \
  ASKED (g_subprocess_get_stdin_pipe)                                                              \
  ASKED (g_subprocess_get_stdout_pipe)                                                             \
  ASKED (g_subprocess_get_stderr_pipe)                                                             \
  ASKED (g_file_descriptor_based_get_type)                                                         \
  ASKED (g_file_descriptor_based_get_fd)                                                           \
  ASKED (g_filter_input_stream_get_type)                                                           \
  ASKED (g_filter_input_stream_get_base_stream)                                                    \
  ASKED (g_filter_output_stream_get_type)                                                          \
  ASKED (g_filter_output_stream_get_base_stream)                                                   \
  ASKED (g_file_enumerator_get_container)

typedef struct
{
#define ASKED(function) __typeof__ (function) *function;
  GIO_FUNCTIONS
#undef ASKED
} Gio;

extern Gio gio;

/* Whether GIO is there and its tasks are being followed; looks at it once. Not in a constructor of
 * a library: the hooks of GIO's functions are called by running programs. */
bool gio_is_ready (void);

#endif
