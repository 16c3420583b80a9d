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

const char *
rust_leaf_dup_text (RustWalk *walk, DebugValue value)
{
  g_autoptr (GString) text = g_string_new (NULL);
  DebugFormat format = DEBUG_FORMAT_INIT (&walk->memory->memory, debug_rust_format, text);

  format.max_bytes = MAX_TEXT;
  debug_format_value (&format, value);
  if (text->len >= 2 && text->str[0] == '"')
    {
      g_string_erase (text, 0, 1);
      if (g_str_has_suffix (text->str, "\""))
        g_string_truncate (text, text->len - 1);
    }
  return g_string_chunk_insert (walk->texts, text->str);
}

static const char *
dup_request (RustWalk *walk, DebugValue pending)
{
  DebugValue method, url;
  g_autofree char *request = NULL;

  if (!debug_value_get_member (pending, "method", &method) ||
      !debug_value_get_member (pending, "url", &url))
    return NULL;
  request =
      g_strdup_printf ("%s %s", rust_leaf_dup_text (walk, method), rust_leaf_dup_text (walk, url));
  return g_string_chunk_insert (walk->texts, request);
}

static void
set_request (RustAwait *await, const char *request)
{
  for (guint i = 0; await != NULL && request != NULL && i < await->n_attributes; i++)
    if (await->attributes[i].key == &rust_key_request)
      {
        await->attributes[i].text = request;
        return;
      }
  if (request != NULL)
    rust_await_add_text (await, &rust_key_request, request);
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
          await->kind == &rust_await_unknown || await->kind == &rust_await_http_stream)
        await->kind = &rust_await_http_answer;
      set_request (await, request);
    }
  if (!is_found)
    set_request (rust_walk_add (walk, &rust_await_http_answer, value.address), request);
  return TRUE;
}

/* The URL that hyper-util keeps beside a request that it has sent; the method of that one is still where it was, which is
 * inferred. What a program has not yet sent is a variable of its own: an argument may have gone long ago. */
static const char *
dup_request_of_frame (RustWalk *walk, const RustFrame *frame)
{
  const DebugMember *beginning =
      frame->plan->beginning != NULL ? &frame->plan->beginning->member : NULL;
  DebugType *first =
      beginning != NULL ? debug_member_get_type (frame->coroutine->types, beginning) : NULL;
  const char *method = NULL, *url = NULL, *whole = NULL;
  g_autofree char *both = NULL;

  for (guint i = 0; i < frame->form.type->n_members; i++)
    {
      const DebugMember *member = &frame->form.type->members[i];
      DebugValue value, head, part;

      if (!debug_value_get (frame->form, member, &value))
        continue;
      if (frame->plan->is_library && debug_type_is (value.type, "http::uri::Uri"))
        url = rust_leaf_dup_text (walk, value);
      if (!debug_type_is (value.type, "http::request::Request<"))
        continue;
      if (first == NULL || debug_type_find_member (first, member->name) == NULL)
        whole = rust_leaf_dup_text (walk, value);
      else if (debug_value_get_member (value, "head", &head) &&
               debug_value_get_member (head, "method", &part))
        method = rust_leaf_dup_text (walk, part);
    }
  if (url == NULL || method == NULL)
    return url != NULL ? url : whole;
  both = g_strdup_printf ("%s %s (inferred)", method, url);
  return g_string_chunk_insert (walk->texts, both);
}

/* The answer that a connection gives to whoever has sent a request. */
gboolean
rust_leaf_answer (RustWalk *walk, DebugValue value, guint depth)
{
  const char *request = NULL;
  DebugValue stream;

  for (guint i = walk->n_frames; i-- > 0 && request == NULL;)
    request = dup_request_of_frame (walk, &walk->frames[i]);
  if (request == NULL)
    request = rust_http_dup_call (walk);
  if (request == NULL)
    request = rust_http_dup_sent_by_sender (walk, value);
  if (request == NULL && rust_http_find_stream_of_sender (walk, value, &stream))
    return rust_leaf_stream (walk, stream, depth);
  set_request (rust_walk_add (walk,
                              request != NULL ? &rust_await_http_answer : &rust_await_http_unnamed,
                              value.address),
               request);
  return TRUE;
}

/* ---- Connections ------------------------------------------------------------------------------------ */

/* On whatever descriptor there is in it. */
static void
add_wait (RustWalk *walk, DebugValue connection, const InspectKind *kind)
{
  if (!rust_leaf_descriptor_as (walk, connection, kind))
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

/* The same of HTTP/2: one connection has many requests, each with a task or a place of its own. */
gboolean
rust_leaf_frames (RustWalk *walk, DebugValue value, guint depth)
{
  DebugValue codec = value;

  /* Beside it there is much. */
  rust_find_within (walk, value, "h2::codec::Codec<", &codec);
  add_wait (walk, codec,
            g_str_has_prefix (value.type->name, "h2::server::") ||
                    g_str_has_prefix (value.type->name, "hyper::proto::h2::server::")
                ? &rust_await_http_request
                : &rust_await_http_frames);
  return TRUE;
}

/* A server that takes both waits for the first bytes of a client, by which it knows whether that is HTTP/1 or HTTP/2. */
gboolean
rust_leaf_version (RustWalk *walk, DebugValue value, guint depth)
{
  add_wait (walk, value, &rust_await_http_request);
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

/* A connection to a server of actix: a future of the program's answers, or it is between two requests. */
gboolean
rust_leaf_actix (RustWalk *walk, DebugValue value, guint depth)
{
  const DebugMemory *memory = &walk->memory->memory;
  const DebugVariant *variant;
  DebugValue state, form, stream;

  if (!debug_value_get_member (value, "state", &state) ||
      !debug_value_get_member (value, "io", &stream) ||
      (variant = debug_value_get_variant (memory, state, NULL)) == NULL ||
      !debug_value_get (state, &variant->member, &form))
    return FALSE;
  if (debug_value_get_member (form, "fut", &form))
    return rust_walk (walk, form, depth + 1);
  add_wait (walk, stream,
            g_str_equal (variant->member.name, "None") ? &rust_await_http_request
                                                       : &rust_await_http_write);
  return TRUE;
}
