/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The agent in whole programs: their calls are seen, and they cannot tell. */

#include "fixture.h"

#include <string.h>

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Numbers of calls are those that stand in the programs. */
static void
assert_inspected (AgentFixture *fixture)
{
  const ChannelHello *hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_RUNTIME);

  g_assert_nonnull (hello);
  g_assert_cmpstr (hello->runtime, ==, "toy");
  g_assert_nonnull (strstr (hello->detail, "libtoy.so"));
  g_assert_nonnull (agent_fixture_find_hello (fixture, CHANNEL_HELLO_CHANNEL));
  g_assert_null (agent_fixture_find_hello (fixture, CHANNEL_HELLO_REFUSED));
  g_assert_cmpuint (fixture->n_memfds, ==, 1);
  g_assert_cmpuint (fixture->counts->starts, ==, 1);
  g_assert_cmpuint (fixture->counts->looks_up, ==, 1);
  g_assert_cmpuint (fixture->counts->absent, ==, 0);
}

static void
assert_counts (AgentFixture *fixture, guint add, guint twice, guint run)
{
  g_assert_cmpuint (fixture->counts->add, ==, add);
  g_assert_cmpuint (fixture->counts->twice, ==, twice);
  g_assert_cmpuint (fixture->counts->run, ==, run);
}

/* ---- Each way to call ------------------------------------------------------------------------ */

static void
test_calls (AgentFixture *fixture, gconstpointer program)
{
  g_autofree char *path = agent_fixture_path (program);

  agent_fixture_run (fixture, ARGV (path));
  assert_inspected (fixture);
  /* Not those that the runtime makes of its own functions, though it has slots for them. */
  assert_counts (fixture, 5 + 2, 2, 1);
  g_assert_cmpint (fixture->inspected.status, ==, 3);
  g_assert_cmpuint (fixture->counts->payload, ==, 1);
}

static void
test_lookups (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("lookups");
  g_autofree char *library = agent_fixture_path ("libtoy.so");

  agent_fixture_run (fixture, ARGV (path, library));
  assert_inspected (fixture);
  /* By handle, default scope, global handle, version (a library without versions has each) and a
   * dlsym() that was looked up; not by RTLD_NEXT. */
  assert_counts (fixture, 1, 5, 0);
}

static void
test_loads (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("loads");
  g_autofree char *registers = agent_fixture_path ("libcaller-registers.so");

  agent_fixture_run (fixture, ARGV (path, "libcaller-runpath.so", registers));
  assert_inspected (fixture);
  assert_counts (fixture, 20, 20 + 20, 0);
}

static void
test_runtime_comes_late (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("loads-without");
  g_autofree char *registers = agent_fixture_path ("libcaller-registers.so");

  agent_fixture_run (fixture, ARGV (path, "libcaller-runpath.so", registers));
  assert_inspected (fixture);
  assert_counts (fixture, 20, 20 + 20, 0);
}

static void
test_copies (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("copies");
  g_autofree char *other = agent_fixture_path ("libcaller-other.so");
  g_autofree char *again = agent_fixture_path ("libcaller-other-again.so");
  const ChannelHello *hello;

  agent_fixture_run (fixture, ARGV (path, other, again));
  hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_RUNTIME);
  g_assert_nonnull (hello);
  g_assert_true (g_str_has_suffix (hello->detail, "libtoy.so"));
  /* What calls the second copy got the second copy's results, and is not counted. The last library
   * needs that copy too, but its calls go to the first, which is seen once they are bound. */
  g_assert_nonnull (strstr (fixture->inspected.out, "1002 "));
  hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_REFUSED);
  g_assert_nonnull (hello);
  g_assert_cmpint (hello->reason, ==, CHANNEL_REFUSED_SECOND);
  g_assert_cmpstr (hello->runtime, ==, "toy");
  g_assert_true (g_str_has_suffix (hello->detail, "libtoy-other.so"));
  assert_counts (fixture, 1, 2 + 1, 0);
}

static void
test_inside (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("inside");
  const ChannelHello *hello;

  agent_fixture_run (fixture, ARGV (path));
  hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_REFUSED);
  g_assert_nonnull (hello);
  g_assert_cmpint (hello->reason, ==, CHANNEL_REFUSED_UNREACHABLE);
  g_assert_cmpstr (hello->runtime, ==, "toy");
  g_assert_null (agent_fixture_find_hello (fixture, CHANNEL_HELLO_RUNTIME));
  assert_counts (fixture, 0, 0, 0);
}

