/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "place.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include <stops.h>
#include <glib/gstdio.h>

#include <colours.h>

/* A compiler's folder lies so far above the program, at most. */
#define MAX_ABOVE 4

void
source_place_clear (SourcePlace *self)
{
  g_clear_pointer (&self->file, g_free);
  g_clear_pointer (&self->text, g_free);
  self->line = 0;
}

/* ---- The selected task ------------------------------------------------------------------------- */

char **
source_place_find_files (UiSession *session, const char *where)
{
  InspectorSession *inspector = ui_session_get_inspector (session);
  char **files = inspector_history_find_files (ui_session_get_history (session), where);

  if (files[0] != NULL || inspector == NULL)
    return files;
  /* What a report or a profile has told, the history need not have been asked for. */
  g_strfreev (files);
  return inspector_session_find_files (inspector, where);
}

/* "request.c:88" */
static gboolean
parse_where (UiSession *session, const char *where, SourcePlace *place)
{
  const char *colon = strrchr (where, ':');
  g_auto (GStrv) files = NULL;
  guint64 line;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXINT, &line, NULL))
    return FALSE;
  files = source_place_find_files (session, where);
  if (files[0] == NULL)
    return FALSE;
  place->file = g_strdup (files[0]);
  place->line = (guint)line;
  return TRUE;
}

/* "fetch_posts at request.c:88"; a file may have spaces in its name. */
static gboolean
parse (UiSession *session, const char *text, SourcePlace *place)
{
  for (const char *space = strrchr (text, ' '); space != NULL;
       space = g_strrstr_len (text, space - text, " "))
    if (parse_where (session, space + 1, place))
      return TRUE;
  return parse_where (session, text, place);
}

/* What it waits for as people are told: the answer to what it has asked, where that was asked. */
static gboolean
find_pending (UiSession *session, guint index, gint64 at_ns, SourcePlace *place, char **ret_what)
{
  InspectorMoment *moment =
      inspector_history_get_moment (ui_session_get_history (session), index, at_ns, NULL);
  gboolean found = FALSE;

  for (guint i = 0; moment != NULL && i < moment->pending->len && !found; i++)
    {
      const InspectorPending *pending = moment->pending->pdata[i];

      found = parse (session, pending->place, place);
      if (found)
        *ret_what = g_strdup (pending->text);
    }
  if (moment != NULL)
    inspector_moment_free (moment);
  return found;
}

static gboolean
waits (InspectorState state)
{
  return state == INSPECTOR_STATE_WAITING || state == INSPECTOR_STATE_BLOCKED ||
         state == INSPECTOR_STATE_SLEEPING || state == INSPECTOR_STATE_RESTING;
}

static void
set_file (InspectorHistory *history, guint index, guint32 location, SourcePlace *place)
{
  place->file = inspector_history_dup_place_file (history, index, location, &place->line);
  if (*place->file == '\0')
    g_clear_pointer (&place->file, g_free);
}

/* Of one that has ended, where it was last. */
static void
find_last (InspectorHistory *history, guint index, gint64 at_ns, const char *name,
           SourcePlace *place)
{
  InspectorTrack track;
  InspectorSpan span;

  if (inspector_history_get_track (history, index, &track) && track.end_ns <= at_ns &&
      inspector_history_get_state_at (history, index, track.end_ns - 1, &span) &&
      span.location != 0)
    {
      place->state = span.state;
      set_file (history, index, span.location, place);
    }
  place->text = place->file != NULL
                    ? g_strdup_printf (_ ("%s has ended; this is where it was last."), name)
                    : g_strdup_printf (_ ("%s does not live at this instant."), name);
}

/* It stands still: exactly there, wherever its callback began. */
static gboolean
find_stop (UiSession *session, guint64 number, SourcePlace *place)
{
  const InspectorStop *stop =
      ui_session_is_following (session) ? ui_session_get_stop (session) : NULL;

  if (stop == NULL || stop->task != number || !parse (session, stop->place, place))
    return FALSE;
  place->state = INSPECTOR_STATE_RUNNING;
  place->text = g_strdup_printf (_ ("Stopped: %s"), stop->what);
  return TRUE;
}

gboolean
source_place_want (UiSession *session, GtkWidget *page, UiMomentsFunc func)
{
  InspectorHistory *history = ui_session_get_history (session);
  gint64 at_ns = ui_session_get_cursor (session);
  guint64 number = ui_session_get_selection (session);
  InspectorSpan span;
  guint index;

  return number == 0 || !inspector_history_find_track (history, number, &index) ||
         !inspector_history_get_state_at (history, index, at_ns, &span) || !waits (span.state) ||
         ui_moments_want (session, page, &index, 1, at_ns, UI_MOMENTS_DIM, func);
}

