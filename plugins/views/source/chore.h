/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_CHORE_H
#define SOURCE_CHORE_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Something that is made again and again, in a thread, as often as it is cheap. */
typedef struct
{
  GCancellable *cancellable; /* NULL: it is not being made */
  guint source;
  gboolean is_stale;
  gint64 begun_us, made_us, gap_us;
} SourceChore;

/* Whether it is to begin now, and not once it is done or @page is seen. It is stale from then on. */
gboolean source_chore_can_begin (SourceChore *chore, GtkWidget *page);
/* Until it is worth to make it again. */
guint source_chore_get_wait_ms (const SourceChore *chore);
void source_chore_begin (SourceChore *chore);
/* It takes one part of @factor of the time, and is made every @least_us at most. */
void source_chore_finish (SourceChore *chore, gint64 least_us, gint64 factor);
void source_chore_stop (SourceChore *chore);

G_END_DECLS

#endif
