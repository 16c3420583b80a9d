/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "query-entry.h"

#include <string.h>
#include <glib/gi18n-lib.h>

/* While somebody types, only pauses count. */
#define PAUSE_MS 120
#define MAX_OFFERED_HEIGHT 260
#define OFFERED_CHARS 24

struct _UiQueryEntry
{
  GtkWidget parent_instance;
  const UiQueryField *fields;
  UiQueryListFunc list;
  gpointer list_data;

  GtkWidget *box, *entry, *trouble, *trouble_label;
  GtkWidget *popover, *offered; /* completions */
  gsize offered_from;
  char *valid; /* the last text that made sense */
  guint pause_source, offer_source;
  gboolean is_completing;
};

enum
{
  QUERY_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (UiQueryEntry, ui_query_entry, GTK_TYPE_WIDGET)

/* ---- What was typed ----------------------------------------------------------------------------- */

const char *
ui_query_entry_get_text (UiQueryEntry *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->entry));
}

UiQuery *
ui_query_entry_dup_query (UiQueryEntry *self)
{
  return ui_query_new (self->fields, self->valid, NULL);
}

static void
show_trouble (UiQueryEntry *self, const char *text)
{
  if (text != NULL)
    {
      gtk_widget_add_css_class (self->entry, "error");
      gtk_label_set_text (GTK_LABEL (self->trouble_label), text);
    }
  else
    gtk_widget_remove_css_class (self->entry, "error");
  gtk_accessible_update_state (
      GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
      text != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->trouble), text != NULL);
}

static void
take_text (UiQueryEntry *self)
{
  const char *text = ui_query_entry_get_text (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (UiQuery) query = ui_query_new (self->fields, text, &error);

  g_clear_handle_id (&self->pause_source, g_source_remove);
  show_trouble (self, error != NULL ? error->message : NULL);
  if (query == NULL || g_strcmp0 (text, self->valid) == 0)
    return;
  g_free (self->valid);
  self->valid = g_strdup (text);
  g_signal_emit (self, signals[QUERY_CHANGED], 0);
}

static gboolean
on_pause (gpointer data)
{
  UiQueryEntry *self = data;

  self->pause_source = 0;
  take_text (self);
  return G_SOURCE_REMOVE;
}

/* ---- Completion --------------------------------------------------------------------------------- */

static void
clear_offered (UiQueryEntry *self)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (self->offered)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->offered), row);
}

static gsize
get_cursor (UiQueryEntry *self)
{
  const char *text = ui_query_entry_get_text (self);
  int position = gtk_editable_get_position (GTK_EDITABLE (self->entry));

  return (gsize)(g_utf8_offset_to_pointer (text, position) - text);
}

static void
close_offered (UiQueryEntry *self)
{
  g_clear_handle_id (&self->offer_source, g_source_remove);
  gtk_popover_popdown (GTK_POPOVER (self->popover));
}

/* Below what is completed. */
static void
point_at_cursor (UiQueryEntry *self)
{
  GtkText *text = GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (self->entry)));
  graphene_rect_t cursor;
  double x = 0, y = 0;
  GdkRectangle at;

  gtk_text_compute_cursor_extents (
      text, (gsize)g_utf8_strlen (ui_query_entry_get_text (self), (gssize)self->offered_from),
      &cursor, NULL);
  gtk_widget_translate_coordinates (GTK_WIDGET (text), self->entry, cursor.origin.x,
                                    cursor.origin.y, &x, &y);
  at = (GdkRectangle){ (int)x, 0, 1, gtk_widget_get_height (self->entry) };
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &at);
}

static void
offer (UiQueryEntry *self)
{
  const char *text = ui_query_entry_get_text (self);
  gsize cursor = get_cursor (self);
  g_auto (GStrv) found = ui_query_complete (self->fields, text, cursor, self->list, self->list_data,
                                            &self->offered_from);
  gboolean is_all = g_strv_length (found) == 1 &&
                    strlen (found[0]) == cursor - self->offered_from &&
                    strncmp (found[0], text + self->offered_from, strlen (found[0])) == 0;

  clear_offered (self);
  /* A blank alone is not a wish to see everything. */
  if (found[0] == NULL || is_all ||
      (cursor == self->offered_from && cursor > 0 && g_ascii_isspace (text[cursor - 1])) ||
      cursor == 0)
    {
      close_offered (self);
      return;
    }
  for (guint i = 0; found[i] != NULL; i++)
    {
      GtkWidget *label = gtk_label_new (found[i]);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (GTK_LABEL (label), OFFERED_CHARS);
      gtk_list_box_append (GTK_LIST_BOX (self->offered), label);
    }
  point_at_cursor (self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static gboolean
on_offer (gpointer data)
{
  UiQueryEntry *self = data;

  self->offer_source = 0;
  offer (self);
  return G_SOURCE_REMOVE;
}

/* The cursor goes on after the text has changed. */
static void
queue_offer (UiQueryEntry *self)
{
  if (self->offer_source == 0)
    self->offer_source = g_idle_add (on_offer, self);
}

static void
accept (UiQueryEntry *self, GtkListBoxRow *row)
{
  const char *text = ui_query_entry_get_text (self);
  const char *chosen = gtk_label_get_text (GTK_LABEL (gtk_list_box_row_get_child (row)));
  gsize cursor = get_cursor (self);
  gboolean is_field = strchr (chosen, '"') == NULL && strlen (chosen) > 0 &&
                      strchr (":>", chosen[strlen (chosen) - 1]) != NULL;
  g_autofree char *before = g_strndup (text, self->offered_from);
  g_autofree char *whole = g_strconcat (before, chosen, text + cursor, NULL);
  glong position = g_utf8_strlen (before, -1) + g_utf8_strlen (chosen, -1);

  self->is_completing = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->entry), whole);
  gtk_widget_grab_focus (self->entry);
  gtk_editable_set_position (GTK_EDITABLE (self->entry), (int)position);
  self->is_completing = FALSE;
  close_offered (self);
  if (is_field)
    queue_offer (self);
  take_text (self);
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, UiQueryEntry *self)
{
  accept (self, row);
}

