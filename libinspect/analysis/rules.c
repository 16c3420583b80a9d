/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/rules.h"

#include <glib/gi18n-lib.h>
#include "analysis/chain.h"
#include "analysis/deadlock.h"
#include "model/doing.h"

#define IS(wait, flag) ((wait)->await != NULL && model_await_is ((wait)->await, (flag)))

static gboolean
is_old (const AnalysisWait *wait)
{
  return analysis_wait_get_age (wait) > wait->stuck_after_ns;
}

/* ---- Conditions ----------------------------------------------------------------------------- */

static gboolean
is_deadlocked (const AnalysisWait *wait)
{
  return wait->await != NULL && analysis_deadlock_of_await (wait->await);
}

static gboolean
is_never (const AnalysisWait *wait)
{
  return wait->await != NULL && wait->await->cannot_end;
}

static gboolean
is_dropped (const AnalysisWait *wait)
{
  return wait->await != NULL && is_old (wait) && analysis_await_is_dropped (wait->await);
}

static gboolean
is_in_state (const AnalysisWait *wait, const char *state)
{
  return wait->await != NULL && is_old (wait) &&
         g_strcmp0 (model_attributes_get_text (&wait->await->attributes, MODEL_KEY_STATE), state) ==
             0;
}

/* Whoever could end it is stopped, by a signal or a debugger. */
static gboolean
is_peer_stopped (const AnalysisWait *wait)
{
  return is_in_state (wait, "peer-stopped");
}

/* The kernel says of each thread at the other end what it waits for, and none does for this one. */
static gboolean
is_owed (const AnalysisWait *wait)
{
  return is_in_state (wait, "owed");
}

static gboolean
is_starved (const AnalysisWait *wait)
{
  return wait->await != NULL && wait->await->is_starved;
}

static gboolean
is_unreferenced (const AnalysisWait *wait)
{
  return wait->await != NULL && wait->await->is_unreferenced;
}

static gboolean
is_unread (const AnalysisWait *wait)
{
  return wait->await != NULL && wait->await->is_unread;
}

static gboolean
waits_for_loop (const AnalysisWait *wait)
{
  return wait->blocked != NULL;
}

static gboolean
has_idle_loop (const AnalysisWait *wait)
{
  return analysis_wait_get_idle_loop (wait) != NULL;
}

static gboolean
is_lock_wait (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_INTERNAL) && wait->resource != NULL &&
         model_resource_is (wait->resource, INSPECT_RESOURCE_LOCK) && is_old (wait);
}

/* Only who has an exclusive lock may give it back, and is no more. */
static gboolean
is_lock_abandoned (const AnalysisWait *wait)
{
  return is_lock_wait (wait) && wait->resource->holds == NULL &&
         wait->resource->abandoned.since_ns != 0;
}

static gboolean
is_lock_held (const AnalysisWait *wait)
{
  return is_lock_wait (wait) && wait->resource->holds != NULL;
}

/* A permit, a connection of a pool: others were seen to have some. They may give them back at any time. */
static gboolean
are_permits_held (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_INTERNAL) && wait->resource != NULL && is_old (wait) &&
         analysis_hands_out_seen (wait->resource) && wait->resource->holds != NULL;
}

/* The innermost call of @task that sleeps in a loop of its own: what runs there are callbacks of that loop. */
static const ModelAwait *
find_inner_loop (const ModelTask *task, guint32 ring)
{
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (await->blocks && await->ring == ring && await->resource != NULL && !await->awaits_task &&
        model_resource_is (await->resource, INSPECT_RESOURCE_LOOP))
      return await;
  return NULL;
}

/* A dialog runs the loop that it was called by. Who runs another one in a callback keeps the first from turning, unless
 * that is entered again within. */
static gboolean
holds_up_outer_loop (const AnalysisWait *wait)
{
  const ModelAwait *inner = find_inner_loop (wait->task, wait->await->ring);
  const ModelThread *thread =
      inner != NULL ? model_target_get_thread (wait->model, wait->await->ring) : NULL;

  for (const ModelHold *hold = thread != NULL ? thread->holds : NULL; hold != NULL;
       hold = hold->thread_next)
    if (model_resource_is (hold->resource, INSPECT_RESOURCE_LOOP) &&
        hold->resource != inner->resource && hold->again_ns <= inner->begin_ns)
      return TRUE;
  return FALSE;
}

