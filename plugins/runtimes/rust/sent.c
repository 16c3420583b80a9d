/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include <string.h>
#include "debuginfo/rust-containers.h"
#include "debuginfo/rust.h"

/* What hyper's HTTP/1 has sent: of a request that was written no more is kept than its method. But its text stays in the
 * buffer, which is emptied by making it 0 bytes long, until the next one is written there; and a connection writes no other
 * one before it has the answer. What is there counts where it is the beginning of a request with that method, and is said to
 * be inferred. */

#define MAX_HEAD 400

static gboolean
find_member (DebugValue value, const char *const *path, DebugValue *ret_member)
{
  for (guint i = 0; path[i] != NULL; i++)
    if (!debug_value_get_member (value, path[i], &value))
      return FALSE;
  *ret_member = value;
  return TRUE;
}

/* (transfer full) (nullable) */
static char *
dup_method (const DebugMemory *memory, DebugValue connection)
{
  static const char *const path[] = { "state", "method", NULL };
  DebugFormat format = DEBUG_FORMAT_INIT (memory, debug_rust_format, NULL);
  DebugValue method;
  GString *text;

  if (!find_member (connection, path, &method) || !debug_rust_get_some (memory, method, &method))
    return NULL;
  format.text = text = g_string_new (NULL);
  debug_format_value (&format, method);
  return g_string_free (text, FALSE);
}

/* As far as one can be read in one piece. */
static gsize
read_head (const DebugMemory *memory, DebugValue connection, char *head)
{
  static const char *const path[] = { "io", "write_buf", "headers", "bytes", NULL };
  guint64 address, capacity, length;
  DebugValue vector, pointer;

  if (!find_member (connection, path, &vector) ||
      !debug_value_find_part (vector, "core::ptr::non_null::NonNull<", &pointer) ||
      !debug_memory_read_number (memory, pointer.address, 8, &address) ||
      !debug_rust_read_capacity (memory, vector, &capacity))
    return 0;
  for (length = MIN (capacity, MAX_HEAD); length >= 16; length /= 2)
    if (debug_memory_read (memory, address, head, length))
      return length;
  return 0;
}

const char *
rust_http_dup_sent (RustWalk *walk, DebugValue connection)
{
  const DebugMemory *memory = &walk->memory->memory;
  g_autofree char *method = dup_method (memory, connection);
  g_autofree char *request = NULL;
  char head[MAX_HEAD + 1] = { 0 };
  char *path, *end;

  if (method == NULL || read_head (memory, connection, head) == 0 ||
      !g_str_has_prefix (head, method) || head[strlen (method)] != ' ')
    return NULL;
  path = head + strlen (method) + 1;
  end = path;
  while (g_ascii_isgraph (*end))
    end++;
  if (end == path || !g_str_has_prefix (end, " HTTP/1."))
    return NULL;
  *end = '\0';
  request = g_strconcat (head, " (inferred)", NULL);
  return g_string_chunk_insert (walk->texts, request);
}

/* ---- Of whom an answer will come ------------------------------------------------------------------ */

gboolean
rust_http_find_future_of_waker (RustWalk *walk, DebugValue waker, DebugValue *ret_future)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue part;
  RustTask task;
  guint64 header;

  return debug_value_find_part (waker, "core::task::wake::RawWaker", &part) &&
         debug_value_get_member (part, "data", &part) && part.type->size == 8 &&
         debug_memory_read_number (memory, part.address, 8, &header) &&
         rust_task_find (walk->programs, memory, header, &task) &&
         rust_task_get_future (memory, &task, ret_future);
}

/* Whoever will send has said how it is woken when nobody waits any more: that is the connection's task. */
static gboolean
find_future_of_sender (RustWalk *walk, DebugValue receiver, DebugValue *ret_future)
{
  const DebugMemory *memory = &walk->memory->memory;
  DebugValue part;

  return debug_value_get_member (receiver, "inner", &part) &&
         debug_rust_get_some (memory, part, &part) && debug_rust_follow (memory, part, &part) &&
         debug_value_get_member (part, "tx_task", &part) &&
         debug_value_find_part (part, "core::mem::maybe_uninit::MaybeUninit<", &part) &&
         debug_value_get_member (part, "value", &part) &&
         rust_http_find_future_of_waker (walk, part, ret_future);
}

const char *
rust_http_dup_sent_by_sender (RustWalk *walk, DebugValue receiver)
{
  DebugValue future, connection;

  if (!find_future_of_sender (walk, receiver, &future) ||
      !rust_find_within (walk, future, "hyper::proto::h1::dispatch::Dispatcher<", &connection) ||
      !debug_value_get_member (connection, "conn", &connection))
    return NULL;
  return rust_http_dup_sent (walk, connection);
}

gboolean
rust_http_find_stream_of_sender (RustWalk *walk, DebugValue receiver, DebugValue *ret_stream)
{
  DebugValue future;

  return find_future_of_sender (walk, receiver, &future) &&
         rust_find_within (walk, future, "h2::client::ResponseFuture", ret_stream);
}
