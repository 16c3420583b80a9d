/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "queue.h"

#include "message.h"
#include "text.h"

/* So many waits are told with the names of those that hold the connections; each is told anew
 * whenever one of them changes. So many names are told. */
#define NAMED_MAX 8u
#define NAMES_MAX 2u

typedef struct
{
  uint32_t at_host, in_all; /* connections that are held */
  uint32_t n_names;
  Text names; /* "GET /posts, GET /user" */
} Holders;

static void
add_name (Holders *holders, const Sent *sent)
{
  char name[SENT_NAME_MAX];

  if (holders->n_names == NAMES_MAX || !sent_copy_name (sent, name))
    return;
  text_add (&holders->names, holders->n_names++ > 0 ? ", " : "");
  text_add (&holders->names, name);
  if (__atomic_load_n (&sent->is_unread, __ATOMIC_RELAXED) != 0)
    text_add (&holders->names, " (not read to its end)");
}

static bool
is_of_session (const Sent *one, const Sent *other)
{
  return __atomic_load_n (&one->session, __ATOMIC_RELAXED) == other->session;
}

static bool
is_of_host (const Sent *one, const Sent *other)
{
  return is_of_session (one, other) &&
         __atomic_load_n (&one->host, __ATOMIC_RELAXED) == other->host;
}

static Connection
connection_of (const Sent *sent)
{
  return (Connection)__atomic_load_n (&sent->connection, __ATOMIC_RELAXED);
}

static void
count_holders (const Sent *of, Holders *ret_holders)
{
  for (const Sent *s = sent_next (NULL); s != NULL; s = sent_next (s))
    if (connection_of (s) == CONNECTION_HELD && is_of_session (s, of))
      {
        ret_holders->in_all++;
        if (!is_of_host (s, of))
          continue;
        ret_holders->at_host++;
        add_name (ret_holders, s);
      }
}

static void
say_both (const Sent *sent, const char *state, const char *doing)
{
  message_say (sent->resource, &key_state, state);
  message_say (sent->await, &key_doing, doing);
}

/* "all 2 connections to its host are in use" */
static void
say_full (const Sent *sent, const Holders *holders, bool with_names)
{
  Text state = { .length = 0 }, doing = { .length = 0 };

  text_add (&state, "queued: all ");
  text_add_number (&state, sent->per_host);
  text_add (&state, " connections to its host are in use");
  if (!with_names)
    {
      say_both (sent, state.bytes, "queued:");
      return;
    }
  text_add (&doing, "queued behind ");
  text_add (&doing, holders->names.bytes);
  if (holders->at_host > holders->n_names)
    {
      text_add (&doing, " and ");
      text_add_number (&doing, holders->at_host - holders->n_names);
      text_add (&doing, " more");
    }
  text_add (&doing, ":");
  say_both (sent, state.bytes, doing.bytes);
}

/* Nothing is said of more than there can be: connections of HTTP/2 are shared by many messages. */
static void
say_queued (Sent *sent, const Holders *holders, bool with_names)
{
  __atomic_store_n (&sent->is_named, with_names, __ATOMIC_RELAXED);
  if (holders->at_host == sent->per_host)
    say_full (sent, holders, with_names && holders->n_names > 0);
  else if (holders->in_all == sent->in_all)
    say_both (sent, "queued: all connections of its session are in use", "queued:");
  else
    say_both (sent, "queued", "queued:");
}

static void
say_all (Sent *changed)
{
  Holders holders = { .names.length = 0 };
  uint32_t n = 0;

  if (!plugin_is_on ())
    return;
  for (Sent *s = sent_next (NULL); s != NULL; s = sent_next (s))
    if (connection_of (s) == CONNECTION_AWAITED && is_of_host (s, changed))
      {
        if (n++ == 0)
          count_holders (changed, &holders);
        if (n <= NAMED_MAX || s == changed || __atomic_load_n (&s->is_named, __ATOMIC_RELAXED) != 0)
          say_queued (s, &holders, n <= NAMED_MAX);
      }
}

void
queue_set (Sent *sent, Connection connection)
{
  if (connection_of (sent) == connection)
    return;
  __atomic_store_n (&sent->connection, connection, __ATOMIC_RELAXED);
  say_all (sent);
}

void
queue_set_unread (Sent *sent)
{
  __atomic_store_n (&sent->is_unread, 1, __ATOMIC_RELAXED);
  say_all (sent);
}
