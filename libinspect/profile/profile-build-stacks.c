/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Callbacks, paths and stacks, in words. */

#include "config.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"
#include "profile/profile-private.h"

/* ---- Callbacks ------------------------------------------------------------------------------ */

static char **
dup_stack (Profile *profile, const ProfileCallback *from)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0, last = 0;

  while (last < from->n_frames &&
         !analysis_places_call_is_in (profile->places, from->frames[last], from->location))
    last++;
  /* The callback is not on it: it had returned when the stack was read. */
  if (last == from->n_frames)
    return NULL;
  for (guint i = 0; i <= last; i++)
    {
      const AnalysisPlace *place = analysis_places_get_call (profile->places, from->frames[i]);
      g_autofree char *text = analysis_place_dup_text (place);
      g_autofree char *safe = model_format_text (text, strlen (text));

      /* What it is in at this moment, whatever that is; above it what the program wrote. */
      if (place->function == NULL || (i > 0 && place->is_runtime))
        continue;
      g_strv_builder_add (builder, safe);
      n++;
    }
  return n > 0 ? g_strv_builder_end (builder) : NULL;
}

static gint
compare_callbacks (gconstpointer a, gconstpointer b)
{
  const ProfileResultCallback *x = *(const ProfileResultCallback *const *)a;
  const ProfileResultCallback *y = *(const ProfileResultCallback *const *)b;
  gint64 x_ns = MAX (x->worst_ns, x->open_ns), y_ns = MAX (y->worst_ns, y->open_ns);

  if (x_ns != y_ns)
    return x_ns < y_ns ? 1 : -1;
  return x->own.sum < y->own.sum ? 1 : x->own.sum > y->own.sum ? -1 : 0;
}

static void
add_callback (Profile *profile, ProfileResult *result, const ProfileCallback *from)
{
  ProfileResultCallback *callback;

  if (from->own.count == 0 && from->open_ns == 0)
    return;
  callback = g_new0 (ProfileResultCallback, 1);
  finding_place_set (&callback->place, profile->places, from->location);
  histogram_merge (&callback->own, &from->own);
  callback->n_long = from->n_long;
  callback->worst_ns = from->worst_ns;
  callback->worst_begin_ns = MAX (from->worst_begin_ns - profile->first_ns, 0);
  callback->worst_slept_ns = from->worst_slept_ns;
  callback->worst = from->worst;
  callback->worst_task = from->worst_task;
  callback->worst_tid = from->worst_tid;
  callback->worst_held_up = from->worst_held_up;
  callback->open_ns = from->open_ns;
  callback->open_slept_ns = from->open_slept_ns;
  callback->never_yields = from->n_never_yielded > 0 || from->open_ns >= PROFILE_NEVER_YIELDS_NS;
  if (from->sleep.kind != NULL)
    {
      finding_place_set (&callback->sleep, profile->places, from->sleep.location);
      callback->sleep_what = profile_describe_kind (from->sleep.kind, PROFILE_WAIT_PLAIN);
      callback->sleep_ns = from->sleep.ns;
    }
  if (from->n_frames > 0)
    callback->stack = dup_stack (profile, from);
  g_ptr_array_add (result->callbacks, callback);
}

void
profile_add_callbacks (Profile *profile, ProfileResult *result)
{
  for (guint i = 0; i < profile->callbacks.rows->len; i++)
    add_callback (profile, result, g_ptr_array_index (profile->callbacks.rows, i));
  g_ptr_array_sort (result->callbacks, compare_callbacks);
}

/* ---- Paths and stacks ----------------------------------------------------------------------- */

#define MAX_NAMES 32

static void
add_name (GPtrArray *names, Profile *profile, guint32 location)
{
  const AnalysisPlace *place = analysis_places_get (profile->places, location);
  g_autofree char *safe = NULL;

  if (place->function == NULL || names->len >= MAX_NAMES)
    return;
  safe = model_format_text (place->function, strlen (place->function));
  if (names->len == 0 || !g_str_equal (g_ptr_array_index (names, names->len - 1), safe))
    g_ptr_array_add (names, g_steal_pointer (&safe));
}