/* Its thread sleeps within a callback, so that nothing else that the thread serves can go on. */
static gboolean
blocks_callback (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_BLOCKS) && is_old (wait) &&
         (wait->task->n_open_polls > 0 || holds_up_outer_loop (wait));
}

static gboolean
is_awaiting_task (const AnalysisWait *wait)
{
  return wait->await != NULL && wait->await->awaits_task;
}

/* A worker with nothing to do waits like that for ever. */
static gboolean
is_signal_wait (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_INTERNAL) && !IS (wait, INSPECT_AWAIT_ONESHOT);
}

/* Its thread was seen to run. */
static gboolean
is_running (const AnalysisWait *wait)
{
  guint64 running;

  return IS (wait, INSPECT_AWAIT_BLOCKS) && !IS (wait, INSPECT_AWAIT_ONESHOT) &&
         model_await_get_value (wait->await, MODEL_KEY_RUNNING, &running) && running != 0;
}

static gboolean
is_asleep (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_BLOCKS) && !IS (wait, INSPECT_AWAIT_ONESHOT);
}

static gboolean
is_overdue_timer (const AnalysisWait *wait)
{
  return wait->await != NULL && model_await_is_sleep (wait->await) && is_old (wait);
}

static gboolean
is_timer (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_TIMER);
}

static gboolean
is_child (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_EXTERNAL);
}

static gboolean
is_listening (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_LISTENS);
}

static gboolean
is_watch (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_WATCHES);
}

static gboolean
is_loop_phase (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_LOOP);
}

/* The kernel has said so for longer than the limit, and nothing else will end it. */
static gboolean
is_peer_closed (const AnalysisWait *wait)
{
  guint64 deadline;
  gint64 due_ns;

  if (wait->resource == NULL || wait->resource->peer_closed_ns == 0 ||
      (wait->await != NULL && !model_await_is (wait->await, INSPECT_AWAIT_ANSWERS)))
    return FALSE;
  if (wait->now_ns - MAX (wait->since_ns, wait->resource->peer_closed_ns) <= wait->stuck_after_ns)
    return FALSE;
  if (wait->await != NULL && model_await_get_value (wait->await, MODEL_KEY_DEADLINE, &deadline) &&
      deadline < G_MAXINT64)
    return FALSE;
  return model_task_get_deadline (wait->task, NULL, G_MAXINT64, &due_ns) == NULL;
}

static gboolean
is_http_unanswered (const AnalysisWait *wait)
{
  return wait->await == NULL && wait->resource->exchange.request != NULL && is_old (wait);
}

/* Each earlier ask on this connection was answered: so is this one expected to be. */
static gboolean
is_reliable_peer_silent (const AnalysisWait *wait)
{
  return wait->await == NULL && wait->resource->n_answered > 0 &&
         wait->resource->n_answered + 1 == wait->resource->n_asked && is_old (wait);
}

static gboolean
is_unanswered (const AnalysisWait *wait)
{
  return wait->await == NULL && is_old (wait);
}

static gboolean
is_exchange (const AnalysisWait *wait)
{
  return wait->await == NULL;
}

/* Where what is sent is seen, an exchange says it better. */
static gboolean
is_sent_unanswered (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_ANSWERS) && wait->resource != NULL &&
         wait->resource->sent_ns != 0 && wait->resource->n_asked == 0 &&
         model_resource_is_client (wait->resource) &&
         wait->now_ns - MAX (wait->since_ns, wait->resource->sent_ns) > wait->stuck_after_ns;
}

static gboolean
is_reading (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_ANSWERS);
}

static gboolean
is_repeating (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_REPEATS);
}

/* Bytes of a descriptor that may be a terminal, a pipe or a device, of which no file's rule holds. */
static gboolean
is_descriptor_job (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_POOL) && is_old (wait) &&
         model_attributes_find (&wait->await->attributes, MODEL_KEY_FD) != NULL &&
         model_attributes_find (&wait->await->attributes, MODEL_KEY_BYTES) != NULL;
}

