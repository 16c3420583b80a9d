/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "stacks.h"

/* Unwinding takes milliseconds, so it is done once for each sleep of a thread; threads that run are
 * stopped for it, no more than a few a look. */
#define MAX_STOPS 8

typedef struct
{
  guint64 n_sleeps, sp, pc;
  guint look; /* the last one that asked */
  gboolean is_known;
  RustStack stack;
} Kept;

struct _RustStacks
{
  const InspectorProbeTarget *target; /* of this look */
  GHashTable *kept;                   /* tid -> Kept */
  DebugSymbols *symbols;
  guint n_modules; /* that are in @symbols */
  guint look, n_stops;
  guint64 next_id;
};

RustStacks *
rust_stacks_new (void)
{
  RustStacks *self = g_new0 (RustStacks, 1);

  self->kept = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->symbols = debug_symbols_new ();
  return self;
}

void
rust_stacks_free (RustStacks *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->kept);
  debug_symbols_free (self->symbols);
  g_free (self);
}

static gboolean
is_old (gpointer tid, gpointer kept, gpointer data)
{
  return ((Kept *)kept)->look + 1 < ((RustStacks *)data)->look;
}

void
rust_stacks_begin (RustStacks *self, const InspectorProbeTarget *target)
{
  self->target = target;
  self->n_stops = 0;
  self->look++;
  g_hash_table_foreach_remove (self->kept, is_old, self);
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

#if defined(__aarch64__)
#define REGISTER_SP 31
#else
#define REGISTER_SP 7
#endif

const RustStack *
rust_stacks_get (RustStacks *self, const InspectorProbeThread *thread, gboolean may_stop)
{
  Kept *kept = g_hash_table_lookup (self->kept, GINT_TO_POINTER (thread->tid));
  const InspectorProbeCall *innermost;
  gboolean is_new = kept == NULL;

  if (is_new)
    {
      kept = g_new0 (Kept, 1);
      g_hash_table_insert (self->kept, GINT_TO_POINTER (thread->tid), kept);
    }
  /* It was asked for in this look, or sleeps on. */
  if (!is_new &&
      (kept->look == self->look || (thread->sp != 0 && kept->sp == thread->sp &&
                                    kept->pc == thread->pc && kept->n_sleeps == thread->n_sleeps)))
    {
      kept->look = self->look;
      return kept->is_known ? &kept->stack : NULL;
    }
  kept->look = self->look;
  kept->sp = thread->sp;
  kept->pc = thread->pc;
  kept->n_sleeps = thread->n_sleeps;
  kept->is_known = FALSE;
  if (thread->sp == 0 && (!may_stop || self->n_stops++ >= MAX_STOPS))
    return NULL;
  if (!self->target->get_stack (self->target->data, thread, may_stop, &kept->stack.stack))
    return NULL;
  innermost = &kept->stack.stack.calls[0];
  kept->stack.sp =
      (innermost->known & 1u << REGISTER_SP) != 0 ? innermost->registers[REGISTER_SP] : thread->sp;
  kept->is_known = TRUE;
  return &kept->stack;
}

const DebugSymbol *
rust_stacks_get_symbol (RustStacks *self, const InspectorProbeCall *call)
{
  return debug_symbols_lookup (self->symbols, call->pc + call->is_activation, DEBUG_ADDRESS_CALL);
}

guint64
rust_stacks_next_id (RustStacks *self)
{
  return ++self->next_id;
}
