/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Of what kinds of objects a block tells what they are, by the shapes of its records alone: whose attributes it has,
 * and which resources begin or end in it. Shapes are the first two columns, so the rest of the block need not be
 * there; what a record names by what was said before is known by its kind, or to be one of a few. */

#include "recording/columns.h"

#include "recording/columns-private.h"
#include "recording/format.h"

#define MAX_COLUMNS_SAID 256u

/* What an object is known to be: of a kind; from here on of any of those that arguments of a role have in this block;
 * nothing that is told of. */
enum
{
  OF_ROLE = 0x10000,
  NOT_TOLD = OF_ROLE + N_ROLES,
  N_KNOWN
};
/* And in a step that it stays what it was, or that the subject is what the argument was. */
#define AS_BEFORE (-1)
#define AS_ARGUMENT (-2)

/* What a record of a shape does to what is known. */
typedef struct
{
  gint32 subject, argument;
  gboolean tells_subject, tells_argument;
} Step;

typedef struct
{
  PackingCursor shape, new_shapes;
  GArray *shapes; /* Shape */
  GArray *steps;  /* Step, of each */
  guint8 *told;   /* by what is known of an object */
} Walk;

/* ---- The columns ------------------------------------------------------------------------------- */

static gboolean
open_columns (Walk *self, const guint8 *bytes, gsize length, gsize *ret_needed)
{
  const guint8 *at = bytes, *end = bytes + length;
  guint64 n, sizes[2] = { 0, 0 }, size;

  if (!varint_read (&at, end, &n) || n < N_COLUMNS_AT_LEAST || n > MAX_COLUMNS_SAID)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (!varint_read (&at, end, &size) || size > RECORDING_MAX_RAW)
        return FALSE;
      if (i < G_N_ELEMENTS (sizes))
        sizes[i] = size;
    }
  *ret_needed = (gsize)(at - bytes) + sizes[COLUMN_SHAPE] + sizes[COLUMN_NEW_SHAPES];
  if (*ret_needed > length)
    return FALSE;
  self->shape = (PackingCursor){ at, at + sizes[COLUMN_SHAPE] };
  self->new_shapes = (PackingCursor){ self->shape.end, self->shape.end + sizes[COLUMN_NEW_SHAPES] };
  return TRUE;
}

gsize
recording_columns_measure_shapes (const guint8 *bytes, gsize length)
{
  gsize needed = 0;

  open_columns (&(Walk){ 0 }, bytes, length, &needed);
  return needed;
}

/* ---- The records ------------------------------------------------------------------------------- */

/* As the reader of records takes them (columns-read.c), but for the ids. */
static Step
make_step (const Shape *shape)
{
  guint type = SHAPE_TYPE (shape->bits), subject = SHAPE_SUBJECT (shape->bits);
  guint argument = SHAPE_ARGUMENT (shape->bits);
  Step step = { AS_BEFORE, AS_BEFORE, type == CHANNEL_ATTRIBUTE,
                type == CHANNEL_RESOURCE_BEGIN || type == CHANNEL_RESOURCE_END };

  if (subject == CODE_KIND)
    step.subject = AS_ARGUMENT;
  else if (subject == CODE_NEW || subject == CODE_KNOWN)
    step.subject = shape->subject_kind;
  else if (subject == CODE_ZERO)
    step.subject = 0;
  /* A text is no argument. */
  if ((shape->bits & SHAPE_BYTES) != 0)
    return step;
  if (argument == CODE_SAME)
    step.argument = OF_ROLE + (gint32)role_of (type);
  else if (argument == CODE_KIND || argument == CODE_NEW || argument == CODE_KNOWN)
    step.argument = shape->argument_kind;
  return step;
}

static gboolean
get_number (Walk *self, guint64 *ret_number)
{
  Shape shape;
  Step step;

  if (!packing_get (&self->shape, ret_number) || *ret_number > self->shapes->len)
    return FALSE;
  if (*ret_number < self->shapes->len)
    return TRUE;
  if (!recording_shape_read (&self->new_shapes, &shape))
    return FALSE;
  step = make_step (&shape);
  g_array_append_val (self->shapes, shape);
  g_array_append_val (self->steps, step);
  return TRUE;
}

/* Which shape comes next nobody can foretell: there is nothing to be guessed in here. */
static gboolean
take_records (Walk *self, guint n_events)
{
  gint32 subject = 0, argument = 0;

  for (guint i = 0; i < n_events; i++)
    {
      guint64 number;
      const Step *step;
      gint32 next;

      if (!get_number (self, &number))
        return FALSE;
      step = &g_array_index (self->steps, Step, number);
      next = step->subject == AS_ARGUMENT ? argument : step->subject;
      subject = next == AS_BEFORE ? subject : next;
      argument = step->argument == AS_BEFORE ? argument : step->argument;
      self->told[step->tells_subject ? subject : NOT_TOLD] = TRUE;
      self->told[step->tells_argument ? argument : NOT_TOLD] = TRUE;
    }
  return TRUE;
}

static GArray *
list_kinds (Walk *self)
{
  GArray *kinds = g_array_new (FALSE, FALSE, sizeof (guint16));

  /* What was an argument of a role before is of one of the kinds that such arguments were said to have. */
  for (guint i = 0; i < self->shapes->len; i++)
    {
      const Shape *shape = &g_array_index (self->shapes, Shape, i);

      if (self->told[OF_ROLE + role_of (SHAPE_TYPE (shape->bits))])
        self->told[shape->argument_kind] = TRUE;
    }
  for (guint32 i = 0; i < OF_ROLE; i++)
    if (self->told[i])
      {
        guint16 kind = (guint16)i;

        g_array_append_val (kinds, kind);
      }
  return kinds;
}

GArray *
recording_columns_list_told (const guint8 *bytes, gsize length, guint n_events)
{
  Walk walk = { .shapes = g_array_new (FALSE, FALSE, sizeof (Shape)),
                .steps = g_array_new (FALSE, FALSE, sizeof (Step)),
                .told = g_malloc0 (N_KNOWN) };
  GArray *kinds = NULL;
  gsize needed;

  if (open_columns (&walk, bytes, length, &needed) && take_records (&walk, n_events))
    kinds = list_kinds (&walk);
  g_array_unref (walk.shapes);
  g_array_unref (walk.steps);
  g_free (walk.told);
  return kinds;
}
