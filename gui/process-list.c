/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "process-list.h"

#include <adwaita.h>
#include <string.h>
#include <unistd.h>
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
  GPtrArray
      *processes; /* InspectorProcess, as they were found last; those that are shown have a row */
  GtkAdjustment *scroll;
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
  return row;
}

/* Whether every word that was typed is somewhere in it. */
static gboolean
is_searched (UiProcessList *self, InspectorProcess *process)
{
  g_autofree char *subtitle = dup_subtitle (process);
  g_autofree char *text =
      g_strdup_printf ("%s %s", inspector_process_get_command (process), subtitle);
  g_autofree char *searched = g_utf8_casefold (text, -1);
  g_autofree char *typed =
      g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);
  g_auto (GStrv) words = g_strsplit (typed, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (searched, words[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* Shells and the like are there for who searches for them; what cannot be inspected is always there, with why:
 * whoever has started it looks for it. */
static gboolean
is_shown (UiProcessList *self, InspectorProcess *process)
{
  gboolean has_runtime = inspector_process_get_runtimes (process)[0] != NULL;
  gboolean is_typed = *gtk_editable_get_text (GTK_EDITABLE (self->search)) != '\0';

  /* What runs no file has ended, and waits for its parent to ask how. */
  if (*inspector_process_get_executable (process) == '\0' && !has_runtime)
    return FALSE;
  return (has_runtime || is_typed || get_refusal (process) != NULL) && is_searched (self, process);
}

/* Nearly every program has threads: one with a loop or an executor comes first, what cannot be attached to last. */
static int
get_rank (InspectorProcess *process)
{
  const char *const *runtimes = inspector_process_get_runtimes (process);
  gboolean has_threads = g_strv_contains (runtimes, "threads");

  if (get_refusal (process) != NULL)
    return 3;
  if (runtimes[0] == NULL)
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

/* ---- What is shown --------------------------------------------------------------------------- */

static InspectorProcess *
get_process (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "process");
}

static gboolean
is_same (InspectorProcess *a, InspectorProcess *b)
{
  g_autofree char *subtitle = dup_subtitle (a), *other = dup_subtitle (b);

  return g_str_equal (subtitle, other) &&
         g_strcmp0 (inspector_process_get_command (a), inspector_process_get_command (b)) == 0;
}

/* The row that is to stay where it is seen: the one that has the focus, else the first that is seen of a list
 * that was scrolled. (nullable) */
static GtkListBoxRow *
find_anchor (UiProcessList *self, gboolean *ret_has_focus)
{
  GtkRoot *root = gtk_widget_get_root (self->list);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  double seen_from = gtk_adjustment_get_value (self->scroll);

  *ret_has_focus = focus != NULL && gtk_widget_is_ancestor (focus, self->list);
  if (*ret_has_focus)
    return GTK_IS_LIST_BOX_ROW (focus)
               ? GTK_LIST_BOX_ROW (focus)
               : GTK_LIST_BOX_ROW (gtk_widget_get_ancestor (focus, GTK_TYPE_LIST_BOX_ROW));
  return seen_from > 0 ? gtk_list_box_get_row_at_y (GTK_LIST_BOX (self->list), (int)seen_from)
                       : NULL;
}

static int
get_height (GtkWidget *row)
{
  int height;

  gtk_widget_measure (row, GTK_ORIENTATION_VERTICAL, gtk_widget_get_width (row), &height, NULL,
                      NULL, NULL);
  return height;
}

/* Where the rows above @anchor begin; its index in @ret_index. */
static int
get_place (UiProcessList *self, GtkListBoxRow *anchor, int *ret_index)
{
  GtkListBoxRow *row;
  int y = 0;

  *ret_index = 0;
  while ((row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), *ret_index)) != NULL &&
         row != anchor)
    {
      y += get_height (GTK_WIDGET (row));
      ++*ret_index;
    }
  return y;
}

/* What is not so any more goes, and what is there for the first time comes: other rows stay, with their focus. */
static void
change_rows (UiProcessList *self, GPtrArray *processes)
{
  GtkListBox *list = GTK_LIST_BOX (self->list);
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  GtkListBoxRow *row;

  for (guint i = 0; i < processes->len; i++)
    g_hash_table_insert (wanted, GINT_TO_POINTER (inspector_process_get_pid (processes->pdata[i])),
                         processes->pdata[i]);
  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)) != NULL;)
    {
      InspectorProcess *there = get_process (row);
      InspectorProcess *now =
          g_hash_table_lookup (wanted, GINT_TO_POINTER (inspector_process_get_pid (there)));

      if (now != NULL && is_same (there, now))
        i++;
      else
        gtk_list_box_remove (list, GTK_WIDGET (row));
    }
  for (guint i = 0; i < processes->len; i++)
    {
      row = gtk_list_box_get_row_at_index (list, (int)i);
      if (row == NULL || inspector_process_get_pid (get_process (row)) !=
                             inspector_process_get_pid (processes->pdata[i]))
        gtk_list_box_insert (list, new_row (self, processes->pdata[i]), (int)i);
    }
}

