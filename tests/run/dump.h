/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUN_DUMP_H
#define RUN_DUMP_H

#include <gio/gio.h>

G_BEGIN_DECLS

/* A program that leaves a core file in a folder of its own. */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *lines; /* what it says */
  int pid;
  char *folder;
} Dumped;

/* Starts it, and waits until it has said "ready". Its standard input is a pipe. */
void dumped_begin (Dumped *dumped, const char *const *argv);
/* By a debugger, from outside; it goes on. (transfer full): the path; NULL: there is none here */
char *dumped_write (Dumped *dumped);
/* By the kernel, which ends it. NULL: core files go elsewhere here */
char *dumped_abort (Dumped *dumped);
/* Ends it, and removes its folder with all that is in it. */
void dumped_end (Dumped *dumped);

G_END_DECLS

#endif
