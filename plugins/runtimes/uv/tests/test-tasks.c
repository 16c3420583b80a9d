/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Whose an operation is; and that the program goes on whatever becomes of us. */

#include "drain.h"
#include "harness.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspect-keys.h"

static int n_fired;

static uv_loop_t *
loop (void)
{
  return uv_default_loop ();
}

static void
on_fire (uv_timer_t *timer)
{
  n_fired++;
}

/* ---- Outside of any poll ----------------------------------------------------------------------
 */

typedef struct
{
  uv_timer_t first;
  uv_timer_t second;
  uv_fs_t stat;
} Session;

static int n_stats;

static void
on_stat (uv_fs_t *request)
{
  g_assert_cmpint (request->result, ==, 0);
  n_stats++;
  uv_fs_req_cleanup (request);
}

static void
test_struct_is_one_task (void)
{
  Session a, b;

  uv_timer_init (loop (), &a.first);
  uv_timer_init (loop (), &a.second);
  uv_timer_init (loop (), &b.first);
  a.first.data = a.second.data = a.stat.data = &a;
  b.first.data = &b;
  uv_timer_start (&a.first, on_fire, 1, 0);
  uv_timer_start (&a.second, on_fire, 1, 0);
  uv_fs_stat (loop (), &a.stat, "/", on_stat);
  uv_timer_start (&b.first, on_fire, 1, 0);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 2);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 0)->task, ==,
                    harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 1)->task);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 0)->task, ==,
                    harness_task_of ("uv.fs-stat"));
  g_assert_cmpuint (harness_parent_of (harness_task_of ("uv.fs-stat")), ==, INSPECT_NONE);
  drain_loop (loop ());
}

/* The same data, but not within it: what the program keeps there is its own affair. */
static void
test_shared_data_is_no_struct (void)
{
  static char context[64];
  uv_timer_t a, b;

  uv_timer_init (loop (), &a);
  uv_timer_init (loop (), &b);
  a.data = b.data = context;
  uv_timer_start (&a, on_fire, 1, 0);
  uv_timer_start (&b, on_fire, 1, 0);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 2);
  drain_loop (loop ());
}

static void
test_used_again_after_its_task (void)
{
  uv_timer_t timer;

  uv_timer_init (loop (), &timer);
  for (int i = 0; i < 200; i++)
    {
      uv_timer_start (&timer, on_fire, 0, 0);
      uv_run (loop (), UV_RUN_DEFAULT);
    }
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 200);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 200);
  drain_loop (loop ());
}

/* ---- Within a poll ----------------------------------------------------------------------------
 */

static uv_timer_t next;

static void
on_start_next (uv_timer_t *timer)
{
  uv_timer_init (timer->loop, &next);
  uv_timer_start (&next, on_fire, 1, 0);
  uv_fs_stat (timer->loop, timer->data, "/", on_stat);
}

static void
test_cause (void)
{
  uv_timer_t timer;
  uv_fs_t request;

  uv_timer_init (loop (), &timer);
  timer.data = &request;
  uv_timer_start (&timer, on_start_next, 1, 0);
  drain_loop (loop ());
  for (unsigned int i = 0; i < 2; i++)
    g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", i)->task, ==,
                      harness_task_of ("uv.fs-stat"));
}

static void
on_run_inner (uv_timer_t *timer)
{
  uv_loop_t inner;
  uv_timer_t in_inner;

  uv_loop_init (&inner);
  uv_timer_init (&inner, &in_inner);
  uv_timer_start (&in_inner, on_fire, 1, 0);
  uv_run (&inner, UV_RUN_DEFAULT);
  uv_close ((uv_handle_t *)&in_inner, NULL);
  uv_run (&inner, UV_RUN_DEFAULT);
  g_assert_cmpint (uv_loop_close (&inner), ==, 0);
  uv_timer_start (timer->data, on_fire, 1, 0);
}

