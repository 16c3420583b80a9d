/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* The window of shortcuts: a section of the app's own, and one of each view. */

#include "commands.h"

#include <glib/gi18n-lib.h>

/* Only what GtkBuilder reads is divided into columns by GTK 4.8: what is added to a section by code stands below each
 * other, higher than any screen. A group is in one column, however many rows it has; two columns are a page; and a section
 * of several pages has a switch that GTK complains about. So groups and sections are divided here. */
#define MAX_HEIGHT "17" /* rows of a column, with the title of each group: some 700 pixels */
#define HEIGHT 17u
#define ROWS_OF_GROUP 14u
/* What a group takes beside its rows. */
#define TITLE 2u

typedef struct
{
  const char *title, *keys;
} Row;

typedef struct
{
  GString *text;
  const char *id, *title;  /* of the section */
  guint n_sections;        /* of that title */
  guint n_columns, height; /* of the section, and of its last column */
} Writing;

static void
end_section (Writing *self)
{
  if (self->n_sections > 0)
    g_string_append (self->text, "</object></child>");
}

static void
begin_section (Writing *self)
{
  g_autofree char *words = NULL, *title = NULL, *id = NULL;

  end_section (self);
  self->n_sections++;
  self->n_columns = 1;
  self->height = 0;
  /* Translators: of a list of shortcuts that is too long for one page, its second one: "Timeline (2)" */
  title = self->n_sections > 1 ? g_strdup_printf (_ ("%s (%u)"), self->title, self->n_sections)
                               : g_strdup (self->title);
  id = self->n_sections > 1 ? g_strdup_printf ("%s-%u", self->id, self->n_sections)
                            : g_strdup (self->id);
  words = g_markup_printf_escaped (
      "<child><object class=\"GtkShortcutsSection\"><property name=\"section-name\">%s</property>"
      "<property name=\"title\">%s</property><property name=\"max-height\">" MAX_HEIGHT
      "</property>",
      id, title);
  g_string_append (self->text, words);
}

static void
add_row (Writing *self, const Row *row)
{
  g_autoptr (GString) accelerators = g_string_new (row->keys);
  g_autofree char *words = NULL;

  g_string_replace (accelerators, "|", " ", 0);
  words = g_markup_printf_escaped (
      "<child><object class=\"GtkShortcutsShortcut\"><property name=\"title\">%s</property>"
      "<property name=\"accelerator\">%s</property></object></child>",
      row->title, accelerators->str);
  g_string_append (self->text, words);
}

/* In the column that has room for it, in another one, or in another section. */
static void
make_room (Writing *self, guint height)
{
  if (self->n_sections == 0 || (self->height + height > HEIGHT && self->n_columns == 2))
    begin_section (self);
  else if (self->height + height > HEIGHT)
    {
      self->n_columns++;
      self->height = 0;
    }
  self->height += height;
}

/* Empties @rows. */
static void
add_group (Writing *self, const char *title, GArray *rows)
{
  for (guint first = 0; first < rows->len; first += ROWS_OF_GROUP)
    {
      guint n = MIN (rows->len - first, ROWS_OF_GROUP);
      g_autofree char *words = g_markup_printf_escaped (
          "<child><object class=\"GtkShortcutsGroup\"><property name=\"title\">%s</property>",
          title);

      make_room (self, n + TITLE);
      g_string_append (self->text, words);
      for (guint i = first; i < first + n; i++)
        add_row (self, &g_array_index (rows, Row, i));
      g_string_append (self->text, "</object></child>");
    }
  g_array_set_size (rows, 0);
}

static void
add_app (GString *text)
{
  Writing writing = { .text = text, .id = "app", .title = _ ("Everywhere") };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  guint n;
  const UiCommand *commands = ui_commands_get (&n);

  for (guint i = 0; i < n; i++)
    {
      const Row row = { _ (commands[i].label), commands[i].keys };

      if (row.keys != NULL)
        g_array_append_val (rows, row);
      if (i + 1 == n || commands[i + 1].group != commands[i].group)
        add_group (&writing, _ (commands[i].group), rows);
    }
  end_section (&writing);
}

static gboolean
has_keys (const UiView *view)
{
  if (UI_VIEW_HAS (view->table, commands))
    for (const InspectViewCommand *command = view->table->commands; command->id != NULL; command++)
      if (command->keys != NULL)
        return TRUE;
  return FALSE;
}

static void
add_view (GString *text, const UiView *view)
{
  const char *name = ui_view_translate (view->table, view->plugin->name);
  Writing writing = { .text = text, .id = view->plugin->id, .title = name };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));

  if (!has_keys (view))
    return;
  for (const InspectViewCommand *command = view->table->commands; command->id != NULL; command++)
    {
      const Row row = { ui_view_translate (view->table, command->label), command->keys };

      if (row.keys != NULL)
        g_array_append_val (rows, row);
    }
  add_group (&writing, name, rows);
  end_section (&writing);
}

GtkWidget *
ui_commands_new_shortcuts (UiWindow *window)
{
  g_autoptr (GString) text =
      g_string_new ("<interface><object class=\"GtkShortcutsWindow\" id=\"shortcuts\">");
  g_autoptr (GtkBuilder) builder = NULL;
  UiSessionPage *page = ui_window_get_session_page (window);
  UiViewSlot *slot = page != NULL ? ui_session_page_get_slot (page) : NULL;
  const UiView *view = slot != NULL ? ui_view_slot_get_view (slot) : NULL;
  GPtrArray *views = ui_views_get ();
  GtkWidget *shortcuts;

  add_app (text);
  for (guint i = 0; i < views->len; i++)
    add_view (text, views->pdata[i]);
  g_string_append (text, "</object></interface>");
  builder = gtk_builder_new_from_string (text->str, (gssize)text->len);
  shortcuts = GTK_WIDGET (gtk_builder_get_object (builder, "shortcuts"));
  /* What the view in front can do is a choice away; that of the app is what one looks for first where there is none. */
  g_object_set (shortcuts, "modal", TRUE, "transient-for", window, "section-name",
                view != NULL && has_keys (view) ? view->plugin->id : "app", NULL);
  return shortcuts;
}
