/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "process-list.h"

#include <adwaita.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#include <inspector-process.h>

#include "named-button.h"

#define MAX_HEIGHT 300
/* Processes come and go while the list is looked at. */
#define LOOK_AGAIN_S 3

struct _UiProcessList
{
  GtkWidget parent_instance;
  GtkWidget *group, *search, *list, *placeholder;
  GCancellable *cancellable; /* NULL: nobody looks at this moment */
  GPtrArray *shown;          /* InspectorProcess, of the rows */
  guint timer;
};

G_DEFINE_TYPE (UiProcessList, ui_process_list, GTK_TYPE_WIDGET)

enum
{
  CHOSEN,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* ---- Rows -------------------------------------------------------------------------------------- */

/* NULL: nothing speaks against attaching. */
static const char *
get_refusal (InspectorProcess *process)
{
  const char *refusal = inspector_process_get_refusal (process);

  if (refusal == NULL && inspector_process_is_inspected (process))
    return _ ("another inspector looks at it already; close that one first");
  return refusal;
}

static char *
dup_subtitle (InspectorProcess *process)
{
  const char *refusal = get_refusal (process);
  g_autofree char *runtimes =
      g_strjoinv (", ", (char **)inspector_process_get_runtime_names (process));

  return g_strdup_printf ("%s · %s %d%s%s",
                          *runtimes != '\0' ? runtimes : _ ("no runtime that is known"), _ ("pid"),
                          inspector_process_get_pid (process), refusal != NULL ? "\n" : "",
                          refusal != NULL ? refusal : "");
}

static void
choose (UiProcessList *self, GtkWidget *row)
{
  InspectorProcess *process = g_object_get_data (G_OBJECT (row), "process");

  if (get_refusal (process) == NULL)
    g_signal_emit (self, signals[CHOSEN], 0, inspector_process_get_pid (process),
                   inspector_process_get_command (process));
}

static void
on_button_clicked (GtkWidget *button, UiProcessList *self)
{
  choose (self, gtk_widget_get_ancestor (button, GTK_TYPE_LIST_BOX_ROW));
}

static GtkWidget *
new_button (UiProcessList *self, GtkWidget *row, InspectorProcess *process)
{
  g_autofree char *name = g_strdup_printf (_ ("Attach to %d"), inspector_process_get_pid (process));
  GtkWidget *button = ui_named_button_new_text (_ ("Attach"), name);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect (button, "clicked", G_CALLBACK (on_button_clicked), self);
  return button;
}

static GtkWidget *
new_row (UiProcessList *self, InspectorProcess *process)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *subtitle = dup_subtitle (process);
  g_autofree char *title = g_markup_escape_text (inspector_process_get_command (process), -1);
  g_autofree char *escaped = g_markup_escape_text (subtitle, -1);
  g_autofree char *searched =
      g_strdup_printf ("%s %s", inspector_process_get_command (process), subtitle);
  gboolean may_attach = get_refusal (process) == NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), escaped);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), may_attach);
  gtk_widget_set_tooltip_text (row, inspector_process_get_command (process));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  inspector_process_get_command (process),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, subtitle, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_DISABLED, !may_attach,
                               -1);
  g_object_set_data_full (G_OBJECT (row), "process", g_object_ref (process), g_object_unref);
  if (may_attach)
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_button (self, row, process));
  else
    gtk_widget_add_css_class (row, "refused");
  g_object_set_data_full (G_OBJECT (row), "searched", g_utf8_casefold (searched, -1), g_free);
  return row;
}

/* Every word that was typed is somewhere in it. */
static gboolean
matches (GtkListBoxRow *row, gpointer data)
{
  UiProcessList *self = data;
  const char *searched = g_object_get_data (G_OBJECT (row), "searched");
  g_autofree char *typed =
      g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);
  g_auto (GStrv) words = g_strsplit (typed, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (searched, words[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* Rows stay, with their focus, while nothing is different. */
static gboolean
is_same (GPtrArray *a, GPtrArray *b)
{
  if (a == NULL || a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (inspector_process_get_pid (a->pdata[i]) != inspector_process_get_pid (b->pdata[i]) ||
        g_strcmp0 (inspector_process_get_command (a->pdata[i]),
                   inspector_process_get_command (b->pdata[i])) != 0 ||
        g_strcmp0 (get_refusal (a->pdata[i]), get_refusal (b->pdata[i])) != 0)
      return FALSE;
  return TRUE;
}

/* Nearly every program has threads: one with a loop or an executor comes first. */
static int
get_rank (InspectorProcess *process)
{
  const char *const *runtimes = inspector_process_get_runtimes (process);
  gboolean has_threads = g_strv_contains (runtimes, "threads");

  if (get_refusal (process) != NULL)
    return 2;
  return g_strv_length ((char **)runtimes) > has_threads ? 0 : 1;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  InspectorProcess *one = *(InspectorProcess *const *)a, *other = *(InspectorProcess *const *)b;

  /* The latest first: it is the one that somebody has started to look at. */
  return get_rank (one) != get_rank (other)
             ? get_rank (one) - get_rank (other)
             : inspector_process_get_pid (other) - inspector_process_get_pid (one);
}

static void
show_processes (UiProcessList *self, GPtrArray *processes)
{
  GtkListBoxRow *row;

  g_ptr_array_sort (processes, compare);
  gtk_label_set_text (GTK_LABEL (self->placeholder),
                      processes->len > 0
                          ? _ ("None of the processes is called so")
                          : _ ("None of your processes uses a runtime that is known"));
  if (is_same (self->shown, processes))
    return;
  while ((row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), 0)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), GTK_WIDGET (row));
  for (guint i = 0; i < processes->len; i++)
    gtk_list_box_append (GTK_LIST_BOX (self->list), new_row (self, processes->pdata[i]));
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  self->shown = g_ptr_array_ref (processes);
}

/* ---- Looking ----------------------------------------------------------------------------------- */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (UiProcessList) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) processes = inspector_processes_list_finish (result, &error);

  g_clear_object (&self->cancellable);
  if (processes != NULL && self->list != NULL)
    show_processes (self, processes);
}

