/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EVENTS_PAGE_PRIVATE_H
#define EVENTS_PAGE_PRIVATE_H

/* Between page.c, which shows, and page-commands.c, which does what is asked of it. */

#include <query-entry.h>

#include "details.h"
#include "model.h"
#include "page.h"
#include "store.h"

G_BEGIN_DECLS

struct _EventsPage
{
  GtkWidget parent_instance;
  UiSession *session;
  EventsStore *store;
  EventsModel *model;
  GtkSingleSelection *selection;

  GtkWidget *box, *entry, *tasks, *stack, *list, *status, *search_on, *details, *empty;
  gboolean of_task; /* events of the selected task alone */
  gboolean is_started;
  gboolean wants_scroll; /* to the instant, once it is read */
  gboolean is_picking;   /* the cursor moves because somebody has chosen an event */
  gboolean is_selecting; /* an event is selected, which nobody has chosen */
  guint grow_source, travel_source, scroll_source;
  guint n_scrolled; /* how often that was tried */
};

/* The instant from which times are counted. */
gint64 events_page_get_origin (EventsPage *page);
void events_page_scroll_to_instant (EventsPage *page);

G_END_DECLS

#endif