static gboolean
is_running_work (const AnalysisWait *wait)
{
  guint64 running;

  return IS (wait, INSPECT_AWAIT_POOL) && is_old (wait) &&
         model_await_get_value (wait->await, MODEL_KEY_RUNNING, &running) && running != 0 &&
         !is_descriptor_job (wait);
}

/* It is something with a file, and not a function of the program. */
static gboolean
is_running_job (const AnalysisWait *wait)
{
  const ModelAttributes *own = wait->await != NULL ? &wait->await->attributes : NULL;

  return is_running_work (wait) && (model_attributes_find (own, MODEL_KEY_PATH) != NULL ||
                                    model_attributes_find (own, MODEL_KEY_FD) != NULL);
}

/* Only where the runtime tells when work is taken up is "not yet" a fact. */
static gboolean
is_queued_work (const AnalysisWait *wait)
{
  guint64 value;

  return IS (wait, INSPECT_AWAIT_POOL) && is_old (wait) &&
         (model_await_get_value (wait->await, MODEL_KEY_WORK, &value) ||
          (model_await_get_value (wait->await, MODEL_KEY_RUNNING, &value) && value == 0));
}

static gboolean
is_pool_job (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_POOL) && is_old (wait);
}

static gboolean
is_undrained_write (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_ASKS) && IS (wait, INSPECT_AWAIT_ONESHOT) && is_old (wait);
}

static gboolean
is_closing (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_CLOSES) && is_old (wait);
}

/* It says whom it is for and sends nothing; or its connection, which we open, has no own end yet
 * and nothing was written to it or read from it. */
static gboolean
is_connecting (const AnalysisWait *wait)
{
  const ModelAttributes *own;
  const ModelResource *resource = wait->resource;
  guint64 client = 0;

  if (!IS (wait, INSPECT_AWAIT_ONESHOT) || IS (wait, INSPECT_AWAIT_ASKS) || !is_old (wait))
    return FALSE;
  own = &wait->await->attributes;
  if (model_attributes_find (own, MODEL_KEY_BYTES) != NULL)
    return FALSE;
  if (model_attributes_find (own, MODEL_KEY_PEER) != NULL)
    return TRUE;
  return resource != NULL &&
         model_attributes_get_value (&resource->attributes, MODEL_KEY_CLIENT, &client) &&
         client != 0 && model_attributes_find (&resource->attributes, MODEL_KEY_LOCAL) == NULL &&
         resource->n_asked == 0 && resource->n_answering == 0;
}

static gboolean
is_old_oneshot (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_ONESHOT) && is_old (wait);
}

static gboolean
is_oneshot (const AnalysisWait *wait)
{
  return IS (wait, INSPECT_AWAIT_ONESHOT) || IS (wait, INSPECT_AWAIT_CLOSES);
}

/* Whoever runs has what it waited for, or waits for several things. */
static gboolean
is_seen_running (const AnalysisWait *wait)
{
  return wait->await != NULL && model_await_is_seen_running (wait->await);
}

static gboolean
is_anything (const AnalysisWait *wait)
{
  return TRUE;
}

/* ---- The table ------------------------------------------------------------------------------ */

