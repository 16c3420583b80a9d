/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <string.h>

#include "debuginfo/symbols.h"
#include "jobs.h"
#include "loops.h"
#include "search.h"

typedef struct
{
  char *module; /* path of the object that has libuv */
  DebugSymbols *symbols;
  GArray
      *loops; /* guint64: as they were found at first, where nothing else is asked for; else NULL */
  GArray *jobs; /* LookJob: the same; else NULL */
} Look;

static void
look_close (gpointer data)
{
  Look *self = data;

  debug_symbols_free (self->symbols);
  g_clear_pointer (&self->loops, g_array_unref);
  g_clear_pointer (&self->jobs, g_array_unref);
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

/* What a process has left is searched once, and so is one whose agent tells of all that begins. */
static GArray *
find_jobs (const InspectorProbeTarget *target, GArray *loops)
{
  GArray *jobs = g_array_new (FALSE, FALSE, sizeof (LookJob));

  if (target->pid == 0 || target->only_before)
    look_search (target, loops, jobs);
  return jobs;
}

static gpointer
look_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  const InspectorProbeModule *module = find_module (target);
  g_autoptr (GArray) loops = NULL;
  g_autoptr (GArray) jobs = NULL;
  Look *self;

  if (module == NULL)
    return NULL;
  loops = look_find_loops (target, module);
  jobs = find_jobs (target, loops);
  if (loops->len == 0)
    return NULL;
  self = g_new0 (Look, 1);
  self->module = g_strdup (module->path);
  self->symbols = debug_symbols_new ();
  self->jobs = g_steal_pointer (&jobs);
  if (target->only_before)
    self->loops = g_steal_pointer (&loops);
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
  const LookTeller teller = { target, sink, find_place, self };
  g_autoptr (GArray) loops = self->loops != NULL
                                 ? g_array_ref (self->loops)
                                 : look_find_loops (target, find_again (self, target));
  gboolean is_whole = TRUE;

  add_modules (self, target);
  for (guint i = 0; i < loops->len; i++)
    {
      LookLoop loop;

      if (look_copy_loop (target, g_array_index (loops, guint64, i), &loop))
        is_whole &= look_say_loop (&loop, &teller);
      else
        is_whole = FALSE;
      look_loop_clear (&loop);
    }
  for (guint i = 0; i < self->jobs->len; i++)
    is_whole &= look_say_job (&g_array_index (self->jobs, LookJob, i), &teller);
  return is_whole;
}

INSPECTOR_PROBE_DEFINE (.open = look_open, .look = look_look, .close = look_close)