static void
test_inside_with_addon (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("inside");
  g_autofree char *addon = agent_fixture_path ("libcaller-addon.so");

  agent_fixture_run (fixture, ARGV (path, addon));
  g_assert_nonnull (agent_fixture_find_hello (fixture, CHANNEL_HELLO_RUNTIME));
  assert_counts (fixture, 0, 1, 0);
}

static void
test_threads (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("threads");
  g_autofree char *one = agent_fixture_path ("libcaller-registers-not.so");
  g_autofree char *two = agent_fixture_path ("libcaller-addon-linked.so");

  agent_fixture_run (fixture, ARGV (path, one, two));
  assert_inspected (fixture);
  /* The program's own calls all; of those in what it loads and unloads most, for another thread
   * may have the agent's lock when one comes back from the loader. */
  g_assert_cmpuint (fixture->counts->add, >=, 4 * 60 * 20);
  g_assert_cmpuint (fixture->counts->twice, >, 0);
  g_assert_cmpuint (fixture->counts->twice, <=, 4 * 60 * 20);
}

static void
test_forks (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("forks");
  g_autofree char *library = agent_fixture_path ("libcaller-registers-not.so");

  agent_fixture_run (fixture, ARGV (path, library));
  g_assert_cmpstr (fixture->inspected.out, ==, "50\n");
  assert_counts (fixture, 50, 50, 0);
}

static void
test_bare (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("bare");

  agent_fixture_run (fixture, ARGV (path));
  g_assert_cmpstr (fixture->inspected.out, ==, "2\n4\n");
  assert_inspected (fixture);
  assert_counts (fixture, 0, 1, 0);
}

static void
test_interposer (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("calls-lazy");
  g_autofree char *interposer = agent_fixture_path ("libinterposer.so");

  fixture->preload = interposer;
  agent_fixture_run (fixture, ARGV (path));
  assert_inspected (fixture);
  /* What somebody else has put in front of the runtime stays in front of it. */
  assert_counts (fixture, 5 + 2, 0, 1);
}

static void
test_detach (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("detaches");

  agent_fixture_run_inspected (fixture, ARGV (path));
  g_assert_cmpstr (fixture->inspected.out, ==, "2\n0 0\n4 6 8\n10\n0 0\n10\n");
  g_assert_cmpint (fixture->inspected.status, ==, 0);
  assert_counts (fixture, 1 + 1, 1, 0);
  g_assert_cmpuint (fixture->counts->starts, ==, 2);
  g_assert_cmpuint (fixture->counts->stops, ==, 1);
}

/* ---- Several libraries, several plugins ------------------------------------------------------- */

static void
set_runtime (AgentFixture *fixture, const char *id, const char *plugin, const char *markers)
{
  g_autofree char *path = agent_fixture_path (plugin);

  g_free (fixture->runtimes);
  fixture->runtimes = g_strdup_printf ("%s=%s=%s", id, path, markers);
}

static void
test_known_by_use (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("calls-lazy");
  const ChannelHello *hello;

  set_runtime (fixture, "toy", "toy-plugin.so", "^no_such_function,^toy_run");
  agent_fixture_run (fixture, ARGV (path));
  hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_RUNTIME);
  g_assert_nonnull (hello);
  g_assert_cmpstr (hello->detail, ==, "");
  /* The library that has it is as good as any other then: it is not what the runtime is known by. */
  g_assert_cmpuint (fixture->counts->looks_up, ==, 1);
  assert_counts (fixture, 5 + 2, 2, 1);
}

static void
test_not_used (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("lookups");
  g_autofree char *library = agent_fixture_path ("libtoy.so");

  /* It is defined, but only ever looked up. */
  set_runtime (fixture, "toy", "toy-plugin.so", "^toy_run");
  agent_fixture_run (fixture, ARGV (path, library));
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
  assert_counts (fixture, 0, 0, 0);
}

static void
test_part_comes_late (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("loads");
  g_autofree char *registers = agent_fixture_path ("libcaller-registers.so");

  set_runtime (fixture, "toy", "toy-plugin-late.so", "toy_run");
  agent_fixture_run (fixture, ARGV (path, "libcaller-runpath.so", registers));
  assert_inspected (fixture);
  assert_counts (fixture, 20, 20 + 20, 0);
  g_assert_cmpuint (fixture->counts->late, ==, 20);
}

