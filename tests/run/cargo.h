/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUN_CARGO_H
#define RUN_CARGO_H

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Programs of Rust are built when their test is run, for cargo may not be there, and what they depend on
 * may not be to be had. */

/* Builds the project of that name in tests/apps, with @arguments for cargo build. Returns: (transfer full)
 * (nullable): why it cannot be built */
char *run_cargo_build (const char *project, const char *const *arguments);
/* Skips the test for that reason; FALSE: there is none. */
gboolean run_cargo_is_missing (const char *why);
/* Where it is built. */
char *run_cargo_target (const char *project);
/* A program of it, of the profile "debug". */
char *run_cargo_program (const char *project, const char *name);
/* Another program beside it: @program without debug info and symbols. (transfer full) */
char *run_cargo_strip (const char *project, const char *program, const char *name);
/* "main.rs:12" for the line that ends in "// MARKER" in a file of that folder of the project. */
char *run_cargo_place (const char *project, const char *folder, const char *marker);
/* `PROGRAM SCENARIO 2 SECONDS`, once it says that it is "ready": all its tasks have come to rest. */
GSubprocess *run_cargo_start (const char *program, const char *scenario, const char *seconds);

/* What a task of a report is to wait for. */
typedef struct
{
  const char *task;      /* where it began, or what it is called */
  const char *waits_for; /* a pattern */
  const char *label;     /* (nullable): of the line, behind "AWAIT: " in src of the project */
  const char *behind;    /* (nullable): a pattern of what else is said of it */
} RunCargoWait;
/* Whether each of @n waits is in one of those lists of tasks of a target; which one is not is said. @lists: up to NULL */
gboolean run_cargo_has_waits (JsonObject *target, const char *project, const char *const *lists,
                              const RunCargoWait *waits, guint n);

/* Whether a report shows of a target what is to be seen. */
typedef gboolean (*RunSeenFunc) (JsonObject *target);
/* Looks at a program from outside, for longer each time, until that is seen: a program may take long to come to where it
 * stays, and so may a look, on a machine with much to do. The program is ended. FALSE: it was never seen */
gboolean run_cargo_see (const char *const *argv, RunSeenFunc is_seen);
/* The same of a program that is followed from its start, by "run"; its last argument is given here, how many seconds it
 * takes. */
gboolean run_cargo_follow (const char *program, const char *scenario, RunSeenFunc is_seen);

G_END_DECLS

#endif