static void
select_next (UiQueryEntry *self, int step)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (GTK_LIST_BOX (self->offered));
  int index = row != NULL ? gtk_list_box_row_get_index (row) + step : step > 0 ? 0 : -1;

  gtk_list_box_select_row (GTK_LIST_BOX (self->offered),
                           gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->offered), index));
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType modifiers,
        UiQueryEntry *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (GTK_LIST_BOX (self->offered));

  if (key == GDK_KEY_Escape && gtk_widget_get_visible (self->popover))
    close_offered (self);
  else if (key == GDK_KEY_Escape && *ui_query_entry_get_text (self) != '\0')
    ui_query_entry_set_text (self, "");
  else if (!gtk_widget_get_visible (self->popover))
    return GDK_EVENT_PROPAGATE;
  else if (key == GDK_KEY_Down)
    select_next (self, 1);
  else if (key == GDK_KEY_Up)
    select_next (self, -1);
  else if ((key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_Tab) && row != NULL)
    accept (self, row);
  else if (key == GDK_KEY_Tab)
    accept (self, gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->offered), 0));
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static void
on_changed (GtkEditable *editable, UiQueryEntry *self)
{
  gboolean is_empty = *ui_query_entry_get_text (self) == '\0';

  gtk_entry_set_icon_from_icon_name (GTK_ENTRY (self->entry), GTK_ENTRY_ICON_SECONDARY,
                                     is_empty ? NULL : "edit-clear-symbolic");
  if (self->is_completing)
    return;
  g_clear_handle_id (&self->pause_source, g_source_remove);
  self->pause_source = g_timeout_add (PAUSE_MS, on_pause, self);
  if (gtk_widget_has_focus (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->entry)))))
    queue_offer (self);
}

static void
on_activate (GtkEntry *entry, UiQueryEntry *self)
{
  close_offered (self);
  take_text (self);
}

static void
on_icon (GtkEntry *entry, GtkEntryIconPosition position, UiQueryEntry *self)
{
  if (position == GTK_ENTRY_ICON_SECONDARY)
    ui_query_entry_set_text (self, "");
}

static void
on_leave (GtkEventControllerFocus *controller, UiQueryEntry *self)
{
  close_offered (self);
  if (self->pause_source != 0)
    take_text (self);
}

/* ---- Help --------------------------------------------------------------------------------------- */

static void
add_help (GtkWidget *grid, int row, const char *code, const char *meaning)
{
  GtkWidget *left = gtk_label_new (code), *right = gtk_label_new (meaning);

  gtk_widget_add_css_class (left, "monospace");
  gtk_label_set_xalign (GTK_LABEL (left), 0);
  gtk_label_set_xalign (GTK_LABEL (right), 0);
  gtk_widget_add_css_class (right, "dim-label");
  gtk_grid_attach (GTK_GRID (grid), left, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), right, 1, row, 1, 1);
}