static void
test_two_in_front (AgentFixture *fixture, gconstpointer program)
{
  g_autofree char *path = agent_fixture_path (program);
  g_autofree char *first = agent_fixture_path ("toy-plugin.so");
  g_autofree char *second = agent_fixture_path ("toy-plugin-in-front.so");

  g_free (fixture->runtimes);
  fixture->runtimes = g_strdup_printf ("toy=%s=toy_run:front=%s=toy_run", first, second);
  agent_fixture_run (fixture, ARGV (path));
  g_assert_cmpuint (fixture->hellos->len, ==, 3);
  g_assert_cmpuint (fixture->counts->starts, ==, 2);
  assert_counts (fixture, 2 * (5 + 2), 2 * 2, 2 * 1);
}

/* A function of libc from wherever it is called, and its old versions from nowhere. */
static void
assert_locks (AgentFixture *fixture)
{
  g_assert_cmpuint (fixture->counts->locks, >=, 100 + 1000 + 10000);
  g_assert_cmpuint (fixture->counts->locks, <, 100 + 1000 + 10000 + 100);
  g_assert_cmpuint (fixture->counts->signals, >=, 50);
  g_assert_cmpuint (fixture->counts->signals, <, 100);
}

static void
test_libc (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("locks");
  const ChannelHello *hello;

  set_runtime (fixture, "locks", "locks-plugin.so", "^pthread_mutex_lock");
  agent_fixture_run (fixture, ARGV (path));
  assert_locks (fixture);
  hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_RUNTIME);
  g_assert_nonnull (hello);
  g_assert_cmpstr (hello->runtime, ==, "locks");
  g_assert_cmpstr (hello->detail, ==, "");
}

static void
test_libc_bound_at_start (AgentFixture *fixture, gconstpointer data)
{
  g_setenv ("LD_BIND_NOW", "1", TRUE);
  test_libc (fixture, data);
  g_unsetenv ("LD_BIND_NOW");
}

static void
test_libc_is_no_user (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("calls-lazy");

  /* Of these libc and its parts have many, and the program has none. */
  set_runtime (fixture, "locks", "locks-plugin.so", "^pthread_mutex_lock,^_dl_allocate_tls");
  agent_fixture_run (fixture, ARGV (path));
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
}

static void
test_libc_beside_toy (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("calls-now");
  g_autofree char *toy = agent_fixture_path ("toy-plugin.so");
  g_autofree char *locks = agent_fixture_path ("locks-plugin.so");

  g_free (fixture->runtimes);
  fixture->runtimes = g_strdup_printf ("locks=%s=^toy_run:toy=%s=toy_run", locks, toy);
  agent_fixture_run (fixture, ARGV (path));
  g_assert_cmpuint (fixture->hellos->len, ==, 3);
  assert_counts (fixture, 5 + 2, 2, 1 + 100);
}

/* ---- What keeps it out ----------------------------------------------------------------------- */

static void
assert_untouched (AgentFixture *fixture)
{
  g_autofree char *path = agent_fixture_path ("calls-lazy");

  agent_fixture_run (fixture, ARGV (path));
  assert_counts (fixture, 0, 0, 0);
  g_assert_null (agent_fixture_find_hello (fixture, CHANNEL_HELLO_RUNTIME));
}

static void
test_no_inspector (AgentFixture *fixture, gconstpointer data)
{
  fixture->no_inspector = TRUE;
  assert_untouched (fixture);
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
}

static void
test_other_runtime (AgentFixture *fixture, gconstpointer data)
{
  g_free (fixture->runtimes);
  fixture->runtimes = g_strdup ("other=/no/such/plugin.so=other_run,other_stop");
  assert_untouched (fixture);
  /* No channel and no word for a program that has nothing to say. */
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
}

typedef struct
{
  const char *plugin;
  ChannelRefusal reason;
  const char *detail;
} BadPlugin;

static const BadPlugin bad_plugins[] = {
  { "no-such-plugin.so", CHANNEL_REFUSED_PLUGIN, "no-such-plugin.so" },
  { "libtoy.so", CHANNEL_REFUSED_PLUGIN, "inspect_runtime_plugin" },
  { "toy-plugin-other-abi.so", CHANNEL_REFUSED_ABI, "toy-plugin-other-abi.so" },
  { "toy-plugin-fails.so", CHANNEL_REFUSED_PLUGIN, "toy-plugin-fails.so" },
};

