/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/turns.h"

void
turns_init (Turns *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->is_taken = FALSE;
  self->n_urgent = 0;
  self->begun = g_hash_table_new (NULL, NULL);
}

void
turns_clear (Turns *self)
{
  g_hash_table_unref (self->begun);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->mutex);
}

static void
wait (Turns *self, gpointer work, gboolean is_urgent)
{
  self->n_urgent += is_urgent;
  while (self->is_taken || (!is_urgent && self->n_urgent > 0) ||
         (work != NULL && g_hash_table_contains (self->begun, work)))
    {
      gboolean is_begun = work != NULL && g_hash_table_contains (self->begun, work);

      /* Whoever has begun it has to come to its end. */
      if (is_urgent && is_begun)
        {
          self->n_urgent--;
          g_cond_broadcast (&self->changed);
        }
      g_cond_wait (&self->changed, &self->mutex);
      self->n_urgent += is_urgent && is_begun;
    }
  self->n_urgent -= is_urgent;
  self->is_taken = TRUE;
}

void
turns_take (Turns *self, gpointer work, gboolean is_urgent)
{
  g_mutex_lock (&self->mutex);
  wait (self, work, is_urgent);
  g_hash_table_add (self->begun, work);
  g_mutex_unlock (&self->mutex);
}

void
turns_pass (Turns *self, gboolean is_urgent)
{
  g_mutex_lock (&self->mutex);
  if (!is_urgent && self->n_urgent > 0)
    {
      self->is_taken = FALSE;
      g_cond_broadcast (&self->changed);
      wait (self, NULL, FALSE);
    }
  g_mutex_unlock (&self->mutex);
}

void
turns_give (Turns *self, gpointer work)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_remove (self->begun, work);
  self->is_taken = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

gboolean
turns_are_urgent (void)
{
  return g_main_context_is_owner (g_main_context_default ());
}
