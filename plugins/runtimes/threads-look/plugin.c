/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <string.h>

#include "held.h"
#include "say.h"
#include "waits.h"

/* Of the plugin that tells of waits from within a program that has an agent. */
#define REPORTER "threads.so"
#define REPORTER_COPY "async-inspect-threads.so" /* where the program does not see our files */
#define REPORTER_EXPORT "inspect_runtime_plugin"
#define MAX_REPORTER (G_GUINT64_CONSTANT (4) << 20)

typedef struct
{
  DebugSymbols *symbols;
  guint64 reporter; /* where it begins; 0: it has none */
  guint64 seen;     /* the end of the one that was looked into last */
  LookWaits *waits;
  LookHeldLocks *held;
  InspectorProbeModule copy; /* of one that was handed over, which is no file of the program's */
} Look;

/* A program with one thread waits for no other. */
static gpointer
look_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  Look *self;

  /* What one has left says nothing of where its threads slept. */
  if (target->pid == 0 || target->n_threads < 2)
    return NULL;
  *ret_detail = g_strdup ("threads");
  self = g_new0 (Look, 1);
  self->symbols = debug_symbols_new ();
  self->waits = look_waits_new ();
  self->held = look_held_new ();
  return self;
}

static void
look_close (gpointer data)
{
  Look *self = data;

  debug_symbols_free (self->symbols);
  look_waits_free (self->waits);
  look_held_free (self->held);
  g_free (self);
}

/* Perl has one of that name, too. */
static gboolean
is_plugin (const char *path)
{
  g_autofree char *contents = NULL;
  gsize length = 0;

  return g_file_get_contents (path, &contents, &length, NULL) && length <= MAX_REPORTER &&
         memmem (contents, length, REPORTER_EXPORT, strlen (REPORTER_EXPORT)) != NULL;
}

/* The agent and its plugins are no modules where they were handed over as memory. */
static const InspectorProbeModule *
find_copy (Look *self, int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/maps", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  self->copy = (InspectorProbeModule){ 0 };
  if (!g_file_get_contents (path, &text, NULL, NULL) ||
      strstr (text, "/memfd:" REPORTER_COPY) == NULL)
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *end = NULL;
      guint64 from = g_ascii_strtoull (lines[i], &end, 16);

      if (strstr (lines[i], "/memfd:" REPORTER_COPY) == NULL || *end != '-')
        continue;
      if (self->copy.end == 0)
        self->copy.start = from;
      self->copy.end = g_ascii_strtoull (end + 1, NULL, 16);
    }
  return &self->copy;
}

static const InspectorProbeModule *
find_reporter (Look *self, const InspectorProbeTarget *target)
{
  for (guint i = 0; i < target->n_modules; i++)
    {
      const InspectorProbeModule *module = &target->modules[i];
      g_autofree char *name = g_path_get_basename (module->name);

      if (!g_str_has_prefix (name, REPORTER))
        continue;
      if (self->seen != module->end)
        {
          self->seen = module->end;
          self->reporter = is_plugin (module->path) ? module->start : 0;
        }
      if (self->reporter == module->start)
        return module;
    }
  return find_copy (self, target->pid);
}

static gboolean
look_look (gpointer data, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  Look *self = data;
  g_autoptr (GPtrArray) waits = NULL;
  g_autoptr (GArray) held = NULL;

  for (guint i = 0; i < target->n_modules; i++)
    {
      const InspectorProbeModule *module = &target->modules[i];

      debug_symbols_add_module (self->symbols, module->path, module->start, module->end,
                                module->bias, module->build_id, module->build_id_length);
    }
  look_held_search (self->held, target, self->symbols);
  waits = look_waits_find (self->waits, target, self->symbols, find_reporter (self, target));
  held = look_held_list (self->held, target);
  look_say_threads (waits, self->held, held, target, self->symbols, sink);
  return TRUE;
}

INSPECTOR_PROBE_DEFINE (.open = look_open, .look = look_look, .close = look_close)
