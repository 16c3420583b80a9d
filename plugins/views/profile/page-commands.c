/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

static void
show_page (ProfilePage *self, const char *id)
{
  gtk_stack_set_visible_child_name (self->pages, id);
}

void
profile_page_show_flame (GtkWidget *page)
{
  show_page (PROFILE_PAGE (page), "flame");
}

void
profile_page_show_operations (GtkWidget *page)
{
  show_page (PROFILE_PAGE (page), "operations");
}

void
profile_page_find (GtkWidget *page)
{
  profile_page_show_flame (page);
  profile_flame_page_find (PROFILE_PAGE (page)->flame);
}

void
profile_page_find_next (GtkWidget *page)
{
  profile_flame_page_next (PROFILE_PAGE (page)->flame, FALSE);
}

void
profile_page_find_previous (GtkWidget *page)
{
  profile_flame_page_next (PROFILE_PAGE (page)->flame, TRUE);
}

void
profile_page_zoom_frame (GtkWidget *page)
{
  profile_flame_page_zoom_in (PROFILE_PAGE (page)->flame);
}

void
profile_page_show_all (GtkWidget *page)
{
  profile_flame_page_reset (PROFILE_PAGE (page)->flame);
}

void
profile_page_show_source (GtkWidget *page)
{
  profile_flame_page_show_source (PROFILE_PAGE (page)->flame);
}

void
profile_page_list_tasks (GtkWidget *page)
{
  profile_flame_page_show_tasks (PROFILE_PAGE (page)->flame);
}

void
profile_page_save_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  ProfilePage *self = PROFILE_PAGE (page);

  g_key_file_set_string (state, group, "page", gtk_stack_get_visible_child_name (self->pages));
  g_key_file_set_integer (state, group, "by", profile_flame_page_get_by (self->flame));
}

void
profile_page_load_state (GtkWidget *page, GKeyFile *state, const char *group)
{
  ProfilePage *self = PROFILE_PAGE (page);
  g_autofree char *shown = g_key_file_get_string (state, group, "page", NULL);
  int by = g_key_file_get_integer (state, group, "by", NULL);

  if (shown != NULL && gtk_stack_get_child_by_name (self->pages, shown) != NULL)
    show_page (self, shown);
  if (by >= 0 && by < PROFILE_N_FLAMES)
    profile_flame_page_set_by (self->flame, (InspectorFlameBy)by);
}

/* ---- As text -------------------------------------------------------------------------------------- */

/* The table that is shown; where it is none, the operations. */
static ProfileTable *
get_table (ProfilePage *self)
{
  GtkWidget *shown = gtk_stack_get_visible_child (self->pages);
  ProfileTablePage *page = self->tables[INSPECTOR_PROFILE_OPERATIONS];

  for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
    if (shown == GTK_WIDGET (self->tables[i]))
      page = self->tables[i];
  return profile_table_page_get_table (page);
}

char *
profile_page_dup_csv (GtkWidget *page)
{
  ProfilePage *self = PROFILE_PAGE (page);
  const char *shown = gtk_stack_get_visible_child_name (self->pages);

  return g_strcmp0 (shown, "flame") == 0 ? profile_flame_page_dup_csv (self->flame)
                                         : profile_table_dup_csv (get_table (self));
}
