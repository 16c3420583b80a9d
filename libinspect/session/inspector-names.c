/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What numbers stand for: places, files, kinds and tasks, of programs that are there, from their recording, and what was
 * kept of those that are gone. */

#include "config.h"

#include "session/inspector-history-private.h"
#include "session/inspector-target-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "analysis/describe.h"
#include "model/format.h"

/* A hostile program names as many places as it likes. */
#define MAX_PLACES 65536u

static void
source_free (gpointer data)
{
  HistorySource *source = data;

  g_free (source->file);
  g_free (source);
}

static void
keep_place (gpointer data, guint32 location)
{
  HistoryProgram *program = data;
  const AnalysisPlace *place;
  HistorySource *source;
  gpointer key = GUINT_TO_POINTER (location);

  if (location == 0 || g_hash_table_contains (program->names, key) ||
      g_hash_table_size (program->names) >= MAX_PLACES)
    return;
  place = analysis_places_get (program->places, location);
  g_hash_table_insert (program->names, key, analysis_place_dup_text (place));
  g_hash_table_insert (program->functions, key, g_strdup (place->function));
  if (place->file == NULL)
    return;
  source = g_new0 (HistorySource, 1);
  source->file = g_strdup (place->file);
  source->line = place->line;
  g_hash_table_insert (program->sources, key, source);
}

static void
keep_places (InspectorHistory *self, HistoryProgram *program, guint number)
{
  program->names = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  program->functions = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  program->sources = g_hash_table_new_full (NULL, NULL, NULL, source_free);
  for (guint i = 0; i < model_history_get_n_tracks (self->model); i++)
    {
      const ModelTrack *track = model_history_get_track (self->model, i);

      if (track->target == number)
        keep_place (program, model_track_get_location (track));
    }
  model_history_list_locations (self->model, program->model, keep_place, program);
}

/* Of a program that is there, or that never was but in its recording. */
static gboolean
find_names (HistoryProgram *program, HistoryNames *ret_names)
{
  if (program->model == NULL &&
      (program->names != NULL || program->path == NULL || !history_program_open (program, 0, NULL)))
    return FALSE;
  return history_program_get_names (program, ret_names);
}

static AnalysisPlaces *
find_places (HistoryProgram *program)
{
  HistoryNames names;

  return program->places != NULL || !find_names (program, &names) ? program->places : names.places;
}

static HistoryKind *
new_kind (const char *name, const char *phrase)
{
  HistoryKind *kind = g_new0 (HistoryKind, 1);
  g_autofree char *what = analysis_describe_kind (name, phrase);

  kind->name = g_intern_string (name);
  kind->what = g_intern_string (what);
  return kind;
}

/* (nullable): nobody has said anything of it */
static HistoryKind *
make_kind (HistoryProgram *program, guint16 number)
{
  HistoryNames names;
  ChannelKindInfo kind;

  if (program->model != NULL)
    {
      const ModelKind *known = model_target_get_kind (program->model, number);

      return new_kind (known->name, known->phrase);
    }
  return find_names (program, &names) && names.tables->get_kind (names.data, number, &kind)
             ? new_kind (kind.name, kind.phrase)
             : NULL;
}

static const HistoryKind *
find_kind (HistoryProgram *program, guint16 number)
{
  HistoryKind *kind = number < program->kinds->len ? program->kinds->pdata[number] : NULL;

  if (kind != NULL || number == 0)
    return kind;
  kind = make_kind (program, number);
  if (kind == NULL)
    return NULL;
  if (number >= program->kinds->len)
    g_ptr_array_set_size (program->kinds, number + 1);
  program->kinds->pdata[number] = kind;
  return kind;
}

void
history_keep_names (InspectorHistory *self, HistoryProgram *program, guint number)
{
  keep_places (self, program, number);
  for (guint kind = 1; kind < program->model->kinds->len; kind++)
    find_kind (program, (guint16)kind);
}

/* ---- Tasks ------------------------------------------------------------------------------------ */

char *
inspector_history_dup_name (InspectorHistory *self, guint index)
{
  const ModelTrack *track = inspector_history_peek_track (self, index);
  HistoryProgram *program;
  AnalysisPlaces *places;
  const char *name;

  if (track == NULL)
    return g_strdup ("");
  program = inspector_history_peek_program (self, track);
  name = track->task != NULL && program->model != NULL
             ? model_target_name_task (program->model, track->task)
             : track->name;
  places = name == NULL ? find_places (program) : NULL;
  if (places != NULL)
    name = analysis_places_get (places, model_track_get_location (track))->function;
  else if (name == NULL && program->functions != NULL)
    name = g_hash_table_lookup (program->functions,
                                GUINT_TO_POINTER (model_track_get_location (track)));
  /* Views put its number before it. */
  return name != NULL ? model_format_text (name, strlen (name)) : g_strdup (_ ("unnamed"));
}

