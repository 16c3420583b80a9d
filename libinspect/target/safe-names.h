/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_SAFE_NAMES_H
#define TARGET_SAFE_NAMES_H

/* What is known by name of files and of functions, for who asks what a thread may hold. */

#include <glib.h>

G_BEGIN_DECLS

/* What a file is a part of. */
typedef enum
{
  PART_PROGRAM,   /* the program's own, and its libraries */
  PART_LIBC,      /* libc and what was part of it once */
  PART_FORBIDDEN, /* the loader, allocators, sanitizers */
  PART_OURS,      /* the agent, libinspect, plugins */
  PART_KERNEL,    /* the vdso */
} PartOf;

/* What a function is. */
typedef enum
{
  RANGE_HARMLESS,  /* in libc */
  RANGE_IDLE,      /* in libc, and of those what no allocator calls */
  RANGE_WAIT,      /* in libc, and so is all that it calls */
  RANGE_JOIN,      /* the same while it sleeps; else it may hold what threads begin with */
  RANGE_BOTTOM,    /* in libc: nobody has called it */
  RANGE_FORBIDDEN, /* elsewhere */
  N_RANGE_KINDS
} RangeKind;

/* By the name of the file, without its folder. */
PartOf safe_names_get_part (const char *file);
const char *const *safe_names_list (RangeKind kind, gsize *ret_n);

G_END_DECLS

#endif
