/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include <string.h>
#include "debuginfo/rust.h"

/* ---- References --------------------------------------------------------------------------------- */

#define MAX_REFERRED 6

/* What a Cow has, its own or another's. */
static gboolean
get_borrowed (const DebugMemory *memory, DebugValue value, DebugValue *ret_content)
{
  const DebugVariant *variant = debug_type_is (value.type, "alloc::borrow::Cow<")
                                    ? debug_value_get_variant (memory, value, NULL)
                                    : NULL;
  DebugValue form;

  return variant != NULL && debug_value_get (value, &variant->member, &form) &&
         debug_value_get_member (form, "__0", ret_content);
}

static gboolean
find_in_parts (const DebugMemory *memory, DebugValue value, const char *name, guint depth,
               guint *looks, DebugValue *ret_found)
{
  DebugValue next;

  if (depth > 16 || ++*looks > 400)
    return FALSE;
  if (debug_type_is (value.type, name))
    {
      *ret_found = value;
      return TRUE;
    }
  if (debug_rust_follow (memory, value, &next) || debug_rust_get_some (memory, value, &next) ||
      get_borrowed (memory, value, &next))
    return find_in_parts (memory, next, name, depth + 1, looks, ret_found);
  if (value.type->class != DEBUG_TYPE_STRUCTURE || value.type->n_variants > 0)
    return FALSE;
  for (guint i = 0; i < value.type->n_members; i++)
    if (value.type->members[i].bit_size == 0 &&
        debug_value_get (value, &value.type->members[i], &next) &&
        find_in_parts (memory, next, name, depth + 1, looks, ret_found))
      return TRUE;
  return FALSE;
}

gboolean
rust_find_referred (const DebugMemory *memory, DebugValue value, const char *name, guint depth,
                    DebugValue *ret_found)
{
  guint looks = 0;

  return find_in_parts (memory, value, name, depth, &looks, ret_found);
}

static gboolean
find_within (RustWalk *walk, DebugValue value, const char *name, guint depth, guint *looks,
             DebugValue *ret_found)
{
  const DebugMemory *memory = &walk->memory->memory;
  const DebugVariant *variant;

  value = rust_resolve (memory, walk->programs, value);
  if (depth > 40 || ++*looks > 2000)
    return FALSE;
  if (debug_type_is (value.type, name))
    {
      *ret_found = value;
      return TRUE;
    }
  if (value.type->n_variants > 0 &&
      ((variant = debug_value_get_variant (memory, value, NULL)) == NULL ||
       !debug_value_get (value, &variant->member, &value)))
    return FALSE;
  for (guint i = 0; i < value.type->n_members; i++)
    {
      DebugValue part;

      if (value.type->members[i].bit_size == 0 &&
          debug_value_get (value, &value.type->members[i], &part) &&
          find_within (walk, part, name, depth + 1, looks, ret_found))
        return TRUE;
    }
  return FALSE;
}

gboolean
rust_find_within (RustWalk *walk, DebugValue value, const char *name, DebugValue *ret_found)
{
  guint looks = 0;

  return find_within (walk, value, name, 0, &looks, ret_found);
}

/* ---- Simple ones -------------------------------------------------------------------------------- */

/* What both ends of a channel share lies in an Arc. */
static gboolean
find_shared (const DebugMemory *memory, DebugValue value, guint depth, guint64 *ret_address)
{
  DebugValue next;

  if (depth > 8)
    return FALSE;
  if (debug_type_is (value.type, "alloc::sync::Arc<"))
    return debug_memory_read_number (memory, value.address, 8, ret_address);
  if (value.type->class == DEBUG_TYPE_POINTER)
    return debug_value_follow (memory, value, &next) &&
           find_shared (memory, next, depth + 1, ret_address);
  if (value.type->n_variants > 0)
    {
      const DebugVariant *variant = debug_value_get_variant (memory, value, NULL);

      return variant != NULL && debug_value_get (value, &variant->member, &next) &&
             find_shared (memory, next, depth + 1, ret_address);
    }
  for (guint i = 0; i < value.type->n_members && value.type->class == DEBUG_TYPE_STRUCTURE; i++)
    if (debug_value_get (value, &value.type->members[i], &next) &&
        find_shared (memory, next, depth + 1, ret_address))
      return TRUE;
  return FALSE;
}