static void
add_parents (GPtrArray *names, Profile *profile, guint32 node)
{
  const ProfileNode *self = profile_get_node (profile, node);

  if (node == 0)
    return;
  add_parents (names, profile, self->parent);
  add_name (names, profile, self->location);
}

static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  const ProfileResultPath *x = *(const ProfileResultPath *const *)a;
  const ProfileResultPath *y = *(const ProfileResultPath *const *)b;

  return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static void
add_path (Profile *profile, ProfileResult *result, GHashTable *known, const ProfilePath *from)
{
  GPtrArray *names = g_ptr_array_new ();
  g_auto (GStrv) owned = NULL;
  g_autofree char *joined = NULL;
  g_autofree char *key = NULL;
  ProfileResultPath *path;

  add_parents (names, profile, from->node);
  for (guint i = 0; i < from->n; i++)
    add_name (names, profile, from->locations[i]);
  g_ptr_array_add (names, NULL);
  owned = (char **)g_ptr_array_free (names, FALSE);
  if (owned[0] == NULL)
    return;
  joined = g_strjoinv ("\n", owned);
  key = g_strdup_printf ("%d\n%s", from->is_cut, joined);
  path = g_hash_table_lookup (known, key);
  if (path != NULL)
    {
      path->count += from->count;
      path->total_ns += from->total_ns;
      return;
    }
  path = g_new0 (ProfileResultPath, 1);
  path->names = g_steal_pointer (&owned);
  path->is_cut = from->is_cut;
  path->count = from->count;
  path->total_ns = from->total_ns;
  g_ptr_array_add (result->paths, path);
  g_hash_table_insert (known, g_steal_pointer (&key), path);
}

void
profile_add_paths (Profile *profile, ProfileResult *result)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, profile->paths);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    add_path (profile, result, known, key);
  result->n_paths = profile->n_paths;
  result->n_other_paths = profile->n_other_paths;
  for (guint i = 0; i < result->paths->len; i++)
    {
      ProfileResultPath *path = g_ptr_array_index (result->paths, i);

      path->share = (double)path->count / (double)MAX (profile->n_paths, 1);
    }
  g_ptr_array_sort (result->paths, compare_paths);
}

static char *
name_node (Profile *profile, const ProfileNode *node)
{
  const AnalysisPlace *place = analysis_places_get (profile->places, node->location);

  if (node->of == PROFILE_NODE_ROOT)
    return g_strdup ("");
  if (node->of == PROFILE_NODE_WAIT)
    {
      g_autofree char *what = profile_describe_kind (node->kind, node->as);
      g_autofree char *safe = place->function != NULL
                                  ? model_format_text (place->function, strlen (place->function))
                                  : NULL;

      return safe != NULL ? g_strdup_printf ("%s: %s", safe, what) : g_steal_pointer (&what);
    }
  if (place->function != NULL)
    return model_format_text (place->function, strlen (place->function));
  return g_strdup (node->of == PROFILE_NODE_TASK ? _ ("a task") : _ ("a callback"));
}

void
profile_add_nodes (Profile *profile, ProfileResult *result)
{
  for (guint i = 0; i < profile->nodes->len; i++)
    {
      const ProfileNode *from = profile_get_node (profile, i);
      ProfileResultNode *node = g_new0 (ProfileResultNode, 1);
      const char *where = analysis_places_get (profile->places, from->location)->where;

      node->parent = from->parent;
      node->of = from->of;
      node->name = name_node (profile, from);
      node->where = model_format_text (where, strlen (where));
      node->running_ns = from->running_ns;
      node->waiting_ns = from->waiting_ns;
      node->ready_ns = from->ready_ns;
      g_ptr_array_add (result->nodes, node);
    }
}
