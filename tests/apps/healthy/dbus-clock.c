/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A service in a thread of its own, and a client that calls it, synchronously and not. */

#include <gio/gio.h>
#include <stdio.h>

static const char interface_xml[] = "<node><interface name='org.example.Clock'>"
                                    "<method name='Now'><arg type='x' direction='out'/></method>"
                                    "</interface></node>";
static const char *address;
static GMainLoop *service_loop;
static int n_answers;

static void
on_method (GDBusConnection *connection, const char *sender, const char *path,
           const char *interface, const char *method, GVariant *parameters,
           GDBusMethodInvocation *invocation, gpointer data)
{
  g_usleep (30000);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(x)", (gint64)0));
}

static GDBusConnection *
connect_to_bus (void)
{
  return g_dbus_connection_new_for_address_sync (
      address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, NULL);
}

static void
on_name (GDBusConnection *bus, const char *name, gpointer ready)
{
  g_async_queue_push (ready, GINT_TO_POINTER (1));
}

static gpointer
serve (gpointer ready)
{
  static const GDBusInterfaceVTable table = { .method_call = on_method };
  GMainContext *context = g_main_context_new ();
  GDBusNodeInfo *node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  GDBusConnection *bus;
  guint owner;

  g_main_context_push_thread_default (context);
  service_loop = g_main_loop_new (context, FALSE);
  bus = connect_to_bus ();
  g_dbus_connection_register_object (bus, "/clock", node->interfaces[0], &table, NULL, NULL, NULL);
  owner = g_bus_own_name_on_connection (bus, "org.example.Clock", G_BUS_NAME_OWNER_FLAGS_NONE,
                                        on_name, NULL, ready, NULL);
  g_main_loop_run (service_loop);
  g_bus_unown_name (owner);
  g_dbus_connection_close_sync (bus, NULL, NULL);
  g_object_unref (bus);
  g_dbus_node_info_unref (node);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  return NULL;
}

static void
call_sync (GDBusConnection *bus)
{
  GVariant *answer
      = g_dbus_connection_call_sync (bus, "org.example.Clock", "/clock", "org.example.Clock",
                                     "Now", NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

  n_answers += answer != NULL;
  g_clear_pointer (&answer, g_variant_unref);
}

static void
on_answer (GObject *bus, GAsyncResult *result, gpointer data)
{
  GVariant *answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, NULL);

  n_answers += answer != NULL;
  g_clear_pointer (&answer, g_variant_unref);
  *(int *)data -= 1;
}

static void
call_all (GDBusConnection *bus)
{
  int n_open = 10;

  for (int i = 0; i < 10; i++)
    g_dbus_connection_call (bus, "org.example.Clock", "/clock", "org.example.Clock", "Now", NULL,
                            NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_answer, &n_open);
  while (n_open > 0)
    g_main_context_iteration (NULL, TRUE);
}

int
main (void)
{
  GTestDBus *daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  GAsyncQueue *ready = g_async_queue_new ();
  GDBusConnection *bus;
  GThread *service;

  g_test_dbus_up (daemon);
  address = g_test_dbus_get_bus_address (daemon);
  service = g_thread_new ("clock", serve, ready);
  g_async_queue_pop (ready);
  bus = connect_to_bus ();
  for (int i = 0; i < 20; i++)
    call_sync (bus);
  for (int i = 0; i < 3; i++)
    call_all (bus);
  printf ("%d answers\n", n_answers);
  g_main_loop_quit (service_loop);
  g_thread_join (service);
  g_main_loop_unref (service_loop);
  g_dbus_connection_close_sync (bus, NULL, NULL);
  g_object_unref (bus);
  g_test_dbus_stop (daemon);
  g_object_unref (daemon);
  g_async_queue_unref (ready);
  return 0;
}