static void
test_bad_plugin (AgentFixture *fixture, gconstpointer data)
{
  const BadPlugin *bad = data;
  const ChannelHello *hello;

  g_free (fixture->runtimes);
  fixture->runtimes = agent_fixture_runtime (bad->plugin);
  assert_untouched (fixture);
  hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_REFUSED);
  g_assert_nonnull (hello);
  g_assert_cmpint (hello->reason, ==, bad->reason);
  g_assert_cmpstr (hello->runtime, ==, "toy");
  g_assert_nonnull (strstr (hello->detail, bad->detail));
}

static void
test_bad_configuration (AgentFixture *fixture, gconstpointer data)
{
  const ChannelHello *hello;

  g_free (fixture->runtimes);
  fixture->runtimes = g_strdup ("toy=relative.so=toy_run");
  assert_untouched (fixture);
  hello = agent_fixture_find_hello (fixture, CHANNEL_HELLO_REFUSED);
  g_assert_nonnull (hello);
  g_assert_cmpstr (hello->detail, ==, CHANNEL_ENV_RUNTIMES);
}

static void
test_payload_is_off_unless_on (AgentFixture *fixture, gconstpointer data)
{
  g_autofree char *path = agent_fixture_path ("calls-now");

  fixture->options = "rings=8,records=1024,payload=yes";
  agent_fixture_run (fixture, ARGV (path));
  assert_inspected (fixture);
  g_assert_cmpuint (fixture->counts->payload, ==, 0);
}

static void
add (const char *path, gconstpointer data, void (*test) (AgentFixture *, gconstpointer))
{
  g_test_add (path, AgentFixture, data, agent_fixture_set_up, test, agent_fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/agent/calls/bound-lazily", "calls-lazy", test_calls);
  add ("/agent/calls/bound-at-start", "calls-now", test_calls);
  add ("/agent/calls/fixed-address-lazily", "calls-fixed-lazy", test_calls);
  add ("/agent/calls/fixed-address", "calls-fixed-now", test_calls);
  add ("/agent/calls/no-plt", "calls-no-plt", test_calls);
  add ("/agent/calls/looked-up", NULL, test_lookups);
  add ("/agent/calls/loaded-unloaded-loaded", NULL, test_loads);
  add ("/agent/calls/runtime-comes-late", NULL, test_runtime_comes_late);
  add ("/agent/calls/second-copy-is-left-alone", NULL, test_copies);
  add ("/agent/calls/runtime-inside-is-refused", NULL, test_inside);
  add ("/agent/calls/runtime-inside-with-addon", NULL, test_inside_with_addon);
  add ("/agent/calls/interposer-stays-in-front", NULL, test_interposer);
  add ("/agent/calls/threads-load-and-bind", NULL, test_threads);
  add ("/agent/calls/forks-while-loading", NULL, test_forks);
  add ("/agent/calls/no-descriptors-no-environment", NULL, test_bare);
  add ("/agent/calls/detach-and-attach", NULL, test_detach);
  add ("/agent/parts/known-by-use", NULL, test_known_by_use);
  add ("/agent/parts/not-used", NULL, test_not_used);
  add ("/agent/parts/comes-late", NULL, test_part_comes_late);
  add ("/agent/parts/two-in-front-lazily", "calls-lazy", test_two_in_front);
  add ("/agent/parts/two-in-front", "calls-now", test_two_in_front);
  add ("/agent/parts/libc-bound-lazily", NULL, test_libc);
  add ("/agent/parts/libc-bound-at-start", NULL, test_libc_bound_at_start);
  add ("/agent/parts/libc-is-no-user", NULL, test_libc_is_no_user);
  add ("/agent/parts/libc-beside-another", NULL, test_libc_beside_toy);
  add ("/agent/out/no-inspector", NULL, test_no_inspector);
  add ("/agent/out/other-runtime", NULL, test_other_runtime);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_plugins); i++)
    {
      g_autofree char *path = g_strdup_printf ("/agent/out/plugin/%s", bad_plugins[i].plugin);

      add (path, &bad_plugins[i], test_bad_plugin);
    }
  add ("/agent/out/configuration", NULL, test_bad_configuration);
  add ("/agent/out/payload", NULL, test_payload_is_off_unless_on);
  return g_test_run ();
}
