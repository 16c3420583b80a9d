/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "chore.h"

gboolean
source_chore_can_begin (SourceChore *chore, GtkWidget *page)
{
  chore->is_stale = TRUE;
  return chore->source == 0 && chore->cancellable == NULL && gtk_widget_get_mapped (page);
}

guint
source_chore_get_wait_ms (const SourceChore *chore)
{
  gint64 wait_us = chore->made_us + chore->gap_us - g_get_monotonic_time ();

  return (guint)(MAX (wait_us, 0) / G_TIME_SPAN_MILLISECOND);
}

void
source_chore_begin (SourceChore *chore)
{
  chore->source = 0;
  chore->is_stale = FALSE;
  chore->begun_us = g_get_monotonic_time ();
  chore->cancellable = g_cancellable_new ();
}

void
source_chore_finish (SourceChore *chore, gint64 least_us, gint64 factor)
{
  g_clear_object (&chore->cancellable);
  chore->made_us = g_get_monotonic_time ();
  chore->gap_us = MAX (least_us, (chore->made_us - chore->begun_us) * factor);
}

void
source_chore_stop (SourceChore *chore)
{
  if (chore->source != 0 || chore->cancellable != NULL)
    chore->is_stale = TRUE;
  g_clear_handle_id (&chore->source, g_source_remove);
  g_cancellable_cancel (chore->cancellable);
  g_clear_object (&chore->cancellable);
}
