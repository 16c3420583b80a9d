/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_THINGS_H
#define TARGET_THINGS_H

#include <glib.h>

G_BEGIN_DECLS

/* What a descriptor is of. */

/* All of a file of /proc; (transfer full) (nullable) */
char *kernel_file_read (const char *path);
/* The same of a thread. */
char *kernel_file_read_of (int pid, int tid, const char *name);

typedef enum
{
  KERNEL_UNKNOWN,
  KERNEL_PIPE, /* or a FIFO, which has a name */
  KERNEL_SOCKET,
  KERNEL_TERMINAL,
  KERNEL_FILE,
  KERNEL_EVENTS, /* an eventfd, a timer and the like, which the kernel or another thread writes to */
} KernelThingOf;

typedef struct
{
  KernelThingOf of;
  char *
      link; /* as the kernel calls it: "pipe:[4711]", "/tmp/fifo"; the same for all who have it open */
  char *name; /* for people */
  guint64 device, inode;
} KernelThing;

gboolean kernel_thing_read (int pid, int fd, KernelThing *ret_thing);
/* A file by its name, as that process sees it. */
gboolean kernel_thing_read_path (int pid, const char *path, KernelThing *ret_thing);
void kernel_thing_copy (const KernelThing *thing, KernelThing *ret_copy);
void kernel_thing_clear (KernelThing *thing);
/* (nullable): of a descriptor that is not open */
char *kernel_thing_dup_link (int pid, int fd);
/* How it was opened: O_RDONLY, O_WRONLY, O_RDWR; -1: that is not known */
int kernel_thing_get_access (int pid, int fd);

G_END_DECLS

#endif
