/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* D-Bus: calls, and what this process itself exports and is called, so that a call which it would
 * have to answer itself is known. */

#include <string.h>

#include "context.h"
#include "shared/lock.h"
#include "operations.h"
#include "say.h"
#include "text.h"

#define DEFAULT_TIMEOUT_MS 25000 /* of GDBus, where -1 is given */
#define LONGEST_MEMBER 512
#define N_EXPORTS 512u
#define N_NAMES 64u

INSPECT_DEFINE_RESOURCE (resource_export, "gio.export", "exported object");

/* An object of this process. Strings are known by their hash. */
typedef struct
{
  uint64_t connection;         /* its unique name; 0: free */
  const GMainContext *context; /* that calls its methods */
  uint64_t path;
  uint64_t interface;
  guint id; /* of its registration, or 0 */
  const void *skeleton;
} Export;

/* A well-known name that this process has asked for. */
typedef struct
{
  uint64_t connection; /* the unique name of its owner while it is ours, else 0 */
  uint64_t name;
  GBusAcquiredCallback on_bus;
  GBusNameAcquiredCallback on_acquired;
  GBusNameLostCallback on_lost;
  GDestroyNotify on_free;
  gpointer user_data;
  bool is_used;
} Name;

/* Static because they are the process's own; a full table means that less is known. */
static Export exports[N_EXPORTS];
static Name names[N_NAMES];
static Lock lock;

static uint64_t
hash (const char *text)
{
  uint64_t mixed = UINT64_C (0xcbf29ce484222325);

  for (; *text != '\0'; text++)
    mixed = (mixed ^ (unsigned char)*text) * UINT64_C (0x100000001b3);
  return mixed;
}