gboolean
source_place_find (UiSession *session, SourcePlace *ret_place)
{
  InspectorHistory *history = ui_session_get_history (session);
  gint64 at_ns = ui_session_get_cursor (session);
  guint64 number = ui_session_get_selection (session);
  g_autofree char *own_name = NULL;
  g_autofree char *name = NULL;
  g_autofree char *what = NULL;
  InspectorSpan span;
  guint index;

  *ret_place = (SourcePlace){ NULL };
  if (number == 0 || !inspector_history_find_track (history, number, &index))
    {
      ret_place->text = g_strdup (_ ("No task is selected."));
      return FALSE;
    }
  if (find_stop (session, number, ret_place))
    return TRUE;
  own_name = inspector_history_dup_name (history, index);
  name = g_strdup_printf ("#%" G_GUINT64_FORMAT " %s", number, own_name);
  if (!inspector_history_get_state_at (history, index, at_ns, &span) ||
      span.state == INSPECTOR_STATE_NONE)
    {
      find_last (history, index, at_ns, name, ret_place);
      return ret_place->file != NULL;
    }
  ret_place->state = span.state;
  if ((!waits (span.state) || !find_pending (session, index, at_ns, ret_place, &what)) &&
      span.location != 0)
    set_file (history, index, span.location, ret_place);
  ret_place->text =
      ret_place->file != NULL
          ? g_strdup_printf ("%s: %s", name, what != NULL ? what : ui_state_get_name (span.state))
          : g_strdup_printf (_ ("%s: %s, at a place without a known line"), name,
                             ui_state_get_name (span.state));
  return TRUE;
}

/* ---- Files of programs ------------------------------------------------------------------------- */

/* What the kernel says while it lives, else the first word of its command. (transfer full) (nullable) */
static char *
dup_program (InspectorTarget *target)
{
  g_autofree char *link = g_strdup_printf ("/proc/%d/exe", inspector_target_get_pid (target));
  g_autofree char *path = inspector_target_get_state (target) == INSPECTOR_TARGET_LIVE
                              ? g_file_read_link (link, NULL)
                              : NULL;
  const char *command = inspector_target_get_command (target);

  if (path != NULL)
    return g_steal_pointer (&path);
  path = g_strndup (command, strcspn (command, " "));
  return strchr (path, '/') != NULL ? g_canonicalize_filename (path, NULL)
                                    : g_find_program_in_path (path);
}

static InspectorTarget *
get_target (UiSession *session, guint index)
{
  InspectorSession *inspector = ui_session_get_inspector (session);

  return inspector != NULL
             ? g_list_model_get_item (inspector_session_get_targets (inspector), index)
             : NULL;
}

/* When the file was written to; 0: it is not here */
static gint64
get_written_us (const char *path)
{
  GStatBuf info;

  if (path == NULL || g_stat (path, &info) != 0)
    return 0;
  return (gint64)info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
}

gint64
source_place_get_built_us (UiSession *session)
{
  gint64 recorded_us = get_written_us (ui_session_get_path (session)), built_us = 0;
  InspectorTarget *target;

  for (guint i = 0; (target = get_target (session, i)) != NULL; i++)
    {
      g_autofree char *path = dup_program (target);

      built_us = MAX (built_us, get_written_us (path));
      g_object_unref (target);
    }
  /* The one that was recorded was there before its recording, whatever was built since. */
  if (recorded_us > 0 && (built_us == 0 || built_us > recorded_us))
    return recorded_us;
  return built_us;
}

char **
source_place_list_bases (UiSession *session)
{
  GPtrArray *bases = g_ptr_array_new ();
  InspectorTarget *target;

  for (guint i = 0; (target = get_target (session, i)) != NULL; i++)
    {
      g_autofree char *path = dup_program (target);

      for (guint j = 0; path != NULL && j < MAX_ABOVE && strlen (path) > 1; j++)
        {
          char *folder = g_path_get_dirname (path);

          g_free (path);
          path = g_strdup (folder);
          if (g_ptr_array_find_with_equal_func (bases, folder, g_str_equal, NULL))
            g_free (folder);
          else
            g_ptr_array_add (bases, folder);
        }
      g_object_unref (target);
    }
  g_ptr_array_add (bases, g_get_current_dir ());
  g_ptr_array_add (bases, NULL);
  return (char **)g_ptr_array_free (bases, FALSE);
}