static void
test_loop_within_callback (void)
{
  uv_timer_t timer, after;
  InspectId task;

  n_fired = 0;
  uv_timer_init (loop (), &timer);
  uv_timer_init (loop (), &after);
  timer.data = &after;
  uv_timer_start (&timer, on_run_inner, 1, 0);
  drain_loop (loop ());
  g_assert_cmpint (n_fired, ==, 2);
  task = harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 0)->task;
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 1)->task, ==, task);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 2)->task, ==, task);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_BEGIN, "uv.loop"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, "uv.loop"), ==, 1);
  /* The inner one is held by the task whose callback runs it, the outer one by nobody's. */
  g_assert_cmpuint (harness_count (EVENT_ACQUIRE, "uv.loop"), ==, 4); /* twice by drain_loop() */
  g_assert_cmpuint (harness_first (EVENT_ACQUIRE, "uv.loop")->task, ==, INSPECT_NONE);
  g_assert_cmpuint (harness_nth (EVENT_ACQUIRE, "uv.loop", 1)->task, ==,
                    harness_task_of ("uv.timer"));
}

/* An executor of the program's own that drives libuv: what it starts is its task's. */
static void
test_task_of_another (void)
{
  uv_timer_t timer;
  const InspectId task = 0x1234;
  InspectId previous;

  uv_timer_init (loop (), &timer);
  inspect_task_begin (task, INSPECT_NONE, 0);
  previous = inspect_poll_begin (task, 0, 0);
  uv_timer_start (&timer, on_fire, 1, 0);
  inspect_poll_end (task, previous);
  uv_run (loop (), UV_RUN_DEFAULT);
  uv_close ((uv_handle_t *)&timer, NULL);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpuint (harness_task_of ("uv.timer"), ==, task);
  g_assert_cmpuint (harness_first (EVENT_POLL_BEGIN, "uv.timer")->task, ==, task);
  inspect_task_end (task, 0);
}

/* ---- Two loops in two threads -----------------------------------------------------------------
 */

static void
on_count_down (uv_timer_t *timer)
{
  int *left = timer->data;

  if (--*left == 0)
    uv_timer_stop (timer);
}

static gpointer
run_loop (gpointer data)
{
  uv_loop_t own;
  uv_timer_t timer;
  int left = 50;

  uv_loop_init (&own);
  uv_timer_init (&own, &timer);
  timer.data = &left;
  uv_timer_start (&timer, on_count_down, 0, 1);
  drain_loop (&own);
  g_assert_cmpint (uv_loop_close (&own), ==, 0);
  return NULL;
}

static void
test_two_threads (void)
{
  GThread *threads[2];

  for (int i = 0; i < 2; i++)
    threads[i] = g_thread_new ("loop", run_loop, NULL);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "uv.timer-repeat"), ==, 100);
}

/* ---- Datagrams and processes ------------------------------------------------------------------
 */

static char memory[65536];

static void
allocate (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  *buf = uv_buf_init (memory, sizeof memory);
}

static void
on_datagram (uv_udp_t *udp, ssize_t nread, const uv_buf_t *buf, const struct sockaddr *from,
             unsigned int flags)
{
  if (from == NULL)
    return;
  g_assert_cmpint (nread, ==, 5);
  n_fired++;
  uv_udp_recv_stop (udp);
}

static void
test_datagrams (void)
{
  uv_udp_t udp;
  uv_udp_send_t send;
  uv_buf_t buf = uv_buf_init ((char *)"hello", 5);
  struct sockaddr_in address;
  int length = sizeof address;
  const Event *await;

  n_fired = 0;
  uv_udp_init (loop (), &udp);
  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_udp_bind (&udp, (struct sockaddr *)&address, 0);
  uv_udp_getsockname (&udp, (struct sockaddr *)&address, &length);
  g_assert_cmpint (uv_udp_recv_start (&udp, allocate, on_datagram), ==, 0);
  g_assert_cmpint (uv_udp_send (&send, &udp, &buf, 1, (struct sockaddr *)&address, NULL), ==, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.udp-send");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_BYTES)->value, ==, 5);
  g_assert_cmpmem (harness_attribute (await->object, INSPECT_KEY_PEER)->bytes, sizeof address,
                   &address, sizeof address);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.udp-receive");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DONE)->value, ==, 5);
  drain_loop (loop ());
}

static void
on_process_exit (uv_process_t *process, int64_t exit_status, int term_signal)
{
  g_assert_cmpint (exit_status, ==, 7);
  n_fired++;
  uv_close ((uv_handle_t *)process, NULL);
}

static void
test_process (void)
{
  uv_process_t process;
  char *args[] = { (char *)"sh", (char *)"-c", (char *)"exit 7", NULL };
  uv_process_options_t options = { .file = "sh", .args = args, .exit_cb = on_process_exit };
  const Event *await;

  n_fired = 0;
  g_assert_cmpint (uv_spawn (loop (), &process, &options), ==, 0);
  g_assert_true (options.exit_cb == on_process_exit);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.process");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_PID)->value, ==, process.pid);
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_COMMAND)->bytes, ==,
                   "sh -c exit 7");
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
}

