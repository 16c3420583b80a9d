/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The profile of a recording of a program that was let go of: what was not over then has lasted until then. */

#include <fcntl.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "channel-builder.h"
#include "inspect.h"
#include "inspector-profile.h"
#include "inspector.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define NOBODY 0x7ffffffe /* no process has this pid */
#define TASK 0x1000

static gint64
get_now (void)
{
  return g_get_monotonic_time () * 1000;
}

static void
record (const char *path, gint64 begin_ns)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  g_autoptr (InspectorSession) session = inspector_session_new ();
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint64 kind = channel_builder_add_kind (builder, INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT,
                                           "t.read", "reading");
  g_autoptr (GError) error = NULL;

  channel_builder_record (builder, ring, (guint64)begin_ns, CHANNEL_TASK_BEGIN, 0, TASK, 0);
  channel_builder_record (builder, ring, (guint64)begin_ns, CHANNEL_AWAIT_BEGIN, 0, TASK,
                          kind << 48 | 5);
  channel_builder_record (builder, ring, (guint64)begin_ns + 1000, CHANNEL_TASK_BEGIN, 0, TASK + 8,
                          0);
  g_assert_true (inspector_session_start_recording (session, path, TRUE, &error));
  inspector_target_attach_channel (inspector_session_add_target (session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, SEALS), &error);
  g_assert_no_error (error);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  g_assert_true (inspector_session_stop_recording (session, NULL, &error));
  g_assert_no_error (error);
}

/* The longest that anything below @node has taken. */
static void
find_longest (JsonNode *node, gint64 *longest)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
      find_longest (json_array_get_element (json_node_get_array (node), i), longest);
  else if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      const char *name;
      JsonNode *member;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, &name, &member))
        if (JSON_NODE_HOLDS_VALUE (member) && g_str_has_suffix (name, "_ns") &&
            !g_str_equal (name, "begin_ns"))
          *longest = MAX (*longest, json_node_get_int (member));
        else
          find_longest (member, longest);
    }
}

static void
test_let_go (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *json = NULL;
  gint64 longest_ns = 0, begin_ns = get_now (), end_ns;
  int fd = g_file_open_tmp ("async-inspect-let-go-XXXXXX", &path, &error);

  g_assert_no_error (error);
  close (fd);
  record (path, begin_ns);
  end_ns = get_now ();
  /* Until the clock says another millisecond. */
  while (get_now () < end_ns + 1000000)
    ;
  profile = inspector_profile_new (session, 0, -1, 0);
  g_assert_true (inspector_session_open_recording (session, path, NULL, &error));
  g_assert_no_error (error);
  inspector_profile_update (profile);
  json = inspector_profile_to_json (profile);
  node = json_from_string (json, &error);
  g_assert_no_error (error);
  find_longest (node, &longest_ns);
  g_assert_cmpint (longest_ns, >, 0);
  /* Until the recording was ended, and not until this moment. */
  g_assert_cmpint (longest_ns, <=, end_ns - begin_ns);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile-let-go/lasts-until-the-end-of-the-recording", test_let_go);
  return g_test_run ();
}
