/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef KERNEL_LOOK_ENDS_H
#define KERNEL_LOOK_ENDS_H

#include <glib.h>

G_BEGIN_DECLS

/* Which processes have a pipe, a FIFO, a socket or a file open. The kernel has no such list: it is made of what each
 * process has open that we may look into, this one left out. It is made anew after a while, of those alone that have run
 * since (target/facts.h): after two seconds, and the longer somebody has waited for what he asks about, the later. */

typedef struct _KernelEnds KernelEnds;

typedef struct
{
  int pid, fd;
} KernelEnd;

KernelEnds *kernel_ends_new (void);
void kernel_ends_free (KernelEnds *ends);
/* Of the next look. */
void kernel_ends_begin (KernelEnds *ends, gint64 now_ns);
/* Those that have @link (things.h) open for reading, or for writing, at this moment; each process once. @since_ns: since when
 * it is waited for; 0: that is not known. (transfer full): of int */
GArray *kernel_ends_find (KernelEnds *ends, const char *link, gboolean for_writing,
                          gint64 since_ns);
/* (transfer full): all descriptors of it: of KernelEnd */
GArray *kernel_ends_find_all (KernelEnds *ends, const char *link, gint64 since_ns);
/* Whether what was asked then, of what is waited for since @since_ns, is to be asked again; @asked_ns: 0: it was not. */
gboolean kernel_is_old (gint64 asked_ns, gint64 since_ns, gint64 now_ns);

G_END_DECLS

#endif
