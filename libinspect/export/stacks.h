/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_STACKS_H
#define EXPORT_STACKS_H

#include "export/exporter.h"

G_BEGIN_DECLS

/* What threads did, as stacks: polls within each other, and calls that sleep. Whatever the records
 * say, what opens last closes first, and no time goes back. */

typedef struct
{
  guint32 number; /* from 0, the same for all frames of that text and place */
  char *name;     /* "fetch_posts"; "store [thread.lock]" of a call that sleeps */
  char *file;     /* "request.c", "" */
  guint line;     /* 0 unknown */
} ExportFrame;

#define EXPORT_STACK_DEPTH 64

typedef struct
{
  guint32 process;
  gint32 tid;
  gboolean is_main;
  gint64 time_ns; /* of the latest change */
  guint depth;
  struct
  {
    guint64 id; /* of its span */
    const ExportFrame *frame;
  } open[EXPORT_STACK_DEPTH];
  guint64 observed; /* the caller's */
} ExportStack;

typedef struct
{
  /* @frame is not yet, and no longer, in @stack; @stack's time is that of the change before. */
  void (*open) (gpointer data, ExportStack *stack, const ExportFrame *frame, gint64 time_ns);
  void (*close) (gpointer data, ExportStack *stack, const ExportFrame *frame, gint64 time_ns);
} ExportStackFuncs;

typedef struct _ExportStacks ExportStacks;

ExportStacks *export_stacks_new (const ExportStackFuncs *funcs, gpointer data);
void export_stacks_free (ExportStacks *stacks);
/* The threads after that are those of another program. */
void export_stacks_set_process (ExportStacks *stacks, guint32 process, int pid);
void export_stacks_begin (ExportStacks *stacks, const ExportSpan *span);
void export_stacks_end (ExportStacks *stacks, const ExportSpan *span);
guint export_stacks_count_frames (const ExportStacks *stacks);
const ExportFrame *export_stacks_get_frame (const ExportStacks *stacks, guint index);

G_END_DECLS

#endif
