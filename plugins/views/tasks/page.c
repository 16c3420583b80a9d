/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <moments.h>
#include <no-task.h>
#include <watch.h>

#include "cells.h"
#include "counts.h"

/* What tasks wait for in full is read of those on the screen, a moment after they have come to rest. */
#define WAITS_MS 120
/* What is told of them then takes so long at most; the rest follows. */
#define WAITS_US (10 * G_TIME_SPAN_MILLISECOND)
#define MAX_NAMES 2000u

G_DEFINE_TYPE (TasksPage, tasks_page, GTK_TYPE_WIDGET)

static const char *const group_names[TASKS_N_GROUPS + 1] = {
  [TASKS_GROUP_NONE] = N_ ("Each task"),
  [TASKS_GROUP_EQUAL] = N_ ("Equal tasks"),
  [TASKS_GROUP_NAME] = N_ ("By name"),
  [TASKS_GROUP_TREE] = N_ ("Tree"),
};

/* ---- What tasks wait for, in full ----------------------------------------------------------------- */

static void queue_waits (TasksPage *self);
static void show_waits (GtkWidget *page);

/* FALSE: nothing has to be read of that line. */
static gboolean
lacks_wait (TasksPage *self, TasksItem *item, const TasksRow **ret_row)
{
  TasksTable *table = tasks_model_get_table (self->model);

  if (!tasks_item_is_there (item) ||
      tasks_table_get_group (table, tasks_item_get_position (item)) != NULL ||
      !tasks_item_is_waits_for_old (item))
    return FALSE;
  *ret_row = tasks_table_get_row (table, tasks_item_get_position (item));
  return (*ret_row)->said.kind != 0;
}

static void
read_wait (TasksPage *self, TasksItem *item, const TasksRow *row)
{
  TasksTable *table = tasks_model_get_table (self->model);
  InspectorMoment *moment =
      inspector_history_get_moment (table->history, row->track, table->at_ns, NULL);

  for (guint i = 0; moment != NULL && i < moment->pending->len; i++)
    {
      const InspectorPending *pending = moment->pending->pdata[i];

      if (g_str_equal (pending->kind,
                       inspector_history_get_kind (table->history, row->track, row->said.kind)))
        {
          tasks_item_set_waits_for (item, pending->text);
          break;
        }
    }
  inspector_moment_free (moment);
}

/* All that are on the screen are read at once, which takes hardly longer than one. FALSE: they are being read. */
static gboolean
want_waits (TasksPage *self, const GPtrArray *items)
{
  TasksTable *table = tasks_model_get_table (self->model);
  g_autoptr (GArray) tracks = g_array_new (FALSE, FALSE, sizeof (guint));
  const TasksRow *row;

  for (guint i = 0; i < items->len; i++)
    if (lacks_wait (self, items->pdata[i], &row))
      g_array_append_val (tracks, row->track);
  return tracks->len == 0 ||
         ui_moments_want (self->session, GTK_WIDGET (self), (const guint *)(gpointer)tracks->data,
                          tracks->len, table->at_ns, 0, show_waits);
}

static void
show_waits (GtkWidget *page)
{
  TasksPage *self = TASKS_PAGE (page);
  g_autoptr (GPtrArray) items = tasks_model_list_items (self->model);
  gint64 begin_us = g_get_monotonic_time ();
  const TasksRow *row;

  if (tasks_model_get_table (self->model) == NULL || !want_waits (self, items))
    return;
  for (guint i = 0; i < items->len; i++)
    {
      if (lacks_wait (self, items->pdata[i], &row))
        read_wait (self, items->pdata[i], row);
      if (g_get_monotonic_time () - begin_us > WAITS_US)
        {
          queue_waits (self);
          return;
        }
    }
}

