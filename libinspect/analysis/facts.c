/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "analysis/facts-private.h"

#include <sys/socket.h>

#include "target/own-threads.h"

#define MAX_KEPT 32 /* sockets asked about once a second */
#define MAX_TRIES 3 /* to see where a thread is */

const AnalysisFactsSource analysis_facts_kernel = {
  .get_socket = target_facts_get_socket,
  .get_process = target_facts_get_process,
  .get_thread = target_facts_get_own_thread,
  .get_stack = target_facts_get_own_stack,
  .get_threads = target_facts_get_own_threads,
  .handles_signals = target_facts_handles_signals,
  .is_shared = target_facts_is_shared,
  .get_pipe_writer = target_facts_get_pipe_writer,
  .find_references = target_facts_find_references,
  .get_sleep = target_facts_get_own_sleep,
};

static void
socket_free (gpointer data)
{
  AnalysisSocket *kept = data;

  if (kept->is_known)
    target_socket_clear (&kept->socket);
  g_free (kept);
}

AnalysisFacts *
analysis_facts_new (const AnalysisFactsSource *source, int pid)
{
  AnalysisFacts *facts = g_new0 (AnalysisFacts, 1);

  facts->source = source;
  facts->pid = pid;
  facts->sockets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, socket_free);
  facts->told = g_array_new (FALSE, FALSE, sizeof (guint64));
  facts->stacks = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, g_free);
  return facts;
}

void
analysis_facts_free (AnalysisFacts *facts)
{
  if (facts == NULL)
    return;
  g_hash_table_unref (facts->sockets);
  g_hash_table_unref (facts->stacks);
  g_array_unref (facts->told);
  if (facts->process_is_known)
    target_process_clear (&facts->process);
  g_free (facts);
}

void
analysis_facts_set_ended (AnalysisFacts *facts)
{
  facts->has_ended = TRUE;
}

/* In these states the kernel has been told that nothing more will come. */
static gboolean
is_closed_by_peer (const TargetSocket *socket)
{
  static const char *const states[] = { "CLOSE_WAIT", "LAST_ACK", "CLOSE", NULL };

  return socket->type == SOCK_STREAM && socket->family != AF_UNIX && socket->receive_queue == 0 &&
         socket->state != NULL && g_strv_contains (states, socket->state);
}

static AnalysisSocket *
ask_socket (AnalysisFacts *facts, const ModelResource *resource, guint64 fd, gint64 now_ns)
{
  TargetSocket answer = { 0 };
  gint64 key = (gint64)resource->object;
  AnalysisSocket *kept = g_hash_table_lookup (facts->sockets, &key);

  if (!facts->source->get_socket (facts->pid, (int)fd, &answer))
    return kept; /* closed meanwhile, or not ours to see: the last word still stands */
  if (kept == NULL)
    {
      if (g_hash_table_size (facts->sockets) >= ANALYSIS_FACTS_MAX_SOCKETS)
        g_hash_table_remove_all (facts->sockets);
      kept = g_new0 (AnalysisSocket, 1);
      g_hash_table_insert (facts->sockets, g_memdup2 (&key, sizeof key), kept);
    }
  if (!is_closed_by_peer (&answer) || (kept->is_known && kept->socket.inode != answer.inode))
    kept->closed_ns = 0;
  if (is_closed_by_peer (&answer) && kept->closed_ns == 0)
    kept->closed_ns = now_ns;
  if (kept->is_known)
    target_socket_clear (&kept->socket);
  kept->socket = answer;
  kept->taken_ns = now_ns;
  kept->is_known = TRUE;
  return kept;
}

const AnalysisSocket *
analysis_facts_get_socket (AnalysisFacts *facts, const ModelResource *resource, gint64 now_ns)
{
  gint64 key = (gint64)resource->object;
  AnalysisSocket *kept = g_hash_table_lookup (facts->sockets, &key);
  guint64 fd;

  /* An id that is used again is another socket. */
  if (kept != NULL && kept->taken_ns < resource->begin_ns)
    {
      g_hash_table_remove (facts->sockets, &key);
      kept = NULL;
    }
  if (facts->has_ended || !model_attributes_get_value (&resource->attributes, MODEL_KEY_FD, &fd) ||
      fd > G_MAXINT)
    return kept;
  return ask_socket (facts, resource, fd, now_ns);
}

