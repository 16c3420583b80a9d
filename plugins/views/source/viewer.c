/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "viewer.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <colours.h>

#define HERE "async-inspect-here"
/* A line with what is around it. */
#define LEAST_HEIGHT 90

struct _SourceViewer
{
  GtkWidget parent_instance;
  GtkWidget *scrolled;
  GtkSourceView *view;
  GtkSourceBuffer *buffer;
  SourceMarks *marks;
  SourceTimes *times;
  guint line;    /* that was told of */
  guint goal;    /* to be scrolled to, once there is room; 0: none */
  double height; /* of what is seen */
  gulong dark_handler;
  InspectorState state; /* of the selected task */
};

G_DEFINE_TYPE (SourceViewer, source_viewer, GTK_TYPE_WIDGET)

static guint line_changed_signal, line_activated_signal, mark_activated_signal;

/* The line of the selected task has the colour of its state. */
static void
show_state (SourceViewer *self)
{
  GtkSourceMarkAttributes *attributes = gtk_source_mark_attributes_new ();
  guint32 colour = ui_state_get_colour (self->state, ui_is_dark ());
  GdkRGBA background = { (float)(colour >> 16 & 255) / 255, (float)(colour >> 8 & 255) / 255,
                         (float)(colour & 255) / 255, 0.25f };

  gtk_source_mark_attributes_set_background (attributes, &background);
  gtk_source_view_set_mark_attributes (self->view, HERE, attributes, 1);
  g_object_unref (attributes);
  source_marks_set_state (self->marks, self->state);
}

static void
on_dark_changed (AdwStyleManager *manager, GParamSpec *property, SourceViewer *self)
{
  GtkSourceStyleSchemeManager *schemes = gtk_source_style_scheme_manager_get_default ();

  gtk_source_buffer_set_style_scheme (self->buffer,
                                      gtk_source_style_scheme_manager_get_scheme (
                                          schemes, ui_is_dark () ? "Adwaita-dark" : "Adwaita"));
  show_state (self);
}

static void
on_cursor_moved (GtkSourceBuffer *buffer, GParamSpec *property, SourceViewer *self)
{
  guint line = source_viewer_get_line (self);

  if (line == self->line)
    return;
  self->line = line;
  g_signal_emit (self, line_changed_signal, 0);
}

static void
on_line_activated (GtkSourceGutterRenderer *renderer, guint line, SourceViewer *self)
{
  gboolean is_mark = renderer == GTK_SOURCE_GUTTER_RENDERER (self->marks);
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (self->buffer), &iter, (int)line - 1);
  gtk_text_buffer_place_cursor (GTK_TEXT_BUFFER (self->buffer), &iter);
  g_signal_emit (self, is_mark ? mark_activated_signal : line_activated_signal, 0, line);
}

/* ---- What is asked of it ----------------------------------------------------------------------- */

void
source_viewer_set_document (SourceViewer *self, const SourceDocument *document)
{
  GtkSourceLanguageManager *languages = gtk_source_language_manager_get_default ();
  GtkSourceLanguage *language =
      gtk_source_language_manager_guess_language (languages, document->path, NULL);

  gtk_source_buffer_set_language (self->buffer, language);
  gtk_text_buffer_set_text (GTK_TEXT_BUFFER (self->buffer), document->text, (int)document->length);
  self->line = 0;
}

/* Heights of lines are known only once the text was laid out. */
static gboolean
scroll (gpointer data)
{
  SourceViewer *self = data;
  GtkTextIter iter;

  if (self->goal > 0)
    {
      gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (self->buffer), &iter, (int)self->goal - 1);
      gtk_text_view_scroll_to_mark (GTK_TEXT_VIEW (self->view),
                                    gtk_text_buffer_get_insert (GTK_TEXT_BUFFER (self->buffer)), 0,
                                    TRUE, 0, 0.4);
    }
  self->goal = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
is_within (SourceViewer *self, guint line, double top, double of_height)
{
  GtkTextIter iter;
  int y, height;

  gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (self->buffer), &iter, (int)line - 1);
  gtk_text_view_get_line_yrange (GTK_TEXT_VIEW (self->view), &iter, &y, &height);
  return of_height > 0 && y >= top && y + height <= top + of_height;
}

static gboolean
can_see (SourceViewer *self, guint line)
{
  GdkRectangle seen;

  gtk_text_view_get_visible_rect (GTK_TEXT_VIEW (self->view), &seen);
  return is_within (self, line, seen.y, seen.height);
}

static void
scroll_to (SourceViewer *self, guint line)
{
  if (self->goal == 0)
    g_idle_add_full (G_PRIORITY_LOW, scroll, g_object_ref (self), g_object_unref);
  self->goal = line;
}

