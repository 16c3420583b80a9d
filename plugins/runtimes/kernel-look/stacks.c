/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <string.h>

#include "say.h"

#define MAX_FRAMES 32u
/* Each takes some milliseconds; what is left out is found at the next look. */
#define MAX_A_LOOK 16u

typedef struct
{
  guint64 n_sleeps;
  GArray *frames; /* InspectorProbeFrame */
  gboolean is_used;
} Kept;

struct _KernelStacks
{
  DebugSymbols *symbols;
  GHashTable *by_thread; /* tid -> Kept */
  GStringChunk *texts;
  guint n_asked;
  guint n_modules;
};

static void
kept_free (gpointer data)
{
  g_array_unref (((Kept *)data)->frames);
  g_free (data);
}

KernelStacks *
kernel_stacks_new (void)
{
  KernelStacks *self = g_new0 (KernelStacks, 1);

  self->symbols = debug_symbols_new ();
  self->by_thread = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, kept_free);
  self->texts = g_string_chunk_new (1024);
  return self;
}

void
kernel_stacks_free (KernelStacks *self)
{
  debug_symbols_free (self->symbols);
  g_hash_table_unref (self->by_thread);
  g_string_chunk_free (self->texts);
  g_free (self);
}

static void
add_modules (KernelStacks *self, const InspectorProbeTarget *target)
{
  if (self->n_modules == target->n_modules)
    return;
  self->n_modules = target->n_modules;
  for (guint i = 0; i < target->n_modules; i++)
    {
      const InspectorProbeModule *module = &target->modules[i];

      debug_symbols_add_module (self->symbols, module->path, module->start, module->end,
                                module->bias, module->build_id, module->build_id_length);
    }
}

static gboolean
is_libc (const DebugSymbol *symbol)
{
  return symbol->module != NULL && (g_str_has_prefix (symbol->module, "libc.") ||
                                    g_str_has_prefix (symbol->module, "libpthread") ||
                                    g_str_has_prefix (symbol->module, "ld-"));
}

static void
set_place (KernelStacks *self, const InspectorProbeTarget *target, guint64 pc,
           const DebugSymbol *symbol, InspectorProbePlace *place)
{
  g_autofree char *text = NULL;

  place->function = symbol->function;
  place->file = symbol->file;
  place->line = symbol->line;
  place->is_library = symbol->file == NULL;
  /* Of a program without names its offset is better than nothing. */
  if (symbol->function != NULL)
    return;
  for (guint i = 0; i < target->n_modules && text == NULL; i++)
    if (pc >= target->modules[i].start && pc < target->modules[i].end)
      text =
          g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", target->modules[i].name, symbol->offset);
  if (text != NULL)
    place->function = g_string_chunk_insert_const (self->texts, text);
}

/* From the one that called libc on. */
static void
fill (KernelStacks *self, const InspectorProbeTarget *target, const InspectorProbeStack *stack,
      GArray *frames)
{
  gboolean is_program = FALSE;

  for (guint i = 0; i < stack->n_calls && frames->len < MAX_FRAMES; i++)
    {
      const DebugSymbol *symbol =
          debug_symbols_lookup (self->symbols, stack->calls[i].pc, DEBUG_ADDRESS_CALL);
      InspectorProbeFrame frame = { { 0 }, NULL, 0 };

      is_program = is_program || (symbol->module != NULL && !is_libc (symbol));
      if (!is_program || is_libc (symbol))
        continue;
      set_place (self, target, stack->calls[i].pc, symbol, &frame.place);
      g_array_append_val (frames, frame);
    }
}

const InspectorProbeThread *
kernel_find_thread (const InspectorProbeTarget *target, int tid)
{
  for (guint i = 0; i < target->n_threads; i++)
    if (target->threads[i].tid == tid)
      return &target->threads[i];
  return NULL;
}

const GArray *
kernel_stacks_get (KernelStacks *self, const InspectorProbeTarget *target, const KernelSleep *sleep)
{
  Kept *kept = g_hash_table_lookup (self->by_thread, GINT_TO_POINTER (sleep->tid));
  const InspectorProbeThread *thread = kernel_find_thread (target, sleep->tid);
  g_autofree InspectorProbeStack *stack = NULL;

  if (kept != NULL && kept->n_sleeps == sleep->n_sleeps)
    {
      kept->is_used = TRUE;
      return kept->frames;
    }
  if (thread == NULL || thread->n_sleeps != sleep->n_sleeps || self->n_asked >= MAX_A_LOOK)
    return NULL;
  self->n_asked++;
  add_modules (self, target);
  stack = g_new0 (InspectorProbeStack, 1);
  kept = g_new0 (Kept, 1);
  kept->n_sleeps = sleep->n_sleeps;
  kept->is_used = TRUE;
  kept->frames = g_array_new (FALSE, FALSE, sizeof (InspectorProbeFrame));
  g_hash_table_insert (self->by_thread, GINT_TO_POINTER (sleep->tid), kept);
  if (target->get_stack (target->data, thread, FALSE, stack) && stack->is_asleep)
    fill (self, target, stack, kept->frames);
  return kept->frames;
}

void
kernel_stacks_tidy (KernelStacks *self)
{
  GHashTableIter iter;
  gpointer value;

  self->n_asked = 0;
  g_hash_table_iter_init (&iter, self->by_thread);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Kept *kept = value;

      if (!kept->is_used)
        g_hash_table_iter_remove (&iter);
      else
        kept->is_used = FALSE;
    }
}
