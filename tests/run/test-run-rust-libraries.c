/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks of Rust wait for in the libraries that nearly all programs use: requests of HTTP/1 and HTTP/2, children,
 * signals, files, the pool of threads, sets of tasks and of futures. */

#include "cargo.h"
#include "fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <glib/gstdio.h>

#define PROJECT "rust-libraries"

static char *why_skipped; /* NULL: they are built */

static gboolean
has_waits (JsonObject *target, const RunCargoWait *waits, guint n)
{
  static const char *const lists[] = { "stuck", "pending", "others", NULL };

  return run_cargo_has_waits (target, PROJECT, lists, waits, n);
}

/* ---- HTTP ------------------------------------------------------------------------------------------- */

/* A password is in two of these URLs. */
static const RunCargoWait requests[] = {
  { "hyper_one", "for the answer to PUT /hyper-one?x=1 (inferred)", "hyper_one" },
  { "hyper_two", "for the answer to GET /hyper-two (inferred)", "hyper_two" },
  { "h2_alone", "for the answer to GET /h2-alone (inferred)", "h2_alone" },
  { "h2_held",
    "to send POST /h2-held?x=1: the server takes no more requests at a time on this connection",
    "h2_held" },
  { "h2_gone", "for the answer on HTTP/2 stream 1, whose request was sent and is not kept",
    "h2_gone" },
  { "tonic_call", "for the answer to gRPC /test.Greeter/SayHello", "tonic_call" },
  { "legacy_one", "for the answer to GET http://127.0.0.1:*/legacy-one (inferred)", "legacy_one" },
  { "legacy_two", "for the answer to GET http://127.0.0.1:*/legacy-two (inferred)", "legacy_two" },
  { "reqwest_one", "for the answer to DELETE http://127.0.0.1:*/reqwest-one", NULL },
  { "reqwest_two", "for the answer to POST http://127.0.0.1:*/reqwest-two", NULL },
  { "answer", "to lock Mutex<()>", "answer" },
  { "hyper connection", "for frames of HTTP/2 of 127.0.0.1:*", NULL },
  { "hyper connection", "for an HTTP request of 127.0.0.1:*", NULL },
  { "hyper connection", "for another HTTP request to send", NULL },
  { "hyper connection", "an answer from 127.0.0.1:*", NULL },
};

/* Of those who answer one is shown. */
static gboolean
has_request_as_variable (JsonObject *target)
{
  JsonArray *tasks = json_object_get_array_member (target, "stuck");

  for (guint i = 0; i < json_array_get_length (tasks); i++)
    {
      JsonObject *task = json_array_get_object_element (tasks, i);
      const char *all = json_object_get_string_member_with_default (task, "variables", "");

      g_assert_null (strstr (all, "secret"));
      if (g_regex_match_simple (
              "request=[A-Z]+ \\S*/(\\S+-(one|two|alone|first|gone|later)|test.Greeter/SayHello)",
              all, 0, 0))
        return TRUE;
    }
  g_test_message ("no request is shown as one");
  return FALSE;
}

static gboolean
has_requests (JsonObject *target)
{
  return has_waits (target, requests, G_N_ELEMENTS (requests)) && has_request_as_variable (target);
}

static void
test_requests_that_nobody_answers (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");

  if (why_skipped != NULL)
    g_test_skip (why_skipped);
  else
    g_assert_true (run_cargo_see (PROGRAM (program, "http", "200"), has_requests));
}

/* ---- The rest ----------------------------------------------------------------------------------------- */

static const RunCargoWait rest[] = {
  { "wait_child", "for a child process to end", "wait_child" },
  { "wait_signal", "for a signal", "wait_signal" },
  { "wait_interval", "the next tick, due in *", "wait_interval" },
  { "tick_often", "the next tick, due *", "tick_often" },
  { "wait_job", "for a task to end → rest: in sleep(), which keeps its thread *", "wait_job" },
  { "wait_file", "for a task to end → job in std_open*", "wait_file" },
  { "wait_set", "for one of 2 tasks to end", "wait_set" },
  { "wait_unordered", "for nothing: it is pending for ever", "never" },
  { "wait_all", "for nothing: it is pending for ever", "never" },
  { "wait_cell", "for another task to set a OnceCell", "wait_cell" },
};

static gboolean
has_the_rest (JsonObject *target)
{
  return has_waits (target, rest, G_N_ELEMENTS (rest));
}

