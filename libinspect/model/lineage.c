/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What finished tasks of one beginning did, so that one that hangs can be shown what follows. */

#include "model/model-private.h"

#include <string.h>

#define MAX_LINEAGES 4096
#define MAX_SEQUENCES 32 /* distinct orders of steps remembered of one lineage */

static guint32
hash_path (const ModelPath *path)
{
  guint32 hash = 2166136261u;

  for (guint i = 0; i < path->n; i++)
    hash = (hash ^ path->locations[i]) * 16777619u;
  return hash;
}

static ModelLineage *
get_lineage (ModelTarget *target, guint32 location)
{
  ModelLineage *lineage = model_table_find (&target->lineages, (guint64)location + 1);

  if (lineage != NULL || target->lineage_list->len == MAX_LINEAGES)
    return lineage;
  lineage = g_new0 (ModelLineage, 1);
  lineage->location = location;
  lineage->sequences = g_array_new (FALSE, TRUE, sizeof (ModelSequence));
  model_table_add (&target->lineages, (guint64)location + 1, lineage);
  g_ptr_array_add (target->lineage_list, lineage);
  return lineage;
}

void
model_lineage_record (ModelTarget *target, const ModelTask *task)
{
  const ModelPath *path = task->path;
  ModelLineage *lineage = get_lineage (target, task->location);
  ModelSequence fresh = { .count = 1 };

  if (lineage == NULL)
    {
      target->stats.beyond_limit++;
      return;
    }
  lineage->n_finished++;
  if (path == NULL || path->n == 0 || path->is_cut)
    return;
  fresh.hash = hash_path (path);
  for (guint i = 0; i < lineage->sequences->len; i++)
    {
      ModelSequence *known = &g_array_index (lineage->sequences, ModelSequence, i);

      if (known->hash == fresh.hash && known->n == path->n &&
          memcmp (known->locations, path->locations, path->n * sizeof (guint32)) == 0)
        {
          known->count++;
          return;
        }
    }
  if (lineage->sequences->len == MAX_SEQUENCES)
    {
      lineage->n_other++;
      return;
    }
  fresh.n = path->n;
  fresh.locations = g_memdup2 (path->locations, path->n * sizeof (guint32));
  g_array_append_val (lineage->sequences, fresh);
}

void
model_lineage_clear (ModelTarget *target)
{
  for (guint i = 0; i < target->lineage_list->len; i++)
    {
      ModelLineage *lineage = g_ptr_array_index (target->lineage_list, i);

      for (guint j = 0; j < lineage->sequences->len; j++)
        g_free (g_array_index (lineage->sequences, ModelSequence, j).locations);
      g_array_unref (lineage->sequences);
      g_free (lineage);
    }
  g_ptr_array_unref (target->lineage_list);
  model_table_clear (&target->lineages);
}