static const GMainContext *
get_context (void)
{
  const GMainContext *context = gio.g_main_context_get_thread_default ();

  return context != NULL ? context : gio.g_main_context_default ();
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void
say_member (InspectObject await, const char *interface, const char *method)
{
  char member[LONGEST_MEMBER] = "";

  if (interface != NULL)
    {
      append_text (member, sizeof member, interface);
      append_text (member, sizeof member, ".");
    }
  if (method != NULL)
    append_text (member, sizeof member, method);
  plugin_say_text (await, &key_method, member);
}

void
say_proxy (InspectObject await, const char *name, const char *path, const char *interface)
{
  plugin_say_text (await, &key_destination, name);
  plugin_say_text (await, &key_path, path);
  plugin_say_text (await, &key_interface, interface);
}

static void
say_timeout (InspectObject await, int timeout_ms)
{
  if (timeout_ms != G_MAXINT)
    say_deadline_ms (await, timeout_ms == -1 ? DEFAULT_TIMEOUT_MS : timeout_ms);
}

static void
say_member_call (InspectObject await, const char *name, const char *path, const char *interface,
                 const char *method, int timeout_ms)
{
  plugin_say_text (await, &key_destination, name != NULL ? name : "its peer");
  plugin_say_text (await, &key_path, path);
  say_member (await, interface, method);
  say_timeout (await, timeout_ms);
}

void
say_call (InspectObject await, GDBusConnection *connection, const char *name, const char *path,
          const char *interface, const char *method, int timeout_ms)
{
  say_member_call (await, name, path, interface, method, timeout_ms);
  if (connection != NULL)
    inspect_attribute (await, &key_serial, gio.g_dbus_connection_get_last_serial (connection));
}

void
say_message (InspectObject await, GDBusConnection *connection, GDBusMessage *message,
             int timeout_ms)
{
  if (message == NULL)
    return;
  say_member_call (await, gio.g_dbus_message_get_destination (message),
                   gio.g_dbus_message_get_path (message),
                   gio.g_dbus_message_get_interface (message),
                   gio.g_dbus_message_get_member (message), timeout_ms);
  inspect_attribute (await, &key_serial, gio.g_dbus_message_get_serial (message));
}

static int
get_proxy_timeout (GDBusProxy *proxy, int timeout_ms)
{
  return timeout_ms == -1 ? gio.g_dbus_proxy_get_default_timeout (proxy) : timeout_ms;
}

/* "org.example.Iface.Method" names its interface itself. */
static const char *
get_proxy_interface (GDBusProxy *proxy, const char *method)
{
  for (const char *p = method; p != NULL && *p != '\0'; p++)
    if (*p == '.')
      return NULL;
  return gio.g_dbus_proxy_get_interface_name (proxy);
}

void
say_proxy_call (InspectObject await, GDBusProxy *proxy, const char *method, int timeout_ms)
{
  if (proxy != NULL)
    say_call (await, gio.g_dbus_proxy_get_connection (proxy), gio.g_dbus_proxy_get_name (proxy),
              gio.g_dbus_proxy_get_object_path (proxy), get_proxy_interface (proxy, method), method,
              get_proxy_timeout (proxy, timeout_ms));
}

void
say_bus (InspectObject await, GBusType type)
{
  plugin_say_text (await, &key_bus,
                   type == G_BUS_TYPE_SYSTEM    ? "system"
                   : type == G_BUS_TYPE_SESSION ? "session"
                                                : "starter");
}

/* ---- Calls to oneself ------------------------------------------------------------------------ */

/* Under the lock. The connection that has that name, as far as this process knows; else 0. */
static uint64_t
find_owner (const char *name)
{
  uint64_t hashed = hash (name);

  if (name[0] == ':')
    return hashed;
  for (uint32_t i = 0; i < N_NAMES; i++)
    if (names[i].is_used && names[i].name == hashed)
      return names[i].connection;
  return 0;
}

/* Under the lock. */
static const Export *
find_export (uint64_t owner, uint64_t path, uint64_t interface)
{
  for (uint32_t i = 0; i < N_EXPORTS; i++)
    if (exports[i].connection == owner && exports[i].path == path &&
        exports[i].interface == interface)
      return &exports[i];
  return NULL;
}

/* What answers is the object; what has to turn for it is its context. */
static void
say_answering (InspectObject await, const char *name, const char *path, const char *interface)
{
  const GMainContext *context = NULL;
  const Export *export = NULL;
  InspectObject object;
  uint64_t owner;

  if (name == NULL || path == NULL || interface == NULL)
    return;
  lock_enter (&lock);
  owner = find_owner (name);
  if (owner != 0)
    export = find_export (owner, hash (path), hash (interface));
  if (export != NULL)
    context = export->context;
  lock_leave (&lock);
  if (export == NULL)
    return;
  object = inspect_object (&resource_export, inspect_id_of (export));
  plugin_say_text (object, &key_name, path);
  inspect_attribute (object, &key_owner, context_resource ((GMainContext *)context));
  inspect_attribute (await, &key_resource, object);
}

void
say_call_sync (InspectObject await, GDBusConnection *connection, const char *name, const char *path,
               const char *interface, const char *method, int timeout_ms)
{
  say_member_call (await, name, path, interface, method, timeout_ms);
  say_answering (await, name, path, interface);
}

void
say_message_sync (InspectObject await, GDBusConnection *connection, GDBusMessage *message,
                  int timeout_ms)
{
  if (message != NULL)
    say_call_sync (await, connection, gio.g_dbus_message_get_destination (message),
                   gio.g_dbus_message_get_path (message),
                   gio.g_dbus_message_get_interface (message),
                   gio.g_dbus_message_get_member (message), timeout_ms);
}

void
say_proxy_call_sync (InspectObject await, GDBusProxy *proxy, const char *method, int timeout_ms)
{
  if (proxy != NULL)
    say_call_sync (await, gio.g_dbus_proxy_get_connection (proxy),
                   gio.g_dbus_proxy_get_name (proxy), gio.g_dbus_proxy_get_object_path (proxy),
                   get_proxy_interface (proxy, method), method,
                   get_proxy_timeout (proxy, timeout_ms));
}

/* ---- What this process exports --------------------------------------------------------------- */

/* 0 where there is no bus. */
static uint64_t
hash_connection (GDBusConnection *connection)
{
  const char *name = gio.g_dbus_connection_get_unique_name (connection);

  return name != NULL ? hash (name) : 0;
}

static void
add_export (GDBusConnection *connection, const char *path, const char *interface, guint id,
            const void *skeleton)
{
  const GMainContext *context = get_context ();
  uint64_t owner = hash_connection (connection);

  if (owner == 0)
    return;
  lock_enter (&lock);
  for (uint32_t i = 0; i < N_EXPORTS; i++)
    if (exports[i].connection == 0)
      {
        exports[i] = (Export){ owner, context, hash (path), hash (interface), id, skeleton };
        break;
      }
  lock_leave (&lock);
}

static void
remove_exports (uint64_t connection, guint id, const void *skeleton)
{
  lock_enter (&lock);
  for (uint32_t i = 0; i < N_EXPORTS; i++)
    if (skeleton != NULL ? exports[i].skeleton == skeleton
                         : exports[i].connection == connection && exports[i].id == id)
      exports[i].connection = 0;
  lock_leave (&lock);
}

guint
hook_g_dbus_connection_register_object (GDBusConnection *connection, const gchar *object_path,
                                        GDBusInterfaceInfo *interface_info,
                                        const GDBusInterfaceVTable *vtable, gpointer user_data,
                                        GDestroyNotify user_data_free_func, GError **error)
{
  guint id = real_g_dbus_connection_register_object (connection, object_path, interface_info,
                                                     vtable, user_data, user_data_free_func, error);

  if (id != 0 && plugin_is_on () && gio_is_ready ())
    add_export (connection, object_path, interface_info->name, id, NULL);
  return id;
}

gboolean
hook_g_dbus_connection_unregister_object (GDBusConnection *connection, guint registration_id)
{
  if (registration_id != 0 && plugin_is_on () && gio_is_ready ())
    remove_exports (hash_connection (connection), registration_id, NULL);
  return real_g_dbus_connection_unregister_object (connection, registration_id);
}

gboolean
hook_g_dbus_interface_skeleton_export (GDBusInterfaceSkeleton *interface,
                                       GDBusConnection *connection, const gchar *object_path,
                                       GError **error)
{
  gboolean result =
      real_g_dbus_interface_skeleton_export (interface, connection, object_path, error);
  const GDBusInterfaceInfo *info;

  if (!result || !plugin_is_on () || !gio_is_ready ())
    return result;
  info = gio.g_dbus_interface_skeleton_get_info (interface);
  if (info != NULL)
    add_export (connection, object_path, info->name, 0, interface);
  return result;
}

void
hook_g_dbus_interface_skeleton_unexport (GDBusInterfaceSkeleton *interface)
{
  if (interface != NULL)
    remove_exports (0, 0, interface);
  real_g_dbus_interface_skeleton_unexport (interface);
}

/* ---- Names that this process has ------------------------------------------------------------- */

static void
on_bus (GDBusConnection *connection, const gchar *name, gpointer data)
{
  const Name *of = data;

  if (of->on_bus != NULL)
    of->on_bus (connection, name, of->user_data);
}

static void
on_acquired (GDBusConnection *connection, const gchar *name, gpointer data)
{
  Name *of = data;

  of->connection = gio_is_ready () ? hash_connection (connection) : 0;
  if (of->on_acquired != NULL)
    of->on_acquired (connection, name, of->user_data);
}

static void
on_lost (GDBusConnection *connection, const gchar *name, gpointer data)
{
  Name *of = data;

  of->connection = 0;
  if (of->on_lost != NULL)
    of->on_lost (connection, name, of->user_data);
}

static void
on_free (gpointer data)
{
  Name *of = data;
  GDestroyNotify callback = of->on_free;
  gpointer user_data = of->user_data;

  __atomic_store_n (&of->is_used, false, __ATOMIC_RELEASE);
  if (callback != NULL)
    callback (user_data);
}

static Name *
take_name (const char *name)
{
  if (!plugin_is_on () || !gio_is_ready () || name == NULL)
    return NULL;
  for (uint32_t i = 0; i < N_NAMES; i++)
    {
      bool is_free = false;

      if (!__atomic_compare_exchange_n (&names[i].is_used, &is_free, true, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
        continue;
      names[i].connection = 0;
      names[i].name = hash (name);
      return &names[i];
    }
  return NULL;
}

/* What GIO has refused it does not free. */
static guint
check_name (Name *of, guint id)
{
  if (id == 0)
    __atomic_store_n (&of->is_used, false, __ATOMIC_RELEASE);
  return id;
}

guint
hook_g_bus_own_name (GBusType bus_type, const gchar *name, GBusNameOwnerFlags flags,
                     GBusAcquiredCallback bus_acquired_handler,
                     GBusNameAcquiredCallback name_acquired_handler,
                     GBusNameLostCallback name_lost_handler, gpointer user_data,
                     GDestroyNotify user_data_free_func)
{
  Name *of = take_name (name);
  guint id;

  if (of == NULL)
    return real_g_bus_own_name (bus_type, name, flags, bus_acquired_handler, name_acquired_handler,
                                name_lost_handler, user_data, user_data_free_func);
  of->on_bus = bus_acquired_handler;
  of->on_acquired = name_acquired_handler;
  of->on_lost = name_lost_handler;
  of->on_free = user_data_free_func;
  of->user_data = user_data;
  id = real_g_bus_own_name (bus_type, name, flags, bus_acquired_handler != NULL ? on_bus : NULL,
                            on_acquired, on_lost, of, on_free);
  return check_name (of, id);
}

guint
hook_g_bus_own_name_on_connection (GDBusConnection *connection, const gchar *name,
                                   GBusNameOwnerFlags flags,
                                   GBusNameAcquiredCallback name_acquired_handler,
                                   GBusNameLostCallback name_lost_handler, gpointer user_data,
                                   GDestroyNotify user_data_free_func)
{
  Name *of = take_name (name);
  guint id;

  if (of == NULL)
    return real_g_bus_own_name_on_connection (connection, name, flags, name_acquired_handler,
                                              name_lost_handler, user_data, user_data_free_func);
  of->on_bus = NULL;
  of->on_acquired = name_acquired_handler;
  of->on_lost = name_lost_handler;
  of->on_free = user_data_free_func;
  of->user_data = user_data;
  id = real_g_bus_own_name_on_connection (connection, name, flags, on_acquired, on_lost, of,
                                          on_free);
  return check_name (of, id);
}