static void
test_children_files_and_sets (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");
  g_autofree char *folder = g_dir_make_tmp ("async-inspect-rust-XXXXXX", NULL);
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);

  if (why_skipped != NULL)
    g_test_skip (why_skipped);
  else
    {
      g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
      g_assert_true (run_cargo_see (PROGRAM (program, "rest", fifo, "200"), has_the_rest));
    }
  g_unlink (fifo);
  g_rmdir (folder);
}

/* ---- Futures of all kinds ------------------------------------------------------------------------------ */

static const RunCargoWait futures[] = {
  { "Never", "for the future Never, whose poll() is at futures.rs:*", "Never" },
  { "Timeout<Never>", "for the future Never, whose poll() is at futures.rs:*", "Never" },
  { "Sleep", "a timer due in *", NULL },
  { "poll_fn() in spawn_closure",
    "for the future poll_fn() in spawn_closure, whose poll() is at "
    "futures.rs:*",
    "spawn_closure" },
  { "wait_by_hand", "for the future Never, whose poll() is at futures.rs:*", "wait_by_hand" },
  { "long", "a timer due in *", "long" },
  { "wait_biased", "for the value of a oneshot channel", NULL },
  { "wait_ordered", "a timer due in *", "long" },
  { "wait_span", "a timer due in *", "wait_span" },
  { "wait_trait", "a timer due in *", "fetch" },
  { "wait_closure", "a timer due in *", "closure" },
  { "wait_depth", "a timer due in *", "bottom" },
  { "wait_mapped", "a timer due in *", "long" },
  { "local_child", "a timer due in *", "local_child" },
  { "local_parent", "for a task to end*", "local_parent" },
  { "run_local", "a timer due in *", "run_local" },
  { "wait_captured", "for nothing: it is pending for ever", "wait_captured" },
};

/* What a block has of a variable around it is called as the program calls it. */
static gboolean
has_captured (JsonObject *target)
{
  JsonArray *tasks = json_object_get_array_member (target, "pending");

  for (guint i = 0; i < json_array_get_length (tasks); i++)
    {
      JsonObject *task = json_array_get_object_element (tasks, i);
      JsonArray *locals = json_object_has_member (task, "locals")
                              ? json_object_get_array_member (task, "locals")
                              : NULL;

      for (guint k = 0; locals != NULL && k < json_array_get_length (locals); k++)
        if (g_str_equal (json_object_get_string_member_with_default (
                             json_array_get_object_element (locals, k), "name", ""),
                         "state.count"))
          return TRUE;
    }
  g_test_message ("state.count is not shown");
  return FALSE;
}

static gboolean
has_futures (JsonObject *target)
{
  return has_waits (target, futures, G_N_ELEMENTS (futures)) && has_captured (target);
}

static void
test_futures_of_all_kinds (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_see (PROGRAM (program, "futures", "200"), has_futures));
}

/* ---- Locks, channels and tokens ------------------------------------------------------------------------ */

static const RunCargoWait locks[] = {
  { "wait_futures", "to lock Mutex<u32>", "wait_futures", "*, held by hold_futures (*" },
  { "wait_mutex", "to lock Mutex<u32>", "wait_mutex", "*, held by hold_mutex (*" },
  { "wait_write", "to write to what RwLock<u32> has", "wait_write", "*, held by hold_rwlock (*" },
  { "wait_read", "to read what RwLock<u32> has", "wait_read", "*, held by hold_rwlock (*" },
  { "wait_permit", "for 1 of a semaphore's permits → *", "wait_permit",
    "semaphore *, held by hold_permit (*" },
  { "wait_barrier", "for others to come to a barrier", "wait_barrier" },
  { "wait_once", "for another task to set a OnceCell", "wait_once" },
  { "wait_async_channel", "for a message from a channel", "wait_async_channel" },
  { "wait_async_full", "for room in a channel", "wait_async_full" },
  { "wait_flume", "for a message from a channel", "wait_flume" },
  { "wait_flume_stream", "for a message from a channel", "wait_flume_stream" },
  { "wait_flume_full", "for room in a channel", "wait_flume_full" },
  { "wait_token", "for a CancellationToken to be cancelled", "wait_token" },
  { "wait_token_owned", "for a CancellationToken to be cancelled", "wait_token_owned" },
  { "wait_cancelled", "a timer due in *", "wait_cancelled" },
  { "tracked", "a timer due in *", "tracked" },
  { "wait_tracker", "for the 1 tasks of a TaskTracker to end", "wait_tracker" },
  { "wait_receiver_stream", "for a message from a channel", "wait_receiver_stream" },
  { "wait_broadcast_stream", "for a message from a broadcast channel", "wait_broadcast_stream" },
  { "wait_watch_stream", "for a watched value to change", "wait_watch_stream" },
  { "wait_interval_stream", "the next tick, due in *", "wait_interval_stream" },
  { "wait_merged", "for a message from a channel", "wait_merged" },
};

