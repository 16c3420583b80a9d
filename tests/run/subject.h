/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUN_SUBJECT_H
#define RUN_SUBJECT_H

#include "fixture.h"

G_BEGIN_DECLS

/* A program that runs already when it is looked at. It says "ready" when it does what it is there for, and
 * ends when its standard input does. */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *lines;
  char *pid;
} Subject;

void subject_begin (Subject *subject, const char *const *argv);
/* It ends by itself when its input does, and says what it saw. */
void subject_end (Subject *subject, const char *words);
guint subject_count_descriptors (const Subject *subject);
/* Where a system lets nobody attach there is nothing to try: the test is skipped. */
gboolean subject_may_be_attached_to (const Subject *subject);
/* async-inspect attach --json, with waits of more than 100 ms as stuck. */
void subject_attach (RunResult *result, const Subject *subject, const char *duration);
void subject_look (RunResult *result, const Subject *subject, const char *duration);
/* The group of tasks of a report that are not stuck and wait like that. */
JsonObject *subject_find_pending (JsonObject *report, const char *waits_for);
/* That all these are in it, as from before. Returns: the first one */
JsonObject *subject_assert_pending (JsonObject *report, const char *const *waits_for, guint n);

G_END_DECLS

#endif
