/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "canvas-private.h"

#include <glib/gi18n-lib.h>

#include <colours.h>

#include "reach.h"
#include "tell.h"

enum
{
  ACTIVATED,
  LOOKED_AROUND,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (GraphCanvas, graph_canvas, GTK_TYPE_WIDGET)

/* ---- What is seen ------------------------------------------------------------------------------- */

void
graph_canvas_look_around (GraphCanvas *self)
{
  self->was_moved = TRUE;
  if (self->picture != NULL)
    graph_viewport_clamp (&self->viewport, self->picture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[LOOKED_AROUND], 0);
}

static void
fit (GraphCanvas *self)
{
  self->viewport.width = gtk_widget_get_width (GTK_WIDGET (self));
  self->viewport.height = gtk_widget_get_height (GTK_WIDGET (self));
  if (self->picture != NULL && self->viewport.width > 0)
    graph_viewport_fit (&self->viewport, self->picture);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
graph_canvas_fit (GraphCanvas *self)
{
  self->was_moved = FALSE;
  fit (self);
  g_signal_emit (self, signals[LOOKED_AROUND], 0);
}

void
graph_canvas_zoom (GraphCanvas *self, double factor)
{
  graph_viewport_zoom (&self->viewport, factor, self->viewport.width / 2,
                       self->viewport.height / 2);
  graph_canvas_look_around (self);
}

void
graph_canvas_set_scale (GraphCanvas *self, double scale)
{
  graph_canvas_zoom (self, scale / self->viewport.scale);
}

const GraphViewport *
graph_canvas_get_viewport (GraphCanvas *self)
{
  return &self->viewport;
}

void
graph_canvas_set_viewport (GraphCanvas *self, double x, double y, double scale)
{
  self->viewport.x = x;
  self->viewport.y = y;
  self->viewport.scale = scale;
  graph_viewport_zoom (&self->viewport, 1, 0, 0);
  self->was_moved = TRUE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
graph_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GraphCanvas *self = GRAPH_CANVAS (widget);
  GraphLook look;
  cairo_t *cr;

  if (self->picture == NULL)
    return;
  graph_look_init (&look, ui_is_dark (), ui_is_high_contrast ());
  look.font = self->font;
  self->emphasis.shows_focus =
      gtk_widget_has_visible_focus (widget) || (self->by_keys && gtk_widget_has_focus (widget));
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)self->viewport.width,
                                                                 (float)self->viewport.height));
  graph_draw (cr, self->picture, &self->viewport, &self->emphasis, &look);
  cairo_destroy (cr);
}

static void
graph_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GraphCanvas *self = GRAPH_CANVAS (widget);

  self->viewport.width = width;
  self->viewport.height = height;
  if (!self->was_moved)
    fit (self);
}

static void
graph_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = 80;
  *natural = 400;
}

/* ---- The picture -------------------------------------------------------------------------------- */

GraphPicture *
graph_canvas_get_picture (GraphCanvas *self)
{
  return self->picture;
}

const UiFont *
graph_canvas_get_font (GraphCanvas *self)
{
  return self->font;
}

/* What is looked at: what is selected or has the focus, if it is seen; else what is in the middle. */
static guint
find_anchor (const GraphCanvas *self)
{
  const GraphViewport *viewport = &self->viewport;
  double x = viewport->x + viewport->width / viewport->scale / 2;
  double y = viewport->y + viewport->height / viewport->scale / 2;
  double least = G_MAXDOUBLE;
  guint anchor = G_MAXUINT;

  for (guint i = 0; i < self->picture->nodes->len; i++)
    {
      const InspectorLayoutBox *box = &self->picture->layout->boxes[i];
      guint64 key = graph_picture_node (self->picture, i)->key;
      double way = hypot (box->x + box->width / 2 - x, box->y + box->height / 2 - y);

      if (key == self->emphasis.selected || key == self->emphasis.focused)
        way /= 1000;
      if (way < least)
        {
          least = way;
          anchor = i;
        }
    }
  return anchor;
}

/* The same node; of a fold that was opened, one of those that it stood for. */
static guint
find_heir (const GraphPicture *picture, const GraphNode *node)
{
  guint same = graph_picture_find (picture, node->key);

  for (guint i = 0; same == G_MAXUINT && i < picture->nodes->len; i++)
    if (graph_picture_node (picture, i)->group == node->group)
      same = i;
  return same;
}

static void
keep_focus (GraphCanvas *self, GraphPicture *picture)
{
  guint old = graph_canvas_get_focused (self), heir;

  if (old == G_MAXUINT)
    return;
  heir = find_heir (picture, graph_picture_node (self->picture, old));
  if (heir != G_MAXUINT)
    self->emphasis.focused = graph_picture_node (picture, heir)->key;
}