static gboolean
on_waits (gpointer data)
{
  TasksPage *self = data;

  self->waits_source = 0;
  show_waits (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

static void
queue_waits (TasksPage *self)
{
  g_clear_handle_id (&self->waits_source, g_source_remove);
  self->waits_source = g_timeout_add (WAITS_MS, on_waits, self);
}

/* ---- What is shown ------------------------------------------------------------------------------ */

static gboolean
has_begun (TasksPage *self)
{
  gint64 first_ns, last_ns;

  return inspector_history_get_range (ui_session_get_history (self->session), &first_ns, &last_ns);
}

static void
show_empty (TasksPage *self, const char *title, const char *text, gboolean is_filtered)
{
  adw_status_page_set_title (ADW_STATUS_PAGE (self->empty), title);
  adw_status_page_set_description (ADW_STATUS_PAGE (self->empty), text);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (self->empty),
                                 is_filtered ? "system-search-symbolic"
                                             : "document-open-recent-symbolic");
  gtk_widget_set_visible (self->empty_button, is_filtered);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
}

static void
show_table (TasksPage *self)
{
  TasksTable *table = tasks_model_get_table (self->model);
  gboolean asks = *ui_query_entry_get_text (UI_QUERY_ENTRY (self->entry)) != '\0';

  if (table == NULL && has_begun (self))
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "busy");
  else if (!has_begun (self) && ui_no_task_get_reason (self->session) != NULL)
    show_empty (self, _ ("No task"), ui_no_task_get_reason (self->session), FALSE);
  else if (!has_begun (self))
    show_empty (self, _ ("No task yet"), _ ("Tasks stand here once the program begins some."),
                FALSE);
  else if (table->lines->len > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "list");
  else if (asks && tasks_loader_is_busy (self->loader))
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "busy");
  else if (asks)
    show_empty (self, _ ("No task is like this"),
                _ ("None of the tasks of this instant has what the filter asks for."), TRUE);
  else
    show_empty (self, _ ("No task at this instant"),
                _ ("No task lives at the instant that is looked at. Tasks that have ended can be "
                   "shown, too."),
                FALSE);
}

static void
show_counts (TasksPage *self)
{
  TasksTable *table = tasks_model_get_table (self->model);
  guint64 selection = ui_session_get_selection (self->session);
  g_autofree char *note = NULL;
  guint line;

  if (table == NULL)
    return;
  if (tasks_loader_is_busy (self->loader))
    note = g_strdup (_ ("names are being read"));
  else if (selection != 0 && !tasks_table_find (table, selection, &line))
    {
      g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, selection);

      note = g_strdup_printf (_ ("#%s, which is selected, is not among them"), number);
    }
  tasks_counts_show (TASKS_COUNTS (self->counts), table, note);
}

/* The selected task's line, or that of the closed group that has it. */
static void
show_selection (TasksPage *self)
{
  TasksTable *table = tasks_model_get_table (self->model);
  guint64 selection = ui_session_get_selection (self->session);
  guint line = G_MAXUINT;

  if (selection != 0)
    self->chosen_group = 0;
  if (table == NULL || !tasks_table_find (table, selection, &line))
    tasks_model_set_selected (self->model, self->chosen_group);
  else
    tasks_model_set_selected (self->model, tasks_table_get_key (table, line));
  if ((self->is_asked || (self->wanted != 0 && self->wanted == selection)) && line != G_MAXUINT)
    tasks_list_scroll_to (TASKS_LIST (self->list), line);
  else if (self->is_asked)
    tasks_list_scroll_to (TASKS_LIST (self->list), 0);
  self->is_asked = FALSE;
  self->wanted = 0;
}

static void
on_loaded (TasksTable *table, gpointer data)
{
  TasksPage *self = data;

  tasks_model_set_table (self->model, table);
  show_selection (self);
  show_table (self);
  show_counts (self);
  queue_waits (self);
}

/* ---- What somebody does ------------------------------------------------------------------------- */

