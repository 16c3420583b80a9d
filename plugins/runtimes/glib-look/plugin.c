/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

typedef struct
{
  Anchors anchors;
  GTaskLayout layout;
  DebugSymbols *symbols;
  /* As they were found at first, where nothing else is asked for. */
  GArray *sources; /* LookSource */
  GArray *gtasks;  /* LookGTask */
  gboolean is_whole;
} Look;

static void
look_close (gpointer data)
{
  Look *self = data;

  debug_symbols_free (self->symbols);
  g_array_unref (self->sources);
  g_array_unref (self->gtasks);
  g_free (self);
}

static GArray *
find (Look *self, const InspectorProbeTarget *target, GArray *gtasks)
{
  /* The first GTask makes the class. */
  if (self->layout.class == 0)
    look_learn_gtasks (target, &self->anchors, &self->layout);
  return look_find_sources (target, &self->anchors, &self->layout, gtasks, &self->is_whole);
}

/* Many programs have GLib in them and no main loop. */
static gpointer
look_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  Anchors anchors;
  Look *self;

  if (!look_find_anchors (target, &anchors))
    return NULL;
  self = g_new0 (Look, 1);
  self->anchors = anchors;
  self->symbols = debug_symbols_new ();
  self->gtasks = g_array_new (FALSE, FALSE, sizeof (LookGTask));
  self->sources = find (self, target, self->gtasks);
  if (self->sources->len == 0 && self->gtasks->len == 0)
    g_clear_pointer (&self, look_close);
  else
    *ret_detail = g_strdup ("glib");
  return self;
}

static GArray *
look_at_gtasks (const InspectorProbeTarget *target, const GTaskLayout *layout, const GArray *gtasks)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (LookGTask));

  for (guint i = 0; i < gtasks->len; i++)
    {
      LookGTask gtask;

      if (look_read_gtask (target, layout, g_array_index (gtasks, LookGTask, i).address, &gtask))
        g_array_append_val (found, gtask);
    }
  return found;
}

static gboolean
look_look (gpointer data, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  Look *self = data;
  g_autoptr (GArray) sources = NULL;
  g_autoptr (GArray) gtasks = NULL;
  gboolean is_whole;

  for (guint i = 0; i < target->n_modules; i++)
    {
      const InspectorProbeModule *module = &target->modules[i];

      debug_symbols_add_module (self->symbols, module->path, module->start, module->end,
                                module->bias, module->build_id, module->build_id_length);
    }
  /* Of what is missing there it is known that it has gone. */
  if (target->only_before)
    {
      sources = look_at_sources (target, &self->anchors, self->sources, &is_whole);
      gtasks = look_at_gtasks (target, &self->layout, self->gtasks);
    }
  else
    {
      gtasks = g_array_new (FALSE, FALSE, sizeof (LookGTask));
      sources = find (self, target, gtasks);
      is_whole = self->is_whole;
    }
  look_say_sources (sources, self->symbols, sink);
  look_say_gtasks (gtasks, self->symbols, sink);
  return is_whole;
}

INSPECTOR_PROBE_DEFINE (.open = look_open, .look = look_look, .close = look_close)
