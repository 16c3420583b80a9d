/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUN_FAULTS_H
#define RUN_FAULTS_H

#include "fixture.h"

G_BEGIN_DECLS

/* What a report must say of a program of tests/apps, line by line. Texts are parts of what is said;
 * NULL: whatever. Labels are those of the program's source. */

typedef struct
{
  const char *kind;     /* "pthread.mutex" */
  const char *name;     /* of the resource */
  const char *function; /* of the place */
  const char *label;    /* of its line; NULL: any place */
} FaultThing;

typedef struct
{
  const char *role; /* "waits"; NULL ends the list */
  const char *task; /* its name, whole */
  FaultThing wants; /* no kind, name, function and label: not looked at */
  FaultThing holds;
  const char *sentence;
} FaultEvidence;

typedef struct
{
  const char *program;
  const char *reason; /* of the report: "stuck", "exit" */
  const char *kind;   /* of the finding */
  const char *certainty;
  gboolean is_pending;
  const char *title;
  const char *suggestion;
  const char *change; /* label of the line to change; "": one of several, only that there is one */
  guint n_stuck; /* tasks that are stuck because of it, at least */
  FaultEvidence evidence[4];
} FaultFinding;

/* Tasks that wait, without a finding of more than one of them. */
typedef struct
{
  const char *program;
  const char *reason;
  gboolean is_stuck;
  const char *name; /* of the task, whole */
  const char *rule;
  const char *label; /* NULL: any place */
  const char *waits_for;
} FaultWait;

void fault_check_finding (const FaultFinding *fault);
void fault_check_wait (const FaultWait *fault);
/* Nothing stuck and no finding in any report; the output and the status are those of the program
 * alone. */
void fault_check_nothing (const char *program);

G_END_DECLS

#endif
