/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_FACTS_H
#define ANALYSIS_FACTS_H

#include "model/model.h"
#include "target/facts.h"

G_BEGIN_DECLS

/* Where the kernel's word comes from: /proc and netlink of a live process, or a test's table. */
typedef struct
{
  gboolean (*get_socket) (int pid, int fd, TargetSocket *ret_socket);
  gboolean (*get_process) (int pid, TargetProcess *ret_process);
  gboolean (*get_thread) (int pid, int tid, char **ret_name, char *ret_state);
  guint (*get_stack) (int pid, int tid, guint64 *ret_frames, guint max); /* (nullable) */
  GArray *(*get_threads) (int pid);                                      /* (nullable) */
  gboolean (*handles_signals) (int pid);                                 /* with get_threads */
  gboolean (*is_shared) (int pid, guint64 address);                      /* with get_threads */
  gboolean (*get_pipe_writer) (int pid, int reader_pid, int fd,
                               TargetPipeWriter *ret_writer); /* (nullable) */
  gboolean (*find_references) (int pid, const guint64 *addresses, guint n,
                               gboolean *ret_is_found);             /* (nullable) */
  gboolean (*get_sleep) (int pid, int tid, TargetSleep *ret_sleep); /* (nullable) */
} AnalysisFactsSource;

extern const AnalysisFactsSource analysis_facts_kernel;
/* Of recordings and core files, whose pids may be those of others by now. */
extern const AnalysisFactsSource analysis_no_facts;

/* The facts of one target, kept so that those of the oldest waits outlive it. */
typedef struct _AnalysisFacts AnalysisFacts;

typedef struct
{
  TargetSocket socket;
  gint64 taken_ns;
  gint64
      closed_ns; /* the peer sends no more, and all it had sent was read, at each look since; 0 */
  gboolean is_known;
} AnalysisSocket;

AnalysisFacts *analysis_facts_new (const AnalysisFactsSource *source, int pid);
void analysis_facts_free (AnalysisFacts *facts);
/* The process has ended: from now on the kept facts are all there is. */
void analysis_facts_set_ended (AnalysisFacts *facts);
/* Asks about the sockets of the oldest waits of @model and forgets what nobody waits on. */
void analysis_facts_refresh (AnalysisFacts *facts, ModelTarget *model, gint64 now_ns);
/* Asks the kernel while the process lives; (transfer none) (nullable): until the next call */
const AnalysisSocket *analysis_facts_get_socket (AnalysisFacts *facts,
                                                 const ModelResource *resource, gint64 now_ns);
/* The latest that is known; NULL: nothing is. */
const TargetProcess *analysis_facts_get_process (AnalysisFacts *facts);
gboolean analysis_facts_get_thread (AnalysisFacts *facts, int tid, char **ret_name,
                                    char *ret_state);
/* In which system call it sleeps, and on what, to be cleared; of a socket, who is at its other end: @ret_socket is all zero
 * otherwise. */
gboolean analysis_facts_get_sleep (AnalysisFacts *facts, int tid, TargetSleep *ret_sleep,
                                   TargetSocket *ret_socket);
/* All threads of the process: of int, (transfer full); NULL where they are not known. */
GArray *analysis_facts_get_threads (AnalysisFacts *facts);
/* Whether something from outside of the process may wake a thread that sleeps on @address; a
 * handler of a signal may do so only where @may_be_handler. TRUE where it is not known. */
gboolean analysis_facts_may_be_woken (AnalysisFacts *facts, guint64 address,
                                      gboolean may_be_handler);
/* Who of the child process @pid sleeps until the target reads from its descriptor @fd. */
gboolean analysis_facts_get_pipe_writer (AnalysisFacts *facts, int pid, int fd,
                                         TargetPipeWriter *ret_writer);
/* Which of @addresses are nowhere in the process. FALSE: not known. Takes up to 100 ms. */
gboolean analysis_facts_find_references (AnalysisFacts *facts, const guint64 *addresses, guint n,
                                         gboolean *ret_is_found);
/* Where the thread is that has been in one callback since @since_ns: asked once of each callback.
 * Return addresses, the innermost first; NULL where they are not to be had. (transfer none): until
 * the next call */
const guint64 *analysis_facts_get_stack (AnalysisFacts *facts, int tid, gint64 since_ns,
                                         guint *ret_n);

G_END_DECLS

#endif