static void
look (UiProcessList *self)
{
  if (self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  inspector_processes_list_async (INSPECTOR_PROCESSES_OWN, self->cancellable, on_listed,
                                  g_object_ref (self));
}

/* It does not change under the keyboard of who walks over it, who would be back at the beginning. */
static gboolean
on_timer (gpointer data)
{
  UiProcessList *self = data;
  GtkRoot *root = gtk_widget_get_root (self->list);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus == NULL || !gtk_widget_is_ancestor (focus, self->list))
    look (self);
  return G_SOURCE_CONTINUE;
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, UiProcessList *self)
{
  choose (self, GTK_WIDGET (row));
}

static void
on_search_changed (GtkSearchEntry *search, UiProcessList *self)
{
  gtk_list_box_invalidate_filter (GTK_LIST_BOX (self->list));
}

/* The first that is left of what was searched for. */
static void
on_search_activated (GtkSearchEntry *search, UiProcessList *self)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), i)) != NULL; i++)
    if (gtk_widget_get_child_visible (GTK_WIDGET (row)) && gtk_list_box_row_get_activatable (row))
      {
        on_row_activated (GTK_LIST_BOX (self->list), row, self);
        return;
      }
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
ui_process_list_map (GtkWidget *widget)
{
  UiProcessList *self = UI_PROCESS_LIST (widget);

  GTK_WIDGET_CLASS (ui_process_list_parent_class)->map (widget);
  look (self);
  self->timer = g_timeout_add_seconds (LOOK_AGAIN_S, on_timer, self);
}

static void
ui_process_list_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&UI_PROCESS_LIST (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (ui_process_list_parent_class)->unmap (widget);
}

static void
ui_process_list_dispose (GObject *object)
{
  UiProcessList *self = UI_PROCESS_LIST (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  self->list = NULL;
  g_clear_pointer (&self->group, gtk_widget_unparent);
  G_OBJECT_CLASS (ui_process_list_parent_class)->dispose (object);
}

static void
ui_process_list_class_init (UiProcessListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ui_process_list_dispose;
  GTK_WIDGET_CLASS (klass)->map = ui_process_list_map;
  GTK_WIDGET_CLASS (klass)->unmap = ui_process_list_unmap;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  signals[CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_STRING);
}

static void
ui_process_list_init (UiProcessList *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->group), _ ("Attach to a process"));
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (self->group),
      _ ("It goes on as it is, and is left as it was when its tab is closed."));
  self->search = gtk_search_entry_new ();
  g_object_set (self->search, "placeholder-text", _ ("Name, number or runtime"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->search), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search for a process"), -1);
  self->list = gtk_list_box_new ();
  self->placeholder = gtk_label_new (_ ("Looking at the processes…"));
  gtk_widget_add_css_class (self->placeholder, "dim-label");
  gtk_widget_add_css_class (self->placeholder, "note-row");
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list), self->placeholder);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_list_box_set_filter_func (GTK_LIST_BOX (self->list), matches, self, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Processes"), -1);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->list);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), MAX_HEIGHT);
  gtk_box_append (GTK_BOX (box), self->search);
  gtk_box_append (GTK_BOX (box), scrolled);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), box);
  gtk_widget_set_parent (self->group, GTK_WIDGET (self));
  g_signal_connect (self->list, "row-activated", G_CALLBACK (on_row_activated), self);
  g_signal_connect (self->search, "search-changed", G_CALLBACK (on_search_changed), self);
  g_signal_connect (self->search, "activate", G_CALLBACK (on_search_activated), self);
}

GtkWidget *
ui_process_list_new (void)
{
  return g_object_new (UI_TYPE_PROCESS_LIST, NULL);
}
