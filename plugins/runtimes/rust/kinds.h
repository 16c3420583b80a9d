/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_KINDS_H
#define RUST_KINDS_H

#include "inspect-keys.h"
#include "inspect.h"

/* What Rust's tasks wait for and hold. */

extern const InspectKind rust_await_asleep, rust_await_bare, rust_await_barrier,
    rust_await_blocking, rust_await_broadcast, rust_await_by_hand, rust_await_channel,
    rust_await_channel_full, rust_await_child, rust_await_accept, rust_await_connect,
    rust_await_copy, rust_await_copy_both, rust_await_database, rust_await_database_connection,
    rust_await_database_unnamed, rust_await_descriptor, rust_await_http_answer,
    rust_await_http_body, rust_await_http_kept, rust_await_http_ready, rust_await_http_request,
    rust_await_http_response, rust_await_http_upload, rust_await_http_write,
    rust_await_http_unnamed, rust_await_http_stream, rust_await_http_gone, rust_await_http_held,
    rust_await_http_unsent, rust_await_http_frames, rust_await_http_requests, rust_await_http_send,
    rust_await_set, rust_await_interval, rust_await_lock, rust_await_lock_read,
    rust_await_lock_write, rust_await_mutex, rust_await_hidden, rust_await_notify, rust_await_once,
    rust_await_oneshot, rust_await_pending, rust_await_pool, rust_await_read, rust_await_redis,
    rust_await_read_lock, rust_await_running, rust_await_semaphore, rust_await_signal,
    rust_await_sleep, rust_await_task, rust_await_unknown, rust_await_token, rust_await_tracker,
    rust_await_tracker_open, rust_await_unpolled, rust_await_watch, rust_await_write,
    rust_await_write_lock, rust_await_yield;

extern const InspectKind rust_resource_barrier, rust_resource_broadcast, rust_resource_channel,
    rust_resource_descriptor, rust_resource_mutex, rust_resource_notify, rust_resource_once,
    rust_resource_oneshot, rust_resource_pool, rust_resource_rwlock, rust_resource_semaphore,
    rust_resource_tcp, rust_resource_token, rust_resource_udp, rust_resource_unix,
    rust_resource_watch;

extern const InspectKind rust_key_call, rust_key_connections, rust_key_database, rust_key_deadline,
    rust_key_due, rust_key_fd, rust_key_name, rust_key_poll, rust_key_query, rust_key_request,
    rust_key_running, rust_key_tasks, rust_key_thread, rust_key_type, rust_key_wanted,
    rust_key_stream;

#endif
