/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model.h"

struct _EventsModel
{
  GObject parent_instance;
  EventsStore *store; /* (nullable) */
  GPtrArray *items;   /* EventsItem; not owned: each takes itself out */
  gint64 at_ns, origin_ns;
};

struct _EventsItem
{
  GObject parent_instance;
  EventsModel *model;
  EventsEvent *event;
};

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- Items -------------------------------------------------------------------------------------- */

G_DEFINE_TYPE (EventsItem, events_item, G_TYPE_OBJECT)

static void
events_item_dispose (GObject *object)
{
  EventsItem *self = EVENTS_ITEM (object);

  if (self->model != NULL)
    g_ptr_array_remove_fast (self->model->items, self);
  g_clear_object (&self->model);
  g_clear_pointer (&self->event, events_event_unref);
  G_OBJECT_CLASS (events_item_parent_class)->dispose (object);
}

static void
events_item_class_init (EventsItemClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = events_item_dispose;
  signals[CHANGED] = g_signal_new ("changed", EVENTS_TYPE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
events_item_init (EventsItem *self)
{
}

const EventsEvent *
events_item_get_event (EventsItem *self)
{
  return self->event;
}

gboolean
events_item_is_later (EventsItem *self)
{
  return self->event->said->at_ns > self->model->at_ns;
}

gint64
events_item_get_origin (EventsItem *self)
{
  return self->model->origin_ns;
}

/* ---- The list ----------------------------------------------------------------------------------- */

static GType
get_item_type (GListModel *list)
{
  return EVENTS_TYPE_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  EventsModel *self = EVENTS_MODEL (list);

  return self->store != NULL ? events_store_get_n (self->store) : 0;
}

static gpointer
get_item (GListModel *list, guint position)
{
  EventsModel *self = EVENTS_MODEL (list);
  const EventsEvent *event;
  EventsItem *item;

  if (position >= get_n_items (list))
    return NULL;
  event = events_store_get (self->store, position);
  for (guint i = 0; i < self->items->len; i++)
    if (((EventsItem *)self->items->pdata[i])->event == event)
      return g_object_ref (self->items->pdata[i]);
  item = g_object_new (EVENTS_TYPE_ITEM, NULL);
  item->model = g_object_ref (self);
  item->event = events_event_ref (event);
  g_ptr_array_add (self->items, item);
  return item;
}

static void
init_list (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

G_DEFINE_TYPE_WITH_CODE (EventsModel, events_model, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list))

static void
events_model_finalize (GObject *object)
{
  g_ptr_array_unref (EVENTS_MODEL (object)->items);
  G_OBJECT_CLASS (events_model_parent_class)->finalize (object);
}

static void
events_model_class_init (EventsModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = events_model_finalize;
}

static void
events_model_init (EventsModel *self)
{
  self->items = g_ptr_array_new ();
}

EventsModel *
events_model_new (EventsStore *store)
{
  EventsModel *self = g_object_new (EVENTS_TYPE_MODEL, NULL);

  self->store = store;
  return self;
}

void
events_model_forget_store (EventsModel *self)
{
  self->store = NULL;
}

void
events_model_changed (EventsModel *self, guint position, guint n_removed, guint n_added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_removed, n_added);
}

void
events_model_set_instant (EventsModel *self, gint64 at_ns, gint64 origin_ns)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  if (self->at_ns == at_ns && self->origin_ns == origin_ns)
    return;
  self->at_ns = at_ns;
  self->origin_ns = origin_ns;
  for (guint i = 0; i < self->items->len; i++)
    g_ptr_array_add (items, g_object_ref (self->items->pdata[i]));
  for (guint i = 0; i < items->len; i++)
    g_signal_emit (items->pdata[i], signals[CHANGED], 0);
}
