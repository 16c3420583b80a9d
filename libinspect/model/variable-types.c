/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Names of the types of variables: a program has a few, and thousands of variables of them. */

#include <string.h>

#include "model/model-private.h"

/* What a program has is some hundred; a file may say anything. */
#define MAX_TYPES 16384u

guint32
model_target_number_type (ModelTarget *target, const char *name)
{
  gpointer number = NULL;

  if (name == NULL || *name == '\0')
    return 0;
  if (target->types == NULL)
    {
      target->types = g_ptr_array_new_with_free_func (g_free);
      target->types_by_name = g_hash_table_new (g_str_hash, g_str_equal);
    }
  if (!g_hash_table_lookup_extended (target->types_by_name, name, NULL, &number) &&
      target->types->len < MAX_TYPES)
    {
      char *kept = g_strdup (name);

      g_ptr_array_add (target->types, kept);
      number = GUINT_TO_POINTER (target->types->len);
      g_hash_table_insert (target->types_by_name, kept, number);
    }
  return GPOINTER_TO_UINT (number);
}

const char *
model_target_get_type (const ModelTarget *target, guint32 number)
{
  return number > 0 && target->types != NULL && number <= target->types->len
             ? target->types->pdata[number - 1]
             : NULL;
}

void
model_target_forget_types (ModelTarget *target)
{
  g_clear_pointer (&target->types_by_name, g_hash_table_unref);
  g_clear_pointer (&target->types, g_ptr_array_unref);
}
