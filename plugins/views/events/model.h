/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EVENTS_MODEL_H
#define EVENTS_MODEL_H

#include <gtk/gtk.h>

#include "store.h"

G_BEGIN_DECLS

/* The events of a store as a list: an object for each that is on the screen. */

#define EVENTS_TYPE_MODEL (events_model_get_type ())
G_DECLARE_FINAL_TYPE (EventsModel, events_model, EVENTS, MODEL, GObject)
#define EVENTS_TYPE_ITEM (events_item_get_type ())
G_DECLARE_FINAL_TYPE (EventsItem, events_item, EVENTS, ITEM, GObject)

/* EventsItem::changed: it is after the instant that is looked at, or no longer */

/* @store: it outlives the model's use */
EventsModel *events_model_new (EventsStore *store);
/* The store has gone, or goes. */
void events_model_forget_store (EventsModel *model);
/* As EventsStoreFuncs.changed. */
void events_model_changed (EventsModel *model, guint position, guint n_removed, guint n_added);
/* What is later is shown as such; times are told from @origin_ns on. */
void events_model_set_instant (EventsModel *model, gint64 at_ns, gint64 origin_ns);

const EventsEvent *events_item_get_event (EventsItem *item);
gboolean events_item_is_later (EventsItem *item);
gint64 events_item_get_origin (EventsItem *item);

G_END_DECLS

#endif
