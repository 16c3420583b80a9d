/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Answers of a server that its handler has paused: nothing but the program itself can let them go on. */

#include <errno.h>

#include "message.h"

INSPECT_DEFINE_AWAIT (await_paused, "soup.paused", "the answer to {method} {url} is paused",
                      INSPECT_AWAIT_WATCHES);

/* A message carries the id of its pause, which is one of inspect_id_new(): a task with one await. */
static InspectId
id_of (const void *data)
{
  return (InspectId)(uintptr_t)data;
}

static void
end (InspectId pause, int32_t status)
{
  if (!inspect_is_on ())
    return;
  inspect_await_end (pause, inspect_object (&await_paused, pause), status);
  inspect_task_end (pause, status);
}

/* The message is gone. */
static void
forget (gpointer data)
{
  end (id_of (data), -ECANCELED);
}

static void
resume (SoupServerMessage *message, int32_t status)
{
  gpointer data = plugin.g_object_steal_qdata ((GObject *)message, plugin.pause_quark);

  if (data == NULL)
    return;
  plugin.g_signal_handlers_disconnect_matched (message, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                               data);
  end (id_of (data), status);
}

/* The client has closed its end, or the answer is over in another way. */
static void
on_gone (SoupServerMessage *message, gpointer data)
{
  resume (message, -ECANCELED);
}

static void
begin (SoupServerMessage *message, InspectLocationId where)
{
  InspectId pause;
  InspectObject await;
  gpointer data;

  if (!plugin_is_on () || message == NULL ||
      plugin.g_object_get_qdata ((GObject *)message, plugin.pause_quark) != NULL)
    return;
  pause = inspect_id_new ();
  await = inspect_object (&await_paused, pause);
  data = (gpointer)(uintptr_t)pause;
  plugin.g_object_set_qdata_full ((GObject *)message, plugin.pause_quark, data, forget);
  plugin.g_signal_connect_data (message, "finished", (GCallback)on_gone, data, NULL,
                                (GConnectFlags)0);
  plugin.g_signal_connect_data (message, "disconnected", (GCallback)on_gone, data, NULL,
                                (GConnectFlags)0);
  inspect_task_begin (pause, inspect_task_current (), where);
  inspect_await_begin (pause, await, where);
  message_say (await, &key_method, plugin.soup_server_message_get_method (message));
  message_say_url (await, plugin.soup_server_message_get_uri (message));
}

/* ---- The hooks -------------------------------------------------------------------------------- */

void
hook_soup_server_message_pause (SoupServerMessage *msg)
{
  real_soup_server_message_pause (msg);
  begin (msg, plugin_is_on () ? plugin_place (CALLER) : 0);
}

void
hook_soup_server_message_unpause (SoupServerMessage *msg)
{
  if (msg != NULL)
    resume (msg, 0);
  real_soup_server_message_unpause (msg);
}

void
hook_soup_server_pause_message (SoupServer *server, SoupServerMessage *msg)
{
  real_soup_server_pause_message (server, msg);
  begin (msg, plugin_is_on () ? plugin_place (CALLER) : 0);
}

void
hook_soup_server_unpause_message (SoupServer *server, SoupServerMessage *msg)
{
  if (msg != NULL)
    resume (msg, 0);
  real_soup_server_unpause_message (server, msg);
}
