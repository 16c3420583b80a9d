/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* When libinspect.so opens a channel by being loaded, with and without the agent beside it. */

#include <sys/wait.h>
#include <unistd.h>

#include "emit-fixture.h"

typedef struct
{
  const char *name;
  const char *program;
  gboolean has_agent;
  gboolean has_socket;
  gboolean has_channel;
} EmbedCase;

static const EmbedCase embed_cases[] = {
  { "an-embedder-starts", "embedder", FALSE, TRUE, TRUE },
  { "an-embedder-that-nobody-asks-does-not", "embedder", FALSE, FALSE, FALSE },
  { "an-embedder-starts-beside-the-agent", "embedder", TRUE, TRUE, TRUE },
  { "a-stranger-is-left-to-the-agent", "stranger", TRUE, TRUE, FALSE },
};

static void
run_program (gconstpointer data)
{
  const EmbedCase *embed_case = data;
  g_autofree char *program =
      g_test_build_filename (G_TEST_BUILT, "embed", embed_case->program, NULL);
  g_autofree char *agent = g_test_build_filename (G_TEST_BUILT, "embed", "libfake-agent.so", NULL);

  if (embed_case->has_agent)
    g_setenv ("LD_PRELOAD", agent, TRUE);
  if (!embed_case->has_socket)
    g_unsetenv (CHANNEL_ENV_SOCKET);
  execl (program, program, NULL);
  _exit (127);
}

static void
test_embed (Fixture *fixture, gconstpointer data)
{
  const EmbedCase *embed_case = data;
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, run_program, data);
  fixture_join (fixture);
  g_assert_cmpint (!fixture_is_quiet (fixture), ==, embed_case->has_channel);
  if (!embed_case->has_channel)
    return;

  channel = fixture_accept (fixture);
  g_assert_cmpuint (channel->rings[0].head, ==, 5);
  g_assert_cmpuint (channel->header->state.value, ==, CHANNEL_STATE_EXITED);
  g_assert_true (fixture_is_quiet (fixture));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (embed_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/emit/embed/", embed_cases[i].name, NULL);
      g_test_add (path, Fixture, &embed_cases[i], fixture_setup, test_embed, fixture_teardown);
    }
  return g_test_run ();
}
