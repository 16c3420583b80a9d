/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include <string.h>
#include "debuginfo/rust-containers.h"
#include "debuginfo/rust.h"

#include "hpack.h"

/* Requests of h2, which nearly all HTTP/2 in Rust is done by. Whoever waits for an answer has the number of a stream, and
 * nothing of the request. That is found at the connection, whose task has told how it is woken: what it is still to send as
 * it is; what it has sent in its buffer, which is emptied by making it 0 bytes long, until the next frames are written
 * there. That is no longer in use, and so said to be inferred. */

#define MAX_SENT (RUST_HPACK_FRAME_BYTES + (16u << 10)) /* as much as h2 has room for at first */

typedef struct
{
  guint32 number;
  guint32 index;     /* of it in the store */
  DebugValue inner;  /* what all streams of the connection share */
  DebugValue future; /* of the connection's task */
} Stream;

static gboolean
read_stream (const DebugMemory *memory, DebugValue value, Stream *ret_stream)
{
  DebugValue key, number, index, shared;
  guint64 read_number, read_index;

  if (!debug_value_find_part (value, "h2::proto::streams::streams::OpaqueStreamRef", &value) ||
      !debug_value_get_member (value, "key", &key) ||
      !debug_value_get_member (key, "stream_id", &number) || number.type->size != 4 ||
      !debug_value_get_member (key, "index", &index) || index.type->size != 4 ||
      !debug_memory_read_number (memory, number.address, 4, &read_number) ||
      !debug_memory_read_number (memory, index.address, 4, &read_index))
    return FALSE;
  *ret_stream = (Stream){ .number = (guint32)read_number, .index = (guint32)read_index };
  if (debug_value_get_member (value, "inner", &shared) &&
      debug_rust_follow (memory, shared, &shared))
    debug_value_find_part (shared, "h2::proto::streams::streams::Inner", &ret_stream->inner);
  return TRUE;
}

static gboolean
find_connection (RustWalk *walk, Stream *stream)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue actions, task;

  return stream->inner.type != NULL &&
         debug_value_find_part (stream->inner, "h2::proto::streams::streams::Actions", &actions) &&
         debug_value_get_member (actions, "task", &task) &&
         debug_rust_get_some (memory, task, &task) &&
         rust_http_find_future_of_waker (walk, task, &stream->future);
}

/* ---- What is still to be sent --------------------------------------------------------------------- */

/* Of the elements of a Slab. */
typedef struct
{
  RustWalk *walk;
  const Stream *stream;
  guint n_before;
  DebugValue found; /* without a type: none */
} Search;

static gboolean
get_occupied (const DebugMemory *memory, DebugValue entry, DebugValue *ret_content)
{
  const DebugVariant *variant = debug_value_get_variant (memory, entry, NULL);
  DebugValue form;

  return variant != NULL && g_str_equal (variant->member.name, "Occupied") &&
         debug_value_get (entry, &variant->member, &form) &&
         debug_value_get_member (form, "__0", ret_content);
}

/* The head of a request on that stream. */
static gboolean
look_at_frame (DebugValue entry, const DebugValue *mapped, gpointer data)
{
  Search *search = data;
  const DebugMemory *memory = &search->walk->memory->memory;
  const DebugVariant *variant;
  DebugValue slot, frame, number, pseudo;
  guint64 read;

  if (get_occupied (memory, entry, &slot) && debug_value_get_member (slot, "value", &frame) &&
      (variant = debug_value_get_variant (memory, frame, NULL)) != NULL &&
      g_str_equal (variant->member.name, "Headers") &&
      debug_value_get (frame, &variant->member, &frame) &&
      debug_value_get_member (frame, "__0", &frame) &&
      debug_value_get_member (frame, "stream_id", &number) && number.type->size == 4 &&
      debug_memory_read_number (memory, number.address, 4, &read) &&
      read == search->stream->number &&
      debug_value_find_part (frame, "h2::frame::headers::Pseudo", &pseudo))
    search->found = pseudo;
  return search->found.type == NULL;
}

static gboolean
look_at_stream (DebugValue entry, const DebugValue *mapped, gpointer data)
{
  Search *search = data;

  if (search->n_before++ != search->stream->index)
    return TRUE;
  get_occupied (&search->walk->memory->memory, entry, &search->found);
  return FALSE;
}

/* @name: of the type that has the slab */
static gboolean
search_slab (Search *search, DebugValue owner, const char *name, DebugRustElementFunc func)
{
  DebugValue part;

  if (debug_value_find_part (owner, name, &part) &&
      debug_value_find_part (part, "alloc::vec::Vec<", &part))
    debug_rust_container_visit (&search->walk->memory->memory, part, func, search, NULL);
  return search->found.type != NULL;
}

static const char *
dup_some (RustWalk *walk, DebugValue pseudo, const char *name)
{
  DebugValue value;

  if (!debug_value_get_member (pseudo, name, &value) ||
      !debug_rust_get_some (&walk->memory->memory, value, &value))
    return NULL;
  debug_value_find_part (value, "bytes::bytes::Bytes", &value);
  return rust_leaf_dup_text (walk, value);
}

/* (nullable): @ret_is_sent: it was sent; else that cannot be told */
static const char *
dup_unsent (RustWalk *walk, const Stream *stream, gboolean *ret_is_sent)
{
  Search search = { .walk = walk, .stream = stream };
  DebugValue streams, buffer;
  const char *method, *path;
  g_autofree char *request = NULL;

  if (!rust_find_within (walk, stream->future, "h2::proto::streams::streams::Streams<", &streams) ||
      !debug_value_get_member (streams, "send_buffer", &buffer) ||
      !debug_rust_follow (&walk->memory->memory, buffer, &buffer))
    return NULL;
  *ret_is_sent =
      !search_slab (&search, buffer, "h2::proto::streams::buffer::Buffer<", look_at_frame);
  if (*ret_is_sent || (method = dup_some (walk, search.found, "method")) == NULL ||
      (path = dup_some (walk, search.found, "path")) == NULL)
    return NULL;
  request = g_strdup_printf ("%s %s", method, path);
  return g_string_chunk_insert (walk->texts, request);
}