static void
test_process_that_is_missing (void)
{
  uv_process_t process;
  char *args[] = { (char *)"/nonexistent", NULL };
  uv_process_options_t options = { .file = args[0], .args = args, .exit_cb = on_process_exit };

  g_assert_cmpint (uv_spawn (loop (), &process, &options), ==, UV_ENOENT);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.process")->status, ==, UV_ENOENT);
  uv_close ((uv_handle_t *)&process, NULL);
  drain_loop (loop ());
}

/* ---- When we are off, out of memory, gone -----------------------------------------------------
 */

static void
test_switched_off_meanwhile (void)
{
  uv_timer_t timer;
  uv_fs_t request;

  n_fired = n_stats = 0;
  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_fire, 1, 0);
  uv_fs_stat (loop (), &request, "/", on_stat);
  harness_set_on (false);
  harness_clear ();
  drain_loop (loop ());
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpint (n_stats, ==, 1);
  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_fire, 1, 0);
  g_assert_true (timer.timer_cb == on_fire); /* off: libuv has the program's own */
  harness_set_on (true);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 0);
  drain_loop (loop ());
  g_assert_cmpint (n_fired, ==, 2);
}

static void
test_no_memory (void)
{
  enum
  {
    MANY = 20000
  };
  uv_timer_t *timers = g_new0 (uv_timer_t, MANY);
  unsigned int before = harness_count_skipped ();

  n_fired = 0;
  harness_fail_memory (G_MAXUINT);
  for (int i = 0; i < MANY; i++)
    {
      uv_timer_init (loop (), &timers[i]);
      uv_timer_start (&timers[i], on_fire, 0, 0);
    }
  harness_fail_memory (0);
  g_assert_cmpuint (harness_count_skipped (), >, before);
  harness_clear ();
  harness_set_on (false);
  drain_loop (loop ());
  harness_set_on (true);
  g_assert_cmpint (n_fired, ==, MANY);
  harness_clear ();
  g_free (timers);
}

static void
test_child_of_fork (void)
{
  uv_timer_t timer;
  pid_t child;
  int status;

  n_fired = 0;
  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_fire, 1, 0);
  child = fork ();
  if (child == 0)
    {
      g_assert_cmpint (uv_loop_fork (loop ()), ==, 0);
      uv_run (loop (), UV_RUN_DEFAULT);
      _exit (n_fired == 1 ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  drain_loop (loop ());
}

/* The last test: the hooks stay, the plugin does not come back. */
static void
test_stopped (void)
{
  uv_timer_t timer;
  uv_fs_t request;

  n_fired = n_stats = 0;
  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_fire, 1, 1);
  uv_fs_stat (loop (), &request, "/", on_stat);
  harness_stop_plugin ();
  harness_clear ();
  while (n_fired < 2 || n_stats == 0)
    uv_run (loop (), UV_RUN_ONCE);
  uv_close ((uv_handle_t *)&timer, NULL);
  drain_loop (loop ());
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add ("/uv/tasks/struct-of-handles-is-one-task", test_struct_is_one_task);
  harness_add ("/uv/tasks/shared-data-is-no-struct", test_shared_data_is_no_struct);
  harness_add ("/uv/tasks/handle-used-again-after-its-task", test_used_again_after_its_task);
  harness_add ("/uv/tasks/cause", test_cause);
  harness_add ("/uv/tasks/loop-within-callback", test_loop_within_callback);
  harness_add ("/uv/tasks/task-of-another-runtime", test_task_of_another);
  harness_add ("/uv/tasks/two-loops-in-two-threads", test_two_threads);
  harness_add ("/uv/tasks/datagrams", test_datagrams);
  harness_add ("/uv/tasks/process", test_process);
  harness_add ("/uv/tasks/process-that-is-missing", test_process_that_is_missing);
  harness_add ("/uv/tasks/switched-off-meanwhile", test_switched_off_meanwhile);
  harness_add ("/uv/tasks/no-memory", test_no_memory);
  harness_add ("/uv/tasks/child-of-fork", test_child_of_fork);
  harness_add ("/uv/tasks/stopped", test_stopped);
  return g_test_run ();
}
