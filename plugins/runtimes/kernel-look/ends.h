/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef KERNEL_LOOK_ENDS_H
#define KERNEL_LOOK_ENDS_H

#include <glib.h>

G_BEGIN_DECLS

/* Which processes have a pipe, a FIFO, a socket or a file open. The kernel has no such list: it is made of what each
 * process has open that we may look into, and is made anew after a while. */

typedef struct _KernelEnds KernelEnds;

typedef struct
{
  int pid, fd;
} KernelEnd;

KernelEnds *kernel_ends_new (void);
void kernel_ends_free (KernelEnds *ends);
/* What was found is older than that is good for. */
void kernel_ends_begin (KernelEnds *ends, gint64 now_ns);
/* Those that have @link (things.h) open for reading, or for writing, at this moment; each process once.
 * (transfer full): of int */
GArray *kernel_ends_find (KernelEnds *ends, const char *link, gboolean for_writing);
/* (transfer full): all descriptors of it: of KernelEnd */
GArray *kernel_ends_find_all (KernelEnds *ends, const char *link);

G_END_DECLS

#endif
