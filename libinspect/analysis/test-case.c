/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/test-case.h"

#include <string.h>
#include "model/format.h"

/* To look at; a hostile program says that it has as many cases as it likes. */
#define MAX_CASES 10000

static gboolean
is_in_stack (const ReportTask *task, const char *function)
{
  for (guint i = 0; i < task->stack->len; i++)
    if (g_str_equal (((const ReportFrame *)task->stack->pdata[i])->function, function))
      return TRUE;
  return g_str_equal (task->current, function);
}

static gboolean
is_case_of (AnalysisPlaces *places, const ModelResource *resource, const ReportTask *task)
{
  const AnalysisPlace *place = analysis_places_get (places, resource->location);

  return place->function != NULL && is_in_stack (task, place->function);
}

char *
analysis_find_test_case (ModelTarget *model, AnalysisPlaces *places, const ReportTask *task)
{
  const ModelResource *found = NULL;
  const char *name;
  guint n_looked_at = 0;

  for (guint64 i = 0; i <= model->resources.mask && n_looked_at < MAX_CASES; i++)
    {
      const ModelResource *resource = model->resources.slots[i].value;

      if (model->resources.slots[i].key == 0 ||
          !model_resource_is (resource, INSPECT_RESOURCE_CASE))
        continue;
      n_looked_at++;
      if (!is_case_of (places, resource, task))
        continue;
      /* One function for several cases, with data that tell them apart. */
      if (found != NULL)
        return NULL;
      found = resource;
    }
  name = found != NULL ? model_attributes_get_text (&found->attributes, MODEL_KEY_NAME) : NULL;
  return name != NULL ? model_format_text (name, strlen (name)) : NULL;
}
