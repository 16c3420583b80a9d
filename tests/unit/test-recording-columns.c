/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Records as columns, and back: also of columns that nobody can have written. */

#include <string.h>

#include "recording-story.h"
#include "recording/columns-private.h"

static void
count_event (const ChannelEvent *event, void *data)
{
  g_assert_cmpuint (event->type, >, 0);
  g_assert_cmpuint (event->type, <, CHANNEL_TYPE_COUNT);
  g_assert_cmpuint (event->ring, <, CHANNEL_MAX_RINGS);
  g_assert_cmpuint (event->n_bytes, <=, CHANNEL_TEXT_MAX);
  ++*(guint *)data;
}

static void
expect_told (const ChannelEvent *event, void *data)
{
  guint64 object = event->type == CHANNEL_ATTRIBUTE ? event->task : event->arg;
  const GArray *told = data;
  gboolean is_told = object == 0;

  if (event->type != CHANNEL_ATTRIBUTE && event->type != CHANNEL_RESOURCE_BEGIN &&
      event->type != CHANNEL_RESOURCE_END)
    return;
  for (guint i = 0; i < told->len; i++)
    is_told |= g_array_index (told, guint16, i) == object >> 48;
  g_assert_true (is_told);
}

/* Whatever can be read has its kinds told, by the first of the columns. */
static guint
check_told (const guint8 *bytes, gsize length, guint n_events)
{
  gsize needed = recording_columns_measure_shapes (bytes, length);
  g_autoptr (GArray) told = recording_columns_list_told (bytes, MIN (needed, length), n_events);
  guint n = 0;

  if (recording_columns_read (bytes, length, n_events, 0, count_event, &n))
    {
      g_assert_nonnull (told);
      recording_columns_read (bytes, length, n_events, 0, expect_told, told);
      return 1;
    }
  return 0;
}

static void
test_hostile_columns (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  RecordingColumns *columns = recording_columns_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (4711);
  guint n_read = 0;

  for (guint i = 0; i < 300; i++)
    {
      ChannelEvent event;

      recording_story_event (i, &event);
      recording_columns_add (columns, &event);
    }
  recording_columns_finish (columns, bytes, NULL);
  recording_columns_free (columns);
  g_assert_cmpuint (check_told (bytes->data, bytes->len, 300), ==, 1);
  for (guint round = 0; round < 3000; round++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes->data, bytes->len);
      guint n = 0;

      for (guint i = 0; i < 1 + round % 4; i++)
        copy[g_rand_int_range (random, 0, (gint32)bytes->len)] = (guint8)g_rand_int (random);
      recording_columns_read (copy, g_rand_int_range (random, 0, (gint32)bytes->len + 1), 300, 0,
                              count_event, &n);
      g_assert_cmpuint (n, <=, 300);
      n_read += check_told (copy, bytes->len, 300);
    }
  g_assert_cmpuint (n_read, >, 100);
}

static const char *const type_names[] = { NULL, "size_t", NULL, NULL, "Vec<u8>", "size_t", NULL };

static void
expect_type (const ChannelEvent *event, void *data)
{
  guint *n = data;

  g_assert_cmpstr (channel_event_get_type_name (event), ==, type_names[*n]);
  g_assert_cmpuint (event->n_bytes, ==, 1);
  g_assert_cmpint (*event->bytes, ==, 'a' + (int)*n);
  ++*n;
}

/* Types of variables are there again, and what was written before they were is read without. */
static void
test_types_of_variables (void)
{
  RecordingColumns *columns = recording_columns_new ();

  /* Columns are used for block after block. */
  for (guint round = 0; round < 2; round++)
    for (guint with_types = 0; with_types < 2; with_types++)
      {
        g_autoptr (GByteArray) bytes = g_byte_array_new ();
        guint n = 0;

        recording_columns_clear (columns);
        for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
          {
            const char *type = with_types != 0 ? type_names[i] : NULL;
            g_autofree char *text =
                g_strdup_printf ("%c%c%s", 'a' + (int)i, '\1', type != NULL ? type : "");
            ChannelEvent event = { .time_ns = 1000,
                                   .type = CHANNEL_ATTRIBUTE,
                                   .task = 0x1000,
                                   .key = 4,
                                   .bytes = text,
                                   .n_bytes = 1,
                                   .n_type = type != NULL ? (guint32)strlen (type) : 0 };

            text[1] = '\0';
            recording_columns_add (columns, &event);
          }
        recording_columns_finish (columns, bytes, NULL);
        if (with_types != 0)
          {
            g_assert_true (recording_columns_read (
                bytes->data, bytes->len, G_N_ELEMENTS (type_names), 1000, expect_type, &n));
            g_assert_cmpuint (n, ==, G_N_ELEMENTS (type_names));
            continue;
          }
        /* What has no types has no bytes in the last column, which an older version does not write: one column less, and
         * its length of 0 gone. */
        g_assert_cmpint (bytes->data[0], ==, N_COLUMNS);
        g_assert_cmpint (bytes->data[N_COLUMNS], ==, 0);
        bytes->data[0]--;
        g_byte_array_remove_index (bytes, N_COLUMNS);
        g_assert_true (recording_columns_read (bytes->data, bytes->len, G_N_ELEMENTS (type_names),
                                               1000, count_event, &n));
        g_assert_cmpuint (n, ==, G_N_ELEMENTS (type_names));
      }
  recording_columns_free (columns);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recording/hostile-columns", test_hostile_columns);
  g_test_add_func ("/recording/types-of-variables", test_types_of_variables);
  return g_test_run ();
}
