/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Calls of D-Bus on a bus of our own, and those that this process has to answer itself. */

#include <string.h>

#include "turn.h"

#define NAME "org.example.Echo"
#define PATH "/org/example/Echo"

static const char xml[] =
    "<node><interface name='" NAME "'><method name='Ping'/></interface></node>";

static GDBusConnection *bus;

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  n_ready++;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static __attribute__ ((noinline)) void
list_names (int timeout_ms)
{
  g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "ListNames", NULL, NULL, 0, timeout_ms, NULL,
                          on_done, NULL);
}

static void
test_call (void)
{
  const Event *begin;
  guint64 now = g_get_monotonic_time () * 1000;

  list_names (-1);
  begin = harness_first (EVENT_AWAIT_BEGIN, "gio.dbus-connection-call");
  g_assert_cmpstr (begin->kind->phrase, ==, "waiting for {method} on {destination}");
  g_assert_true (harness_is_in (begin, list_names));
  g_assert_cmpstr (harness_attribute (begin->object, "method")->bytes, ==,
                   "org.freedesktop.DBus.ListNames");
  g_assert_cmpstr (harness_attribute (begin->object, "destination")->bytes, ==,
                   "org.freedesktop.DBus");
  g_assert_cmpstr (harness_attribute (begin->object, "path")->bytes, ==, "/org/freedesktop/DBus");
  g_assert_cmpuint (harness_attribute (begin->object, "serial")->value, >, 0);
  g_assert_cmpuint (harness_attribute (begin->object, "deadline")->value, >=,
                    now + G_GUINT64_CONSTANT (25000000000));
  turn_until_ready (1);
}

static void
test_no_timeout (void)
{
  list_names (G_MAXINT);
  g_assert_false (harness_has_attribute (
      harness_first (EVENT_AWAIT_BEGIN, "gio.dbus-connection-call")->object, "deadline"));
  turn_until_ready (1);
}

/* Nobody wants the answer, so there is none. */
static void
test_no_callback (void)
{
  g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "ListNames", NULL, NULL, 0, -1, NULL, NULL, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "gio.dbus-connection-call"), ==, 0);
  g_assert_true (g_dbus_connection_flush_sync (bus, NULL, NULL));
}

