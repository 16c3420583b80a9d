/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-variables.h"

/* Names of variables are kinds of attributes, of which there is no more room than for so many. */
#define MAX_KEYS 1500

struct _ProbeVariables
{
  AnalysisTables *tables;
  GHashTable *keys; /* name -> key */
};

ProbeVariables *
probe_variables_new (AnalysisTables *tables)
{
  ProbeVariables *self = g_new0 (ProbeVariables, 1);

  self->tables = tables;
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
probe_variables_free (ProbeVariables *self)
{
  g_hash_table_unref (self->keys);
  g_free (self);
}

guint32
probe_variables_get_key (ProbeVariables *self, const char *function, const char *name)
{
  g_autofree char *whole = g_strdup_printf ("%s.%s", function, name);
  gpointer key = NULL;

  if (!g_hash_table_lookup_extended (self->keys, whole, NULL, &key) &&
      g_hash_table_size (self->keys) < MAX_KEYS)
    {
      key = GUINT_TO_POINTER (analysis_tables_add_kind (self->tables, INSPECT_KIND_KEY,
                                                        INSPECT_VALUE_TEXT, whole, name));
      g_hash_table_insert (self->keys, g_steal_pointer (&whole), key);
    }
  return GPOINTER_TO_UINT (key);
}
