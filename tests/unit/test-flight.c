/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* How much a flight recorder keeps that was told to keep so many bytes. */

#include "past-fixture.h"

#include <glib/gstdio.h>
#include "model/keyframe.h"

#define KEEP 100000u
#define N_TASKS 50u
/* Of those tasks one has 3 to 4 bytes, and so a block of the smallest size less than that. */
#define BLOCK 20000u

typedef struct
{
  PastProgram program;
  RecordingWriter *writer;
  guint64 next_number;
} Flight;

static void
begin (Flight *self)
{
  g_autoptr (GError) error = NULL;

  *self = (Flight){ .next_number = 1 };
  self->writer = recording_writer_new_flight (0, KEEP, &error);
  g_assert_no_error (error);
  /* What tasks did is not beside these records before they are saved. */
  self->program.writer = self->writer;
  self->program.model = model_target_new (&gen_tables, NULL, &self->next_number);
  self->program.number = recording_writer_add_target (self->writer, &gen_source, NULL);
  gen_init (&self->program.gen, N_TASKS);
}

static void
end (Flight *self)
{
  past_end_program (&self->program);
  recording_writer_close (self->writer, NULL, NULL);
}

static void
add_events (Flight *self, guint n)
{
  guint64 until = self->program.gen.n_events + n;

  while (self->program.gen.n_events < until)
    gen_step (&self->program.gen, past_add, &self->program);
}

static void
add_keyframe (Flight *self)
{
  recording_writer_begin_keyframe (self->writer, self->program.number, TRUE);
  model_keyframe_tell (self->program.model, past_add_keyframe_event, &self->program);
  recording_writer_end_keyframe (self->writer, self->program.number);
}

static RecordingStats
save (Flight *self, Fixture *f)
{
  g_autofree char *path = g_strconcat (f->path, ".flight", NULL);
  g_autoptr (GError) error = NULL;
  RecordingStats stats;

  g_assert_true (recording_writer_save (self->writer, path, &stats, &error));
  g_assert_no_error (error);
  g_unlink (path);
  return stats;
}

/* Whenever it is asked, there is about as much. */
static void
test_about_so_much (Fixture *f, gconstpointer data)
{
  Flight self;

  begin (&self);
  for (guint i = 0; i < 60; i++)
    {
      RecordingStats stats;

      add_keyframe (&self);
      add_events (&self, 1 + i * 1777 % 9000);
      if (i < 30)
        continue;
      stats = save (&self, f);
      g_assert_cmpuint (stats.bytes, <=, KEEP + 2 * BLOCK);
      g_assert_cmpuint (stats.bytes, >=, KEEP / 2);
    }
  end (&self);
}

/* There is no more than that which is of use, and it stays. */
static void
test_large_piece_stays (Fixture *f, gconstpointer data)
{
  Flight self;

  begin (&self);
  add_keyframe (&self);
  add_events (&self, 80000);
  for (guint i = 0; i < 3; i++)
    {
      add_keyframe (&self);
      add_events (&self, 10);
    }
  g_assert_cmpuint (save (&self, f).events, >=, 80000);
  end (&self);
}

/* Not only the next keyframe lets it go. */
static void
test_large_piece_goes (Fixture *f, gconstpointer data)
{
  RecordingStats stats;
  Flight self;

  begin (&self);
  add_keyframe (&self);
  add_events (&self, 60000);
  add_keyframe (&self);
  add_events (&self, 40000);
  stats = save (&self, f);
  g_assert_cmpuint (stats.events, <, 60000);
  g_assert_cmpuint (stats.events, >=, 40000);
  end (&self);
}

int
main (int argc, char **argv)
{
  static const PastCase cases[] = {
    { "/flight/about-so-much", test_about_so_much },
    { "/flight/large-piece-stays", test_large_piece_stays },
    { "/flight/large-piece-goes", test_large_piece_goes },
  };

  return past_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
