/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "list.h"

/* What grows is read twice a second. */
#define GROW_MS 500
/* While the playhead is dragged, it is read anew where it rests. */
#define TRAVEL_MS 120
/* A list that has no size yet cannot be scrolled: it gets one in the next frame. */
#define LAYOUT_MS 50
#define MAX_SCROLLED 8u
/* From an end of the list, more is read. */
#define NEAR_PX 600
/* Lines below the instant that is looked at. */
#define BELOW 8u

G_DEFINE_TYPE (EventsPage, events_page, GTK_TYPE_WIDGET)

/* ---- What is read ------------------------------------------------------------------------------- */

gint64
events_page_get_origin (EventsPage *self)
{
  gint64 first_ns = 0, last_ns;

  inspector_history_get_range (ui_session_get_history (self->session), &first_ns, &last_ns);
  return first_ns;
}

static void
start (EventsPage *self)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  guint track = G_MAXUINT;

  g_clear_handle_id (&self->travel_source, g_source_remove);
  if (self->of_task &&
      !inspector_history_find_track (history, ui_session_get_selection (self->session), &track))
    track = G_MAXUINT;
  self->is_started = TRUE;
  self->wants_scroll = TRUE;
  events_model_set_instant (self->model, ui_session_get_cursor (self->session),
                            events_page_get_origin (self));
  events_store_start (self->store, history, track,
                      ui_query_entry_dup_query (UI_QUERY_ENTRY (self->entry)),
                      ui_session_get_cursor (self->session) + 1);
}

/* Nobody looks: it is read when somebody does. */
static void
restart (EventsPage *self)
{
  self->is_started = FALSE;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    start (self);
}

void
events_page_scroll_to_instant (EventsPage *self)
{
  guint n = events_store_get_n (self->store);
  guint position = events_store_find (self->store, ui_session_get_cursor (self->session));

  if (n == 0)
    return;
  events_list_scroll_to (self->list, MIN (position + BELOW, n - 1));
  events_list_scroll_to (self->list, position > 0 ? position - 1 : 0);
}

static gboolean
is_at_bottom (EventsPage *self)
{
  GtkAdjustment *vertical = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->list));

  return gtk_adjustment_get_value (vertical) + gtk_adjustment_get_page_size (vertical) >=
         gtk_adjustment_get_upper (vertical) - 8;
}

static void
on_scrolled (GtkAdjustment *vertical, EventsPage *self)
{
  double value = gtk_adjustment_get_value (vertical),
         page = gtk_adjustment_get_page_size (vertical);

  if (!self->is_started || self->wants_scroll || events_store_get_n (self->store) == 0)
    return;
  if (value < NEAR_PX)
    events_store_read (self->store, EVENTS_EARLIER);
  if (value + page > gtk_adjustment_get_upper (vertical) - NEAR_PX)
    events_store_read (self->store, EVENTS_LATER);
}

/* ---- What is shown ------------------------------------------------------------------------------ */

static void
show_empty (EventsPage *self, const char *icon, const char *title, const char *text)
{
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (self->empty), icon);
  adw_status_page_set_title (ADW_STATUS_PAGE (self->empty), title);
  adw_status_page_set_description (ADW_STATUS_PAGE (self->empty), text);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
}

static gboolean
is_whole (EventsPage *self)
{
  return events_store_is_at_end (self->store, EVENTS_EARLIER) &&
         events_store_is_at_end (self->store, EVENTS_LATER);
}

/* As in the column of times: all may be within a millisecond. */
static char *
dup_exact (EventsPage *self, EventsEnd end)
{
  gint64 at_ns = events_store_get_reached (self->store, end) - events_page_get_origin (self);

  return g_strdup_printf ("%.6f s", (double)at_ns / 1e9);
}

static void
show_status (EventsPage *self)
{
  g_autofree char *n = inspector_format_count (events_store_get_n (self->store));
  g_autofree char *from = dup_exact (self, EVENTS_EARLIER), *to = dup_exact (self, EVENTS_LATER);
  g_autofree char *text = NULL;

  if (is_whole (self))
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s event", "all %s events",
                                         events_store_get_n (self->store)),
                            n);
  else
    text = g_strdup_printf (_ ("%s events, from %s to %s"), n, from, to);
  gtk_label_set_text (GTK_LABEL (self->status),
                      events_store_is_reading (self->store) ? _ ("Reading…") : text);
  gtk_widget_set_visible (self->search_on, !events_store_is_reading (self->store) &&
                                               !is_whole (self) &&
                                               events_store_get_n (self->store) < BELOW);
}

