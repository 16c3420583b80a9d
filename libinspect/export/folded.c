/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Folded stacks, which flamegraph tools read: how long threads were in which polls, and in which
 * calls that sleep, added up. */

#include "export/stacks.h"

#include <string.h>

/* What finds no room is added to the stack that it is within. */
#define MAX_NODES (1024 * 1024)

/* A stack: that of its parent, and one frame more. */
typedef struct
{
  guint32 parent; /* 0: none; the first node stands for that */
  guint32 frame;
  gint64 own_ns;
} Node;

typedef struct
{
  ExportOutput *output;
  ExportStacks *stacks;
  GArray *nodes;       /* Node */
  GHashTable *by_step; /* parent << 32 | frame -> number of a node */
  GPtrArray *roots;    /* char *: of "main thread", of each program */
} Folded;

/* Roots are frames of numbers that no frame has. */
#define ROOT_BIT (G_GUINT64_CONSTANT (1) << 31)

static guint32
get_node (Folded *folded, guint32 parent, guint32 frame)
{
  gint64 key = (gint64)((guint64)parent << 32 | frame);
  gpointer number = g_hash_table_lookup (folded->by_step, &key);
  Node node = { parent, frame, 0 };

  if (number != NULL)
    return GPOINTER_TO_UINT (number);
  if (folded->nodes->len >= MAX_NODES)
    return parent;
  g_array_append_val (folded->nodes, node);
  g_hash_table_insert (folded->by_step, g_memdup2 (&key, sizeof key),
                       GUINT_TO_POINTER (folded->nodes->len - 1));
  return folded->nodes->len - 1;
}

/* The node of what is open. */
static guint32
get_top (Folded *folded, const ExportStack *stack)
{
  guint32 root = (guint32)(folded->roots->len - (stack->is_main ? 2 : 1));
  guint32 node = get_node (folded, 0, (guint32)ROOT_BIT | root);

  for (guint i = 0; i < stack->depth; i++)
    node = get_node (folded, node, stack->open[i].frame->number);
  return node;
}

static void
add_up (gpointer data, ExportStack *stack, const ExportFrame *frame, gint64 time_ns)
{
  Folded *folded = data;
  guint32 top;

  if (stack->depth == 0)
    return;
  top = get_top (folded, stack);
  g_array_index (folded->nodes, Node, top).own_ns += time_ns - stack->time_ns;
}

static void
folded_process (gpointer self, const ExportProcess *process)
{
  Folded *folded = self;
  g_autofree char *base = g_path_get_basename (process->command);
  g_auto (GStrv) words = g_strsplit (base, " ", 2);

  g_ptr_array_add (folded->roots, g_strdup_printf ("%s %d;main thread", words[0], process->pid));
  g_ptr_array_add (folded->roots, g_strdup_printf ("%s %d;other threads", words[0], process->pid));
  export_stacks_set_process (folded->stacks, process->number, process->pid);
}

static void
folded_span_begin (gpointer self, const ExportSpan *span)
{
  export_stacks_begin (((Folded *)self)->stacks, span);
}

static void
folded_span (gpointer self, const ExportSpan *span)
{
  export_stacks_end (((Folded *)self)->stacks, span);
}

/* Names without what ends them in this format. */
static void
put_frame (Folded *folded, const char *name, gboolean is_root)
{
  g_autofree char *text = g_utf8_make_valid (name, -1);

  g_strdelimit (text, is_root ? "\r\n" : ";\r\n", ',');
  export_put (folded->output, text);
}

static void
put_node (Folded *folded, const Node *node)
{
  guint32 path[EXPORT_STACK_DEPTH + 2];
  guint n = 0;

  for (const Node *at = node; at->parent != 0 || at->frame != 0 || at == node;)
    {
      path[n++] = at->frame;
      if (at->parent == 0 || n == G_N_ELEMENTS (path))
        break;
      at = &g_array_index (folded->nodes, Node, at->parent);
    }
  for (guint i = n; i > 0; i--)
    {
      if (i < n)
        export_put_char (folded->output, ';');
      if ((path[i - 1] & ROOT_BIT) != 0)
        put_frame (folded, g_ptr_array_index (folded->roots, path[i - 1] & ~(guint32)ROOT_BIT),
                   TRUE);
      else
        put_frame (folded, export_stacks_get_frame (folded->stacks, path[i - 1])->name, FALSE);
    }
  export_put_char (folded->output, ' ');
  export_put_number (folded->output, node->own_ns);
  export_put_char (folded->output, '\n');
}

static void
folded_end (gpointer self, InspectorSession *session)
{
  Folded *folded = self;

  for (guint i = 1; i < folded->nodes->len; i++)
    if (g_array_index (folded->nodes, Node, i).own_ns > 0)
      put_node (folded, &g_array_index (folded->nodes, Node, i));
}

static gpointer
folded_new (ExportOutput *output, const ExportTrace *trace)
{
  static const ExportStackFuncs funcs = { add_up, add_up };
  Folded *folded = g_new0 (Folded, 1);
  Node none = { 0, 0, 0 };

  folded->output = output;
  folded->stacks = export_stacks_new (&funcs, folded);
  folded->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  folded->by_step = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  folded->roots = g_ptr_array_new_with_free_func (g_free);
  g_array_append_val (folded->nodes, none);
  return folded;
}

static void
folded_free (gpointer self)
{
  Folded *folded = self;

  export_stacks_free (folded->stacks);
  g_array_unref (folded->nodes);
  g_hash_table_unref (folded->by_step);
  g_ptr_array_unref (folded->roots);
  g_free (folded);
}

const ExportWriter export_folded_writer = {
  .new = folded_new,
  .process = folded_process,
  .span_begin = folded_span_begin,
  .span = folded_span,
  .end = folded_end,
  .free = folded_free,
};
