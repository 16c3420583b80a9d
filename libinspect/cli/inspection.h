/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_INSPECTION_H
#define CLI_INSPECTION_H

#include "inspector.h"
#include "session/follow.h"
#include "target/guard.h"
#include "target/launch.h"

G_BEGIN_DECLS

/* A program that runs with the agent in it, and what is below it: started, followed to its end. What
 * a command makes of that is its own. */
typedef struct
{
  char **program; /* its argv */
  char *path;
  InspectorSession *session;
  Follow *follow;
  GPtrArray *runtimes; /* TargetRuntime */
  GMainLoop *loop;     /* quits when the program has ended */
  int pid;
  int status; /* of waitpid() */
  gboolean ended;
  gboolean only_looks;  /* there is no agent in it */
  TargetGuard *guard;   /* detaches where we cannot any more */
  gboolean is_attached; /* it runs for others, who will ask for its status */
  gboolean refused;     /* some process could not be inspected, and that was said */
  gboolean
      is_urgent; /* it may have to tell all in no time: it keeps its weight beside the program */
} CliInspection;

/* Everything up to starting the program: mistakes cost nothing. @self is zeroed; clear it in any
 * case. @channel_options: as CHANNEL_ENV_OPTIONS */
gboolean cli_inspection_open (CliInspection *self, const char *const *program,
                              const char *channel_options, GError **error);
/* The same for a process that runs already. */
gboolean cli_inspection_open_process (CliInspection *self, int pid, gboolean only_looks,
                                      const char *channel_options, GError **error);
/* Attaches to it; the program is stopped for a moment, but where it is only looked at. */
gboolean cli_inspection_attach (CliInspection *self, GError **error);
gboolean cli_inspection_detach (CliInspection *self, GError **error);
/* @options: (nullable) */
gboolean cli_inspection_spawn (CliInspection *self, const TargetSpawnOptions *options,
                               GError **error);
/* Until the program has ended. */
void cli_inspection_run (CliInspection *self);
/* The program does not come first any more. */
void cli_inspection_hurry (void);
/* Of this very moment; (transfer full) */
InspectorReport *cli_inspection_build_report (CliInspection *self, InspectorReportReason reason);
/* Whether a process used a runtime that a plugin knows, or reported by itself (inspect.h). */
gboolean cli_inspection_is_useful (CliInspection *self);
/* 0, or what to exit with where the program does not say: some process was refused, or nothing was seen of it, and
 * that is said. @name: of the program */
int cli_inspection_get_status (CliInspection *self, const char *name);
void cli_inspection_clear (CliInspection *self);

/* Names the libraries of the runtimes that plugins are there for, so that a recording is shown as the
 * program was: before it is opened. */
void cli_session_set_libraries (InspectorSession *session);

G_END_DECLS

#endif
