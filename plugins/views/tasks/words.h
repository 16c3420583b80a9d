/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_WORDS_H
#define TASKS_WORDS_H

#include <inspector-history.h>

G_BEGIN_DECLS

/* Texts of tasks by number, so that a million of them are filtered and sorted by comparing numbers:
 * names of tasks, kinds of what they wait for, places, runtimes.
 *
 * The history hands texts out in its own thread alone, and 0.2 µs each add up: tasks_words_read() reads for
 * some milliseconds and goes on the next time. Another thread may read what is there meanwhile: nothing that
 * was added moves, and counts are published last. What it misses it writes down, for the next time. */

typedef struct _TasksWords TasksWords;

/* "worker-1" and "worker-2" are both "worker-*". */
typedef struct
{
  const char *text;
  guint32 group;       /* word of the same with "*" for numbers */
  guint32 runtime;     /* of a kind, "uv.tcp-connect": that of "uv" */
  gboolean is_process; /* of a kind: what waits for it is another process, and no task */
} TasksWord;

TasksWords *tasks_words_new (InspectorHistory *history);
TasksWords *tasks_words_ref (TasksWords *words);
void tasks_words_unref (TasksWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TasksWords, tasks_words_unref)

/* ---- Of the main thread ------------------------------------------------------------------------- */

/* Reads names of tasks, and what was missed, for at most @budget_us. TRUE: there is more to read. */
gboolean tasks_words_read (TasksWords *words, gint64 budget_us);
/* Of one task, at once. */
guint32 tasks_words_read_kind (TasksWords *words, guint track, guint32 program, guint16 kind);
guint32 tasks_words_read_place (TasksWords *words, guint track, guint32 program, guint32 location);
/* Grows with each word that is read. */
guint tasks_words_get_version (TasksWords *words);

/* ---- Of any thread ------------------------------------------------------------------------------ */

/* Word 0 is "", of what is not known. */
const TasksWord *tasks_words_get (TasksWords *words, guint32 word);
guint tasks_words_get_n (TasksWords *words);
/* 0: not read yet. */
guint32 tasks_words_get_name (TasksWords *words, guint track);
guint tasks_words_get_n_named (TasksWords *words);
/* Those of @track, which waits so; what was not read is written down as missed. */
guint32 tasks_words_find_kind (TasksWords *words, guint track, guint32 program, guint16 kind);
guint32 tasks_words_find_place (TasksWords *words, guint track, guint32 program, guint32 location);

/* Of the thread that makes tables alone: the place of each word in the order of the alphabet, in which
 * numbers count as numbers; "" is the last. @ret_n: so many words have one. (transfer none): until it is
 * called again. */
const guint32 *tasks_words_get_ranks (TasksWords *words, guint *ret_n);

G_END_DECLS

#endif