static void
show_state (EventsPage *self)
{
  const char *trouble = events_store_get_trouble (self->store);
  gboolean asks = *ui_query_entry_get_text (UI_QUERY_ENTRY (self->entry)) != '\0';
  gint64 first_ns, last_ns;

  show_status (self);
  if (events_store_get_n (self->store) > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "list");
  else if (!inspector_history_get_range (ui_session_get_history (self->session), &first_ns,
                                         &last_ns))
    show_empty (self, "document-open-recent-symbolic", _ ("No event yet"),
                _ ("Events stand here once the program does something."));
  else if (trouble != NULL)
    show_empty (self, "dialog-warning-symbolic", _ ("Events cannot be read"), trouble);
  else if (events_store_is_reading (self->store))
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "busy");
  else if (asks || self->of_task)
    show_empty (self, "system-search-symbolic", _ ("No event is like this"),
                is_whole (self)
                    ? _ ("None of all events is what the filter asks for.")
                    : _ ("None of those that were read so far is what the filter asks for."));
  else
    show_empty (self, "document-open-recent-symbolic", _ ("No event"),
                _ ("The recording has none."));
}

static void
on_store_changed (EventsStore *store, guint position, guint n_removed, guint n_added, gpointer data)
{
  EventsPage *self = data;

  events_model_changed (self->model, position, n_removed, n_added);
}

/* Nobody has chosen it: neither does the cursor move. */
static void
select_nothing (EventsPage *self)
{
  self->is_selecting = TRUE;
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  self->is_selecting = FALSE;
}

/* Whether the instant is among the lines that are seen; they are of one height. */
static gboolean
is_instant_seen (EventsPage *self)
{
  GtkAdjustment *vertical = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->list));
  guint n = events_store_get_n (self->store);
  guint position = events_store_find (self->store, ui_session_get_cursor (self->session));
  double line = gtk_adjustment_get_upper (vertical) / MAX (n, 1u);
  double y = line * (position > 0 ? position - 1 : 0), top = gtk_adjustment_get_value (vertical);

  return y + line > top && y < top + gtk_adjustment_get_page_size (vertical);
}

static gboolean
on_layout (gpointer data)
{
  EventsPage *self = data;

  if (self->n_scrolled == 0 || (self->n_scrolled < MAX_SCROLLED && !is_instant_seen (self)))
    {
      self->n_scrolled++;
      events_page_scroll_to_instant (self);
      return G_SOURCE_CONTINUE;
    }
  self->scroll_source = 0;
  self->wants_scroll = FALSE;
  return G_SOURCE_REMOVE;
}

static void
on_store_state_changed (EventsStore *store, gpointer data)
{
  EventsPage *self = data;

  show_state (self);
  if (self->wants_scroll && !events_store_is_reading (store) && self->scroll_source == 0)
    {
      self->n_scrolled = 0;
      self->scroll_source = g_timeout_add (LAYOUT_MS, on_layout, self);
    }
}

/* ---- What somebody does ------------------------------------------------------------------------- */

static void
on_selected (GtkSingleSelection *selection, GParamSpec *property, EventsPage *self)
{
  EventsItem *item = gtk_single_selection_get_selected_item (selection);
  const EventsEvent *event = item != NULL ? events_item_get_event (item) : NULL;

  events_details_show (EVENTS_DETAILS (self->details), event, events_page_get_origin (self));
  if (event == NULL || self->is_selecting)
    return;
  self->is_picking = TRUE;
  ui_session_set_cursor (self->session, event->said->at_ns);
  if (event->task != 0)
    ui_session_set_selection (self->session, event->task);
  self->is_picking = FALSE;
}

static gboolean
is_read (EventsPage *self, gint64 at_ns)
{
  return self->is_started && at_ns >= events_store_get_reached (self->store, EVENTS_EARLIER) &&
         at_ns <= events_store_get_reached (self->store, EVENTS_LATER);
}

static gboolean
on_travel (gpointer data)
{
  EventsPage *self = data;

  self->travel_source = 0;
  if (is_read (self, ui_session_get_cursor (self->session)))
    events_page_scroll_to_instant (self);
  else
    restart (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_grow (gpointer data)
{
  EventsPage *self = data;

  self->grow_source = 0;
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)) || !self->is_started)
    return G_SOURCE_REMOVE;
  self->wants_scroll |= is_at_bottom (self);
  events_store_grow (self->store);
  events_store_read (self->store, EVENTS_LATER);
  return G_SOURCE_REMOVE;
}

static void
on_cursor_changed (UiSession *session, EventsPage *self)
{
  events_model_set_instant (self->model, ui_session_get_cursor (session),
                            events_page_get_origin (self));
  if (self->is_picking || ui_session_is_following (session))
    return;
  if (self->travel_source == 0)
    self->travel_source = g_timeout_add (TRAVEL_MS, on_travel, self);
}

static void
on_grown (UiSession *session, EventsPage *self)
{
  if (!self->is_started && gtk_widget_get_mapped (GTK_WIDGET (self)))
    start (self);
  else if (ui_session_is_following (session) && self->grow_source == 0)
    self->grow_source = g_timeout_add (GROW_MS, on_grow, self);
}

static void
on_selection_changed (UiSession *session, EventsPage *self)
{
  if (self->of_task && !self->is_picking)
    restart (self);
}

static void
on_state_changed (UiSession *session, EventsPage *self)
{
  if (ui_session_is_following (session))
    restart (self);
}

static void
on_query_changed (UiQueryEntry *entry, EventsPage *self)
{
  select_nothing (self);
  restart (self);
}

