/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "kinds.h"

#include "inspector-probe.h"

#define AWAIT(var, name, phrase, flags)                                                            \
  const InspectKind rust_await_##var = {                                                           \
    "rust." name, phrase, INSPECT_KIND_AWAIT, (flags) | INSPECT_AWAIT_SUSPENDS, 0, 0               \
  }
#define RESOURCE(var, name, phrase, flags)                                                         \
  const InspectKind rust_resource_##var = { "rust." name, phrase, INSPECT_KIND_RESOURCE,           \
                                            (flags),      0,      0 }
#define RUST_KEY(var, name, phrase, type)                                                          \
  const InspectKind rust_key_##var = { name, phrase, INSPECT_KIND_KEY, (type), 0, 0 }

#define INTERNAL INSPECT_AWAIT_INTERNAL
#define ONCE INSPECT_AWAIT_ONESHOT

/* Times */
AWAIT (sleep, "sleep", "a timer due in {due}", INSPECT_AWAIT_TIMER | ONCE);
AWAIT (interval, "interval", "the next tick, due in {due}",
       INSPECT_AWAIT_TIMER | INSPECT_AWAIT_REPEATS);

/* Other code of this program */
AWAIT (mutex, "mutex", "to lock {rust.type}", INTERNAL);
AWAIT (read_lock, "read-lock", "to read what {rust.type} has", INTERNAL);
AWAIT (write_lock, "write-lock", "to write to what {rust.type} has", INTERNAL);
AWAIT (semaphore, "semaphore", "for {rust.wanted} of a semaphore's permits", INTERNAL);
AWAIT (pool, "pool", "for a connection of a pool of {rust.connections}", INTERNAL);
AWAIT (notify, "notify", "to be notified", INTERNAL);
AWAIT (oneshot, "oneshot", "for the value of a oneshot channel", INTERNAL);
AWAIT (channel, "channel", "for a message from a channel", INTERNAL);
AWAIT (channel_full, "channel-full", "for room in a channel", INTERNAL);
AWAIT (broadcast, "broadcast", "for a message from a broadcast channel", INTERNAL);
AWAIT (watch, "watch", "for a watched value to change", INTERNAL);
AWAIT (barrier, "barrier", "for others to come to a barrier", INTERNAL);
AWAIT (once, "once", "for another task to set a OnceCell", INTERNAL);
AWAIT (task, "task", "for a task to end", INTERNAL);
AWAIT (set, "task-set", "for one of {rust.tasks} tasks to end", INTERNAL);
AWAIT (tracker, "tracker", "for the {rust.tasks} tasks of a TaskTracker to end", INTERNAL);
AWAIT (tracker_open, "tracker-open",
       "for a TaskTracker that was not closed, and has {rust.tasks} tasks left", INTERNAL);
AWAIT (token, "token", "for a CancellationToken to be cancelled", INSPECT_AWAIT_WATCHES);
AWAIT (yield, "yield", "to be polled again", 0);
AWAIT (pending, "pending", "for nothing: it is pending for ever", INTERNAL);
AWAIT (unpolled, "unpolled", "to be polled for the first time", 0);
AWAIT (unknown, "unknown", "for the future {rust.type}", INTERNAL);
AWAIT (by_hand, "by-hand", "for the future {rust.type}, whose poll() is at {rust.poll}", INTERNAL);
AWAIT (asleep, "asleep", "in {rust.call}(), which keeps its thread {rust.thread}",
       INSPECT_AWAIT_BLOCKS);
AWAIT (lock, "lock", "to lock {rust.type}, which keeps its thread {rust.thread}",
       INSPECT_AWAIT_BLOCKS | INTERNAL);
AWAIT (lock_read, "lock-read", "to read what {rust.type} has, which keeps its thread {rust.thread}",
       INSPECT_AWAIT_BLOCKS | INTERNAL);
AWAIT (lock_write, "lock-write",
       "to write to what {rust.type} has, which keeps its thread {rust.thread}",
       INSPECT_AWAIT_BLOCKS | INTERNAL);
AWAIT (running, "running", "for nothing: it runs in {rust.thread}", INSPECT_AWAIT_BLOCKS);
AWAIT (hidden, "hidden", "in block_on(), for what the compiler has optimised away", INTERNAL);
AWAIT (bare, "bare", "for what only debug info would tell", INTERNAL);
AWAIT (blocking, "blocking", "for a thread of the pool that blocks", INTERNAL);

/* The world */
AWAIT (accept, "accept", "waiting for clients", INSPECT_AWAIT_LISTENS);
AWAIT (connect, "connect", "connecting to {peer}", ONCE);
AWAIT (read, "read", "reading from {peer}", INSPECT_AWAIT_ANSWERS);
AWAIT (write, "write", "writing to {peer}", INSPECT_AWAIT_WATCHES);
AWAIT (copy, "copy", "copying from {peer}", INSPECT_AWAIT_WATCHES);
AWAIT (copy_both, "copy-both", "copying from and to {peer}", INSPECT_AWAIT_WATCHES);
AWAIT (descriptor, "descriptor", "for descriptor {fd} to be ready", INSPECT_AWAIT_WATCHES);
AWAIT (http_answer, "http-answer", "for the answer to {rust.request}", ONCE);
AWAIT (http_unnamed, "http-unnamed", "for the answer to an HTTP request", ONCE);
AWAIT (http_stream, "http-stream", "for the answer on HTTP/2 stream {rust.stream}", ONCE);
AWAIT (http_gone, "http-gone",
       "for the answer on HTTP/2 stream {rust.stream}, whose request was sent and is not kept",
       ONCE);
