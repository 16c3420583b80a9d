/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "machine.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#define PADDING_X 10.0
#define PADDING_Y 6.0

static void
state_clear (gpointer data)
{
  MachineState *state = data;

  g_free (state->name);
  g_free (state->detail);
  g_free (state->place);
}

static void
step_clear (gpointer data)
{
  g_free (((MachineStep *)data)->label);
}

void
machine_free (Machine *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->states);
  g_array_unref (self->steps);
  inspector_layout_free (self->layout);
  g_free (self);
}

/* ---- Counting ----------------------------------------------------------------------------------- */

static MachineStep *
get_step (Machine *self, guint from, guint to)
{
  MachineStep step = { .from = from, .to = to };

  for (guint i = 0; i < self->steps->len; i++)
    if (machine_step (self, i)->from == from && machine_step (self, i)->to == to)
      return machine_step (self, i);
  g_array_append_val (self->steps, step);
  return machine_step (self, self->steps->len - 1);
}

/* States are numbered as they came, so that those that have come until an instant are the first. */
static guint
get_state (Machine *self, const StateLog *log, guint number)
{
  while (self->states->len <= number)
    {
      MachineState state = { .name = g_strdup (log->names->pdata[self->states->len]),
                             .place = g_strdup (log->places->pdata[self->states->len]) };

      g_array_append_val (self->states, state);
    }
  return number;
}

static void
count (Machine *self, const StateLog *log, gint64 at_ns)
{
  gint64 since_ns = 0;

  for (guint i = 0; i < log->changes->len; i++)
    {
      const StateChange *change = &g_array_index (log->changes, StateChange, i);
      guint number;

      if (change->at_ns > at_ns)
        break;
      number = get_state (self, log, change->state);
      machine_state (self, number)->n++;
      if (self->current == G_MAXUINT)
        self->first = number;
      else
        {
          MachineStep *step = get_step (self, self->current, number);

          machine_state (self, self->current)->total_ns += change->at_ns - since_ns;
          step->n++;
          step->last_ns = change->at_ns;
          self->last = (guint)(step - machine_step (self, 0));
        }
      self->current = number;
      since_ns = change->at_ns;
      machine_state (self, number)->since_ns = since_ns;
    }
  if (self->current != G_MAXUINT)
    machine_state (self, self->current)->total_ns += at_ns - since_ns;
}

static void
describe (Machine *self)
{
  for (guint i = 0; i < self->states->len; i++)
    {
      MachineState *state = machine_state (self, i);
      g_autofree char *n = inspector_format_count (state->n);
      g_autofree char *total = inspector_format_duration (state->total_ns);

      state->detail =
          g_strdup_printf (ngettext ("%s time, %s", "%s times, %s", (gulong)state->n), n, total);
    }
  for (guint i = 0; i < self->steps->len; i++)
    {
      g_autofree char *n = inspector_format_count (machine_step (self, i)->n);

      machine_step (self, i)->label = g_strdup_printf ("%s ×", n);
    }
}

Machine *
machine_new (const StateLog *log, gint64 at_ns, gboolean has_ended)
{
  Machine *self = g_new0 (Machine, 1);

  self->states = g_array_new (FALSE, FALSE, sizeof (MachineState));
  self->steps = g_array_new (FALSE, FALSE, sizeof (MachineStep));
  g_array_set_clear_func (self->states, state_clear);
  g_array_set_clear_func (self->steps, step_clear);
  self->first = self->current = self->last = G_MAXUINT;
  self->is_named = log->is_named;
  self->is_cut = log->is_cut;
  count (self, log, at_ns);
  describe (self);
  if (has_ended)
    self->current = self->last = G_MAXUINT;
  return self;
}

/* ---- Where it lies ------------------------------------------------------------------------------ */

void
machine_lay_out (Machine *self, const UiFont *font, const Machine *before)
{
  InspectorLayout *layout = inspector_layout_new (self->states->len, self->steps->len);

  for (guint i = 0; i < self->states->len; i++)
    {
      const MachineState *state = machine_state (self, i);
      InspectorLayoutBox *box = &layout->boxes[i];

      box->width = ceil (MAX (font->measure (font->data, state->name, UI_FONT_TITLE),
                              font->measure (font->data, state->detail, UI_FONT_SMALL)) +
                         2 * PADDING_X);
      box->height =
          ceil (font->height[UI_FONT_TITLE] + font->height[UI_FONT_SMALL] + 2 * PADDING_Y);
      if (before != NULL && before->layout != NULL && i < before->layout->n_boxes)
        box->before = before->layout->boxes[i].y + before->layout->boxes[i].height / 2;
    }
  for (guint i = 0; i < self->steps->len; i++)
    {
      const MachineStep *step = machine_step (self, i);

      layout->lines[i].from = step->from;
      layout->lines[i].to = step->to;
      layout->lines[i].label_width = font->measure (font->data, step->label, UI_FONT_SMALL) + 6;
      layout->lines[i].label_height = font->height[UI_FONT_SMALL];
    }
  inspector_layout_run (layout, NULL);
  inspector_layout_free (self->layout);
  self->layout = layout;
}

/* ---- In words ----------------------------------------------------------------------------------- */

char *
machine_to_text (const Machine *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->states->len; i++)
    {
      const MachineState *state = machine_state (self, i);

      g_string_append_printf (text, i == self->current ? _ ("%s: %s, current") : "%s: %s",
                              state->name, state->detail);
      g_string_append_c (text, '\n');
    }
  for (guint i = 0; i < self->steps->len; i++)
    {
      const MachineStep *step = machine_step (self, i);

      g_string_append_printf (text, "%s → %s: %s\n", machine_state (self, step->from)->name,
                              machine_state (self, step->to)->name, step->label);
    }
  return g_string_free (text, FALSE);
}