static void
refresh_process (AnalysisFacts *facts)
{
  TargetProcess answer = { 0 };

  if (!facts->source->get_process (facts->pid, &answer))
    return;
  /* The pid has gone to another process before anybody noticed the end of ours. */
  if (facts->process_is_known && answer.start_ticks != facts->process.start_ticks)
    {
      target_process_clear (&answer);
      return;
    }
  /* A zombie has nothing but its time left to tell. */
  if (facts->process_is_known && answer.state == 'Z')
    {
      facts->process.cpu_ns = MAX (facts->process.cpu_ns, answer.cpu_ns);
      target_process_clear (&answer);
      return;
    }
  if (facts->process_is_known)
    target_process_clear (&facts->process);
  facts->process = answer;
  facts->process_is_known = TRUE;
}

typedef struct
{
  ModelResource *resource;
  gint64 begin_ns;
} Wait;

/* Keeps @oldest sorted, and short. */
static void
add_oldest (GArray *oldest, ModelResource *resource, gint64 begin_ns)
{
  guint at = oldest->len;
  Wait wait = { resource, begin_ns };

  while (at > 0 && g_array_index (oldest, Wait, at - 1).begin_ns > begin_ns)
    at--;
  if (at == MAX_KEPT)
    return;
  g_array_insert_val (oldest, at, wait);
  if (oldest->len > MAX_KEPT)
    g_array_set_size (oldest, MAX_KEPT);
}

/* Each look finds them anew: what is not asked about any more is not known either. */
static void
forget_told (AnalysisFacts *facts, ModelTarget *model)
{
  for (guint i = 0; i < facts->told->len; i++)
    {
      ModelResource *resource =
          model_table_find (&model->resources, g_array_index (facts->told, guint64, i));

      if (resource != NULL)
        resource->peer_closed_ns = resource->sent_ns = 0;
    }
  g_array_set_size (facts->told, 0);
}

/* A program may write to a descriptor itself that its runtime reads from. */
static gboolean
may_ask_unseen (const ModelAwait *await)
{
  return model_await_is (await, INSPECT_AWAIT_ANSWERS) && await->resource != NULL &&
         await->resource->n_asked == 0 && model_resource_is_client (await->resource);
}

/* When something was sent to which nothing has come back; 0: never. */
static gint64
get_sent_ns (const AnalysisSocket *known)
{
  const TargetSocket *socket = &known->socket;

  if (socket->last_sent_ms < 0 || socket->receive_queue > 0 ||
      g_strcmp0 (socket->state, "ESTABLISHED") != 0 ||
      (socket->last_received_ms >= 0 && socket->last_sent_ms >= socket->last_received_ms))
    return 0;
  return known->taken_ns - socket->last_sent_ms * G_GINT64_CONSTANT (1000000);
}

static void
tell (AnalysisFacts *facts, ModelResource *resource, const AnalysisSocket *known)
{
  if (known->closed_ns == 0 && get_sent_ns (known) == 0)
    return;
  resource->peer_closed_ns = known->closed_ns;
  resource->sent_ns = get_sent_ns (known);
  g_array_append_val (facts->told, resource->object);
}

