/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

#include "columns.h"

gboolean
tasks_page_get_line (TasksPage *self, guint *ret_line)
{
  TasksTable *table = tasks_model_get_table (self->model);
  guint64 key = tasks_model_get_selected (self->model);

  for (guint i = 0; key != 0 && i < tasks_table_get_n_lines (table); i++)
    if (tasks_table_get_key (table, i) == key)
      {
        *ret_line = i;
        return TRUE;
      }
  return FALSE;
}

/* NULL: no line is selected. */
static const TasksRow *
get_row (TasksPage *self)
{
  guint line;

  return tasks_page_get_line (self, &line)
             ? tasks_table_get_row (tasks_model_get_table (self->model), line)
             : NULL;
}

static const char *
word (TasksPage *self, guint32 number)
{
  return tasks_words_get (tasks_model_get_table (self->model)->words, number)->text;
}

/* ---- Filters ------------------------------------------------------------------------------------ */

void
tasks_page_filter (GtkWidget *page)
{
  gtk_widget_grab_focus (TASKS_PAGE (page)->entry);
}

void
tasks_page_clear_filter (GtkWidget *page)
{
  ui_query_entry_set_text (UI_QUERY_ENTRY (TASKS_PAGE (page)->entry), "");
}

static void
ask_for (TasksPage *self, const char *field, const char *operator, const char * value)
{
  g_autofree char *term = ui_query_dup_term (field, operator, value);

  if (*value != '\0')
    ui_query_entry_toggle (UI_QUERY_ENTRY (self->entry), term);
}

void
tasks_page_same_name (GtkWidget *page)
{
  TasksPage *self = TASKS_PAGE (page);
  const TasksRow *row = get_row (self);

  if (row != NULL)
    ask_for (self, "name", "=", word (self, row->name));
}

void
tasks_page_same_wait (GtkWidget *page)
{
  TasksPage *self = TASKS_PAGE (page);
  const TasksRow *row = get_row (self);

  if (row != NULL)
    ask_for (self, "kind", "=", word (self, row->kind));
}

void
tasks_page_same_state (GtkWidget *page)
{
  TasksPage *self = TASKS_PAGE (page);
  const TasksRow *row = get_row (self);

  if (row != NULL)
    ask_for (self, "state", ":", tasks_fields[TASKS_FIELD_STATE].words[row->said.state]);
}

/* ---- Elsewhere ---------------------------------------------------------------------------------- */

static void
show_view (TasksPage *self, const char *id)
{
  const TasksRow *row = get_row (self);

  if (row == NULL)
    return;
  /* Of a group, the one that has waited longest. */
  ui_session_set_selection (self->session, row->said.number);
  ui_session_show_view (self->session, id);
}

void
tasks_page_show_timeline (GtkWidget *page)
{
  show_view (TASKS_PAGE (page), "timeline");
}

void
tasks_page_show_events (GtkWidget *page)
{
  show_view (TASKS_PAGE (page), "events");
}

void
tasks_page_show_place (GtkWidget *page)
{
  TasksPage *self = TASKS_PAGE (page);
  const TasksRow *row = get_row (self);

  if (row != NULL && row->place != 0)
    ui_session_show_place (self->session, word (self, row->place));
}

void
tasks_page_select_parent (GtkWidget *page)
{
  TasksPage *self = TASKS_PAGE (page);
  const TasksRow *row = get_row (self);

  if (row != NULL && row->said.parent != 0)
    ui_session_set_selection (self->session, row->said.parent);
}

void
tasks_page_copy (GtkWidget *page)
{
  TasksPage *self = TASKS_PAGE (page);
  g_autofree char *text = NULL;
  guint line;

  if (!tasks_page_get_line (self, &line))
    return;
  text = tasks_columns_dup_line (tasks_model_get_table (self->model), line);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (page), text);
}

/* ---- Groups ------------------------------------------------------------------------------------- */

void
tasks_page_open_all (GtkWidget *page)
{
  tasks_loader_open_all (TASKS_PAGE (page)->loader, TRUE);
}

void
tasks_page_close_all (GtkWidget *page)
{
  tasks_loader_open_all (TASKS_PAGE (page)->loader, FALSE);
}

void
tasks_page_toggle_ended (GtkWidget *page)
{
  GtkToggleButton *button = GTK_TOGGLE_BUTTON (TASKS_PAGE (page)->ended);

  gtk_toggle_button_set_active (button, !gtk_toggle_button_get_active (button));
}

static void
set_group (GtkWidget *page, TasksGroup group)
{
  gtk_drop_down_set_selected (GTK_DROP_DOWN (TASKS_PAGE (page)->groups), group);
}

void
tasks_page_group_none (GtkWidget *page)
{
  set_group (page, TASKS_GROUP_NONE);
}

void
tasks_page_group_equal (GtkWidget *page)
{
  set_group (page, TASKS_GROUP_EQUAL);
}

void
tasks_page_group_name (GtkWidget *page)
{
  set_group (page, TASKS_GROUP_NAME);
}

void
tasks_page_group_tree (GtkWidget *page)
{
  set_group (page, TASKS_GROUP_TREE);
}

/* ---- What is saved, and exported ---------------------------------------------------------------- */

/* As they are saved; their order is that of TasksGroup. */
static const char *const group_ids[TASKS_N_GROUPS + 1] = {
  [TASKS_GROUP_NONE] = "none",
  [TASKS_GROUP_EQUAL] = "equal",
  [TASKS_GROUP_NAME] = "name",
  [TASKS_GROUP_TREE] = "tree",
};

char *
tasks_page_dup_csv (GtkWidget *page)
{
  TasksTable *table = tasks_model_get_table (TASKS_PAGE (page)->model);

  return table != NULL ? tasks_columns_to_csv (table) : NULL;
}

void
tasks_page_save_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  TasksPage *self = TASKS_PAGE (page);

  g_key_file_set_string (state, group, "filter",
                         ui_query_entry_get_text (UI_QUERY_ENTRY (self->entry)));
  g_key_file_set_string (state, group, "group", group_ids[tasks_loader_get_group (self->loader)]);
  g_key_file_set_boolean (state, group, "ended", tasks_loader_get_with_ended (self->loader));
  tasks_list_save_state (TASKS_LIST (self->list), state, group);
}

void
tasks_page_load_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  TasksPage *self = TASKS_PAGE (page);
  g_autofree char *filter = g_key_file_get_string (state, group, "filter", NULL);
  g_autofree char *by = g_key_file_get_string (state, group, "group", NULL);

  if (filter != NULL && g_utf8_validate (filter, -1, NULL))
    ui_query_entry_set_text (UI_QUERY_ENTRY (self->entry), filter);
  for (guint i = 0; i < TASKS_N_GROUPS; i++)
    if (g_strcmp0 (by, group_ids[i]) == 0)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (self->groups), i);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->ended),
                                g_key_file_get_boolean (state, group, "ended", NULL));
  tasks_list_load_state (TASKS_LIST (self->list), state, group);
}
