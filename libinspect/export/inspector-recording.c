/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What a recording is, in words and for machines. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "inspector.h"
#include "model/format.h"
#include "recording/reader.h"
#include "session/replay.h"
#include "session/time-index.h"

/* What is said of one program of it. */
typedef struct
{
  char *command;
  gint64 pid;
  guint64 n_events;
  guint64 n_lost;
} Program;

static void
program_clear (gpointer data)
{
  g_free (((Program *)data)->command);
}

static void
read_program (RecordingReader *reader, guint32 number, Program *ret_program)
{
  g_autofree char *text = recording_reader_dup_facts (reader, number);
  g_autoptr (JsonNode) node = text != NULL ? json_from_string (text, NULL) : NULL;
  JsonObject *facts =
      node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *command = "?";

  if (facts != NULL)
    {
      ret_program->pid = json_object_get_int_member_with_default (facts, "pid", 0);
      command = json_object_get_string_member_with_default (facts, "command", "?");
    }
  ret_program->command = model_format_text (command, strlen (command));
  ret_program->n_lost = recording_reader_get_lost (reader, number);
  if (facts != NULL)
    ret_program->n_lost =
        MAX (ret_program->n_lost,
             (guint64)MAX (json_object_get_int_member_with_default (facts, "lost", 0), 0));
}

static gboolean
is_readable (RecordingReader *reader, const RecordingIndexEntry *block)
{
  RecordingDamage damage;

  recording_reader_get_damage (reader, &damage);
  return damage.damage_offset == 0 || block->offset < damage.damage_offset;
}

static GArray *
read_programs (RecordingReader *reader)
{
  guint32 n = recording_reader_get_n_targets (reader);
  GArray *programs = g_array_new (FALSE, TRUE, sizeof (Program));

  g_array_set_clear_func (programs, program_clear);
  g_array_set_size (programs, n);
  for (guint32 i = 0; i < n; i++)
    read_program (reader, i + 1, &g_array_index (programs, Program, i));
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);

      if (block->type == RECORDING_EVENTS && block->target > 0 && is_readable (reader, block))
        g_array_index (programs, Program, block->target - 1).n_events += block->n_events;
    }
  return programs;
}

static gint64
get_duration (RecordingReader *reader)
{
  gint64 first_ns, last_ns;

  if (!recording_reader_get_range (reader, &first_ns, &last_ns))
    return 0;
  last_ns = analysis_replay_find_end (reader, last_ns, G_MAXINT64);
  return (gint64)((guint64)last_ns - (guint64)first_ns);
}

static GDateTime *
get_time (RecordingReader *reader)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_utc (recording_reader_get_header (reader)->begin_real_us / 1000000);

  return time != NULL ? g_date_time_to_local (time) : g_date_time_new_from_unix_local (0);
}

/* ---- For people ----------------------------------------------------------------------------- */

static void
append_programs (GString *text, const GArray *programs)
{
  for (guint i = 0; i < programs->len; i++)
    {
      const Program *program = &g_array_index (programs, Program, i);
      g_autofree char *events = model_format_count (program->n_events);
      g_autofree char *lost = model_format_count (program->n_lost);

      g_string_append_printf (text, _ ("  %s (pid %d): %s events, %s lost\n"), program->command,
                              (int)program->pid, events, lost);
    }
}

static guint64
count_lost (const GArray *programs)
{
  guint64 n = 0;

  for (guint i = 0; i < programs->len; i++)
    n += g_array_index (programs, Program, i).n_lost;
  return n;
}

/* Whether the file is what was written into it, and whether that was all. */
static void
append_damage (GString *text, const RecordingDamage *damage, guint64 n_lost)
{
  g_autofree char *unread = model_format_bytes (damage->n_unread);
  g_autofree char *offset = g_strdup_printf ("%" G_GUINT64_FORMAT, damage->damage_offset);
  g_autofree char *lost = model_format_count (n_lost);

  if (damage->n_unread > 0)
    g_string_append_printf (text, _ ("damaged at byte %s: the last %s are not read\n"), offset,
                            unread);
  else if (damage->has_no_index)
    g_string_append (text, _ ("without an index: cut off, or still being written\n"));
  else if (n_lost > 0)
    g_string_append_printf (
        text, _ ("whole, but for %s events that were lost while it was recorded\n"), lost);
  else
    g_string_append (text, _ ("whole\n"));
}

