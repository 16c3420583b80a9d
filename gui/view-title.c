/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "view-title.h"

struct _UiViewTitle
{
  GtkWidget parent_instance;
  GtkWidget *switcher;
  GtkWidget *label;
  gboolean has_views;
  gboolean is_folded;
  guint tell_source;
  guint focus_source;
};

enum
{
  PROP_0,
  PROP_IS_FOLDED,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_TYPE (UiViewTitle, ui_view_title, GTK_TYPE_WIDGET)

/* AdwViewSwitcherTitle would do the same, but gives its switcher sizes that it cannot have, of which GTK
 * complains, where a desktop has no animations (libadwaita 1.2). */

static gboolean
on_tell (gpointer data)
{
  UiViewTitle *self = data;

  self->tell_source = 0;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_FOLDED]);
  return G_SOURCE_REMOVE;
}

/* Whoever is told asks for other sizes, which cannot be while they are given out. */
static void
set_folded (UiViewTitle *self, gboolean is_folded)
{
  if (self->is_folded == is_folded)
    return;
  self->is_folded = is_folded;
  if (self->tell_source == 0)
    self->tell_source = g_idle_add_full (G_PRIORITY_HIGH, on_tell, self, NULL);
}

static void
ui_view_title_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  UiViewTitle *self = UI_VIEW_TITLE (widget);
  int least_width = 0;
  gboolean fits;

  if (self->has_views)
    gtk_widget_measure (self->switcher, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL,
                        NULL);
  fits = self->has_views && width >= least_width;
  gtk_widget_set_child_visible (self->switcher, fits);
  gtk_widget_set_child_visible (self->label, !fits);
  gtk_widget_allocate (fits ? self->switcher : self->label, width, height, baseline, NULL);
  set_folded (self, !fits);
}

static void
ui_view_title_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  UiViewTitle *self = UI_VIEW_TITLE (widget);
  int least = 0, liked = 0;

  gtk_widget_measure (self->label, orientation, -1, minimum, natural, NULL, NULL);
  if (!self->has_views)
    return;
  gtk_widget_measure (self->switcher, orientation, -1, &least, &liked, NULL, NULL);
  *natural = MAX (*natural, liked);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = MAX (*minimum, least);
}

/* Whoever has clicked on a view wants its keys, and not those of the button. With the keyboard one goes on from
 * button to button. */

static gboolean
on_focus (gpointer data)
{
  UiViewTitle *self = data;
  AdwViewStack *stack = adw_view_switcher_get_stack (ADW_VIEW_SWITCHER (self->switcher));
  GtkWidget *child = stack != NULL ? adw_view_stack_get_visible_child (stack) : NULL;

  self->focus_source = 0;
  if (child != NULL)
    gtk_widget_grab_focus (child);
  return G_SOURCE_REMOVE;
}

/* The button does what it is for after this. */
static void
on_released (GtkGestureClick *gesture, int n, double x, double y, UiViewTitle *self)
{
  if (self->focus_source == 0)
    self->focus_source = g_idle_add (on_focus, self);
}

static void
ui_view_title_get_property (GObject *object, guint id, GValue *value, GParamSpec *property)
{
  if (id == PROP_IS_FOLDED)
    g_value_set_boolean (value, UI_VIEW_TITLE (object)->is_folded);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, property);
}

static void
ui_view_title_dispose (GObject *object)
{
  UiViewTitle *self = UI_VIEW_TITLE (object);

  g_clear_handle_id (&self->tell_source, g_source_remove);
  g_clear_handle_id (&self->focus_source, g_source_remove);
  g_clear_pointer (&self->switcher, gtk_widget_unparent);
  g_clear_pointer (&self->label, gtk_widget_unparent);
  G_OBJECT_CLASS (ui_view_title_parent_class)->dispose (object);
}

static void
ui_view_title_class_init (UiViewTitleClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ui_view_title_dispose;
  object_class->get_property = ui_view_title_get_property;
  widget_class->measure = ui_view_title_measure;
  widget_class->size_allocate = ui_view_title_size_allocate;
  properties[PROP_IS_FOLDED] = g_param_spec_boolean ("is-folded", NULL, NULL, TRUE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ui_view_title_init (UiViewTitle *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->is_folded = TRUE;
  self->switcher = adw_view_switcher_new ();
  adw_view_switcher_set_policy (ADW_VIEW_SWITCHER (self->switcher), ADW_VIEW_SWITCHER_POLICY_WIDE);
  self->label = gtk_label_new ("");
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->label, "title");
  gtk_widget_set_child_visible (self->switcher, FALSE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "released", G_CALLBACK (on_released), self);
  gtk_widget_add_controller (self->switcher, GTK_EVENT_CONTROLLER (click));
  gtk_widget_set_parent (self->switcher, GTK_WIDGET (self));
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
}

GtkWidget *
ui_view_title_new (void)
{
  return g_object_new (UI_TYPE_VIEW_TITLE, NULL);
}

void
ui_view_title_set (UiViewTitle *self, AdwViewStack *stack, const char *text)
{
  adw_view_switcher_set_stack (ADW_VIEW_SWITCHER (self->switcher), stack);
  gtk_label_set_text (GTK_LABEL (self->label), text);
  if (self->has_views == (stack != NULL))
    return;
  self->has_views = stack != NULL;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
