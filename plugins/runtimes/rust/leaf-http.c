/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include <string.h>
#include "debuginfo/rust.h"

/* HTTP, as hyper and what is built upon it do it. A connection is a future of the library's, which has the
 * program's own futures in it: those that answer requests. Fields are found by their names, which are the same
 * in hyper 0.14 and 1. */

#define MAX_TEXT 200

static gboolean
is_form (const DebugMemory *memory, DebugValue value, const char *name)
{
  const DebugVariant *variant = debug_value_get_variant (memory, value, NULL);

  return variant != NULL && g_str_equal (variant->member.name, name);
}

/* ---- Requests ------------------------------------------------------------------------------------- */

static const char *
dup_text (RustWalk *walk, DebugValue value)
{
  g_autoptr (GString) text = g_string_new (NULL);
  DebugFormat format = DEBUG_FORMAT_INIT (&walk->memory->memory, debug_rust_format, text);

  format.max_bytes = MAX_TEXT;
  debug_format_value (&format, value);
  /* Of text what is between the quotes. */
  if (text->len >= 2 && text->str[0] == '"')
    {
      g_string_erase (text, 0, 1);
      if (g_str_has_suffix (text->str, "\""))
        g_string_truncate (text, text->len - 1);
    }
  return g_string_chunk_insert (walk->texts, text->str);
}

/* "GET" of http::method::Method(Inner::Get); "" of what a program has made up. */
static const char *
dup_method (RustWalk *walk, DebugValue method)
{
  const DebugVariant *variant;
  DebugValue inner;
  g_autofree char *upper = NULL;

  if (!debug_value_get_member (method, "__0", &inner))
    return "";
  variant = debug_value_get_variant (&walk->memory->memory, inner, NULL);
  if (variant == NULL || g_str_has_prefix (variant->member.name, "Extension"))
    return "";
  upper = g_ascii_strup (variant->member.name, -1);
  return g_string_chunk_insert (walk->texts, upper);
}

/* Nobody's password. */
static char *
dup_without_user (const char *url)
{
  const char *host = strstr (url, "://");
  const char *end = host != NULL ? host + 3 + strcspn (host + 3, "/?#") : NULL;
  const char *at = host != NULL ? g_strrstr_len (host, end - host, "@") : NULL;

  return at != NULL ? g_strdup_printf ("%.*s%s", (int)(host + 3 - url), url, at + 1)
                    : g_strdup (url);
}

static const char *
dup_request (RustWalk *walk, DebugValue pending)
{
  DebugValue method, url, text;
  g_autofree char *clean = NULL;
  g_autofree char *request = NULL;

  if (!debug_value_get_member (pending, "method", &method) ||
      !debug_value_get_member (pending, "url", &url) ||
      !debug_value_get_member (url, "serialization", &text))
    return NULL;
  clean = dup_without_user (dup_text (walk, text));
  request = g_strdup_printf ("%s %s", dup_method (walk, method), clean);
  return g_string_chunk_insert (walk->texts, g_strstrip (request));
}

/* reqwest's request: what hyper does for it lies within. Where that is no more than the wait for a word from
 * the connection, it is an answer that is waited for. */
gboolean
rust_leaf_request (RustWalk *walk, DebugValue value, guint depth)
{
  const char *request = dup_request (walk, value);
  guint n_before = walk->awaits->len;
  gboolean is_found = FALSE;
  DebugValue in_flight;
  RustAwait *await;

  if (debug_value_get_member (value, "in_flight", &in_flight))
    is_found = rust_walk (walk, in_flight, depth + 1);
  for (guint i = n_before; is_found && i < walk->awaits->len; i++)
    {
      await = walk->awaits->pdata[i];
      if (await->kind == &rust_await_oneshot || await->kind == &rust_await_channel ||
          await->kind == &rust_await_unknown)
        await->kind = &rust_await_http_answer;
      if (request != NULL)
        rust_await_add_text (await, &rust_key_request, request);
    }
  if (is_found)
    return TRUE;
  await = rust_walk_add (walk, &rust_await_http_answer, value.address);
  if (request != NULL)
    rust_await_add_text (await, &rust_key_request, request);
  return TRUE;
}

/* ---- Connections ------------------------------------------------------------------------------------ */

static void
add_wait (RustWalk *walk, DebugValue connection, const InspectKind *kind)
{
  DebugValue io;

  if (!debug_value_get_member (connection, "io", &io) || !rust_leaf_descriptor_as (walk, io, kind))
    rust_walk_add (walk, kind, connection.address);
}

static gboolean
is_in_body (const DebugMemory *memory, DebugValue connection, const char *name)
{
  DebugValue state, half;

  return debug_value_get_member (connection, "state", &state) &&
         debug_value_get_member (state, name, &half) && is_form (memory, half, "Body");
}

/* What answers a request is a future of the program. */
static gboolean
walk_handler (RustWalk *walk, DebugValue server, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue option, form, future;
  const DebugVariant *variant;

  if (!debug_value_get_member (server, "in_flight", &option))
    return FALSE;
  while (option.type->n_variants == 0)
    if (!(rust_plan_get (option.type)->is_pointer
              ? debug_rust_follow (memory, option, &option)
              : option.type->n_members > 0 &&
                    debug_value_get (option, &option.type->members[0], &option)))
      return FALSE;
  variant = debug_value_get_variant (memory, option, NULL);
  if (variant == NULL || !g_str_equal (variant->member.name, "Some") ||
      !debug_value_get (option, &variant->member, &form) ||
      !debug_value_get_member (form, "__0", &future))
    return FALSE;
  if (!rust_walk (walk, future, depth + 1))
    rust_leaf_unknown (walk, future, &future);
  return TRUE;
}

/* The future of one connection of HTTP/1, on either side. */
gboolean
rust_leaf_connection (RustWalk *walk, DebugValue value, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue connection, role, callback;

  if (!debug_value_get_member (value, "conn", &connection) ||
      !debug_value_get_member (value, "dispatch", &role))
    return FALSE;
  if (debug_value_get_member (role, "callback", &callback))
    add_wait (walk, connection,
              is_form (memory, callback, "Some") ? &rust_await_http_response
                                                 : &rust_await_http_kept);
  else if (!walk_handler (walk, role, depth))
    add_wait (walk, connection,
              is_in_body (memory, connection, "writing")   ? &rust_await_http_write
              : is_in_body (memory, connection, "reading") ? &rust_await_http_upload
                                                           : &rust_await_http_request);
  return TRUE;
}

/* A connection that ends once the program is told to end: that it waits for this, too, says nothing. */
gboolean
rust_leaf_graceful (RustWalk *walk, DebugValue value, guint depth)
{
  DebugValue future;

  return (debug_value_get_member (value, "future", &future) ||
          debug_value_get_member (value, "conn", &future)) &&
         rust_walk (walk, future, depth + 1);
}
