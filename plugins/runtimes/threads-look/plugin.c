/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"
#include "waits.h"

/* A program with one thread waits for no other. */
static gpointer
look_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  /* What one has left says nothing of where its threads slept. */
  if (target->pid == 0 || target->n_threads < 2)
    return NULL;
  *ret_detail = g_strdup ("threads");
  return debug_symbols_new ();
}

static void
look_close (gpointer data)
{
  debug_symbols_free (data);
}

static gboolean
look_look (gpointer data, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  DebugSymbols *symbols = data;
  g_autoptr (GPtrArray) waits = NULL;

  for (guint i = 0; i < target->n_modules; i++)
    {
      const InspectorProbeModule *module = &target->modules[i];

      debug_symbols_add_module (symbols, module->path, module->start, module->end, module->bias,
                                module->build_id, module->build_id_length);
    }
  waits = look_find_waits (target, symbols);
  look_say_waits (waits, target, symbols, sink);
  return TRUE;
}

INSPECTOR_PROBE_DEFINE (.open = look_open, .look = look_look, .close = look_close)
