/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "labels.h"

#include <string.h>
#include <waits.h>

#define MARGIN 4
/* Pixels: a narrower span says nothing, a lower row is not written on. */
#define LEAST_WIDTH 26
#define LEAST_HEIGHT 14
#define MAX_LABELS 240u
#define MAX_SPANS 160u
#define MAX_KEPT 4000u
/* A place that was never asked for before is looked up in the program's debug info. */
#define MAX_NEW 16u

typedef struct
{
  PangoLayout *layout;
  int width, height;
} Label;

struct _TimelineLabels
{
  TimelineScene *scene;
  GHashTable *texts;  /* what a span does -> char * */
  GHashTable *labels; /* text -> Label */
  PangoContext *context;
  GtkWidget *widget; /* that owns this */
  gboolean is_dark;
  guint n_new, n_drawn;
  guint idle;
};

/* A span says the same as another one that does the same in the same program. */
typedef struct
{
  int pid;
  guint32 location;
  guint16 kind;
  guint16 state;
} Doing;

static guint
hash_doing (gconstpointer key)
{
  const Doing *doing = key;

  return doing->location * 0x9e3779b1u ^ (guint)doing->kind << 12 ^ (guint)doing->state << 28 ^
         (guint)doing->pid;
}

static gboolean
are_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Doing)) == 0;
}

static void
label_free (gpointer data)
{
  Label *label = data;

  g_object_unref (label->layout);
  g_free (label);
}

TimelineLabels *
timeline_labels_new (TimelineScene *scene)
{
  TimelineLabels *self = g_new0 (TimelineLabels, 1);

  self->scene = scene;
  self->texts = g_hash_table_new_full (hash_doing, are_equal, g_free, g_free);
  self->labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, label_free);
  return self;
}

void
timeline_labels_forget (TimelineLabels *self)
{
  g_hash_table_remove_all (self->labels);
  g_hash_table_remove_all (self->texts);
  g_clear_object (&self->context);
}

void
timeline_labels_free (TimelineLabels *self)
{
  g_clear_handle_id (&self->idle, g_source_remove);
  timeline_labels_forget (self);
  g_hash_table_unref (self->texts);
  g_hash_table_unref (self->labels);
  g_free (self);
}

/* ---- Texts ---------------------------------------------------------------------------------------- */

/* "tcp-connect · fetch_posts", in one line; "" where nothing is known of it. (transfer full) */
static char *
dup_text (InspectorHistory *history, guint track, const InspectorSpan *span)
{
  const char *kind = inspector_history_get_kind (history, track, span->kind);
  const char *short_kind = strchr (kind, '.');
  g_autofree char *place = inspector_history_dup_place (history, track, span->location);
  char *at = strstr (place, " at ");

  if (at != NULL)
    *at = '\0';
  if (span->state == INSPECTOR_STATE_RUNNING)
    return g_steal_pointer (&place);
  kind = short_kind != NULL ? short_kind + 1 : kind;
  return *place != '\0' && *kind != '\0' ? g_strdup_printf ("%s · %s", kind, place)
                                         : g_strdup (*kind != '\0' ? kind : place);
}

/* NULL: not in this frame */
static const char *
find_text (TimelineLabels *self, InspectorHistory *history, guint track, int pid,
           const InspectorSpan *span)
{
  Doing doing;
  char *text;

  memset (&doing, 0, sizeof doing);
  doing.pid = pid;
  doing.location = span->location;
  doing.kind = span->kind;
  doing.state = (guint16)span->state;
  text = g_hash_table_lookup (self->texts, &doing);
  if (text != NULL || self->n_new >= MAX_NEW)
    return text;
  self->n_new++;
  text = dup_text (history, track, span);
  g_hash_table_insert (self->texts, g_memdup2 (&doing, sizeof doing), text);
  return text;
}

static Label *
find_label (TimelineLabels *self, const char *text)
{
  Label *label = g_hash_table_lookup (self->labels, text);

  if (label != NULL)
    return label;
  label = g_new0 (Label, 1);
  label->layout = pango_layout_new (self->context);
  pango_layout_set_text (label->layout, text, -1);
  pango_layout_get_pixel_size (label->layout, &label->width, &label->height);
  g_hash_table_insert (self->labels, g_strdup (text), label);
  return label;
}

/* As much of @text as has room. */
static Label *
find_fitting (TimelineLabels *self, const char *text, int width)
{
  Label *label = find_label (self, text);
  g_autofree char *cut = NULL;
  glong n;

  if (label->width <= width)
    return label;
  n = g_utf8_strlen (text, -1) * width / label->width - 1;
  if (n < 3)
    return NULL;
  text = cut = g_strdup_printf ("%.*s…", (int)(g_utf8_offset_to_pointer (text, n) - text), text);
  label = find_label (self, text);
  return label->width <= width + MARGIN ? label : NULL;
}

/* ---- Drawing -------------------------------------------------------------------------------------- */

