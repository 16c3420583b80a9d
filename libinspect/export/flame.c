/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Flame graphs as text, for the tools of others. */

#include "config.h"

#include "export/flame.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"

const char *
export_flame_describe (InspectorFlame *flame)
{
  switch (inspector_flame_get_by (flame))
    {
    case INSPECTOR_FLAME_WAITING:
      return _ ("by the time that tasks waited");
    case INSPECTOR_FLAME_RUNNING:
      return _ ("by the time that tasks ran");
    case INSPECTOR_FLAME_WALL:
      break;
    }
  return _ ("by the time that tasks took");
}

const char *
inspector_flame_get_title (InspectorFlame *flame)
{
  return export_flame_describe (flame);
}

char *
inspector_flame_dup_text (InspectorFlame *flame, guint index)
{
  static const char *const words[] = { [INSPECTOR_FLAME_PROGRAM] = N_ ("program"),
                                       [INSPECTOR_FLAME_TASK] = N_ ("task, begun here"),
                                       [INSPECTOR_FLAME_CALLBACK] = N_ ("ran"),
                                       [INSPECTOR_FLAME_WAIT] = N_ ("waited") };
  gint64 total_ns = MAX (inspector_flame_get_total (flame), 1);
  g_autofree char *duration = NULL;
  g_autofree char *share = NULL;
  g_autofree char *line = NULL;
  InspectorFlameNode node;

  if (!inspector_flame_get_node (flame, index, &node))
    return g_strdup ("");
  duration = model_format_duration (node.total_ns);
  share = model_format_percent ((double)node.total_ns / (double)total_ns);
  line = *node.where != '\0' ? g_strdup_printf ("%s (%s)", node.name, node.where)
                             : g_strdup (node.name);
  return g_strdup_printf ("%s\n%s, %s, %s", line, _ (words[node.kind]), duration, share);
}

/* ---- Folded --------------------------------------------------------------------------------- */

/* What would end a frame or a line is none of its name. */
static void
put_frame (ExportOutput *output, const InspectorFlameNode *node)
{
  for (const char *p = node->name; *p != '\0'; p++)
    export_put_char (output, *p == ';' ? ':' : (guchar)*p < ' ' ? ' ' : *p);
  if (*node->where != '\0')
    export_printf (output, " (%s)", node->where);
}

static void
put_stack (ExportOutput *output, InspectorFlame *flame, guint index)
{
  InspectorFlameNode node;

  if (!inspector_flame_get_node (flame, index, &node))
    return;
  if (node.parent != index)
    {
      put_stack (output, flame, node.parent);
      export_put_char (output, ';');
    }
  put_frame (output, &node);
}

void
export_flame_folded (InspectorFlame *flame, ExportOutput *output)
{
  InspectorFlameNode node;

  for (guint i = 0; inspector_flame_get_node (flame, i, &node); i++)
    {
      if (node.own_ns < 1000)
        continue;
      put_stack (output, flame, i);
      export_put_char (output, ' ');
      export_put_number (output, node.own_ns / 1000);
      export_put_char (output, '\n');
    }
}

/* ---- Speedscope ----------------------------------------------------------------------------- */

static void
put_place (ExportOutput *output, const char *where)
{
  const char *colon = strrchr (where, ':');
  g_autofree char *file = colon != NULL ? g_strndup (where, colon - where) : g_strdup (where);
  gint64 line = colon != NULL ? g_ascii_strtoll (colon + 1, NULL, 10) : 0;

  if (*where == '\0')
    return;
  export_put (output, ",\"file\":");
  export_put_json (output, file);
  if (line > 0)
    {
      export_put (output, ",\"line\":");
      export_put_number (output, line);
    }
}

/* A frame has a number for each name and place, for speedscope to know what is the same. */
static guint *
put_frames (InspectorFlame *flame, ExportOutput *output)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint *numbers = g_new0 (guint, MAX (inspector_flame_get_n_nodes (flame), 1));
  InspectorFlameNode node;

  for (guint i = 0; inspector_flame_get_node (flame, i, &node); i++)
    {
      g_autofree char *key = g_strdup_printf ("%s\n%s", node.name, node.where);
      gpointer number;

      if (g_hash_table_lookup_extended (known, key, NULL, &number))
        {
          numbers[i] = GPOINTER_TO_UINT (number);
          continue;
        }
      numbers[i] = g_hash_table_size (known);
      g_hash_table_insert (known, g_steal_pointer (&key), GUINT_TO_POINTER (numbers[i]));
      export_put (output, numbers[i] > 0 ? ",\n{\"name\":" : "{\"name\":");
      export_put_json (output, node.name);
      put_place (output, node.where);
      export_put_char (output, '}');
    }
  return numbers;
}

static void
put_numbers (InspectorFlame *flame, ExportOutput *output, const guint *numbers, guint index)
{
  InspectorFlameNode node;

  if (!inspector_flame_get_node (flame, index, &node))
    return;
  if (node.parent != index)
    {
      put_numbers (flame, output, numbers, node.parent);
      export_put_char (output, ',');
    }
  export_put_number (output, numbers[index]);
}

void
export_flame_speedscope (InspectorFlame *flame, ExportOutput *output)
{
  g_autofree guint *numbers = NULL;
  InspectorFlameNode node;
  gboolean is_first = TRUE;

  export_put (output, "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
                      "\"exporter\":\"async-inspect " PACKAGE_VERSION "\",\n\"name\":");
  export_put_json (output, export_flame_describe (flame));
  export_put (output, ",\n\"shared\":{\"frames\":[");
  numbers = put_frames (flame, output);
  export_put (output, "]},\n\"profiles\":[{\"type\":\"sampled\",\"name\":");
  export_put_json (output, export_flame_describe (flame));
  export_put (output, ",\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":");
  export_put_number (output, inspector_flame_get_total (flame));
  export_put (output, ",\n\"samples\":[");
  for (guint i = 0; inspector_flame_get_node (flame, i, &node); i++)
    {
      if (node.own_ns <= 0)
        continue;
      export_put (output, is_first ? "[" : ",\n[");
      put_numbers (flame, output, numbers, i);
      export_put_char (output, ']');
      is_first = FALSE;
    }
  export_put (output, "],\n\"weights\":[");
  is_first = TRUE;
  for (guint i = 0; inspector_flame_get_node (flame, i, &node); i++)
    {
      if (node.own_ns <= 0)
        continue;
      if (!is_first)
        export_put_char (output, ',');
      export_put_number (output, node.own_ns);
      is_first = FALSE;
    }
  export_put (output, "]}]}\n");
}