static void
keep_in_place (GraphCanvas *self, GraphPicture *picture)
{
  guint old = find_anchor (self), new;

  if (old == G_MAXUINT)
    return;
  new = find_heir (picture, graph_picture_node (self->picture, old));
  if (new == G_MAXUINT)
    return;
  self->viewport.x += picture->layout->boxes[new].x - self->picture->layout->boxes[old].x;
  self->viewport.y += picture->layout->boxes[new].y - self->picture->layout->boxes[old].y;
}

void
graph_canvas_say (GraphCanvas *self)
{
  guint focused = graph_canvas_get_focused (self);
  g_autofree char *all = graph_tell_picture (self->picture);
  g_autofree char *node = focused != G_MAXUINT ? graph_tell_node (self->picture, focused) : NULL;
  g_autofree char *text = g_strjoin ("\n", all, node, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Dependency graph"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
}

void
graph_canvas_set_picture (GraphCanvas *self, GraphPicture *picture)
{
  if (self->picture != NULL && picture != NULL && self->was_moved)
    keep_in_place (self, picture);
  if (self->picture != NULL && picture != NULL)
    keep_focus (self, picture);
  if (picture != NULL)
    graph_picture_ref (picture);
  graph_picture_unref (self->picture);
  self->picture = picture;
  if (!self->was_moved)
    fit (self);
  if (picture != NULL)
    graph_canvas_say (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- What stands out ---------------------------------------------------------------------------- */

/* What is seen already stays where it is: where all of it fits, it is fitted on. Before it has a size, nothing is
 * seen, and all will be fitted into that. */
static void
reveal (GraphCanvas *self, guint node)
{
  const GraphViewport before = self->viewport;

  if (self->viewport.width <= 0)
    return;
  graph_viewport_reveal (&self->viewport, &self->picture->layout->boxes[node]);
  if (self->viewport.x != before.x || self->viewport.y != before.y)
    graph_canvas_look_around (self);
  else
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
graph_canvas_set_selected (GraphCanvas *self, guint64 key)
{
  guint node =
      self->picture != NULL && key != 0 ? graph_picture_find (self->picture, key) : G_MAXUINT;

  if (self->emphasis.selected == key)
    return;
  self->emphasis.selected = key;
  if (node != G_MAXUINT)
    {
      self->emphasis.focused = key;
      reveal (self, node);
      graph_canvas_say (self);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
graph_canvas_get_focused (GraphCanvas *self)
{
  return self->picture != NULL && self->emphasis.focused != 0
             ? graph_picture_find (self->picture, self->emphasis.focused)
             : G_MAXUINT;
}

void
graph_canvas_set_focused (GraphCanvas *self, guint node)
{
  if (node == G_MAXUINT)
    return;
  self->by_keys = TRUE;
  self->emphasis.focused = graph_picture_node (self->picture, node)->key;
  reveal (self, node);
  graph_canvas_say (self);
}

/* What it stands for comes where it was, and not where all of it fits. */
void
graph_canvas_activate (GraphCanvas *self, guint node)
{
  if (graph_picture_node (self->picture, node)->n_members > 1)
    self->was_moved = TRUE;
  g_signal_emit (self, signals[ACTIVATED], 0, node);
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
graph_canvas_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (graph_canvas_parent_class)->css_changed (widget, change);
  gtk_widget_queue_draw (widget);
}

static void
graph_canvas_finalize (GObject *object)
{
  GraphCanvas *self = GRAPH_CANVAS (object);

  graph_picture_unref (self->picture);
  ui_font_free (self->font);
  G_OBJECT_CLASS (graph_canvas_parent_class)->finalize (object);
}

static void
graph_canvas_class_init (GraphCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = graph_canvas_finalize;
  widget_class->snapshot = graph_canvas_snapshot;
  widget_class->size_allocate = graph_canvas_size_allocate;
  widget_class->measure = graph_canvas_measure;
  widget_class->css_changed = graph_canvas_css_changed;
  signals[ACTIVATED] = g_signal_new ("activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[LOOKED_AROUND] =
      g_signal_new ("looked-around", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "graph");
}

static void
graph_canvas_init (GraphCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->font = ui_font_new (widget);
  self->viewport.scale = 1;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_vexpand (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (widget, TRUE);
  graph_canvas_add_input (self);
}

GtkWidget *
graph_canvas_new (void)
{
  return g_object_new (GRAPH_TYPE_CANVAS, NULL);
}