/* Whatever is dark is written on in white. */
static void
set_ink (cairo_t *cr, guint32 colour)
{
  double light =
      0.299 * (colour >> 16 & 255) + 0.587 * (colour >> 8 & 255) + 0.114 * (colour & 255);

  if (light > 120)
    cairo_set_source_rgb (cr, 0.05, 0.05, 0.05);
  else
    cairo_set_source_rgb (cr, 1, 1, 1);
}

static void
draw_span (TimelineLabels *self, InspectorHistory *history, guint track, int pid,
           const InspectorSpan *span, gint64 last_ns, double y, double height, cairo_t *cr)
{
  double width = timeline_scene_get_width (self->scene);
  double begin = timeline_scene_get_x_of (self->scene, span->begin_ns);
  double end = timeline_scene_get_x_of (self->scene, MIN (span->end_ns, last_ns));
  double left = MAX (MIN (begin, end), 0), right = MIN (MAX (begin, end), width);
  const char *text;
  Label *label;

  if (right - left < LEAST_WIDTH || span->state == INSPECTOR_STATE_NONE)
    return;
  text = find_text (self, history, track, pid, span);
  if (text == NULL || *text == '\0')
    return;
  label = find_fitting (self, text, (int)(right - left) - 2 * MARGIN);
  if (label == NULL)
    return;
  /* The pattern would run through the letters. */
  {
    UiStateLook look = ui_part_get_look (span->state, span->family);
    guint32 colour = self->is_dark ? look.dark : look.light;
    double x =
        timeline_scene_is_mirrored (self->scene) ? right - MARGIN - label->width : left + MARGIN;

    cairo_set_source_rgb (cr, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                          (colour & 255) / 255.0);
    cairo_rectangle (cr, x - 2, y + 1, label->width + 4, height - 2);
    cairo_fill (cr);
    set_ink (cr, colour);
    cairo_move_to (cr, x, y + (height - label->height) / 2);
    pango_cairo_show_layout (cr, label->layout);
  }
  self->n_drawn++;
}

static void
draw_row (TimelineLabels *self, guint row, guint track, cairo_t *cr)
{
  InspectorHistory *history = timeline_scene_get_history (self->scene);
  const TimelineViewport *viewport = timeline_scene_get_viewport (self->scene);
  double height = timeline_scene_get_row_height (self->scene) - 2, y;
  InspectorSpan spans[MAX_SPANS];
  gint64 first_ns, last_ns;
  InspectorTrack info;
  guint n;

  if (!timeline_scene_get_y_of (self->scene, row, &y) ||
      ((int)row >= viewport->n_pinned &&
       y * timeline_scene_get_scale (self->scene) < timeline_viewport_get_band (viewport)) ||
      !inspector_history_get_track (history, track, &info))
    return;
  n = inspector_history_get_spans (history, track, timeline_viewport_get_from (viewport),
                                   timeline_viewport_get_to (viewport), spans, MAX_SPANS);
  timeline_scene_get_range (self->scene, &first_ns, &last_ns);
  for (guint i = 0; i < n && self->n_drawn < MAX_LABELS; i++)
    draw_span (self, history, track, info.pid, &spans[i], last_ns, y, height, cr);
}

static void
prepare (TimelineLabels *self, GtkWidget *widget)
{
  self->n_new = self->n_drawn = 0;
  self->is_dark = ui_is_dark ();
  if (g_hash_table_size (self->labels) > MAX_KEPT || g_hash_table_size (self->texts) > MAX_KEPT)
    timeline_labels_forget (self);
  if (self->context == NULL)
    {
      PangoFontDescription *font;

      self->context = gtk_widget_create_pango_context (widget);
      font = pango_font_description_copy (pango_context_get_font_description (self->context));
      pango_font_description_set_size (font, pango_font_description_get_size (font) * 17 / 20);
      pango_context_set_font_description (self->context, font);
      pango_font_description_free (font);
    }
}

static gboolean
on_idle (gpointer data)
{
  TimelineLabels *self = data;

  self->idle = 0;
  gtk_widget_queue_draw (self->widget);
  return G_SOURCE_REMOVE;
}

void
timeline_labels_draw (TimelineLabels *self, GtkWidget *widget, cairo_t *cr)
{
  double height = timeline_scene_get_height (self->scene);
  const TimelineRow *rows;
  guint n, row;

  if (timeline_scene_get_row_height (self->scene) < LEAST_HEIGHT)
    return;
  prepare (self, widget);
  rows = timeline_rows_get (timeline_scene_get_rows (self->scene), &n);
  for (double y = 0;
       y < height + timeline_scene_get_row_height (self->scene) && self->n_drawn < MAX_LABELS;
       y += timeline_scene_get_row_height (self->scene))
    if (timeline_scene_get_row_at (self->scene, y, &row) && rows[row].track != G_MAXUINT)
      draw_row (self, row, rows[row].track, cr);
  /* The rest is looked up by and by. */
  if (self->n_new >= MAX_NEW && self->idle == 0)
    {
      self->widget = widget;
      self->idle = g_idle_add (on_idle, self);
    }
}
