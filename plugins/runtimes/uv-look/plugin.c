/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <string.h>

#include "debuginfo/symbols.h"
#include "loops.h"

typedef struct
{
  char *module; /* path of the object that has libuv */
  DebugSymbols *symbols;
} Look;

static void
look_close (gpointer data)
{
  Look *self = data;

  debug_symbols_free (self->symbols);
  g_free (self->module);
  g_free (self);
}

/* By its name, or, where it is linked statically, because the program itself has it. */
static const InspectorProbeModule *
find_module (const InspectorProbeTarget *target)
{
  const InspectorProbeModule *program = NULL;

  for (guint i = 0; i < target->n_modules; i++)
    {
      g_autofree char *name = g_path_get_basename (target->modules[i].name);

      if (g_str_has_prefix (name, "libuv.so"))
        return &target->modules[i];
      if (target->modules[i].is_program)
        program = &target->modules[i];
    }
  return program;
}

static gpointer
look_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  const InspectorProbeModule *module = find_module (target);
  g_autoptr (GArray) loops = NULL;
  Look *self;

  if (module == NULL)
    return NULL;
  loops = look_find_loops (target, module);
  if (loops->len == 0)
    return NULL;
  self = g_new0 (Look, 1);
  self->module = g_strdup (module->path);
  self->symbols = debug_symbols_new ();
  *ret_detail = g_strdup ("libuv");
  return self;
}

static void
add_modules (Look *self, const InspectorProbeTarget *target)
{
  for (guint i = 0; i < target->n_modules; i++)
    {
      const InspectorProbeModule *module = &target->modules[i];

      debug_symbols_add_module (self->symbols, module->path, module->start, module->end,
                                module->bias, module->build_id, module->build_id_length);
    }
}

static void
find_place (gpointer data, guint64 address, InspectorProbePlace *ret_place)
{
  Look *self = data;
  const DebugSymbol *symbol = debug_symbols_lookup (self->symbols, address, DEBUG_ADDRESS_FUNCTION);

  *ret_place = (InspectorProbePlace){ symbol->function, symbol->file, symbol->line, FALSE };
}

static const InspectorProbeModule *
find_again (const Look *self, const InspectorProbeTarget *target)
{
  for (guint i = 0; i < target->n_modules; i++)
    if (g_str_equal (target->modules[i].path, self->module))
      return &target->modules[i];
  return NULL;
}

static gboolean
look_look (gpointer data, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  Look *self = data;
  g_autoptr (GArray) loops = look_find_loops (target, find_again (self, target));
  gboolean is_whole = TRUE;

  add_modules (self, target);
  for (guint i = 0; i < loops->len; i++)
    {
      LookLoop loop;

      if (look_copy_loop (target, g_array_index (loops, guint64, i), &loop))
        is_whole &= look_say_loop (&loop, target, find_place, self, sink);
      else
        is_whole = FALSE;
      look_loop_clear (&loop);
    }
  return is_whole;
}

INSPECTOR_PROBE_DEFINE (.open = look_open, .look = look_look, .close = look_close)