/* A line that was seen is seen in less room, too. */
static void
on_height_changed (GtkAdjustment *adjustment, GParamSpec *property, SourceViewer *self)
{
  double before = self->height;
  double top = gtk_adjustment_get_value (adjustment);
  guint line = source_viewer_get_line (self);

  self->height = gtk_adjustment_get_page_size (adjustment);
  if (is_within (self, line, top, before) && !is_within (self, line, top, self->height))
    scroll_to (self, line);
}

void
source_viewer_go_to_line (SourceViewer *self, guint line)
{
  GtkTextIter iter;

  line = CLAMP (line, 1, (guint)gtk_text_buffer_get_line_count (GTK_TEXT_BUFFER (self->buffer)));
  gtk_text_buffer_get_iter_at_line (GTK_TEXT_BUFFER (self->buffer), &iter, (int)line - 1);
  gtk_text_buffer_place_cursor (GTK_TEXT_BUFFER (self->buffer), &iter);
  if (!can_see (self, line))
    scroll_to (self, line);
}

guint
source_viewer_get_line (SourceViewer *self)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_mark (buffer, &iter, gtk_text_buffer_get_insert (buffer));
  return (guint)gtk_text_iter_get_line (&iter) + 1;
}

void
source_viewer_set_here (SourceViewer *self, guint line, InspectorState state)
{
  GtkTextBuffer *buffer = GTK_TEXT_BUFFER (self->buffer);
  GtkTextIter start, end;

  if (state != self->state)
    {
      self->state = state;
      show_state (self);
    }
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_source_buffer_remove_source_marks (self->buffer, &start, &end, HERE);
  source_marks_clear (self->marks, SOURCE_MARK_HERE);
  if (line == 0 || line > (guint)gtk_text_buffer_get_line_count (buffer))
    return;
  gtk_text_buffer_get_iter_at_line (buffer, &start, (int)line - 1);
  gtk_source_buffer_create_source_mark (self->buffer, NULL, HERE, &start);
  source_marks_set (self->marks, SOURCE_MARK_HERE, line, 0);
}

SourceMarks *
source_viewer_get_marks (SourceViewer *self)
{
  return self->marks;
}

SourceTimes *
source_viewer_get_times (SourceViewer *self)
{
  return self->times;
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
source_viewer_dispose (GObject *object)
{
  SourceViewer *self = SOURCE_VIEWER (object);

  if (self->dark_handler != 0)
    g_signal_handler_disconnect (adw_style_manager_get_default (), self->dark_handler);
  self->dark_handler = 0;
  self->goal = 0;
  if (self->buffer != NULL)
    g_signal_handlers_disconnect_by_data (self->buffer, self);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_object (&self->buffer);
  G_OBJECT_CLASS (source_viewer_parent_class)->dispose (object);
}

static void
source_viewer_class_init (SourceViewerClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = source_viewer_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  line_changed_signal =
      g_signal_new ("line-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  line_activated_signal = g_signal_new ("line-activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  mark_activated_signal = g_signal_new ("mark-activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
source_viewer_init (SourceViewer *self)
{
  GtkSourceGutter *gutter;

  self->buffer = gtk_source_buffer_new (NULL);
  gtk_source_buffer_set_highlight_matching_brackets (self->buffer, FALSE);
  self->view = GTK_SOURCE_VIEW (gtk_source_view_new_with_buffer (self->buffer));
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->view), TRUE);
  gtk_source_view_set_show_line_numbers (self->view, TRUE);
  gtk_source_view_set_highlight_current_line (self->view, TRUE);
  gtk_source_view_set_tab_width (self->view, 8);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Source"), -1);
  self->marks = SOURCE_MARKS (source_marks_new ());
  self->times = SOURCE_TIMES (source_times_new ());
  gutter = gtk_source_view_get_gutter (self->view, GTK_TEXT_WINDOW_LEFT);
  gtk_source_gutter_insert (gutter, GTK_SOURCE_GUTTER_RENDERER (self->times), -40);
  gtk_source_gutter_insert (gutter, GTK_SOURCE_GUTTER_RENDERER (self->marks), -30);
  g_signal_connect (self->marks, "line-activated", G_CALLBACK (on_line_activated), self);
  g_signal_connect (self->times, "line-activated", G_CALLBACK (on_line_activated), self);
  g_signal_connect (self->buffer, "notify::cursor-position", G_CALLBACK (on_cursor_moved), self);
  self->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), GTK_WIDGET (self->view));
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (self->scrolled), LEAST_HEIGHT);
  g_signal_connect_object (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scrolled)),
      "notify::page-size", G_CALLBACK (on_height_changed), self, 0);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
  self->dark_handler = g_signal_connect (adw_style_manager_get_default (), "notify::dark",
                                         G_CALLBACK (on_dark_changed), self);
  on_dark_changed (NULL, NULL, self);
}

GtkWidget *
source_viewer_new (void)
{
  return g_object_new (SOURCE_TYPE_VIEWER, NULL);
}
