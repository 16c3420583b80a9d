/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Programs that live under limits, and inspectors that are not there: never a signal, never a
 * changed limit; a smaller channel, or a refusal, or silence. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emit-fixture.h"
#include "emit/process.h"

#define MEGABYTE ((rlim_t)1 << 20)

typedef struct
{
  const char *name;
  int resource;
  rlim_t limit;
  gboolean has_channel;
} LimitCase;

static const LimitCase limit_cases[] = {
  { "file-size-0", RLIMIT_FSIZE, 0, FALSE },
  { "file-size-4k", RLIMIT_FSIZE, 4096, FALSE },
  { "file-size-1M", RLIMIT_FSIZE, MEGABYTE, TRUE },
  { "file-size-100M", RLIMIT_FSIZE, 100 * MEGABYTE, TRUE },
  { "address-space-1M", RLIMIT_AS, MEGABYTE, FALSE },
  { "address-space-64M", RLIMIT_AS, 64 * MEGABYTE, TRUE },
  { "address-space-1G", RLIMIT_AS, 1024 * MEGABYTE, TRUE },
};

static void
start_under_limit (gconstpointer data)
{
  const LimitCase *limit_case = data;
  struct rlimit limit, after;

  g_assert_no_errno (getrlimit (limit_case->resource, &limit));
  limit.rlim_cur = limit_case->limit;
  g_assert_no_errno (setrlimit (limit_case->resource, &limit));

  if (emit_process_start () != (limit_case->has_channel ? 0 : -ENOMEM))
    _exit (1);
  inspect_task_begin (1, 0, 0);
  getrlimit (limit_case->resource, &after);
  _exit (after.rlim_cur == limit.rlim_cur ? 0 : 2);
}

static void
test_limit (Fixture *fixture, gconstpointer data)
{
  const LimitCase *limit_case = data;
  g_autoptr (Channel) channel = NULL;

#ifdef SANITIZED
  if (limit_case->resource == RLIMIT_AS)
    {
      g_test_skip ("a sanitizer needs the address space");
      return;
    }
#endif
  fixture_spawn (fixture, NULL, start_under_limit, data);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  if (limit_case->has_channel)
    {
      g_assert_cmpuint (channel->hello.type, ==, CHANNEL_HELLO_CHANNEL);
      g_assert_cmpuint (channel->size, <=, limit_case->limit);
      g_assert_cmpuint (channel_get_record (channel, 0, 0)->task, ==, 1);
    }
  else
    {
      g_assert_cmpuint (channel->hello.type, ==, CHANNEL_HELLO_REFUSED);
      g_assert_cmpuint (channel->hello.reason, ==, CHANNEL_REFUSED_MEMORY);
      g_assert_null (channel->base);
    }
}

/* The child meets the limit that the parent did not have. */
static void
fork_under_limit (gconstpointer data)
{
  struct rlimit limit = { 0, 0 };
  int status;
  pid_t child;

  target_start ();
  child = fork ();
  if (child == 0)
    {
      setrlimit (RLIMIT_FSIZE, &limit);
      inspect_task_begin (1, 0, 0);
      _exit (inspect_is_on () ? 1 : 0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
test_limited_child (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) parent = NULL, child = NULL;

  fixture_spawn (fixture, NULL, fork_under_limit, NULL);
  parent = fixture_accept (fixture);
  child = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (child->hello.type, ==, CHANNEL_HELLO_REFUSED);
  g_assert_cmpint (child->hello.parent_pid, ==, parent->header->pid);
  g_assert_cmpuint (parent->rings[0].head, ==, 0);
}

/* ---- Nobody there ---- */

static void
start_in_vain (gconstpointer path)
{
  int before = dup (0);

  close (before);
  g_setenv (CHANNEL_ENV_SOCKET, path, TRUE);
  g_assert_cmpint (emit_process_start (), <, 0);
  g_assert_false (inspect_is_on ());
  emit_process_refuse (CHANNEL_REFUSED_PLUGIN, "uv", NULL);
  inspect_task_begin (1, 0, 0);
  g_assert_cmpint (dup (0), ==, before);
}

static void
test_nobody_there (Fixture *fixture, gconstpointer data)
{
  fixture_spawn (fixture, NULL, start_in_vain, data);
  fixture_join (fixture);
  g_assert_true (fixture_is_quiet (fixture));
}

/* An inspector that does not accept makes nobody wait. */
static void
start_many (gconstpointer data)
{
  for (int i = 0; i < 100; i++)
    emit_process_report_runtime ("uv", "1.44.2");
}

static void
test_full_backlog (Fixture *fixture, gconstpointer data)
{
  fixture_spawn (fixture, NULL, start_many, NULL);
  fixture_join (fixture);
}

typedef struct
{
  const char *options;
  uint32_t rings;
  uint32_t records;
} OptionCase;

static const OptionCase option_cases[] = {
  { "rings=3,records=1000", 3, 512 },
  { "records=1,rings=0", 1, 256 },
  { "rings=99999999999999999999,records=-5", 256, 65536 },
  { "rings,records=,=,,xrings=7", 256, 65536 },
  { "rings=999999,records=300", 1024, 256 },
};

static void
just_start (gconstpointer data)
{
  target_start ();
}

static void
test_options (Fixture *fixture, gconstpointer data)
{
  const OptionCase *option_case = data;
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, option_case->options, just_start, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->header->n_rings, ==, option_case->rings);
  g_assert_cmpuint (channel->header->ring_capacity, ==, option_case->records);
  g_assert_cmpuint (channel->header->total_size, ==, channel->size);
  g_assert_cmpuint (lseek (channel->memfd, 0, SEEK_END), ==, channel->size);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (limit_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/emit/limits/", limit_cases[i].name, NULL);
      g_test_add (path, Fixture, &limit_cases[i], fixture_setup, test_limit, fixture_teardown);
    }
  for (guint i = 0; i < G_N_ELEMENTS (option_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/emit/limits/options/%s", option_cases[i].options);
      g_test_add (path, Fixture, &option_cases[i], fixture_setup, test_options, fixture_teardown);
    }
  g_test_add ("/emit/limits/a-child-with-less-is-refused", Fixture, NULL, fixture_setup,
              test_limited_child, fixture_teardown);
  g_test_add ("/emit/limits/nobody-listens", Fixture, "/nonexistent/socket", fixture_setup,
              test_nobody_there, fixture_teardown);
  g_test_add ("/emit/limits/no-absolute-path", Fixture, "socket", fixture_setup, test_nobody_there,
              fixture_teardown);
  g_test_add ("/emit/limits/a-full-backlog-makes-nobody-wait", Fixture, NULL, fixture_setup,
              test_full_backlog, fixture_teardown);
  return g_test_run ();
}
