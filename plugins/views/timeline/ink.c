/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "ink.h"

static gboolean
is_inked (UiPattern pattern, int x, int y)
{
  switch (pattern)
    {
    case UI_PATTERN_STRIPES:
      return (x + y) % TIMELINE_TILE < 2;
    case UI_PATTERN_FALLING:
      return (x - y + TIMELINE_TILE) % TIMELINE_TILE < 2;
    case UI_PATTERN_DOTS:
      return x % 4 < 2 && y % 4 < 2;
    case UI_PATTERN_CROSS:
      return (x + y) % TIMELINE_TILE == 0 || (x - y + TIMELINE_TILE) % TIMELINE_TILE == 0;
    case UI_PATTERN_LINES:
      return y % 4 == 1;
    case UI_PATTERN_BARS:
      return x % 4 == 1;
    case UI_PATTERN_GRID:
      return x % 4 == 1 || y % 4 == 1;
    case UI_PATTERN_CHECKS:
      return (x / 2 + y / 2) % 2 == 0;
    case UI_PATTERN_WAVES:
      return (x % 8 < 4 ? x % 4 : 3 - x % 4) == y % 4;
    case UI_PATTERN_SPOTS:
      return (x % 8 < 2 && y % 8 < 2) || ((x + 4) % 8 < 2 && (y + 4) % 8 < 2);
    case UI_PATTERN_PLAIN:
    default:
      return FALSE;
    }
}

void
timeline_ink_mix (TimelineInk *ink, const UiStateLook *looks, gboolean is_dark, double strength)
{
  ink->ground = is_dark ? looks[INSPECTOR_STATE_NONE].dark : looks[INSPECTOR_STATE_NONE].light;
  ink->line = ui_colour_blend (ink->ground, is_dark ? 0xffffff : 0x000000, is_dark ? 0.06 : 0.07);
  ink->header = ui_colour_blend (ink->ground, is_dark ? 0xffffff : 0x000000, is_dark ? 0.09 : 0.06);
  for (guint tile = 0; tile < TIMELINE_N_TILES; tile++)
    {
      guint32 colour = is_dark ? looks[tile].dark : looks[tile].light;
      UiPattern pattern = looks[tile].pattern;
      guint32 line = strength >= TIMELINE_STRONG ? ui_colour_get_ink (colour) : ink->ground;

      for (int i = 0; i < TIMELINE_TILE * TIMELINE_TILE; i++)
        ink->tiles[tile][i] = is_inked (pattern, i % TIMELINE_TILE, i / TIMELINE_TILE)
                                  ? ui_colour_blend (colour, line, strength)
                                  : colour;
    }
}
