/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "timeline-fixture.h"

/* Fixed ones: the app may choose others, and that is no fault of what is drawn. */
static const UiStateLook states[INSPECTOR_N_STATES] = {
  [INSPECTOR_STATE_NONE] = { 0xfafafa, 0x242424, UI_PATTERN_PLAIN },
  [INSPECTOR_STATE_RUNNING] = { 0x009e73, 0x2fc498, UI_PATTERN_PLAIN },
  [INSPECTOR_STATE_READY] = { 0xe69f00, 0xf0b429, UI_PATTERN_DOTS },
  [INSPECTOR_STATE_WAITING] = { 0x56b4e9, 0x4a9fd4, UI_PATTERN_STRIPES },
  [INSPECTOR_STATE_SLEEPING] = { 0xb8c4ce, 0x5f6b75, UI_PATTERN_FALLING },
  [INSPECTOR_STATE_RESTING] = { 0xdfe3e6, 0x3d4348, UI_PATTERN_PLAIN },
  [INSPECTOR_STATE_BLOCKED] = { 0xd55e00, 0xf07a28, UI_PATTERN_CROSS },
  [INSPECTOR_STATE_UNKNOWN] = { 0xa8a260, 0x4e2a5a, UI_PATTERN_DASHES },
};

static const UiStateLook waits[INSPECTOR_N_FAMILIES] = {
  [INSPECTOR_FAMILY_TIMER] = { 0xb8c4ce, 0x5f6b75, UI_PATTERN_FALLING },
  [INSPECTOR_FAMILY_NETWORK] = { 0x56b4e9, 0x4a9fd4, UI_PATTERN_STRIPES },
  [INSPECTOR_FAMILY_FILE] = { 0xb960a2, 0xd1abdc, UI_PATTERN_LINES },
  [INSPECTOR_FAMILY_LOCK] = { 0xd55e00, 0xf07a28, UI_PATTERN_CROSS },
  [INSPECTOR_FAMILY_CHANNEL] = { 0x971d17, 0x940819, UI_PATTERN_BARS },
  [INSPECTOR_FAMILY_PROCESS] = { 0xf1e463, 0xf6ec9d, UI_PATTERN_CHECKS },
  [INSPECTOR_FAMILY_POOL] = { 0x4a42a1, 0x2e508e, UI_PATTERN_GRID },
  [INSPECTOR_FAMILY_TASK] = { 0xfcbaa6, 0xeb817a, UI_PATTERN_WAVES },
  [INSPECTOR_FAMILY_OTHER] = { 0x4e463d, 0x786046, UI_PATTERN_SPOTS },
};

/* Three parts of ten of it. */
static guint32
tint (guint32 colour, guint32 with)
{
  guint32 mixed = 0;

  for (guint shift = 0; shift <= 16; shift += 8)
    mixed |= ((colour >> shift & 255) * 7 + (with >> shift & 255) * 3) / 10 << shift;
  return mixed;
}

static UiStateLook
get_look (guint state, guint family)
{
  UiStateLook look = states[state];

  if (family == INSPECTOR_FAMILY_NONE || state < INSPECTOR_STATE_WAITING)
    return look;
  if (state == INSPECTOR_STATE_RESTING)
    return (UiStateLook){ tint (look.light, waits[family].light),
                          tint (look.dark, waits[family].dark), waits[family].pattern };
  return waits[family];
}

void
timeline_fixture_mix (TimelineFixture *f, gboolean is_dark, double strength)
{
  UiStateLook looks[TIMELINE_N_TILES];

  for (guint family = 0; family < INSPECTOR_N_FAMILIES; family++)
    for (guint state = 0; state < INSPECTOR_N_STATES; state++)
      looks[TIMELINE_TILE_OF (state, family)] = get_look (state, family);
  timeline_ink_mix (&f->ink, looks, is_dark, strength);
}

static void
set_up (TimelineFixture *f, int end_ms)
{
  gint64 first_ns;

  f->rows = timeline_rows_new (f->history);
  timeline_rows_update (f->rows);
  g_assert_true (inspector_history_get_range (f->history, &first_ns, &f->last_ns));
  f->last_ns = STORY_MS (end_ms); /* and not the time at which the test runs */
  f->viewport = (TimelineViewport){
    .origin_ns = first_ns, .ns_per_column = 1, .width = WIDTH, .height = HEIGHT, .row_height = ROW
  };
  timeline_fixture_mix (f, FALSE, 0.28);
  f->raster = timeline_raster_new ();
}

void
timeline_fixture_setup (TimelineFixture *f, gconstpointer data)
{
  f->session = timeline_story_tell (&f->history);
  set_up (f, STORY_END_MS);
}

void
timeline_fixture_setup_waits (TimelineFixture *f, gconstpointer data)
{
  f->session = timeline_story_tell_waits (&f->history);
  set_up (f, WAITS_END_MS);
}

void
timeline_fixture_teardown (TimelineFixture *f, gconstpointer data)
{
  timeline_raster_free (f->raster);
  timeline_rows_free (f->rows);
  g_object_unref (f->session);
}

guint32 *
timeline_fixture_draw (TimelineFixture *f, TimelineSheet *sheet)
{
  guint n;
  const TimelineRow *rows = timeline_rows_get (f->rows, &n);

  *sheet = (TimelineSheet){ g_new0 (guint32, WIDTH * HEIGHT), WIDTH, HEIGHT, WIDTH };
  timeline_raster_draw (f->raster, f->history, rows, n, &f->viewport, &f->ink, f->last_ns, sheet, 0,
                        0, WIDTH, HEIGHT);
  return sheet->pixels;
}

/* Of what is told in the story. */
static const InspectorFamily families[INSPECTOR_N_STATES] = {
  [INSPECTOR_STATE_WAITING] = INSPECTOR_FAMILY_NETWORK,
  [INSPECTOR_STATE_SLEEPING] = INSPECTOR_FAMILY_TIMER,
  [INSPECTOR_STATE_RESTING] = INSPECTOR_FAMILY_NETWORK,
  [INSPECTOR_STATE_BLOCKED] = INSPECTOR_FAMILY_LOCK,
};

gboolean
timeline_fixture_is_of (const TimelineFixture *f, guint32 pixel, guint tile)
{
  for (guint i = 0; i < TIMELINE_TILE * TIMELINE_TILE; i++)
    if (f->ink.tiles[tile][i] == pixel)
      return TRUE;
  return FALSE;
}

guint
timeline_fixture_count_part (const TimelineFixture *f, const guint32 *pixels, guint row, int column,
                             InspectorState state, InspectorFamily family)
{
  guint n = 0;

  for (int line = 0; line < ROW - 2; line++)
    n += timeline_fixture_is_of (f, pixels[((int)row * ROW + line) * WIDTH + column],
                                 TIMELINE_TILE_OF (state, family));
  return n;
}

guint
timeline_fixture_count (const TimelineFixture *f, const guint32 *pixels, guint row, int column,
                        InspectorState state)
{
  return timeline_fixture_count_part (f, pixels, row, column, state, families[state]);
}