static void
on_tasks_changed (GtkDropDown *tasks, GParamSpec *property, EventsPage *self)
{
  self->of_task = gtk_drop_down_get_selected (tasks) == 1;
  select_nothing (self);
  restart (self);
}

static void
on_search_on (GtkButton *button, EventsPage *self)
{
  self->wants_scroll = TRUE;
  events_store_read (self->store, EVENTS_EARLIER);
  events_store_read (self->store, EVENTS_LATER);
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
events_page_map (GtkWidget *widget)
{
  EventsPage *self = EVENTS_PAGE (widget);

  GTK_WIDGET_CLASS (events_page_parent_class)->map (widget);
  show_state (self);
  if (!is_read (self, ui_session_get_cursor (self->session)))
    start (self);
}

static void
events_page_dispose (GObject *object)
{
  EventsPage *self = EVENTS_PAGE (object);

  g_clear_handle_id (&self->grow_source, g_source_remove);
  g_clear_handle_id (&self->travel_source, g_source_remove);
  g_clear_handle_id (&self->scroll_source, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->selection);
  if (self->model != NULL)
    events_model_forget_store (self->model);
  g_clear_object (&self->model);
  g_clear_pointer (&self->store, events_store_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (events_page_parent_class)->dispose (object);
}

static void
events_page_class_init (EventsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = events_page_dispose;
  GTK_WIDGET_CLASS (klass)->map = events_page_map;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
events_page_init (EventsPage *self)
{
}

static GtkWidget *
new_bar (EventsPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  const char *const of[] = { _ ("All tasks"), _ ("Selected task"), NULL };

  self->entry = ui_query_entry_new (events_fields, _ ("type:await-begin kind:tcp name:fetch*"));
  self->tasks = gtk_drop_down_new_from_strings (of);
  gtk_widget_set_valign (self->tasks, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (self->tasks, _ ("Whose events"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->tasks), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Whose events"), -1);
  g_signal_connect (self->entry, "query-changed", G_CALLBACK (on_query_changed), self);
  g_signal_connect (self->tasks, "notify::selected", G_CALLBACK (on_tasks_changed), self);
  gtk_box_append (GTK_BOX (bar), self->entry);
  gtk_box_append (GTK_BOX (bar), self->tasks);
  gtk_widget_add_css_class (bar, "toolbar");
  return bar;
}

static GtkWidget *
new_stack (EventsPage *self)
{
  GtkWidget *stack = gtk_stack_new (), *busy = gtk_spinner_new ();

  self->empty = adw_status_page_new ();
  self->list = events_list_new (GTK_SELECTION_MODEL (self->selection));
  gtk_spinner_start (GTK_SPINNER (busy));
  gtk_widget_set_size_request (busy, 32, 32);
  gtk_widget_set_halign (busy, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (busy, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (busy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Events are being read"), -1);
  gtk_stack_add_named (GTK_STACK (stack), self->empty, "empty");
  gtk_stack_add_named (GTK_STACK (stack), busy, "busy");
  gtk_stack_add_named (GTK_STACK (stack), self->list, "list");
  gtk_widget_set_vexpand (stack, TRUE);
  return stack;
}

static GtkWidget *
new_status (EventsPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->status = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->status), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->status), 1);
  gtk_widget_set_hexpand (self->status, TRUE);
  gtk_widget_set_margin_end (self->status, 9);
  gtk_widget_set_margin_top (self->status, 4);
  gtk_widget_set_margin_bottom (self->status, 4);
  gtk_widget_add_css_class (self->status, "caption");
  gtk_widget_add_css_class (self->status, "dim-label");
  self->search_on = gtk_button_new_with_mnemonic (_ ("Search _On"));
  gtk_widget_set_visible (self->search_on, FALSE);
  g_signal_connect (self->search_on, "clicked", G_CALLBACK (on_search_on), self);
  gtk_box_append (GTK_BOX (bar), self->status);
  gtk_box_append (GTK_BOX (bar), self->search_on);
  return bar;
}

static void
build (EventsPage *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->details = events_details_new (self->session);
  gtk_box_append (GTK_BOX (self->box), new_bar (self));
  self->stack = new_stack (self);
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_box_append (GTK_BOX (self->box), self->details);
  gtk_box_append (GTK_BOX (self->box), new_status (self));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->list)),
                           "value-changed", G_CALLBACK (on_scrolled), self, 0);
  g_signal_connect (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self);
}

GtkWidget *
events_page_new (UiSession *session)
{
  static const EventsStoreFuncs funcs = { on_store_changed, on_store_state_changed };
  EventsPage *self = g_object_new (EVENTS_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  self->store = events_store_new (&funcs, self);
  self->model = events_model_new (self->store);
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->model));
  build (self);
  g_signal_connect (session, "cursor-changed", G_CALLBACK (on_cursor_changed), self);
  g_signal_connect (session, "grown", G_CALLBACK (on_grown), self);
  g_signal_connect (session, "selection-changed", G_CALLBACK (on_selection_changed), self);
  g_signal_connect (session, "state-changed", G_CALLBACK (on_state_changed), self);
  return GTK_WIDGET (self);
}