static void
on_picked (TasksModel *model, guint64 key, TasksPage *self)
{
  guint line;

  self->wanted = 0;
  if (key >> 63 == 0)
    {
      self->chosen_group = 0;
      ui_session_set_selection (self->session, key);
      return;
    }
  /* A group is selected here alone. */
  self->chosen_group = key;
  ui_session_set_selection (self->session, 0);
  tasks_model_set_selected (self->model, key);
  if (tasks_page_get_line (self, &line))
    show_counts (self);
}

static void
on_toggled (TasksModel *model, guint64 key, TasksPage *self)
{
  tasks_loader_toggle (self->loader, key);
}

static void
on_show_tasks (UiSession *session, const char *query, TasksPage *self)
{
  ui_query_entry_set_text (UI_QUERY_ENTRY (self->entry), query);
}

static void
take_selection (TasksPage *self)
{
  self->wanted = ui_session_get_selection (self->session);
  if (self->wanted == tasks_model_get_selected (self->model) && self->wanted != 0)
    return;
  show_selection (self);
  show_counts (self);
}

static void
on_changed (GtkWidget *page, UiChange changes)
{
  TasksPage *self = TASKS_PAGE (page);
  gboolean follows = ui_session_is_following (self->session);

  if ((changes & UI_CHANGE_STATE) != 0)
    {
      tasks_loader_set_query (self->loader,
                              ui_query_entry_dup_query (UI_QUERY_ENTRY (self->entry)));
      show_table (self);
    }
  if ((changes & (UI_CHANGE_GROWN | UI_CHANGE_CURSOR)) != 0)
    tasks_loader_refresh (self->loader, (changes & UI_CHANGE_CURSOR) != 0 && !follows);
  if ((changes & UI_CHANGE_SELECTION) != 0)
    take_selection (self);
}

static void
on_query_changed (UiQueryEntry *entry, TasksPage *self)
{
  self->is_asked = TRUE;
  tasks_loader_set_query (self->loader, ui_query_entry_dup_query (entry));
}

static void
on_group_changed (GtkDropDown *groups, GParamSpec *property, TasksPage *self)
{
  self->is_asked = TRUE;
  tasks_loader_set_group (self->loader,
                          MIN (gtk_drop_down_get_selected (groups), TASKS_N_GROUPS - 1));
}

static void
on_ended_toggled (GtkToggleButton *button, TasksPage *self)
{
  tasks_loader_set_with_ended (self->loader, gtk_toggle_button_get_active (button));
}

static void
on_sort_changed (TasksList *list, TasksPage *self)
{
  gboolean is_descending;
  TasksSort sort;

  self->is_asked = TRUE;
  tasks_list_get_sort (list, &sort, &is_descending);
  tasks_loader_set_sort (self->loader, sort, is_descending);
}

/* A group opens; of a task, why it does not go on is what people want to know. */
static void
on_activated (TasksList *list, guint position, TasksPage *self)
{
  TasksTable *table = tasks_model_get_table (self->model);

  if (position >= tasks_table_get_n_lines (table))
    return;
  if (tasks_table_get_group (table, position) != NULL)
    tasks_model_toggle (self->model, position);
  else
    ui_session_show_view (self->session, "why");
}

static void
on_chosen (TasksCounts *counts, const char *term, TasksPage *self)
{
  ui_query_entry_toggle (UI_QUERY_ENTRY (self->entry), term);
}

/* ---- The menu of a line ------------------------------------------------------------------------- */

static GMenuModel *
new_menu (void)
{
  GMenu *menu = g_menu_new (), *go = g_menu_new (), *filter = g_menu_new (), *lines = g_menu_new ();

  g_menu_append (go, _ ("Show in the _Timeline"), "view.timeline");
  g_menu_append (go, _ ("Show its _Events"), "view.events");
  g_menu_append (go, _ ("Show the _Source"), "view.place");
  g_menu_append (go, _ ("Select Who _Began It"), "view.parent");
  g_menu_append (go, _ ("_Copy"), "view.copy");
  g_menu_append (filter, _ ("Only This _Name"), "view.same-name");
  g_menu_append (filter, _ ("Only What Waits for the Sa_me"), "view.same-wait");
  g_menu_append (filter, _ ("Only This S_tate"), "view.same-state");
  g_menu_append (lines, _ ("_Open All"), "view.open-all");
  g_menu_append (lines, _ ("C_lose All"), "view.close-all");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (go));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (filter));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (lines));
  g_object_unref (go);
  g_object_unref (filter);
  g_object_unref (lines);
  return G_MENU_MODEL (menu);
}

