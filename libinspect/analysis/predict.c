/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "analysis/predict.h"

#define MAX_SHOWN 8

/* Two places are one step when they are in one function; places without a name are themselves. */
static const char *
identity (AnalysisPlaces *places, guint32 location, char buffer[32])
{
  const AnalysisPlace *place = analysis_places_get (places, location);

  if (place->function != NULL)
    return place->function;
  g_snprintf (buffer, 32, "#%u", location);
  return buffer;
}

/* Function names in order, one name twice in a row counted once. */
static void
append_function (GPtrArray *functions, AnalysisPlaces *places, guint32 location)
{
  char buffer[32];
  const char *name = identity (places, location, buffer);

  if (functions->len > 0 && g_str_equal (g_ptr_array_index (functions, functions->len - 1), name))
    return;
  g_ptr_array_add (functions, g_strdup (name));
}

static gboolean
is_prefix (GPtrArray *prefix, GPtrArray *whole)
{
  if (prefix->len > whole->len)
    return FALSE;
  for (guint i = 0; i < prefix->len; i++)
    if (!g_str_equal (g_ptr_array_index (prefix, i), g_ptr_array_index (whole, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_same (GPtrArray *a, GPtrArray *b)
{
  return a->len == b->len && is_prefix (a, b);
}

typedef struct
{
  GPtrArray *functions;
  guint64 count;
} Way;

static void
way_clear (gpointer data)
{
  g_ptr_array_unref (((Way *)data)->functions);
}

/* Ways differ by function, so sequences that differ only in lines are added up. */
static void
add_way (GArray *ways, GPtrArray *functions, guint64 count)
{
  Way way = { functions, count };

  for (guint i = 0; i < ways->len; i++)
    if (is_same (g_array_index (ways, Way, i).functions, functions))
      {
        g_array_index (ways, Way, i).count += count;
        g_ptr_array_unref (functions);
        return;
      }
  g_array_append_val (ways, way);
}

static void
collect_ways (GArray *ways, const ModelLineage *lineage, GPtrArray *so_far, AnalysisPlaces *places)
{
  for (guint i = 0; i < lineage->sequences->len; i++)
    {
      const ModelSequence *sequence = &g_array_index (lineage->sequences, ModelSequence, i);
      GPtrArray *functions = g_ptr_array_new_with_free_func (g_free);

      for (guint j = 0; j < sequence->n; j++)
        append_function (functions, places, sequence->locations[j]);
      if (is_prefix (so_far, functions))
        add_way (ways, functions, sequence->count);
      else
        g_ptr_array_unref (functions);
    }
}

void
analysis_predict (ModelTarget *model, const ModelTask *task, guint32 current_location,
                  AnalysisPlaces *places, AnalysisPrediction *ret_prediction)
{
  g_autoptr (GPtrArray) so_far = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) ways = g_array_new (FALSE, FALSE, sizeof (Way));
  const Way *best = NULL;
  char mine[32], other[32];

  *ret_prediction = (AnalysisPrediction){ 0 };
  if (task->began_before || task->location == 0 || current_location == 0 ||
      (task->path != NULL && task->path->is_cut))
    return;
  g_array_set_clear_func (ways, way_clear);
  for (guint i = 0; task->path != NULL && i < task->path->n; i++)
    append_function (so_far, places, task->path->locations[i]);
  append_function (so_far, places, current_location);

  for (guint i = 0; i < model->lineage_list->len; i++)
    {
      const ModelLineage *lineage = g_ptr_array_index (model->lineage_list, i);

      if (lineage->location == task->location ||
          g_str_equal (identity (places, lineage->location, other),
                       identity (places, task->location, mine)))
        collect_ways (ways, lineage, so_far, places);
    }
  for (guint i = 0; i < ways->len; i++)
    if (best == NULL || g_array_index (ways, Way, i).count > best->count)
      best = &g_array_index (ways, Way, i);
  /* The most frequent way may well end here: then nothing is said. */
  if (best == NULL || best->functions->len == so_far->len)
    return;
  {
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    guint end = MIN (best->functions->len, so_far->len + MAX_SHOWN);

    for (guint i = so_far->len; i < end; i++)
      g_strv_builder_add (builder, g_ptr_array_index (best->functions, i));
    ret_prediction->functions = g_strv_builder_end (builder);
    ret_prediction->seen_in = best->count;
  }
}

void
analysis_prediction_clear (AnalysisPrediction *prediction)
{
  g_clear_pointer (&prediction->functions, g_strfreev);
  prediction->seen_in = 0;
}