static gboolean
walk_simple (RustWalk *walk, const RustLeaf *leaf, DebugValue value)
{
  guint64 shared = 0;
  RustAwait *await;

  if (leaf->resource != NULL)
    find_shared (&walk->memory->memory, value, 0, &shared);
  await = rust_walk_add (walk, leaf->kind, value.address);
  if (shared != 0)
    rust_await_set_resource (await, leaf->resource, shared & G_GUINT64_CONSTANT (0xffffffffffff));
  return TRUE;
}

static gboolean
walk_descriptor (RustWalk *walk, DebugValue value, guint depth)
{
  if (!rust_leaf_descriptor (walk, &value))
    rust_leaf_unknown (walk, value, &value);
  return TRUE;
}

/* Done when it is polled. */
static gboolean
walk_nothing (RustWalk *walk, DebugValue value, guint depth)
{
  return FALSE;
}

/* ---- The table ---------------------------------------------------------------------------------- */

/* The first that matches counts. */
static const RustLeaf leaves[] = {
  /* HTTP */
  { "hyper::proto::h1::dispatch::Dispatcher<", rust_leaf_connection, NULL, NULL },
  { "reqwest::async_impl::client::PendingRequest", rust_leaf_request, NULL, NULL },
  { "hyper::common::drain::Watching<", rust_leaf_graceful, NULL, NULL },
  { "hyper_util::server::conn::auto::ReadVersion<", rust_leaf_version, NULL, NULL },
  { "hyper_util::server::graceful::GracefulConnectionFuture<", rust_leaf_graceful, NULL, NULL },
  { "http_body_util::combinators::frame::Frame<", NULL, &rust_await_http_body, NULL },
  { "http_body_util::combinators::collect::Collect<", NULL, &rust_await_http_body, NULL },
  { "http_body::next::Data<", NULL, &rust_await_http_body, NULL },
  { "futures_util::stream::stream::next::Next<hyper::body::", NULL, &rust_await_http_body, NULL },
  { "futures_util::stream::stream::next::Next<reqwest::async_impl::", NULL, &rust_await_http_body,
    NULL },
  { "futures_util::stream::stream::next::Next<http_body_util::", NULL, &rust_await_http_body,
    NULL },
  { "PollFn<hyper_util::client::legacy::client::{impl#}::", NULL, &rust_await_http_ready, NULL },
  { "PollFn<hyper::client::client::{impl#}::", NULL, &rust_await_http_ready, NULL },
  { "tokio::sync::oneshot::Receiver<core::result::Result<http::response::Response<",
    rust_leaf_answer, NULL, NULL },
  { "actix_http::h1::dispatcher::InnerDispatcher<", rust_leaf_actix, NULL, NULL },
  { "h2::client::ResponseFuture", rust_leaf_stream, NULL, NULL },
  { "hyper::proto::h2::client::SendWhen<", rust_leaf_stream, NULL, NULL },
  { "hyper::proto::h2::client::ConnTask<", rust_leaf_frames, NULL, NULL },
  { "hyper::proto::h2::client::ClientTask<", NULL, &rust_await_http_requests, NULL },
  { "hyper::proto::h2::client::PipeMap<", NULL, &rust_await_http_send, NULL },
  { "hyper::proto::h2::PipeToSendStream<", NULL, &rust_await_http_send, NULL },
  { "hyper::proto::h2::server::Server<", rust_leaf_frames, NULL, NULL },
  { "h2::client::Connection<", rust_leaf_frames, NULL, NULL },
  { "h2::server::Connection<", rust_leaf_frames, NULL, NULL },

  /* Databases */
  { "sqlx_core::net::socket::Read<", rust_leaf_database_read, NULL, NULL },
  { "sqlx_core::net::socket::", walk_descriptor, NULL, NULL },
  { "futures_channel::mpsc::Receiver<tokio_postgres::codec::BackendMessages>",
    rust_leaf_database_answer, NULL, NULL },
  { "tokio_postgres::connection::Connection<", rust_leaf_database_connection, NULL, NULL },

  /* Times */
  { "tokio::time::sleep::Sleep", rust_leaf_sleep, NULL, NULL },
  { "tokio::time::timeout::Timeout<", rust_leaf_timeout, NULL, NULL },
  { "tower::timeout::future::ResponseFuture<", rust_leaf_timeout, NULL, NULL },
  { "tokio::time::interval::Interval", rust_leaf_interval, NULL, NULL },
  { "PollFn<tokio::time::interval::{impl#}::tick::{async_fn#}::{closure_env#"
    "}>",
    rust_leaf_interval, NULL, NULL },
  { "async_io::Timer", rust_leaf_sleep, NULL, NULL },

  /* Locks, channels and the like */
  { "tokio::sync::batch_semaphore::Acquire", rust_leaf_acquire, NULL, NULL },
  { "tokio::sync::notify::Notified", rust_leaf_notified, NULL, NULL },
  { "tokio::sync::oneshot::Receiver<core::result::Result<redis::", NULL, &rust_await_redis, NULL },
  { "tokio::sync::oneshot::Receiver<", NULL, &rust_await_oneshot, &rust_resource_oneshot },
  { "tokio::sync::broadcast::Recv<", NULL, &rust_await_broadcast, &rust_resource_broadcast },
  { "PollFn<tokio::sync::mpsc::", NULL, &rust_await_channel, &rust_resource_channel },
  { "tokio::sync::mpsc::bounded::Receiver<", NULL, &rust_await_channel, &rust_resource_channel },
  { "tokio::sync::mpsc::unbounded::UnboundedReceiver<", NULL, &rust_await_channel,
    &rust_resource_channel },
  { "futures_channel::oneshot::Receiver<", NULL, &rust_await_oneshot, &rust_resource_oneshot },
  { "futures_channel::mpsc::Receiver<", NULL, &rust_await_channel, &rust_resource_channel },
  { "futures_channel::mpsc::UnboundedReceiver<", NULL, &rust_await_channel,
    &rust_resource_channel },
  { "async_lock::mutex::Lock<", rust_leaf_lock, NULL, NULL },
  { "async_lock::mutex::LockArc<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::Read<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::ReadArc<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::UpgradableRead<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::UpgradableReadArc<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::Upgrade<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::UpgradeArc<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::Write<", rust_leaf_lock, NULL, NULL },
  { "async_lock::rwlock::futures::WriteArc<", rust_leaf_lock, NULL, NULL },
  { "async_lock::semaphore::Acquire", rust_leaf_lock, NULL, NULL },
  { "async_lock::semaphore::AcquireArc", rust_leaf_lock, NULL, NULL },
  { "async_lock::barrier::BarrierWait", rust_leaf_lock, NULL, NULL },
  { "futures_util::lock::mutex::MutexLockFuture<", rust_leaf_lock, NULL, NULL },
  { "futures_util::lock::mutex::OwnedMutexLockFuture<", rust_leaf_lock, NULL, NULL },
  { "event_listener::EventListener", rust_leaf_event, NULL, NULL },
  { "event_listener::EventListener<", rust_leaf_event, NULL, NULL },
  { "event_listener::__private::StackListener<", rust_leaf_event, NULL, NULL },
  { "tokio_util::sync::cancellation_token::WaitForCancellationFuture", rust_leaf_token, NULL,
    NULL },
  { "tokio_util::sync::cancellation_token::WaitForCancellationFutureOwned", rust_leaf_token, NULL,
    NULL },
  { "tokio_util::sync::cancellation_token::RunUntilCancelledFuture<", rust_leaf_until_cancelled,
    NULL, NULL },
  { "tokio_util::sync::cancellation_token::RunUntilCancelledFutureOwned<",
    rust_leaf_until_cancelled, NULL, NULL },
  { "async_channel::Recv<", NULL, &rust_await_channel, &rust_resource_channel },
  { "async_channel::Send<", NULL, &rust_await_channel_full, &rust_resource_channel },
  { "async_channel::RecvInner<", NULL, &rust_await_channel, &rust_resource_channel },
  { "async_channel::SendInner<", NULL, &rust_await_channel_full, &rust_resource_channel },
  { "flume::async::RecvFut<", NULL, &rust_await_channel, &rust_resource_channel },
  { "flume::async::SendFut<", NULL, &rust_await_channel_full, &rust_resource_channel },

  /* Other tasks */
  { "tokio::runtime::task::join::JoinHandle<", rust_leaf_join, NULL, NULL },
  { "async_task::task::Task<", rust_leaf_join, NULL, NULL },
  { "PollFn<tokio::task::yield_now::", NULL, &rust_await_yield, NULL },
  { "PollFn<tokio::task::join_set::{impl#}::join_next::", rust_leaf_set, NULL, NULL },
  { "PollFn<tokio::task::join_set::{impl#}::join_next_with_id::", rust_leaf_set, NULL, NULL },
  { "futures_util::stream::futures_unordered::FuturesUnordered<", rust_leaf_unordered, NULL, NULL },
  { "futures_util::future::join_all::JoinAll<", rust_leaf_elements, NULL, NULL },
  { "futures_util::future::try_join_all::TryJoinAll<", rust_leaf_elements, NULL, NULL },
  { "futures_util::future::select_all::SelectAll<", rust_leaf_elements, NULL, NULL },
  { "tokio_util::task::task_tracker::TaskTrackerWaitFuture", rust_leaf_tracker, NULL, NULL },
  { "tokio_stream::stream_map::StreamMap<", rust_leaf_elements, NULL, NULL },
  { "async_std::future::pending::Pending<", NULL, &rust_await_pending, NULL },
  { "futures_util::future::future::shared::Shared<", rust_leaf_shared, NULL, NULL },
  { "core::future::pending::Pending<", NULL, &rust_await_pending, NULL },
  { "core::future::ready::Ready<", walk_nothing, NULL, NULL },

  /* The world */
  { "tokio::runtime::io::scheduled_io::", walk_descriptor, NULL, NULL },
  { "tokio::io::driver::scheduled_io::", walk_descriptor, NULL, NULL },
  { "tokio::io::util::", walk_descriptor, NULL, NULL },
  { "PollFn<tokio::net::", walk_descriptor, NULL, NULL },
  { "tokio::net::", walk_descriptor, NULL, NULL },
  { "async_io::reactor::Ready<", walk_descriptor, NULL, NULL },
  { "async_io::reactor::Readable<", walk_descriptor, NULL, NULL },
  { "async_io::reactor::ReadableOwned<", walk_descriptor, NULL, NULL },
  { "async_io::reactor::WritableOwned<", walk_descriptor, NULL, NULL },
  { "async_io::reactor::Writable<", walk_descriptor, NULL, NULL },
  { "tokio::process::Child", NULL, &rust_await_child, NULL },
  { "tokio::process::imp::Child", NULL, &rust_await_child, NULL },
  { "tokio::signal::", NULL, &rust_await_signal, NULL },
  { "signal_hook_tokio::SignalsInfo<", NULL, &rust_await_signal, NULL },
};

