/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EVENTS_DETAILS_H
#define EVENTS_DETAILS_H

#include <session.h>

#include "store.h"

G_BEGIN_DECLS

/* All that is known of one event, below the list. */
#define EVENTS_TYPE_DETAILS (events_details_get_type ())
G_DECLARE_FINAL_TYPE (EventsDetails, events_details, EVENTS, DETAILS, GtkWidget)

GtkWidget *events_details_new (UiSession *session);
/* (nullable): none */
void events_details_show (EventsDetails *details, const EventsEvent *event, gint64 origin_ns);
/* (transfer full): a line for each thing that is known */
char *events_details_dup_text (EventsDetails *details);

G_END_DECLS

#endif