static void
on_menu (TasksList *list, guint position, double x, double y, TasksPage *self)
{
  const GdkRectangle at = { (int)x, (int)y, 1, 1 };

  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &at);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
tasks_page_map (GtkWidget *widget)
{
  TasksPage *self = TASKS_PAGE (widget);

  GTK_WIDGET_CLASS (tasks_page_parent_class)->map (widget);
  tasks_loader_set_running (self->loader, TRUE);
}

static void
tasks_page_unmap (GtkWidget *widget)
{
  TasksPage *self = TASKS_PAGE (widget);

  tasks_loader_set_running (self->loader, FALSE);
  g_clear_handle_id (&self->waits_source, g_source_remove);
  GTK_WIDGET_CLASS (tasks_page_parent_class)->unmap (widget);
}

/* Its menu is a window of its own, which goes where it is told when its place is. */
static void
tasks_page_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  TasksPage *self = TASKS_PAGE (widget);

  gtk_widget_allocate (self->box, width, height, baseline, NULL);
  gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
tasks_page_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure (TASKS_PAGE (widget)->box, orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
}

static gboolean
tasks_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (TASKS_PAGE (widget)->list);
}

static void
tasks_page_dispose (GObject *object)
{
  TasksPage *self = TASKS_PAGE (object);

  g_clear_handle_id (&self->waits_source, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->loader, tasks_loader_free);
  g_clear_object (&self->model);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (tasks_page_parent_class)->dispose (object);
}

static void
tasks_page_class_init (TasksPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tasks_page_dispose;
  widget_class->map = tasks_page_map;
  widget_class->unmap = tasks_page_unmap;
  widget_class->size_allocate = tasks_page_size_allocate;
  widget_class->measure = tasks_page_measure;
  widget_class->grab_focus = tasks_page_grab_focus;
}

static void
tasks_page_init (TasksPage *self)
{
}

/* Names and kinds that there are, for completion. */
static char **
list_texts (gpointer data, guint field)
{
  TasksTable *table = tasks_model_get_table (TASKS_PAGE (data)->model);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  for (guint i = 0; table != NULL && i < table->rows->len && g_hash_table_size (seen) < MAX_NAMES;
       i++)
    {
      const TasksRow *row = &g_array_index (table->rows, TasksRow, i);
      guint32 word = field == TASKS_FIELD_NAME    ? tasks_words_get (table->words, row->name)->group
                     : field == TASKS_FIELD_KIND  ? row->kind
                     : field == TASKS_FIELD_PLACE ? row->place
                     : field == TASKS_FIELD_RUNTIME ? row->runtime
                                                    : 0;

      if (word != 0 && g_hash_table_add (seen, GUINT_TO_POINTER (word)))
        g_strv_builder_add (texts, tasks_words_get (table->words, word)->text);
    }
  return g_strv_builder_end (texts);
}

