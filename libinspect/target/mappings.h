/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_MAPPINGS_H
#define TARGET_MAPPINGS_H

/* All mappings of a process, as /proc/PID/maps has them. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 begin, end;
  guint64 offset; /* in the file */
  guint64 inode;  /* 0: of no file */
  gboolean is_readable, is_writable, is_executable, is_shared;
  char *path; /* as the process sees it, "[stack]"; "" for none. A file that was removed ends in
                 " (deleted)" */
} TargetMapping;

/* Returns: (transfer full) (nullable): of TargetMapping, by address; NULL: not ours to see */
GPtrArray *target_mappings_read (int pid);
/* The mapping that has @address, or NULL. */
const TargetMapping *target_mappings_find (const GPtrArray *mappings, guint64 address);
/* Where the process has the function or variable of that name: in the first object whose file name has that prefix and
 * that offers it. @mem_fd: /proc/PID/mem */
gboolean target_mappings_look_up (const GPtrArray *mappings, int mem_fd, const char *prefix,
                                  const char *symbol, guint64 *ret_address);
/* Whether this mapping is the beginning of an object that was loaded: of its ELF header. */
gboolean target_mapping_is_object (const TargetMapping *mapping);
/* The file that is mapped, as the process @pid sees it. Returns: -1: it is there no more */
int target_mapping_open_file (const TargetMapping *mapping, int pid);
/* The file's own name, without its folder and " (deleted)". Returns: (transfer full) */
char *target_mapping_dup_name (const TargetMapping *mapping);

G_END_DECLS

#endif
