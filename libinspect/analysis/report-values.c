/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a task has shown of its variables, and what was found around the things that it waits for. */

#include "config.h"

#include "analysis/report.h"

#include <string.h>
#include "analysis/objects-watch.h"
#include "channel/layout.h"
#include "model/format.h"

static void
value_free (gpointer data)
{
  ReportValue *value = data;

  g_free (value->name);
  g_free (value->text);
  g_free (value->type);
  g_free (value);
}

static ReportValue *
describe (const ReportInput *input, const char *name, const ModelAttribute *attribute)
{
  const ModelBytes *bytes = attribute->bytes;
  const char *type = model_target_get_type (input->model, attribute->type);
  ReportValue *value = g_new0 (ReportValue, 1);
  const gsize mark = strlen (ANALYSIS_OBJECT_INFERRED);

  value->name = model_format_text (name, strlen (name));
  value->text = model_format_text (bytes->data, bytes->length);
  if (type != NULL)
    value->type = model_format_text (type, strlen (type));
  value->is_inferred = g_str_has_suffix (value->text, ANALYSIS_OBJECT_INFERRED);
  if (value->is_inferred)
    value->text[strlen (value->text) - mark] = '\0';
  return value;
}

GPtrArray *
report_values_new (const ReportInput *input, const ModelTask *task)
{
  GPtrArray *values = g_ptr_array_new_with_free_func (value_free);

  for (guint i = 0; i < task->attributes.n; i++)
    {
      const ModelAttribute *attribute = &model_attributes_items (&task->attributes)[i];
      const ModelKind *kind = model_target_get_kind (input->model, attribute->number);

      if (attribute->has_bytes && kind->flags == INSPECT_VALUE_VARIABLE &&
          !analysis_object_is_over (input->model, attribute))
        g_ptr_array_add (values, describe (input, kind->name, attribute));
    }
  return values;
}

/* They are attributes of the await that are called "function.variable". */
GPtrArray *
report_values_new_locals (const ReportInput *input, const ModelAwait *await, const char *function)
{
  gsize length = strlen (function);
  GPtrArray *values = NULL;

  for (guint i = 0; i < await->attributes.n; i++)
    {
      const ModelAttribute *attribute = &model_attributes_items (&await->attributes)[i];
      const char *name = model_target_get_kind (input->model, attribute->number)->name;

      if (!attribute->has_bytes || strncmp (name, function, length) != 0 || name[length] != '.')
        continue;
      if (values == NULL)
        values = g_ptr_array_new_with_free_func (value_free);
      g_ptr_array_add (values, describe (input, name + length + 1, attribute));
    }
  return values;
}