static char *
to_text (RecordingReader *reader, const char *path, guint64 n_events, const GArray *programs)
{
  GString *text = g_string_new (NULL);
  const RecordingHeader *header = recording_reader_get_header (reader);
  g_autoptr (GDateTime) time = get_time (reader);
  g_autofree char *when = g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
  g_autofree char *duration = model_format_duration (get_duration (reader));
  g_autofree char *events = model_format_count (n_events);
  RecordingDamage damage;

  recording_reader_get_damage (reader, &damage);
  g_string_append_printf (
      text, _ ("%s: a recording of %s, format %u.%u, %s of %s events in %u blocks\n"), path, when,
      header->major, header->minor, duration, events, recording_reader_get_n_blocks (reader));
  append_programs (text, programs);
  append_damage (text, &damage, count_lost (programs));
  return g_string_free (text, FALSE);
}

/* ---- For machines --------------------------------------------------------------------------- */

static void
build_programs (JsonBuilder *builder, const GArray *programs)
{
  json_builder_set_member_name (builder, "programs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < programs->len; i++)
    {
      const Program *program = &g_array_index (programs, Program, i);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "pid");
      json_builder_add_int_value (builder, program->pid);
      json_builder_set_member_name (builder, "command");
      json_builder_add_string_value (builder, program->command);
      json_builder_set_member_name (builder, "events");
      json_builder_add_int_value (builder, (gint64)program->n_events);
      json_builder_set_member_name (builder, "lost");
      json_builder_add_int_value (builder, (gint64)program->n_lost);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static char *
to_json (RecordingReader *reader, guint64 n_events, const GArray *programs)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;
  const RecordingHeader *header = recording_reader_get_header (reader);
  RecordingDamage damage;
  const struct
  {
    const char *name;
    gint64 value;
  } numbers[] = {
    { "format_major", header->major },
    { "format_minor", header->minor },
    { "begin_us", header->begin_real_us },
    { "duration_ns", get_duration (reader) },
    { "events", (gint64)n_events },
    { "blocks", recording_reader_get_n_blocks (reader) },
    { "damaged_at", (recording_reader_get_damage (reader, &damage), (gint64)damage.damage_offset) },
    { "unread_bytes", (gint64)damage.n_unread },
  };

  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      json_builder_set_member_name (builder, numbers[i].name);
      json_builder_add_int_value (builder, numbers[i].value);
    }
  json_builder_set_member_name (builder, "has_index");
  json_builder_add_boolean_value (builder, !damage.has_no_index);
  build_programs (builder, programs);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  line = json_to_string (root, FALSE);
  return g_strconcat (line, "\n", NULL);
}

/* ---- What is called ------------------------------------------------------------------------- */

gboolean
inspector_recording_is_one (const char *path)
{
  char start[sizeof RECORDING_MAGIC - 1] = "";
  /* Whoever has a pipe of that name must not have to wait for its other end. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gssize n = fd >= 0 ? read (fd, start, sizeof start) : -1;

  if (fd >= 0)
    close (fd);
  return n == (gssize)sizeof start && memcmp (start, RECORDING_MAGIC, sizeof start) == 0;
}

char *
inspector_recording_describe (const char *path, gboolean json, GError **error)
{
  RecordingReader *reader = recording_reader_open (path, error);
  g_autoptr (GArray) programs = NULL;
  guint64 n_events;
  char *text;

  if (reader == NULL)
    return NULL;
  n_events = recording_reader_check_blocks (reader);
  programs = read_programs (reader);
  text = json ? to_json (reader, n_events, programs) : to_text (reader, path, n_events, programs);
  recording_reader_close (reader);
  return text;
}

char *
inspector_recording_repair (const char *path, const char *new_path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) new_file = g_file_new_for_path (new_path);
  RecordingReader *reader;
  guint64 n_events;
  char *line = NULL;

  if (g_file_equal (file, new_file))
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          _ ("'%s' would be written over itself; give another name for what is whole of it"), path);
      return NULL;
    }
  reader = recording_reader_open (path, error);
  if (reader == NULL)
    return NULL;
  n_events = recording_reader_check_blocks (reader);
  if (analysis_time_index_write (reader, new_path, NULL, error))
    {
      RecordingDamage damage;
      g_autofree char *events = model_format_count (n_events);
      g_autofree char *unread = NULL;

      recording_reader_get_damage (reader, &damage);
      unread = model_format_bytes (damage.n_unread);
      line = g_strdup_printf (_ ("%s: %s events are kept, %s were not whole\n"), new_path, events,
                              unread);
    }
  recording_reader_close (reader);
  return line;
}
