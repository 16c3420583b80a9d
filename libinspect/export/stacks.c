/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "export/stacks.h"

#include <stdlib.h>
#include <string.h>
#include "model/model.h"

/* A hostile recording could name as many functions as it likes. */
#define MAX_FRAMES 262144

struct _ExportStacks
{
  const ExportStackFuncs *funcs;
  gpointer data;
  guint32 process;
  int pid;
  GHashTable *stacks;  /* tid -> ExportStack, of the program */
  GHashTable *by_text; /* name and place -> ExportFrame */
  GPtrArray *frames;   /* ExportFrame */
};

static void
frame_free (gpointer data)
{
  ExportFrame *frame = data;

  g_free (frame->name);
  g_free (frame->file);
  g_free (frame);
}

ExportStacks *
export_stacks_new (const ExportStackFuncs *funcs, gpointer data)
{
  ExportStacks *self = g_new0 (ExportStacks, 1);

  self->funcs = funcs;
  self->data = data;
  self->stacks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->by_text = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->frames = g_ptr_array_new_with_free_func (frame_free);
  return self;
}

void
export_stacks_free (ExportStacks *self)
{
  g_hash_table_unref (self->stacks);
  g_hash_table_unref (self->by_text);
  g_ptr_array_unref (self->frames);
  g_free (self);
}

void
export_stacks_set_process (ExportStacks *self, guint32 process, int pid)
{
  self->process = process;
  self->pid = pid;
  g_hash_table_remove_all (self->stacks);
}

guint
export_stacks_count_frames (const ExportStacks *self)
{
  return self->frames->len;
}

const ExportFrame *
export_stacks_get_frame (const ExportStacks *self, guint index)
{
  return g_ptr_array_index (self->frames, index);
}

static const ExportFrame *
frame_new (ExportStacks *self, const char *name, const char *where)
{
  ExportFrame *frame = g_new0 (ExportFrame, 1);
  const char *colon = strrchr (where, ':');

  frame->number = self->frames->len;
  frame->name = g_strdup (name);
  frame->file = colon != NULL ? g_strndup (where, (gsize)(colon - where)) : g_strdup (where);
  frame->line = colon != NULL ? (guint)strtoul (colon + 1, NULL, 10) : 0;
  g_ptr_array_add (self->frames, frame);
  return frame;
}

static char *
dup_name (const ExportSpan *span)
{
  if (span->of == EXPORT_POLL)
    return g_strdup (span->name);
  return span->place.function != NULL ? g_strdup_printf ("%s [%s]", span->name, span->kind)
                                      : g_strdup_printf ("[%s]", span->kind);
}

static const ExportFrame *
get_frame (ExportStacks *self, const ExportSpan *span)
{
  g_autofree char *name = dup_name (span);
  g_autofree char *text = g_strconcat (name, "\n", span->place.where, NULL);
  const ExportFrame *frame;

  if (g_hash_table_size (self->by_text) >= MAX_FRAMES)
    {
      g_free (text);
      g_free (name);
      name = g_strdup ("(other)");
      text = g_strdup (name);
    }
  frame = g_hash_table_lookup (self->by_text, text);
  if (frame == NULL)
    {
      frame = frame_new (self, name, strcmp (text, name) == 0 ? "" : span->place.where);
      g_hash_table_insert (self->by_text, g_steal_pointer (&text), (gpointer)frame);
    }
  return frame;
}

static ExportStack *
get_stack (ExportStacks *self, const ExportSpan *span)
{
  ExportStack *stack;

  if (span->tid == 0 || (span->of != EXPORT_POLL &&
                         (span->of != EXPORT_AWAIT || (span->flags & INSPECT_AWAIT_BLOCKS) == 0)))
    return NULL;
  stack = g_hash_table_lookup (self->stacks, GINT_TO_POINTER (span->tid));
  if (stack == NULL)
    {
      stack = g_new0 (ExportStack, 1);
      stack->process = self->process;
      stack->tid = span->tid;
      stack->is_main = span->tid == self->pid;
      stack->time_ns = span->begin_ns;
      g_hash_table_insert (self->stacks, GINT_TO_POINTER (span->tid), stack);
    }
  return stack;
}

void
export_stacks_begin (ExportStacks *self, const ExportSpan *span)
{
  ExportStack *stack = get_stack (self, span);
  const ExportFrame *frame;
  gint64 time_ns;

  if (stack == NULL || stack->depth == EXPORT_STACK_DEPTH)
    return;
  frame = get_frame (self, span);
  time_ns = MAX (stack->time_ns, span->begin_ns);
  self->funcs->open (self->data, stack, frame, time_ns);
  stack->time_ns = time_ns;
  stack->open[stack->depth].id = span->id;
  stack->open[stack->depth++].frame = frame;
}

void
export_stacks_end (ExportStacks *self, const ExportSpan *span)
{
  ExportStack *stack = get_stack (self, span);
  guint depth = stack != NULL ? stack->depth : 0;

  while (depth > 0 && stack->open[depth - 1].id != span->id)
    depth--;
  if (depth == 0)
    return;
  while (stack->depth >= depth)
    {
      gint64 time_ns = MAX (stack->time_ns, span->end_ns);
      const ExportFrame *frame = stack->open[stack->depth - 1].frame;

      self->funcs->close (self->data, stack, frame, time_ns);
      stack->time_ns = time_ns;
      stack->depth--;
    }
}
