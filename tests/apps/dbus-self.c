/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Calls itself over a private bus, synchronously, in the loop that would have to answer. */

#include <gio/gio.h>
#include <unistd.h>

static const char interface_xml[] = "<node><interface name='org.example.Clock'>"
                                    "<method name='Now'><arg type='x' direction='out'/></method>"
                                    "</interface></node>";
static GDBusConnection *bus;

static void
on_method (GDBusConnection *connection, const char *sender, const char *path,
           const char *interface, const char *method, GVariant *parameters,
           GDBusMethodInvocation *invocation, gpointer data)
{
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(x)", g_get_real_time ()));
}

static gboolean
ask_the_time (gpointer data)
{
  GVariant *answer;

  answer = g_dbus_connection_call_sync (bus, "org.example.Clock", "/clock", "org.example.Clock", /* WAITS */
                                        "Now", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                        NULL);
  g_clear_pointer (&answer, g_variant_unref);
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
on_name (GDBusConnection *connection, const char *name, gpointer data)
{
  g_idle_add (ask_the_time, data);
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GTestDBus *daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  static const GDBusInterfaceVTable table = { .method_call = on_method };
  GDBusNodeInfo *node = g_dbus_node_info_new_for_xml (interface_xml, NULL);

  alarm (3);
  g_test_dbus_up (daemon);
  bus = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (daemon),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, NULL);
  if (bus == NULL)
    return 1;
  g_dbus_connection_register_object (bus, "/clock", node->interfaces[0], &table, NULL, NULL, NULL);
  g_bus_own_name_on_connection (bus, "org.example.Clock", G_BUS_NAME_OWNER_FLAGS_NONE, on_name,
                                NULL, loop, NULL);
  g_main_loop_run (loop);
  g_object_unref (bus);
  g_test_dbus_stop (daemon);
  g_object_unref (daemon);
  g_dbus_node_info_unref (node);
  g_main_loop_unref (loop);
  return 0;
}