AWAIT (http_unsent, "http-unsent", "for {rust.request} to be sent on HTTP/2 stream {rust.stream}",
       ONCE);
AWAIT (http_held, "http-held",
       "to send {rust.request}: the server takes no more requests at a time on this connection",
       ONCE);
AWAIT (http_frames, "http-frames", "for frames of HTTP/2 of {peer}", INSPECT_AWAIT_WATCHES);
AWAIT (http_requests, "http-requests", "for another HTTP request to send", INTERNAL);
AWAIT (http_send, "http-send", "to send more of an HTTP body", INTERNAL);
AWAIT (http_body, "http-body", "for more of an HTTP body", INTERNAL);
AWAIT (http_ready, "http-ready", "for an HTTP connection to be free again", INTERNAL);
AWAIT (http_response, "http-response", "for an HTTP answer of {peer}", INSPECT_AWAIT_ANSWERS);
AWAIT (http_kept, "http-kept", "for another HTTP request to send to {peer}", INSPECT_AWAIT_WATCHES);
AWAIT (http_request, "http-request", "for an HTTP request of {peer}", INSPECT_AWAIT_LISTENS);
AWAIT (http_upload, "http-upload", "for the rest of an HTTP request of {peer}",
       INSPECT_AWAIT_WATCHES);
AWAIT (http_write, "http-write", "to send an HTTP answer to {peer}", INSPECT_AWAIT_WATCHES);
AWAIT (database, "database", "for an answer of {rust.database} to {rust.query}", ONCE);
AWAIT (database_unnamed, "database-unnamed", "for an answer of {rust.database}", ONCE);
AWAIT (database_connection, "database-connection",
       "for what {rust.database} sends, or is to be sent", INSPECT_AWAIT_WATCHES);
AWAIT (redis, "redis", "for an answer of Redis", ONCE);
AWAIT (child, "child", "for a child process to end", INSPECT_AWAIT_EXTERNAL);
AWAIT (signal, "signal", "for a signal", INSPECT_AWAIT_WATCHES);

RESOURCE (mutex, "mutex", "{rust.type}", INSPECT_RESOURCE_LOCK);
RESOURCE (rwlock, "rwlock", "{rust.type}", INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_SHARED);
RESOURCE (semaphore, "semaphore", "semaphore",
          INSPECT_RESOURCE_ANY | INSPECTOR_PROBE_RESOURCE_SEEN);
RESOURCE (pool, "pool", "connection pool", INSPECT_RESOURCE_ANY | INSPECTOR_PROBE_RESOURCE_SEEN);
RESOURCE (notify, "notify", "Notify", 0);
RESOURCE (oneshot, "oneshot", "oneshot channel", 0);
RESOURCE (channel, "channel", "channel", 0);
RESOURCE (broadcast, "broadcast", "broadcast channel", 0);
RESOURCE (watch, "watch", "watch channel", 0);
RESOURCE (barrier, "barrier", "barrier", 0);
RESOURCE (once, "once", "OnceCell", 0);
RESOURCE (token, "token", "CancellationToken", 0);
RESOURCE (tcp, "tcp", "tcp", 0);
RESOURCE (udp, "udp", "udp", 0);
RESOURCE (unix, "unix", "unix", 0);
RESOURCE (descriptor, "descriptor", "descriptor", 0);

RUST_KEY (due, INSPECT_KEY_DUE, "due", INSPECT_VALUE_TIME);
RUST_KEY (deadline, INSPECT_KEY_DEADLINE, "deadline", INSPECT_VALUE_TIME);
RUST_KEY (name, INSPECT_KEY_NAME, "name", INSPECT_VALUE_TEXT);
RUST_KEY (fd, INSPECT_KEY_FD, "descriptor", INSPECT_VALUE_FD);
RUST_KEY (type, "rust.type", "type", INSPECT_VALUE_TEXT);
RUST_KEY (poll, "rust.poll", "polled at", INSPECT_VALUE_TEXT);
RUST_KEY (call, "rust.call", "call", INSPECT_VALUE_TEXT);
RUST_KEY (thread, "rust.thread", "thread", INSPECT_VALUE_TEXT);
RUST_KEY (running, INSPECT_KEY_RUNNING, "running", INSPECT_VALUE_BOOL);
RUST_KEY (wanted, "rust.wanted", "permits wanted", INSPECT_VALUE_U64);
RUST_KEY (tasks, "rust.tasks", "tasks", INSPECT_VALUE_U64);
RUST_KEY (stream, "rust.stream", "stream of HTTP/2", INSPECT_VALUE_U64);
RUST_KEY (connections, "rust.connections", "connections", INSPECT_VALUE_U64);
RUST_KEY (database, "rust.database", "database", INSPECT_VALUE_TEXT);
RUST_KEY (query, "rust.query", "query", INSPECT_VALUE_TEXT);
RUST_KEY (request, "rust.request", "request", INSPECT_VALUE_TEXT);
