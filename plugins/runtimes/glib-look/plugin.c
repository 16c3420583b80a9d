/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

typedef struct
{
  Anchors anchors;
  DebugSymbols *symbols;
} Look;

static void
look_close (gpointer data)
{
  Look *self = data;

  debug_symbols_free (self->symbols);
  g_free (self);
}

/* Many programs have GLib in them and no main loop. */
static gpointer
look_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  g_autoptr (GArray) sources = NULL;
  gboolean is_whole;
  Anchors anchors;
  Look *self;

  if (!look_find_anchors (target, &anchors))
    return NULL;
  sources = look_find_sources (target, &anchors, &is_whole);
  if (sources->len == 0)
    return NULL;
  self = g_new0 (Look, 1);
  self->anchors = anchors;
  self->symbols = debug_symbols_new ();
  *ret_detail = g_strdup ("glib");
  return self;
}

static gboolean
look_look (gpointer data, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  Look *self = data;
  g_autoptr (GArray) sources = NULL;
  gboolean is_whole;

  for (guint i = 0; i < target->n_modules; i++)
    {
      const InspectorProbeModule *module = &target->modules[i];

      debug_symbols_add_module (self->symbols, module->path, module->start, module->end,
                                module->bias, module->build_id, module->build_id_length);
    }
  sources = look_find_sources (target, &self->anchors, &is_whole);
  look_say_sources (sources, self->symbols, sink);
  return is_whole;
}

INSPECTOR_PROBE_DEFINE (.open = look_open, .look = look_look, .close = look_close)