/* ---- Kinds and places -------------------------------------------------------------------------- */

static const HistoryKind *
find_kind_of_track (InspectorHistory *self, guint index, guint16 kind)
{
  const ModelTrack *track = inspector_history_peek_track (self, index);

  return track != NULL ? find_kind (inspector_history_peek_program (self, track), kind) : NULL;
}

const char *
inspector_history_get_kind (InspectorHistory *self, guint index, guint16 kind)
{
  const HistoryKind *known = find_kind_of_track (self, index, kind);

  return known != NULL ? known->name : "";
}

const char *
inspector_history_get_kind_words (InspectorHistory *self, guint index, guint16 kind)
{
  const HistoryKind *known = find_kind_of_track (self, index, kind);

  return known != NULL ? known->what : "";
}

char *
inspector_history_dup_place (InspectorHistory *self, guint index, guint32 location)
{
  const ModelTrack *track = inspector_history_peek_track (self, index);
  HistoryProgram *program = track != NULL ? inspector_history_peek_program (self, track) : NULL;
  AnalysisPlaces *places = program != NULL && location != 0 ? find_places (program) : NULL;
  const char *name = NULL;

  if (places != NULL)
    return analysis_place_dup_text (analysis_places_get (places, location));
  if (program != NULL && program->names != NULL)
    name = g_hash_table_lookup (program->names, GUINT_TO_POINTER (location));
  return g_strdup (name != NULL ? name : "");
}

char *
inspector_history_dup_place_file (InspectorHistory *self, guint index, guint32 location,
                                  guint *ret_line)
{
  const ModelTrack *track = inspector_history_peek_track (self, index);
  HistoryProgram *program = track != NULL ? inspector_history_peek_program (self, track) : NULL;
  AnalysisPlaces *places = program != NULL && location != 0 ? find_places (program) : NULL;
  HistorySource source = { NULL, 0 };

  if (places != NULL)
    {
      const AnalysisPlace *place = analysis_places_get (places, location);

      source = (HistorySource){ (char *)place->file, place->line };
    }
  else if (program != NULL && program->sources != NULL)
    {
      const HistorySource *kept =
          g_hash_table_lookup (program->sources, GUINT_TO_POINTER (location));

      if (kept != NULL)
        source = *kept;
    }
  if (ret_line != NULL)
    *ret_line = source.file != NULL ? source.line : 0;
  return g_strdup (source.file != NULL ? source.file : "");
}

static void
add_files (GPtrArray *all, GHashTable *files, const char *where)
{
  gboolean has_line = strchr (where, ':') != NULL;
  gsize length = strlen (where);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const GPtrArray *paths = value;

      if (strncmp (key, where, length) != 0 ||
          (((const char *)key)[length] != '\0' && (has_line || ((const char *)key)[length] != ':')))
        continue;
      for (guint i = 0; i < paths->len; i++)
        if (!g_ptr_array_find_with_equal_func (all, paths->pdata[i], g_str_equal, NULL))
          g_ptr_array_add (all, g_strdup (paths->pdata[i]));
    }
}

char **
inspector_history_find_files (InspectorHistory *self, const char *where)
{
  GPtrArray *all = g_ptr_array_new ();

  for (guint i = 0; i < self->programs->len; i++)
    {
      const HistoryProgram *program = self->programs->pdata[i];

      if (program->files != NULL)
        add_files (all, program->files, where);
      if (program->table_places != NULL)
        add_files (all, analysis_places_get_files (program->table_places), where);
    }
  g_ptr_array_add (all, NULL);
  return (char **)g_ptr_array_free (all, FALSE);
}

char **
inspector_session_find_files (InspectorSession *session, const char *where)
{
  GListModel *targets = inspector_session_get_targets (session);
  GPtrArray *all = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      if (target->places != NULL)
        add_files (all, analysis_places_get_files (target->places), where);
    }
  g_ptr_array_add (all, NULL);
  return (char **)g_ptr_array_free (all, FALSE);
}

gboolean
inspector_kind_is_process (const char *kind)
{
  return analysis_kind_is_process (kind);
}
