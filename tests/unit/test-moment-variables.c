/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What an instant tells of the variables of a task: those of the task, and those of the functions that wait in it. */

#include <fcntl.h>
#include <string.h>

#include "channel-builder.h"
#include "inspect-keys.h"
#include "inspect.h"
#include "inspector-history.h"
#include "session/probe-variables.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define NOBODY 0x7ffffffe /* no process has this pid */
#define TASK 0x1000

static void
say (ChannelBuilder *builder, guint32 ring, guint64 object, const char *name, const char *phrase,
     const char *text)
{
  guint32 key =
      channel_builder_add_kind (builder, INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, name, phrase);

  g_assert_true (channel_builder_bytes (builder, ring, object, key, text, (guint32)strlen (text)));
}

/* A task that waits in fetch(), which was called by serve(), as a probe tells it. */
static InspectorSession *
open_story (void)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  InspectorSession *session = inspector_session_new ();
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint64 await = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                     INSPECT_AWAIT_ONESHOT, "t.read", "reading")
                      << 48 |
                  0x50;
  g_autoptr (GError) error = NULL;

  inspector_session_keep_history (session);
  channel_builder_record (builder, ring, 100, CHANNEL_TASK_BEGIN, 0, TASK, 0);
  say (builder, ring, TASK, INSPECT_KEY_PLAN, "steps",
       "+\x1f"
       "bind\x1f"
       "a.rs:1\x1f"
       "7");
  say (builder, ring, TASK, "colour", "colour", "red");
  channel_builder_record (builder, ring, 200, CHANNEL_AWAIT_BEGIN, 0, TASK, await);
  say (builder, ring, await, "fetch.limit", "limit", "User{id: 5}");
  say (builder, ring, await, "serve.limit", "limit", "9");
  say (builder, ring, await, "path", "path", "/etc/passwd");
  say (builder, ring, await, "odd.name", "", "1");
  inspector_target_attach_channel (inspector_session_add_target (session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, SEALS), &error);
  g_assert_no_error (error);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  return session;
}

static void
test_variables (void)
{
  static const struct
  {
    const char *name, *value;
  } wanted[] = { { "colour", "red" }, { "limit", "User{id: 5}" }, { "serve.limit", "9" } };
  g_autoptr (InspectorSession) session = open_story ();
  g_autoptr (GError) error = NULL;
  InspectorHistory *history = inspector_session_get_history (session);
  gint64 first_ns, last_ns;
  InspectorMoment *moment;

  g_assert_true (inspector_history_get_range (history, &first_ns, &last_ns));
  moment = inspector_history_get_moment (history, 0, last_ns, &error);
  g_assert_no_error (error);
  g_assert_nonnull (moment);
  g_assert_cmpuint (moment->variables->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < moment->variables->len; i++)
    {
      const InspectorVariable *variable = moment->variables->pdata[i];

      g_assert_cmpstr (variable->name, ==, wanted[i].name);
      g_assert_cmpstr (variable->value, ==, wanted[i].value);
    }
  inspector_moment_free (moment);
}

/* A name that is known is found for as long as a program runs; only new ones come to an end. */
static void
test_keys (void)
{
  AnalysisTables *tables = analysis_tables_new (NULL);
  ProbeVariables *variables = probe_variables_new (tables);
  guint32 first = probe_variables_get_key (variables, "fetch", "limit");
  guint n_refused = 0;

  g_assert_cmpuint (first, !=, 0);
  for (guint i = 0; i < 5000; i++)
    g_assert_cmpuint (probe_variables_get_key (variables, "fetch", "limit"), ==, first);
  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *name = g_strdup_printf ("v%u", i);

      n_refused += probe_variables_get_key (variables, "fetch", name) == 0;
    }
  g_assert_cmpuint (n_refused, >, 0);
  g_assert_cmpuint (n_refused, <, 5000);
  g_assert_cmpuint (probe_variables_get_key (variables, "fetch", "limit"), ==, first);
  g_assert_cmpuint (probe_variables_get_key (variables, "fetch", "v0"), !=, 0);
  probe_variables_free (variables);
  analysis_tables_free (tables);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/moment-variables/of-the-task-and-of-what-waits-in-it", test_variables);
  g_test_add_func ("/moment-variables/names-that-are-known-stay", test_keys);
  return g_test_run ();
}