/* Where the row that had it has gone: that of the same process, else the one that came in its place. */
static void
give_focus (UiProcessList *self, int pid, int index)
{
  GtkListBox *list = GTK_LIST_BOX (self->list);
  GtkListBoxRow *row, *found = NULL;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)) != NULL; i++)
    {
      gboolean is_of_process = inspector_process_get_pid (get_process (row)) == pid;

      if (found == NULL || i <= index || is_of_process)
        found = row;
      if (is_of_process)
        break;
    }
  gtk_widget_grab_focus (found != NULL ? GTK_WIDGET (found) : self->search);
}

static GPtrArray *
list_shown (UiProcessList *self)
{
  GPtrArray *shown = g_ptr_array_new ();

  for (guint i = 0; i < self->processes->len; i++)
    if (is_shown (self, self->processes->pdata[i]))
      g_ptr_array_add (shown, self->processes->pdata[i]);
  return shown;
}

static void
show_processes (UiProcessList *self)
{
  g_autoptr (GPtrArray) shown = list_shown (self);
  gboolean had_focus;
  GtkListBoxRow *anchor = find_anchor (self, &had_focus);
  int pid = anchor != NULL ? inspector_process_get_pid (get_process (anchor)) : 0;
  int before = 0, index = 0, all, n;

  gtk_label_set_text (GTK_LABEL (self->placeholder),
                      *gtk_editable_get_text (GTK_EDITABLE (self->search)) != '\0'
                          ? _ ("None of the processes is called so")
                          : _ ("None of your processes uses a runtime that is known"));
  if (anchor != NULL)
    {
      g_object_ref (anchor);
      before = get_place (self, anchor, &index);
    }
  all = get_place (self, NULL, &n);
  change_rows (self, shown);
  if (anchor == NULL)
    return;
  if (gtk_widget_get_parent (GTK_WIDGET (anchor)) == self->list)
    {
      double seen_from = gtk_adjustment_get_value (self->scroll);
      int above = get_place (self, anchor, &index) - before;

      /* The list is laid out later, and is not to be seen at another place until then. */
      gtk_adjustment_set_upper (self->scroll, gtk_adjustment_get_upper (self->scroll) +
                                                  get_place (self, NULL, &n) - all);
      gtk_adjustment_set_value (self->scroll, seen_from + above);
    }
  else if (had_focus)
    give_focus (self, pid, index);
  g_object_unref (anchor);
}

/* ---- Looking ----------------------------------------------------------------------------------- */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (UiProcessList) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) processes = inspector_processes_list_finish (result, &error);

  g_clear_object (&self->cancellable);
  if (processes == NULL || self->list == NULL)
    return;
  for (guint i = processes->len; i > 0; i--)
    if (inspector_process_get_uid (processes->pdata[i - 1]) != geteuid ())
      g_ptr_array_remove_index (processes, i - 1);
  g_ptr_array_sort (processes, compare);
  g_clear_pointer (&self->processes, g_ptr_array_unref);
  self->processes = g_steal_pointer (&processes);
  show_processes (self);
}

static void
look (UiProcessList *self)
{
  if (self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  inspector_processes_list_async (INSPECTOR_PROCESSES_ALL, self->cancellable, on_listed,
                                  g_object_ref (self));
}

static gboolean
on_timer (gpointer data)
{
  look (data);
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
  if (self->processes != NULL)
    show_processes (self);
}

/* The first that is left of what was searched for. */
static void
on_search_activated (GtkSearchEntry *search, UiProcessList *self)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), i)) != NULL; i++)
    if (gtk_list_box_row_get_activatable (row))
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
  g_clear_pointer (&self->processes, g_ptr_array_unref);
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
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Processes"), -1);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->list);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), MAX_HEIGHT);
  gtk_box_append (GTK_BOX (box), self->search);
  self->scroll = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
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
