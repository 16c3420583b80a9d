/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the environment says about runtimes is taken whole or not at all. */

#include "agent/configuration.h"

#include <string.h>
#include <glib.h>

typedef struct
{
  const char *name;
  const char *text;
  guint n_runtimes; /* 0: refused */
} Case;

#define SIXTEEN                                                                                    \
  "a=/s=s:b=/s=s:c=/s=s:d=/s=s:e=/s=s:f=/s=s:g=/s=s:h=/s=s:"                                       \
  "i=/s=s:j=/s=s:k=/s=s:l=/s=s:m=/s=s:n=/s=s:o=/s=s:p=/s=s"

static const Case cases[] = {
  { "one", "uv=/usr/lib/uv.so=uv_run", 1 },
  { "markers", "uv=/usr/lib/uv.so=uv_run,uv_loop_init,uv_timer_start", 1 },
  { "several", "a=/a.so=a:b-2=/b.so=b,bb:c_3=/c.so=c", 3 },
  { "sixteen", SIXTEEN, 16 },
  { "seventeen", SIXTEEN ":q=/s=s", 0 },
  { "imports", "threads=/t.so=^pthread_create,^thrd_create", 1 },
  { "imports-and-markers", "threads=/t.so=uv_run,^pthread_create", 1 },
  { "empty-import", "threads=/t.so=^", 0 },
  { "import-twice-marked", "threads=/t.so=^^pthread_create", 0 },
  { "sign-within", "threads=/t.so=pthread^create", 0 },
  { "empty", "", 0 },
  { "no-path", "uv", 0 },
  { "no-markers", "uv=/usr/lib/uv.so", 0 },
  { "empty-marker", "uv=/usr/lib/uv.so=", 0 },
  { "empty-marker-among-others", "uv=/usr/lib/uv.so=a,,b", 0 },
  { "marker-with-equals", "uv=/usr/lib/uv.so=a=b", 0 },
  { "relative-path", "uv=uv.so=uv_run", 0 },
  { "empty-path", "uv==uv_run", 0 },
  { "empty-id", "=/usr/lib/uv.so=uv_run", 0 },
  { "id-with-slash", "../uv=/usr/lib/uv.so=uv_run", 0 },
  { "id-in-capitals", "UV=/usr/lib/uv.so=uv_run", 0 },
  { "id-of-31", "abcdefghijklmnopqrstuvwxyz12345=/s=s", 1 },
  { "id-of-32", "abcdefghijklmnopqrstuvwxyz123456=/s=s", 0 },
  { "twice", "uv=/a.so=a:uv=/b.so=b", 0 },
  { "ends-with-colon", "uv=/a.so=a:", 0 },
  { "good-then-bad", "uv=/a.so=a:glib=b.so=b", 0 },
};

static void
test_parse (gconstpointer data)
{
  const Case *row = data;
  g_autofree AgentConfiguration *configuration = g_new (AgentConfiguration, 1);

  g_assert_cmpint (agent_configuration_parse (configuration, row->text), ==, row->n_runtimes > 0);
  g_assert_cmpuint (configuration->n_runtimes, ==, row->n_runtimes);
}

static void
test_parts (void)
{
  g_autofree AgentConfiguration *configuration = g_new (AgentConfiguration, 1);
  char text[] = "a=/a.so=one:b=/b.so=two,^four,three";

  g_assert_true (agent_configuration_parse (configuration, text));
  /* The environment is the program's to change. */
  memset (text, 'x', sizeof text - 1);
  g_assert_cmpstr (configuration->runtimes[1].id, ==, "b");
  g_assert_cmpstr (configuration->runtimes[1].path, ==, "/b.so");
  g_assert_cmpuint (configuration->runtimes[1].n_markers, ==, 2);
  g_assert_cmpstr (configuration->runtimes[1].markers[1], ==, "three");
  g_assert_cmpuint (configuration->runtimes[1].n_imports, ==, 1);
  g_assert_cmpstr (configuration->runtimes[1].imports[0], ==, "four");
  g_assert_cmpuint (configuration->runtimes[0].n_imports, ==, 0);
  g_assert_cmpstr (configuration->runtimes[0].markers[0], ==, "one");
}

static void
test_too_much (void)
{
  g_autofree AgentConfiguration *configuration = g_new (AgentConfiguration, 1);
  g_autoptr (GString) text = g_string_new ("a=/a.so=m");

  for (guint i = 1; i < AGENT_MAX_MARKERS; i++)
    g_string_append (text, ",m");
  g_assert_true (agent_configuration_parse (configuration, text->str));
  g_string_append (text, ",m");
  g_assert_false (agent_configuration_parse (configuration, text->str));

  g_string_assign (text, "a=/a.so=");
  while (text->len < sizeof configuration->text - 1)
    g_string_append_c (text, 'm');
  g_assert_true (agent_configuration_parse (configuration, text->str));
  g_string_append_c (text, 'm');
  g_assert_false (agent_configuration_parse (configuration, text->str));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/agent/configuration/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_parse);
    }
  g_test_add_func ("/agent/configuration/is-a-copy", test_parts);
  g_test_add_func ("/agent/configuration/has-limits", test_too_much);
  return g_test_run ();
}
