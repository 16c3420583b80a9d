/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The child of a fork has a channel of its own or none, by whatever call it came to be. */

#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emit-fixture.h"
#include "emit/process.h"

INSPECT_DEFINE_AWAIT (kind, "test.await", "waiting", INSPECT_AWAIT_ONESHOT);

#define PARENT_TASK 0x100u
#define CHILD_TASK 0x200u

static pid_t
raw_clone (void)
{
  return (pid_t)syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* glibc 2.34 */
static pid_t
underscore_fork (void)
{
  pid_t (*function) (void) = (pid_t (*) (void))dlsym (RTLD_DEFAULT, "_Fork");
  return function != NULL ? function () : raw_clone ();
}

typedef struct
{
  const char *name;
  pid_t (*fork_it) (void);
} ForkCase;

static const ForkCase fork_cases[] = {
  { "fork", fork },
  { "raw-clone", raw_clone },
  { "_Fork", underscore_fork },
};

static void
join_child (pid_t child)
{
  int status = 0;

  g_assert_cmpint (child, >, 0);
  g_assert_cmpint (TEMP_FAILURE_RETRY (waitpid (child, &status, 0)), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
report_in_both (gconstpointer data)
{
  const ForkCase *fork_case = data;
  InspectLocationId here;
  pid_t child;

  target_start ();
  here = INSPECT_HERE;
  inspect_await_begin (PARENT_TASK, inspect_object (&kind, 1), here);
  inspect_task_enter (PARENT_TASK);
  child = fork_case->fork_it ();
  if (child == 0)
    {
      for (uint64_t i = 0; i < 1000; i++)
        inspect_await_begin (CHILD_TASK, inspect_object (&kind, i), here);
      _exit (inspect_is_on () ? 0 : 1);
    }
  /* Both write at once. */
  for (uint64_t i = 0; i < 1000; i++)
    inspect_await_begin (PARENT_TASK, inspect_object (&kind, i), here);
  join_child (child);
  g_assert_cmphex (inspect_task_current (), ==, PARENT_TASK);
}

static void
assert_all_of (Channel *channel, uint64_t task, uint64_t from, uint64_t n)
{
  g_assert_cmpuint (channel->rings[0].head, ==, n);
  for (uint64_t i = from; i < n; i++)
    {
      const ChannelRecord *record = channel_get_record (channel, 0, i);
      const ChannelLocation *location =
          channel_get_location (channel, channel_record_location (record->type_location));

      g_assert_cmphex (record->task, ==, task);
      g_assert_cmpuint (record->arg & 0xffffffffffffu, ==, i - from);
      g_assert_cmpstr (
          channel_get_text (channel, channel_get_kind (channel, record->arg >> 48)->name), ==,
          "test.await");
      g_assert_cmpstr (channel_get_text (channel, location->function), ==, "report_in_both");
    }
}

static void
test_child_has_its_own (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) parent = NULL, child = NULL;

  fixture_spawn (fixture, NULL, report_in_both, data);
  parent = fixture_accept (fixture);
  child = fixture_accept (fixture);
  g_assert_cmpint (parent->header->pid, ==, fixture->target);
  fixture_join (fixture);

  g_assert_cmpint (parent->header->parent_pid, ==, 0);
  g_assert_cmpint (child->header->parent_pid, ==, parent->header->pid);
  g_assert_cmpint (child->hello.parent_pid, ==, parent->header->pid);
  g_assert_cmpint (child->header->pid, !=, parent->header->pid);
  g_assert_true (fixture_is_quiet (fixture));
  assert_all_of (parent, PARENT_TASK, 1, 1001);
  assert_all_of (child, CHILD_TASK, 0, 1000);
  g_assert_cmpint (child->rings[0].tid, ==, child->header->pid);
}

/* ---- A child that reports nothing costs nothing ---------------------------------------------- */

static void
fork_silently (gconstpointer data)
{
  pid_t child;

  target_start ();
  inspect_task_begin (PARENT_TASK, 0, 0);
  child = fork ();
  if (child == 0)
    _exit (0);
  join_child (child);
}

static void
test_silent_child (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) parent = NULL;

  fixture_spawn (fixture, NULL, fork_silently, NULL);
  parent = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_true (fixture_is_quiet (fixture));
  g_assert_cmpuint (parent->header->state.value, ==, CHANNEL_STATE_LIVE);
}

/* ---- A child that cannot have one ------------------------------------------------------------ */

static void
fork_without_inspector (gconstpointer data)
{
  pid_t child;

  target_start ();
  inspect_task_begin (PARENT_TASK, 0, 0);
  target_meet (); /* the socket is gone */
  child = fork ();
  if (child == 0)
    {
      for (int i = 0; i < 1000; i++)
        inspect_task_begin (CHILD_TASK, 0, INSPECT_HERE);
      _exit (inspect_is_on () ? 1 : 0);
    }
  join_child (child);
  inspect_task_begin (PARENT_TASK, 0, 0);
}

static void
test_child_without_inspector (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) parent = NULL;

  fixture_spawn (fixture, NULL, fork_without_inspector, NULL);
  parent = fixture_accept (fixture);
  unlink (fixture->path);
  fixture_meet (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (parent->rings[0].head, ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmphex (channel_get_record (parent, 0, i)->task, ==, PARENT_TASK);
}

/* ---- A child that locks itself up ------------------------------------------------------------ */

static void
allow_no_new_memory_files (void)
{
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 2, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog program = { G_N_ELEMENTS (filter), filter };

  g_assert_no_errno (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  g_assert_no_errno (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

static void
fork_into_sandbox (gconstpointer data)
{
  pid_t child;

  target_start ();
  child = fork ();
  if (child == 0)
    {
      allow_no_new_memory_files ();
      inspect_task_begin (CHILD_TASK, 0, 0);
      _exit (0);
    }
  join_child (child);
}

static void
test_sandboxed_child (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) parent = NULL;

  fixture_spawn (fixture, NULL, fork_into_sandbox, NULL);
  parent = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_true (fixture_is_quiet (fixture));
  g_assert_cmpuint (parent->rings[0].head, ==, 0);
}

/* ---- vfork ---- */

/* It borrows its parent's memory and thread: what it writes is the parent's. */
static void
report_in_vfork (gconstpointer data)
{
  pid_t child;

  target_start ();
  inspect_task_begin (PARENT_TASK, 0, 0);
  child = vfork ();
  if (child == 0)
    {
      inspect_task_begin (CHILD_TASK, 0, 0);
      _exit (0);
    }
  join_child (child);
  inspect_task_begin (PARENT_TASK, 0, 0);
}

static void
test_vfork (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) parent = NULL;

  fixture_spawn (fixture, NULL, report_in_vfork, NULL);
  parent = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_true (fixture_is_quiet (fixture));
  g_assert_cmpuint (parent->rings[0].head, ==, 3);
  g_assert_cmphex (channel_get_record (parent, 0, 1)->task, ==, CHILD_TASK);
}

/* ---- Generations ----------------------------------------------------------------------------- */

static void
fork_three_deep (gconstpointer data)
{
  int depth = GPOINTER_TO_INT (data);
  pid_t child;

  if (depth == 3)
    target_start ();
  inspect_task_begin ((InspectId)depth, 0, 0);
  if (depth == 0)
    return;
  child = fork ();
  if (child == 0)
    {
      fork_three_deep (GINT_TO_POINTER (depth - 1));
      _exit (0);
    }
  join_child (child);
}

static void
test_grandchildren (Fixture *fixture, gconstpointer data)
{
  int32_t parent = 0;

  fixture_spawn (fixture, NULL, fork_three_deep, GINT_TO_POINTER (3));
  for (uint64_t depth = 3; depth <= 3; depth--)
    {
      g_autoptr (Channel) channel = fixture_accept (fixture);

      g_assert_cmpint (channel->header->parent_pid, ==, parent);
      parent = channel->header->pid;
      while (__atomic_load_n (&channel->rings[0].head, __ATOMIC_ACQUIRE) == 0)
        g_thread_yield ();
      g_assert_cmpuint (depth == 3 ? 3 : channel_get_record (channel, 0, 0)->task, ==, depth);
    }
  fixture_join (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fork_cases); i++)
    {
      g_autofree char *path =
          g_strconcat ("/emit/fork/the-child-has-its-own-channel/", fork_cases[i].name, NULL);
      g_test_add (path, Fixture, &fork_cases[i], fixture_setup, test_child_has_its_own,
                  fixture_teardown);
    }
  g_test_add ("/emit/fork/a-child-that-reports-nothing-opens-nothing", Fixture, NULL, fixture_setup,
              test_silent_child, fixture_teardown);
  g_test_add ("/emit/fork/a-child-that-nobody-hears-is-silent", Fixture, NULL, fixture_setup,
              test_child_without_inspector, fixture_teardown);
  g_test_add ("/emit/fork/a-child-in-a-sandbox-is-silent", Fixture, NULL, fixture_setup,
              test_sandboxed_child, fixture_teardown);
  g_test_add ("/emit/fork/vfork-borrows", Fixture, NULL, fixture_setup, test_vfork,
              fixture_teardown);
  g_test_add ("/emit/fork/grandchildren", Fixture, NULL, fixture_setup, test_grandchildren,
              fixture_teardown);
  return g_test_run ();
}