static void
test_proxy (void)
{
  GDBusProxy *proxy =
      g_dbus_proxy_new_sync (bus, 0, NULL, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                             "org.freedesktop.DBus", NULL, NULL);
  InspectObject await;

  g_dbus_proxy_call (proxy, "GetId", NULL, 0, 5000, NULL, on_done, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.dbus-proxy-call")->object;
  g_assert_cmpstr (harness_attribute (await, "method")->bytes, ==, "org.freedesktop.DBus.GetId");
  turn_until_ready (1);
  g_dbus_proxy_call (proxy, "org.freedesktop.DBus.Peer.Ping", NULL, 0, -1, NULL, on_done, NULL);
  await = harness_nth (EVENT_AWAIT_BEGIN, "gio.dbus-proxy-call", 1)->object;
  g_assert_cmpstr (harness_attribute (await, "method")->bytes, ==,
                   "org.freedesktop.DBus.Peer.Ping");
  turn_until_ready (2);
  g_object_unref (proxy);
}

static void
test_message (void)
{
  GDBusMessage *message = g_dbus_message_new_method_call (
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId");
  InspectObject await;

  g_dbus_connection_send_message_with_reply (bus, message, 0, 4000, NULL, NULL, on_done, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.dbus-connection-send-message-with-reply")->object;
  g_assert_cmpuint (harness_attribute (await, "serial")->value, ==,
                    g_dbus_message_get_serial (message));
  turn_until_ready (1);
  g_object_unref (message);
}

/* ---- To oneself ------------------------------------------------------------------------------ */

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static const GDBusInterfaceVTable vtable = { on_call, NULL, NULL, { NULL } };

static guint export(void)
{
  GDBusNodeInfo *node = g_dbus_node_info_new_for_xml (xml, NULL);
  guint id =
      g_dbus_connection_register_object (bus, PATH, node->interfaces[0], &vtable, NULL, NULL, NULL);

  g_assert_cmpuint (id, !=, 0);
  g_dbus_node_info_unref (node);
  return id;
}

/* Nobody turns the context meanwhile: it times out. */
static void
ask (const char *name)
{
  GError *error = NULL;

  g_assert_null (
      g_dbus_connection_call_sync (bus, name, PATH, NAME, "Ping", NULL, NULL, 0, 1, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
}

static const Event *
owner_of_answer (unsigned int nth)
{
  InspectObject await =
      harness_nth (EVENT_AWAIT_BEGIN, "gio.dbus-connection-call-sync", nth)->object;

  return harness_attribute (harness_attribute (await, "resource")->value, "owner");
}

static void
test_to_oneself (void)
{
  guint id = export();

  ask (g_dbus_connection_get_unique_name (bus));
  g_assert_cmpuint (owner_of_answer (0)->value, ==, context_resource (g_main_context_default ()));
  g_dbus_connection_unregister_object (bus, id);
}

static void
test_to_a_context_of_its_own (void)
{
  GMainContext *context = g_main_context_new ();
  guint id;

  g_main_context_push_thread_default (context);
  id = export();
  g_main_context_pop_thread_default (context);
  ask (g_dbus_connection_get_unique_name (bus));
  g_assert_cmpuint (owner_of_answer (0)->value, ==, context_resource (context));
  g_dbus_connection_unregister_object (bus, id);
  g_main_context_unref (context);
}

static void
on_name (GDBusConnection *connection, const char *name, gpointer user_data)
{
  g_assert_true (user_data == &n_ready);
  n_ready++;
}

static void
on_name_free (gpointer user_data)
{
  g_assert_true (user_data == &n_ready);
  n_ready++;
}

static void
test_by_a_name_of_ones_own (void)
{
  guint id = export();
  guint owner = g_bus_own_name_on_connection (bus, NAME, 0, on_name, NULL, &n_ready, on_name_free);

  turn_until_ready (1);
  ask (NAME);
  owner_of_answer (0);
  g_dbus_connection_unregister_object (bus, id);
  g_bus_unown_name (owner);
  turn_until_ready (2);
}

/* What is not exported here, or not here any more, is answered by others. */
static void
test_to_others (void)
{
  guint id = export();

  g_dbus_connection_unregister_object (bus, id);
  g_assert_null (g_dbus_connection_call_sync (bus, g_dbus_connection_get_unique_name (bus), PATH,
                                              NAME, "Ping", NULL, NULL, 0, -1, NULL, NULL));
  g_assert_false (harness_has_attribute (
      harness_first (EVENT_AWAIT_BEGIN, "gio.dbus-connection-call-sync")->object, "resource"));
}

/* ---- Each in a process of its own ------------------------------------------------------------ */

/* The thread of GDBus waits for its next message for good, so that what is recorded can be
 * checked but once. */
static void
run (gconstpointer test)
{
  GTestDBus *daemon;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (daemon);
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_assert_nonnull (bus);
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  harness_install ();
  ((void (*) (void))test) ();
  harness_check (false);
  g_object_unref (bus);
  g_test_dbus_stop (daemon);
  g_object_unref (daemon);
}

#define ADD(path, function) g_test_add_data_func (path, (gconstpointer)(function), run)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/dbus/call", test_call);
  ADD ("/dbus/no-timeout", test_no_timeout);
  ADD ("/dbus/no-callback", test_no_callback);
  ADD ("/dbus/proxy", test_proxy);
  ADD ("/dbus/message", test_message);
  ADD ("/dbus/to-oneself", test_to_oneself);
  ADD ("/dbus/to-a-context-of-its-own", test_to_a_context_of_its_own);
  ADD ("/dbus/by-a-name-of-ones-own", test_by_a_name_of_ones_own);
  ADD ("/dbus/to-others", test_to_others);
  return g_test_run ();
}