void
analysis_facts_refresh (AnalysisFacts *facts, ModelTarget *model, gint64 now_ns)
{
  g_autoptr (GArray) oldest = g_array_new (FALSE, FALSE, sizeof (Wait));
  g_autoptr (GArray) readers = g_array_new (FALSE, FALSE, sizeof (Wait));
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_int64_hash, g_int64_equal);
  GHashTableIter iter;
  gpointer key;

  if (facts->has_ended)
    return;
  refresh_process (facts);
  if (model == NULL)
    return;
  forget_told (facts, model);
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    {
      for (ModelResource *r = task->exchanges; r != NULL; r = r->exchange.next)
        if (model_resource_is_client (r))
          add_oldest (oldest, r, r->exchange.begin_ns);
      for (const ModelAwait *a = task->awaits; a != NULL; a = a->task_next)
        if (a->resource != NULL && model_await_is (a, INSPECT_AWAIT_ONESHOT))
          add_oldest (oldest, a->resource, a->begin_ns);
        else if (may_ask_unseen (a))
          add_oldest (readers, a->resource, a->begin_ns);
    }
  g_array_append_vals (oldest, readers->data, readers->len);
  for (guint i = 0; i < oldest->len; i++)
    {
      ModelResource *resource = g_array_index (oldest, Wait, i).resource;
      const AnalysisSocket *known = analysis_facts_get_socket (facts, resource, now_ns);

      if (known != NULL && known->is_known)
        tell (facts, resource, known);
      g_hash_table_add (wanted, (gpointer)&resource->object);
    }
  g_hash_table_iter_init (&iter, facts->sockets);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (wanted, key))
      g_hash_table_iter_remove (&iter);
}

const TargetProcess *
analysis_facts_get_process (AnalysisFacts *facts)
{
  if (!facts->has_ended)
    refresh_process (facts);
  return facts->process_is_known ? &facts->process : NULL;
}

gboolean
analysis_facts_get_thread (AnalysisFacts *facts, int tid, char **ret_name, char *ret_state)
{
  return !facts->has_ended && facts->source->get_thread (facts->pid, tid, ret_name, ret_state);
}

gboolean
analysis_facts_get_sleep (AnalysisFacts *facts, int tid, TargetSleep *ret_sleep,
                          TargetSocket *ret_socket)
{
  *ret_socket = (TargetSocket){ 0 };
  if (facts->has_ended || facts->source->get_sleep == NULL ||
      !facts->source->get_sleep (facts->pid, tid, ret_sleep))
    return FALSE;
  if (ret_sleep->is_socket)
    facts->source->get_socket (facts->pid, ret_sleep->fd, ret_socket);
  return TRUE;
}

GArray *
analysis_facts_get_threads (AnalysisFacts *facts)
{
  return !facts->has_ended && facts->source->get_threads != NULL
             ? facts->source->get_threads (facts->pid)
             : NULL;
}

gboolean
analysis_facts_may_be_woken (AnalysisFacts *facts, guint64 address, gboolean may_be_handler)
{
  if (facts->has_ended || facts->source->get_threads == NULL)
    return TRUE;
  return (may_be_handler && facts->source->handles_signals (facts->pid)) ||
         facts->source->is_shared (facts->pid, address);
}

gboolean
analysis_facts_get_pipe_writer (AnalysisFacts *facts, int pid, int fd, TargetPipeWriter *ret_writer)
{
  return !facts->has_ended && facts->source->get_pipe_writer != NULL &&
         facts->source->get_pipe_writer (pid, facts->pid, fd, ret_writer);
}

gboolean
analysis_facts_find_references (AnalysisFacts *facts, const guint64 *addresses, guint n,
                                gboolean *ret_is_found)
{
  return !facts->has_ended && facts->source->find_references != NULL &&
         facts->source->find_references (facts->pid, addresses, n, ret_is_found);
}

const guint64 *
analysis_facts_get_stack (AnalysisFacts *facts, int tid, gint64 since_ns, guint *ret_n)
{
  AnalysisStack *stack = g_hash_table_lookup (facts->stacks, GINT_TO_POINTER (tid));

  if (stack == NULL || stack->since_ns != since_ns)
    {
      if (facts->has_ended || facts->source->get_stack == NULL)
        return NULL;
      stack = g_new0 (AnalysisStack, 1);
      stack->since_ns = since_ns;
      g_hash_table_insert (facts->stacks, GINT_TO_POINTER (tid), stack);
    }
  /* A busy machine may not have brought it to a stop in time. */
  if (stack->n == 0 && stack->n_tries < MAX_TRIES && !facts->has_ended)
    {
      stack->n_tries++;
      stack->n =
          facts->source->get_stack (facts->pid, tid, stack->frames, ANALYSIS_FACTS_MAX_FRAMES);
    }
  *ret_n = stack->n;
  return stack->n > 0 ? stack->frames : NULL;
}