static gboolean
has_locks (JsonObject *target)
{
  return has_waits (target, locks, G_N_ELEMENTS (locks));
}

static void
test_locks_channels_and_tokens (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_see (PROGRAM (program, "sync", "200"), has_locks));
}

/* ---- Pools ---------------------------------------------------------------------------------------------- */

static const RunCargoWait pools[] = {
  { "wait_deadpool", "for a connection of a pool of 1 → *", "wait_deadpool",
    "connection pool *, held by hold_deadpool (*" },
  { "wait_bb8", "for a connection of a pool of 1 → *", "wait_bb8",
    "connection pool *, held by hold_bb8 (*" },
  /* What a pool makes its connections with waits for something else. */
  { "wait_slow", "for 1 of a semaphore's permits", NULL },
};

static gboolean
has_pools (JsonObject *target)
{
  return has_waits (target, pools, G_N_ELEMENTS (pools));
}

static void
test_pools_of_connections (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_see (PROGRAM (program, "pools", "200"), has_pools));
}

/* ---- Locks that keep a thread -------------------------------------------------------------------------- */

#define KEEPS ", which keeps its thread *"

static const RunCargoWait blocked[] = {
  { "want_std", "to lock std::sync::Mutex" KEEPS, NULL, "*, held by hold_std (*" },
  { "want_std_write", "to write to what std::sync::RwLock has" KEEPS, NULL,
    "*, held by hold_std_read (*" },
  { "want_parking", "to lock parking_lot::Mutex" KEEPS, NULL, "*, held by hold_parking (*" },
  { "want_parking_read", "to read what parking_lot::RwLock has" KEEPS, NULL,
    "*, held by hold_parking_write (*" },
};

static gboolean
has_blocked (JsonObject *target)
{
  return has_waits (target, blocked, G_N_ELEMENTS (blocked));
}

static void
test_locks_that_keep_a_thread (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_see (PROGRAM (program, "blocked", "200"), has_blocked));
}

/* Also where the agent has seen the turn of the task begin in which it sleeps. */
static void
test_locks_that_keep_a_followed_thread (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_follow (program, "blocked", has_blocked));
}

/* ---- Services ------------------------------------------------------------------------------------------- */

static const RunCargoWait services[] = {
  { "wait_service", "a timer due in *", "serve" },
  { "wait_connection", "a timer due in *", "long" },
  { "wait_shared", "a timer due in *", "long" },
  { "wait_ready", "for 1 of a semaphore's permits", "wait_ready" },
  { "serve_axum", "waiting for clients", "serve_axum" },
  { "async block in handle_connection", "to be notified", "handler" },
  { "wait_redis", "for an answer of Redis", "wait_redis" },
};

/* Whoever waits for a permit has the only one. */
static gboolean
has_own_deadlock (JsonObject *target)
{
  JsonArray *findings = json_object_get_array_member (target, "findings");

  for (guint i = 0; i < json_array_get_length (findings); i++)
    if (g_str_equal (json_object_get_string_member_with_default (
                         json_array_get_object_element (findings, i), "title", ""),
                     "deadlock: a task waits for what it holds itself"))
      return TRUE;
  return FALSE;
}

static gboolean
has_services (JsonObject *target)
{
  return has_waits (target, services, G_N_ELEMENTS (services)) && has_own_deadlock (target);
}

static void
test_services_and_clients (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "libraries");

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_see (PROGRAM (program, "services", "200"), has_services));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins"));
  g_test_add_func ("/run/rust-libraries/requests-that-nobody-answers",
                   test_requests_that_nobody_answers);
  g_test_add_func ("/run/rust-libraries/children-files-and-sets", test_children_files_and_sets);
  g_test_add_func ("/run/rust-libraries/futures-of-all-kinds", test_futures_of_all_kinds);
  g_test_add_func ("/run/rust-libraries/locks-channels-and-tokens", test_locks_channels_and_tokens);
  g_test_add_func ("/run/rust-libraries/pools-of-connections", test_pools_of_connections);
  g_test_add_func ("/run/rust-libraries/locks-that-keep-a-thread", test_locks_that_keep_a_thread);
  g_test_add_func ("/run/rust-libraries/locks-that-keep-a-followed-thread",
                   test_locks_that_keep_a_followed_thread);
  g_test_add_func ("/run/rust-libraries/services-and-clients", test_services_and_clients);
  return g_test_run ();
}