/* Of one that is still to be sent: whether that is because the server has as many as it wants. */
static gboolean
is_held_back (RustWalk *walk, const Stream *stream)
{
  Search search = { .walk = walk, .stream = stream };
  DebugValue flag;
  guint64 value;

  return search_slab (&search, stream->inner, "h2::proto::streams::store::Store", look_at_stream) &&
         debug_value_get_member (search.found, "is_pending_open", &flag) &&
         debug_memory_read_number (&walk->memory->memory, flag.address, 1, &value) && value == 1;
}

/* ---- What was sent ------------------------------------------------------------------------------- */

/* As much as can be read in one piece. */
static gsize
read_sent (RustWalk *walk, DebugValue future, guint8 *sent)
{
  const DebugMemory *memory = &walk->memory->memory;
  guint64 address, capacity;
  DebugValue value;

  if (!rust_find_within (walk, future, "h2::codec::framed_write::Encoder<", &value) ||
      !debug_value_get_member (value, "buf", &value) ||
      !debug_value_find_part (value, "bytes::bytes_mut::BytesMut", &value) ||
      !debug_value_read_word (memory, value, "ptr", &address) ||
      !debug_value_read_word (memory, value, "cap", &capacity))
    return 0;
  for (gsize length = MIN (capacity, MAX_SENT); length > RUST_HPACK_FRAME_BYTES; length /= 2)
    if (debug_memory_read (memory, address, sent, length))
      return length;
  return 0;
}

static gboolean
is_newest (RustWalk *walk, const Stream *stream)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue sends, next, form;
  const DebugVariant *variant;
  guint64 number;

  return debug_value_find_part (stream->inner, "h2::proto::streams::send::Send", &sends) &&
         debug_value_get_member (sends, "next_stream_id", &next) &&
         (variant = debug_value_get_variant (memory, next, NULL)) != NULL &&
         debug_value_get (next, &variant->member, &form) &&
         debug_value_get_member (form, "__0", &form) && form.type->size == 4 &&
         debug_memory_read_number (memory, form.address, 4, &number) &&
         number == stream->number + 2;
}

static const char *
dup_sent (RustWalk *walk, const Stream *stream)
{
  g_autofree guint8 *sent = g_malloc (MAX_SENT);
  gsize length = read_sent (walk, stream->future, sent);
  g_autofree char *request =
      rust_hpack_dup_sent (sent, length, stream->number, is_newest (walk, stream));
  g_autofree char *inferred = NULL;

  if (request == NULL)
    return NULL;
  inferred = g_strconcat (request, " (inferred)", NULL);
  return g_string_chunk_insert (walk->texts, inferred);
}

/* ---- Calls of tonic ------------------------------------------------------------------------------- */

/* The path of a call is a constant of the program's, which its functions hand on: where it was moved away from it is still
 * the same. One that was allocated is gone by then. */
static const char *
dup_call (RustWalk *walk, const RustFrame *frame)
{
  for (guint i = 0; i < frame->form.type->n_members; i++)
    {
      DebugValue value, bytes;
      guint64 owner;
      const char *path;
      g_autofree char *call = NULL;

      if (!debug_value_get (frame->form, &frame->form.type->members[i], &value) ||
          !debug_type_is (value.type, "http::uri::path::PathAndQuery") ||
          !debug_value_find_part (value, "bytes::bytes::Bytes", &bytes) ||
          !debug_value_read_word (&walk->memory->memory, bytes, "data", &owner) || owner != 0)
        continue;
      path = rust_leaf_dup_text (walk, bytes);
      if (*path != '/')
        continue;
      call = g_strconcat ("gRPC ", path, NULL);
      return g_string_chunk_insert (walk->texts, call);
    }
  return NULL;
}

const char *
rust_http_dup_call (RustWalk *walk)
{
  for (guint i = walk->n_frames; i-- > 0;)
    {
      const RustFrame *frame = &walk->frames[i];
      const char *call = frame->plan->is_library && g_str_has_prefix (frame->plan->scope, "tonic::")
                             ? dup_call (walk, frame)
                             : NULL;

      if (call != NULL)
        return call;
    }
  return NULL;
}

/* ---- The wait --------------------------------------------------------------------------------------- */

gboolean
rust_leaf_stream (RustWalk *walk, DebugValue value, guint depth)
{
  RustAwait *await = rust_walk_add (walk, &rust_await_http_stream, value.address);
  const char *request = rust_http_dup_call (walk), *unsent = NULL;
  gboolean is_sent = FALSE;
  Stream stream;

  if (await == NULL || !read_stream (&walk->memory->memory, value, &stream))
    return TRUE;
  rust_await_add_value (await, &rust_key_stream, stream.number);
  if (find_connection (walk, &stream))
    unsent = dup_unsent (walk, &stream, &is_sent);
  if (request == NULL)
    request = unsent != NULL ? unsent : is_sent ? dup_sent (walk, &stream) : NULL;
  if (request != NULL)
    rust_await_add_text (await, &rust_key_request, request);
  if (unsent != NULL)
    await->kind = is_held_back (walk, &stream) ? &rust_await_http_held : &rust_await_http_unsent;
  else if (request != NULL)
    await->kind = &rust_await_http_answer;
  else if (is_sent)
    await->kind = &rust_await_http_gone;
  return TRUE;
}
