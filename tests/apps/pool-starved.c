/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Each of the two workers of a pool waits for a job that is queued behind both. */

#include <glib.h>
#include <unistd.h>

typedef struct
{
  GMutex mutex;
  GCond cond;
  gboolean done;
} Part;

static GThreadPool *pool;
static Part parts[2];
static int wholes[2];
static int n_ready;

static void
compute_part (Part *part)
{
  g_mutex_lock (&part->mutex);
  part->done = TRUE;
  g_cond_signal (&part->cond);
  g_mutex_unlock (&part->mutex);
}

static void
compute_whole (Part *part)
{
  g_atomic_int_inc (&n_ready);
  while (g_atomic_int_get (&n_ready) < 2)
    g_thread_yield ();
  g_thread_pool_push (pool, part, NULL); /* QUEUED */
  g_mutex_lock (&part->mutex);
  while (!part->done)
    g_cond_wait (&part->cond, &part->mutex); /* WAITS */
  g_mutex_unlock (&part->mutex);
}

static void
work (gpointer job, gpointer data)
{
  if (job == &wholes[0] || job == &wholes[1])
    compute_whole (&parts[(int *)job - wholes]);
  else
    compute_part (job);
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);

  alarm (3);
  pool = g_thread_pool_new (work, NULL, 2, TRUE, NULL);
  g_thread_pool_push (pool, &wholes[0], NULL);
  g_thread_pool_push (pool, &wholes[1], NULL);
  g_main_loop_run (loop); /* IDLE */
  g_thread_pool_free (pool, FALSE, TRUE);
  g_main_loop_unref (loop);
  return 0;
}