/* A rule that does not end in an opening bracket or a colon is of one type alone. PollFn is the closure
 * that it has: the standard library has one, and so have, or had, others. */
const RustLeaf *
rust_leaf_find (const DebugType *type)
{
  if (type->class != DEBUG_TYPE_STRUCTURE)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (leaves); i++)
    {
      const char *rule = leaves[i].type;
      const char *name = g_str_has_prefix (rule, "PollFn<") ? type->base_name : type->name;

      if (rust_name_matches (name, rule) &&
          (strchr ("<:", rule[strlen (rule) - 1]) != NULL || name[strlen (rule)] == '\0'))
        return &leaves[i];
    }
  return NULL;
}

gboolean
rust_leaf_walk (RustWalk *walk, const RustLeaf *leaf, DebugValue value, guint depth)
{
  if (leaf->walk != NULL)
    return leaf->walk (walk, value, depth);
  return walk_simple (walk, leaf, value);
}

void
rust_leaf_unknown (RustWalk *walk, DebugValue form, const DebugValue *awaited)
{
  DebugValue waits =
      awaited != NULL ? rust_resolve (&walk->memory->memory, walk->programs, *awaited) : form;
  const RustPlan *plan = rust_plan_get (waits.type);
  g_autofree char *name = NULL;
  RustAwait *await;

  if (rust_leaf_descriptor (walk, awaited))
    return;
  name = rust_poll_dup_name (waits.type);
  if (g_utf8_strlen (name, -1) > 160)
    strcpy (g_utf8_offset_to_pointer (name, 157), "...");
  await =
      rust_walk_add (walk, plan->is_own ? &rust_await_by_hand : &rust_await_unknown, form.address);
  rust_await_add_text (await, &rust_key_type, g_string_chunk_insert (walk->texts, name));
  if (await != NULL && plan->is_own)
    {
      g_autofree char *file = g_path_get_basename (plan->poll.file);
      g_autofree char *place = g_strdup_printf ("%s:%u", file, plan->poll.line);

      await->polled = waits.type;
      rust_await_add_text (await, &rust_key_poll, g_string_chunk_insert (walk->texts, place));
    }
}
