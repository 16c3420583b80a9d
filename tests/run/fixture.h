/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUN_FIXTURE_H
#define RUN_FIXTURE_H

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Runs the real command line on real programs and holds what came of it. */
typedef struct
{
  char *out;    /* of the program and the command together */
  char *err;
  int status;   /* exit status; 128 + N for a signal that ended async-inspect itself */
  GPtrArray *reports; /* JsonObject of each line of the --json --output file */
  char *report_text;  /* that file as it is */
} RunResult;

/* Built programs of tests/apps by name, "http-client/http-client". */
char *run_app (const char *name);
/* A source file of tests/apps. */
char *run_app_source (const char *name);
/* The line that holds "/<star> LABEL <star>/" in that source file. */
guint run_label_line (const char *source, const char *label);

/* async-inspect run --json --output TMP [options] -- program...; @options is split at spaces. */
void run_json (RunResult *result, const char *options, const char *const *program);
/* async-inspect with just these arguments. */
void run_plain (RunResult *result, const char *const *arguments);
/* The program alone. */
void run_bare (RunResult *result, const char *const *program);
void run_result_clear (RunResult *result);

/* The last report, or the last one made for @reason ("stuck", "exit", "asked", "interrupted"). */
JsonObject *run_last_report (RunResult *result, const char *reason);

/* The stuck task of that name in a report, NULL where there is none; any name for NULL. */
JsonObject *run_find_stuck (JsonObject *report, const char *name);
/* The group of tasks that are not stuck with a wait of that rule. */
JsonObject *run_find_other (JsonObject *report, const char *rule);
/* The finding of that kind ("deadlock"), NULL where there is none; any kind for NULL. */
JsonObject *run_find_finding (JsonObject *report, const char *kind);
/* The step of a stuck task in that state ("done", "waiting", "not-yet") and function. */
JsonObject *run_find_step (JsonObject *task, const char *state, const char *function);
guint run_count_stuck (RunResult *result); /* in all reports */

/* One clear line, nothing else, on standard error. */
void run_assert_one_line (RunResult *result, const char *contains);
/* A run with @arguments does nothing but say that one line, and that it cannot do what it was asked to. */
void run_assert_refused (const char *const *arguments, const char *contains);

#define PROGRAM(...) ((const char *const[]){ __VA_ARGS__, NULL })

G_END_DECLS

#endif