/* The first that matches counts, so what excuses a wait stands above what accuses it. */
static const AnalysisRule rules[] = {
  { "seen-running", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_seen_running,
    N_ ("it was seen to run since it waited for that"), NULL },
  { "deadlock", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_deadlocked,
    N_ ("it is part of a deadlock: what it waits for waits for it"),
    N_ ("see the deadlock, which this wait is part of, at %s") },
  { "never", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_never,
    N_ ("it cannot make progress: no thread is left that could end this wait"),
    N_ ("see who should end the wait at %s, or set a timeout there") },
  { "dropped", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_dropped,
    N_ ("what it waits for was dropped without ever returning"),
    N_ ("return a result or an error on every way out of what is begun at %s") },
  { "unreferenced", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_unreferenced,
    N_ ("cannot make progress: nobody references what would end it any more"),
    N_ ("keep what is begun at %s where it can be ended from, and end it on every way out") },
  { "unread", ANALYSIS_STUCK, ANALYSIS_INFERRED, is_unread,
    N_ ("that process sleeps until what it writes is read, and nobody reads it"),
    N_ ("read what the process writes while it runs, and not only once it has ended; waited for at "
        "%s") },
  { "peer-stopped", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_peer_stopped,
    N_ ("whoever could end it is stopped by a signal or a debugger"),
    N_ ("let the process at the other end go on (kill -CONT), or set a timeout at %s") },
  { "lock-abandoned", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_lock_abandoned,
    N_ ("who held the lock has ended without having let go of it"),
    N_ ("let go of the lock on every way out of what takes it; waited for at %s") },
  { "lock-held", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_lock_held,
    N_ ("the lock is held by another, who has not let go"),
    N_ ("hold the lock for shorter, or do not wait for anything while it is held; waited for at "
        "%s") },
  { "lock-holder-unknown", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_lock_wait,
    N_ ("the lock is taken; nobody was seen to take it"),
    N_ ("see who takes this lock and does not let go of it; waited for at %s") },
  { "callback-sleeps", ANALYSIS_STUCK, ANALYSIS_CERTAIN, blocks_callback,
    N_ ("the call sleeps within a callback; nothing else of its loop can go on"),
    N_ ("use a call that does not block, or a thread of its own, at %s") },
  { "loop-not-run", ANALYSIS_STUCK, ANALYSIS_INFERRED, has_idle_loop,
    N_ ("it waits for a loop that nobody runs"),
    N_ ("run the loop that this is for, or begin it in one that is run, at %s") },
  { "task-awaited", ANALYSIS_WAITING, ANALYSIS_CERTAIN, is_awaiting_task,
    N_ ("waits for another task to end"), NULL },
  { "permits-held", ANALYSIS_WAITING, ANALYSIS_CERTAIN, are_permits_held,
    N_ ("others have what it waits for, and have not given it back"), NULL },
  { "signal-awaited", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_signal_wait,
    N_ ("waits for other code of this process"), NULL },
  { "loop-blocked", ANALYSIS_WAITING, ANALYSIS_CERTAIN, waits_for_loop,
    N_ ("waits for its loop, which a callback holds up"), NULL },
  { "starved", ANALYSIS_STUCK, ANALYSIS_INFERRED, is_starved,
    N_ ("it is ready, and something of a higher priority always comes first"),
    N_ ("see what its loop does instead; it was begun at %s") },
  { "timer-overdue", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_overdue_timer,
    N_ ("the timer is overdue, so its loop does not turn"),
    N_ ("run the loop that this timer was started on, or find what holds it up; started at %s") },
  { "timer", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_timer, N_ ("a timer runs"), NULL },
  { "child-process", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_child,
    N_ ("another process still runs"), NULL },
  { "listening", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_listening, N_ ("waits for clients"), NULL },
  { "watching", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_watch, N_ ("watches for events"), NULL },
  { "loop-phase", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_loop_phase, N_ ("a hook of the loop"),
    NULL },
  { "peer-closed", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_peer_closed,
    N_ ("the peer has closed its end: nothing more will come, and no timeout is set"),
    N_ ("see that the end of the connection is taken for the answer, at %s") },
  { "http-unanswered", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_http_unanswered,
    N_ ("the HTTP request was sent and has not been answered"),
    N_ ("see why the server does not answer, or set a shorter timeout where the request is sent, "
        "at %s") },
  { "peer-silent", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_reliable_peer_silent,
    N_ ("the peer has answered all that was sent before, but not this"),
    N_ ("see why the peer does not answer, or set a timeout where it is asked, at %s") },
  { "unanswered", ANALYSIS_STUCK, ANALYSIS_INFERRED, is_unanswered,
    N_ ("something was sent, something is read, and nothing has come back"),
    N_ ("if an answer is expected, set a timeout where it is asked for, at %s") },
  { "asked", ANALYSIS_WAITING, ANALYSIS_CERTAIN, is_exchange, N_ ("waits for an answer"), NULL },
  { "sent-unanswered", ANALYSIS_STUCK, ANALYSIS_INFERRED, is_sent_unanswered,
    N_ ("the kernel says that something was sent and that nothing has come back"),
    N_ ("if an answer is expected, set a timeout where it is read, at %s") },
  { "owed", ANALYSIS_STUCK, ANALYSIS_INFERRED, is_owed,
    N_ ("the other end waits for something else, and not for more from here"),
    N_ ("see what the other end waits for, or set a timeout where it is asked, at %s") },
  { "reading", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_reading,
    N_ ("reads from a peer that owes nothing"), NULL },
  { "repeating", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_repeating, N_ ("repeats"), NULL },
  { "job-running", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_running_job,
    N_ ("a thread of the pool does it and has not come back"),
    N_ ("see what it meets: a pipe, a terminal, a file that another machine has; started at %s") },
  { "work-running", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_running_work,
    N_ ("a thread of the pool runs it and has not come back"),
    N_ ("split the work up, or let it be cancelled; queued at %s") },
  { "work-queued", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_queued_work,
    N_ ("it is queued and no thread of the pool has taken it up"),
    N_ ("give the pool more threads, or find what occupies them; queued at %s") },
  { "running", ANALYSIS_RESTING, ANALYSIS_CERTAIN, is_running, N_ ("its thread runs"), NULL },
  { "asleep", ANALYSIS_WAITING, ANALYSIS_CERTAIN, is_asleep, N_ ("its thread sleeps in the call"),
    NULL },
  { "descriptor-job", ANALYSIS_STUCK, ANALYSIS_INFERRED, is_descriptor_job,
    N_ ("the thread pool has not done it; on a terminal or a pipe that may be right"),
    N_ ("if this is no file, read it as a stream, which occupies no thread of the pool; started at "
        "%s") },
  { "pool-job", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_pool_job,
    N_ ("the thread pool has not done it; whether it is queued or running is not known"),
    N_ ("see what occupies the pool's threads, or what this operation meets; started at %s") },
  { "write-not-drained", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_undrained_write,
    N_ ("the bytes have not all been sent: the other end does not read, or cannot be reached"),
    N_ ("see why the other end does not read, or stop writing above a limit; written at %s") },
  { "not-closed", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_closing,
    N_ ("it was closed and its loop has not turned since"),
    N_ ("run the loop until its handles are closed; closed at %s") },
  { "connecting", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_connecting,
    N_ ("the other end has not accepted the connection"),
    N_ ("see whether the other end listens and accepts, or set a timeout, at %s") },
  { "not-done", ANALYSIS_STUCK, ANALYSIS_CERTAIN, is_old_oneshot,
    N_ ("the operation was started and has not ended"),
    N_ ("see what it meets, or set a timeout, at %s") },
  { "pending", ANALYSIS_WAITING, ANALYSIS_CERTAIN, is_oneshot, N_ ("an operation that runs"),
    NULL },
  { "unknown", ANALYSIS_RESTING, ANALYSIS_INFERRED, is_anything,
    N_ ("a wait of a kind that has not described itself"), NULL },
};

const AnalysisRule analysis_rule_callback = {
  "callback-blocks",
  ANALYSIS_STUCK,
  ANALYSIS_CERTAIN,
  NULL,
  N_ ("the callback runs and has not returned; nothing else of its loop can go on"),
  N_ ("move what takes so long to a thread pool, or split it up, in %s")
};

const AnalysisRule analysis_rule_work = { "work-running",
                                          ANALYSIS_STUCK,
                                          ANALYSIS_CERTAIN,
                                          NULL,
                                          N_ ("a thread of the pool runs it and has not come back"),
                                          N_ ("split the work up, or let it be cancelled, in %s") };

const AnalysisRule *
analysis_rules_get (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (rules);
  return rules;
}

const AnalysisRule *
analysis_rule_find (const AnalysisWait *wait)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rules[i].matches (wait))
      return &rules[i];
  g_assert_not_reached ();
}
