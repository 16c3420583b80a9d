/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

#include "list.h"

void
events_page_filter (GtkWidget *page)
{
  gtk_widget_grab_focus (EVENTS_PAGE (page)->entry);
}

void
events_page_copy (GtkWidget *page)
{
  g_autofree char *text = events_details_dup_text (EVENTS_DETAILS (EVENTS_PAGE (page)->details));

  if (*text != '\0')
    gdk_clipboard_set_text (gtk_widget_get_clipboard (page), text);
}

void
events_page_of_task (GtkWidget *page)
{
  EventsPage *self = EVENTS_PAGE (page);

  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->tasks), self->of_task ? 0 : 1);
}

void
events_page_go_to_instant (GtkWidget *page)
{
  events_page_scroll_to_instant (EVENTS_PAGE (page));
}

/* To the one beside that which is selected, else beside the instant. */
static void
step (EventsPage *self, int by)
{
  guint n = events_store_get_n (self->store);
  guint at = gtk_single_selection_get_selected (self->selection);

  if (n == 0)
    return;
  if (at == GTK_INVALID_LIST_POSITION)
    at = events_store_find (self->store, ui_session_get_cursor (self->session)) - (by > 0);
  if (by < 0 && (at == 0 || at > n))
    return;
  at = MIN (at + (guint)by, n - 1);
  gtk_single_selection_set_selected (self->selection, at);
  events_list_scroll_to (self->list, at);
}

void
events_page_next (GtkWidget *page)
{
  step (EVENTS_PAGE (page), 1);
}

void
events_page_previous (GtkWidget *page)
{
  step (EVENTS_PAGE (page), -1);
}

char *
events_page_dup_csv (GtkWidget *page)
{
  EventsPage *self = EVENTS_PAGE (page);
  gint64 origin_ns = events_page_get_origin (self);
  g_autofree char *header = events_event_to_csv (NULL, 0);
  GString *csv = g_string_new (header);

  for (guint i = 0; i < events_store_get_n (self->store); i++)
    {
      g_autofree char *line = events_event_to_csv (events_store_get (self->store, i), origin_ns);

      g_string_append (csv, line);
    }
  return g_string_free (csv, FALSE);
}

void
events_page_save_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  EventsPage *self = EVENTS_PAGE (page);

  g_key_file_set_string (state, group, "filter",
                         ui_query_entry_get_text (UI_QUERY_ENTRY (self->entry)));
  g_key_file_set_boolean (state, group, "of-task", self->of_task);
}

void
events_page_load_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  EventsPage *self = EVENTS_PAGE (page);
  g_autofree char *filter = g_key_file_get_string (state, group, "filter", NULL);

  if (filter != NULL && g_utf8_validate (filter, -1, NULL))
    ui_query_entry_set_text (UI_QUERY_ENTRY (self->entry), filter);
  if (g_key_file_get_boolean (state, group, "of-task", NULL))
    gtk_drop_down_set_selected (GTK_DROP_DOWN (self->tasks), 1);
}
