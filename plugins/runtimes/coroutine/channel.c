/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "instrument.h"

struct CoChannel
{
  size_t room, first, n;
  bool is_closed;
  CoQueue senders, receivers;
  void *messages[];
};

static InspectObject
object_of (const CoChannel *channel)
{
  return inspect_object (&co_resource_channel, inspect_id_of (channel));
}

CoChannel *
co_channel_new (const char *name, size_t room)
{
  CoChannel *channel = calloc (1, sizeof *channel + room * sizeof (void *));

  if (channel == NULL)
    return NULL;
  channel->room = room;
  if (inspect_is_on ())
    {
      inspect_resource_begin (object_of (channel), CO_CALLER);
      if (name != NULL)
        inspect_attribute_bytes (object_of (channel), &co_key_name, name, strlen (name));
    }
  return channel;
}

void
co_channel_free (CoChannel *channel)
{
  if (inspect_is_on ())
    inspect_resource_end (object_of (channel));
  free (channel);
}

static void
wait_in (CoChannel *channel, CoQueue *queue, InspectKind *kind, InspectLocationId where)
{
  Coroutine *self = co_current ();

  co_queue_push (queue, self);
  self->waits_for = kind;
  co_tell_waits (self, kind, object_of (channel), where);
  co_suspend ();
}

void
co_channel_send (CoChannel *channel, void *message)
{
  Coroutine *receiver = co_queue_pop (&channel->receivers);

  if (receiver != NULL)
    {
      receiver->message = message;
      co_wake (receiver);
    }
  else if (channel->n < channel->room)
    channel->messages[(channel->first + channel->n++) % channel->room] = message;
  else
    {
      co_current ()->message = message;
      wait_in (channel, &channel->senders, &co_await_send, CO_CALLER);
    }
}

void *
co_channel_receive (CoChannel *channel)
{
  Coroutine *sender;
  void *message;

  if (channel->n == 0)
    {
      sender = co_queue_pop (&channel->senders);
      if (sender != NULL)
        {
          co_wake (sender);
          return sender->message;
        }
      if (channel->is_closed)
        return NULL;
      co_current ()->message = NULL;
      wait_in (channel, &channel->receivers, &co_await_receive, CO_CALLER);
      return co_current ()->message;
    }
  message = channel->messages[channel->first];
  channel->first = (channel->first + 1) % channel->room;
  channel->n--;
  /* Who waited for room has it now. */
  sender = co_queue_pop (&channel->senders);
  if (sender != NULL)
    {
      channel->messages[(channel->first + channel->n++) % channel->room] = sender->message;
      co_wake (sender);
    }
  return message;
}

void
co_channel_close (CoChannel *channel)
{
  Coroutine *receiver;

  channel->is_closed = true;
  while ((receiver = co_queue_pop (&channel->receivers)) != NULL)
    co_wake (receiver);
}
