/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_FOLLOW_H
#define SESSION_FOLLOW_H

#include "inspector.h"
#include "target/launch.h"

G_BEGIN_DECLS

/* A program that has the agent in it, and the processes below it, into a session: what they say first, what
 * comes after it, and their ends. It lives in the main context that was the thread's default when it was made,
 * and calls back from there. */
typedef struct _Follow Follow;

typedef struct
{
  /* A process cannot be inspected: one line for the user. */
  void (*complain) (const char *line, gpointer data);
  /* The program itself has ended; its target knows. */
  void (*ended) (gpointer data);
  /* (nullable): something takes long before there is anything to see: one line for the user. */
  void (*progress) (const char *line, gpointer data);
} FollowEvents;

/* @runtimes: of TargetRuntime. @channel_options: as CHANNEL_ENV_OPTIONS. NULL: @error says why */
Follow *follow_new (InspectorSession *session, GPtrArray *runtimes, const char *channel_options,
                    const FollowEvents *events, gpointer data, GError **error);
void follow_free (Follow *follow);
/* The runtimes that are installed; @error is set where there is none. @ret_warnings: (optional) (element-type
 * utf8) (transfer container) */
GPtrArray *follow_find_runtimes (GPtrArray **ret_warnings, GError **error);
/* What of a stack belongs to them is not shown for the program's. */
void follow_set_libraries (InspectorSession *session, const GPtrArray *runtimes);

TargetLauncher *follow_get_launcher (Follow *follow);
/* Process @pid is the program. @argv: (nullable): what it was started with, by us, so that we wait for it; NULL:
 * it ran before. Once */
InspectorTarget *follow_begin (Follow *follow, int pid, const char *const *argv);
/* Reads what is said, by itself from then on. */
void follow_start (Follow *follow, int priority);
/* Whether what looks at the process from outside has found by now what there is. */
gboolean follow_has_looked (Follow *follow);
void follow_stop (Follow *follow);

/* Whether the program has. @ret_status: (optional): of waitpid(); 0 where it is not ours to wait for */
gboolean follow_has_ended (const Follow *follow, int *ret_status);
/* Whether a process has said that it cannot be inspected. */
gboolean follow_was_refused (const Follow *follow);

G_END_DECLS

#endif