static GtkWidget *
new_help (UiQueryEntry *self)
{
  static const struct
  {
    const char *code, *meaning;
  } ways[] = {
    { "fetch", N_ ("somewhere in its texts") },
    { "name:fetch*  name=fetch", N_ ("a pattern for all of it; exactly that") },
    { "state:blocked,waiting", N_ ("either") },
    { "wait>1s  age<5m  polls:10..20", N_ ("more, less, from … to") },
    { "-state:resting", N_ ("not") },
    { "\"state:x\"", N_ ("the text itself") },
  };
  GtkWidget *button = gtk_menu_button_new (), *popover = gtk_popover_new (),
            *grid = gtk_grid_new ();
  int row = 0;

  gtk_grid_set_column_spacing (GTK_GRID (grid), 18);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 3);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    add_help (grid, row++, ways[i].code, _ (ways[i].meaning));
  gtk_grid_attach (GTK_GRID (grid), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL), 0, row++, 2, 1);
  for (const UiQueryField *field = self->fields; field->name != NULL; field++)
    {
      g_autofree char *words =
          field->words != NULL ? g_strjoinv (" ", (char **)field->words) : NULL;
      g_autofree char *meaning = words != NULL
                                     ? g_strdup_printf ("%s: %s", _ (field->meaning), words)
                                     : g_strdup (_ (field->meaning));

      add_help (grid, row++, field->name, meaning);
    }
  gtk_popover_set_child (GTK_POPOVER (popover), grid);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "help-faq-symbolic");
  gtk_widget_set_tooltip_text (button, _ ("What can be asked for"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What can be asked for"), -1);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

/* ---- The widget --------------------------------------------------------------------------------- */

static gboolean
ui_query_entry_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (UI_QUERY_ENTRY (widget)->entry);
}

static void
ui_query_entry_dispose (GObject *object)
{
  UiQueryEntry *self = UI_QUERY_ENTRY (object);

  g_clear_handle_id (&self->pause_source, g_source_remove);
  g_clear_handle_id (&self->offer_source, g_source_remove);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->valid, g_free);
  G_OBJECT_CLASS (ui_query_entry_parent_class)->dispose (object);
}

static void
ui_query_entry_class_init (UiQueryEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ui_query_entry_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = ui_query_entry_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  signals[QUERY_CHANGED] = g_signal_new ("query-changed", UI_TYPE_QUERY_ENTRY, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
new_offered (UiQueryEntry *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->offered = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->offered), GTK_SELECTION_SINGLE);
  g_signal_connect (self->offered, "row-activated", G_CALLBACK (on_row_activated), self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), MAX_OFFERED_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->offered);
  return scrolled;
}

static void
add_controllers (UiQueryEntry *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  /* Before the text takes Tab and the arrows. */
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (self->entry, keys);
  g_signal_connect (focus, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (self->entry, focus);
}

static void
ui_query_entry_init (UiQueryEntry *self)
{
  self->valid = g_strdup ("");
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->entry = gtk_entry_new ();
  gtk_widget_set_hexpand (self->entry, TRUE);
  gtk_entry_set_icon_from_icon_name (GTK_ENTRY (self->entry), GTK_ENTRY_ICON_PRIMARY,
                                     "system-search-symbolic");
  gtk_entry_set_icon_activatable (GTK_ENTRY (self->entry), GTK_ENTRY_ICON_PRIMARY, FALSE);
  self->popover = gtk_popover_new ();
  gtk_popover_set_autohide (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_position (GTK_POPOVER (self->popover), GTK_POS_BOTTOM);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  /* A click there leaves the focus where somebody types. */
  gtk_widget_set_can_focus (self->popover, FALSE);
  gtk_popover_set_child (GTK_POPOVER (self->popover), new_offered (self));
  gtk_widget_set_parent (self->popover, self->entry);
  self->trouble_label = gtk_label_new ("");
  gtk_label_set_xalign (GTK_LABEL (self->trouble_label), 0);
  gtk_label_set_wrap (GTK_LABEL (self->trouble_label), TRUE);
  gtk_widget_add_css_class (self->trouble_label, "error");
  gtk_widget_add_css_class (self->trouble_label, "caption");
  self->trouble = gtk_revealer_new ();
  gtk_revealer_set_child (GTK_REVEALER (self->trouble), self->trouble_label);
  g_signal_connect (self->entry, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (self->entry, "activate", G_CALLBACK (on_activate), self);
  g_signal_connect (self->entry, "icon-press", G_CALLBACK (on_icon), self);
  add_controllers (self);
}

GtkWidget *
ui_query_entry_new (const UiQueryField *fields, const char *placeholder)
{
  UiQueryEntry *self = g_object_new (UI_TYPE_QUERY_ENTRY, "hexpand", TRUE, NULL);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  self->fields = fields;
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), placeholder);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Filter"), -1);
  gtk_box_append (GTK_BOX (line), self->entry);
  gtk_box_append (GTK_BOX (line), new_help (self));
  gtk_box_append (GTK_BOX (self->box), line);
  gtk_box_append (GTK_BOX (self->box), self->trouble);
  return GTK_WIDGET (self);
}

void
ui_query_entry_set_list (UiQueryEntry *self, UiQueryListFunc list, gpointer data)
{
  self->list = list;
  self->list_data = data;
}

void
ui_query_entry_set_text (UiQueryEntry *self, const char *text)
{
  self->is_completing = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
  self->is_completing = FALSE;
  close_offered (self);
  take_text (self);
}

void
ui_query_entry_toggle (UiQueryEntry *self, const char *term)
{
  g_autofree char *text = ui_query_toggle (ui_query_entry_get_text (self), term);

  ui_query_entry_set_text (self, text);
}