static GtkWidget *
new_bar (TasksPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  const char *names[TASKS_N_GROUPS + 1] = { NULL };

  for (guint i = 0; i < TASKS_N_GROUPS; i++)
    names[i] = _ (group_names[i]);
  self->entry = ui_query_entry_new (tasks_fields, _ ("state:blocked wait>1s name:fetch*"));
  ui_query_entry_set_list (UI_QUERY_ENTRY (self->entry), list_texts, self);
  self->groups = gtk_drop_down_new_from_strings (names);
  gtk_widget_set_tooltip_text (self->groups, _ ("What a line stands for"));
  gtk_widget_set_valign (self->groups, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->groups), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What a line stands for"), -1);
  self->ended = gtk_toggle_button_new_with_mnemonic (_ ("_Ended too"));
  gtk_widget_set_tooltip_text (self->ended, _ ("Show tasks that had ended by then, too"));
  gtk_widget_set_valign (self->ended, GTK_ALIGN_START);
  g_signal_connect (self->entry, "query-changed", G_CALLBACK (on_query_changed), self);
  g_signal_connect (self->groups, "notify::selected", G_CALLBACK (on_group_changed), self);
  g_signal_connect (self->ended, "toggled", G_CALLBACK (on_ended_toggled), self);
  gtk_box_append (GTK_BOX (bar), self->entry);
  gtk_box_append (GTK_BOX (bar), self->groups);
  gtk_box_append (GTK_BOX (bar), self->ended);
  gtk_widget_add_css_class (bar, "toolbar");
  return bar;
}

static void
on_clear_clicked (GtkButton *button, TasksPage *self)
{
  tasks_page_clear_filter (GTK_WIDGET (self));
}

static GtkWidget *
new_stack (TasksPage *self)
{
  GtkWidget *stack = gtk_stack_new (), *busy = gtk_spinner_new ();

  self->empty = adw_status_page_new ();
  self->empty_button = gtk_button_new_with_mnemonic (_ ("Show _All Tasks"));
  gtk_widget_set_halign (self->empty_button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->empty_button, "pill");
  g_signal_connect (self->empty_button, "clicked", G_CALLBACK (on_clear_clicked), self);
  adw_status_page_set_child (ADW_STATUS_PAGE (self->empty), self->empty_button);
  gtk_spinner_start (GTK_SPINNER (busy));
  gtk_widget_set_size_request (busy, 32, 32);
  gtk_widget_set_halign (busy, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (busy, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (busy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Tasks are being looked at"), -1);
  gtk_stack_add_named (GTK_STACK (stack), busy, "busy");
  gtk_stack_add_named (GTK_STACK (stack), self->empty, "empty");
  gtk_stack_add_named (GTK_STACK (stack), self->list, "list");
  gtk_widget_set_vexpand (stack, TRUE);
  return stack;
}

static void
build (TasksPage *self)
{
  g_autoptr (GMenuModel) menu = new_menu ();

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->list = tasks_list_new (self->model);
  self->counts = tasks_counts_new ();
  self->stack = new_stack (self);
  gtk_box_append (GTK_BOX (self->box), new_bar (self));
  gtk_box_append (GTK_BOX (self->box), self->stack);
  gtk_box_append (GTK_BOX (self->box), self->counts);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->menu = gtk_popover_menu_new_from_model (menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->menu, self->list);
  g_signal_connect (self->list, "sort-changed", G_CALLBACK (on_sort_changed), self);
  g_signal_connect (self->list, "activated", G_CALLBACK (on_activated), self);
  g_signal_connect (self->list, "menu", G_CALLBACK (on_menu), self);
  g_signal_connect (self->counts, "chosen", G_CALLBACK (on_chosen), self);
  g_signal_connect (self->model, "picked", G_CALLBACK (on_picked), self);
  g_signal_connect (self->model, "toggled", G_CALLBACK (on_toggled), self);
}

GtkWidget *
tasks_page_new (UiSession *session)
{
  TasksPage *self = g_object_new (TASKS_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  self->model = tasks_model_new ();
  self->loader = tasks_loader_new (session, on_loaded, self);
  build (self);
  ui_session_watch (session, GTK_WIDGET (self),
                    UI_CHANGE_GROWN | UI_CHANGE_CURSOR | UI_CHANGE_STATE | UI_CHANGE_SELECTION,
                    on_changed);
  g_signal_connect (session, "show-tasks", G_CALLBACK (on_show_tasks), self);
  return GTK_WIDGET (self);
}
