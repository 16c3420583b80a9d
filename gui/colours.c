/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "colours.h"

#include <math.h>

#include <adwaita.h>
#include <glib/gi18n-lib.h>

static const UiStateLook looks[INSPECTOR_N_STATES] = {
  [INSPECTOR_STATE_NONE] = { 0xfafafa, 0x242424, UI_PATTERN_PLAIN, N_ ("not there"),
                             N_ ("before its begin, or after its end") },
  [INSPECTOR_STATE_RUNNING] = { 0x00966c, 0x33cf9f, UI_PATTERN_PLAIN, N_ ("running"),
                                N_ ("its code runs") },
  [INSPECTOR_STATE_READY] = { 0xe69f00, 0xf6c244, UI_PATTERN_DOTS, N_ ("ready"),
                              N_ ("it was woken, or what it waited for is over, and it has not run "
                                  "since") },
  [INSPECTOR_STATE_WAITING] = { 0x56b4e9, 0x4a9ade, UI_PATTERN_STRIPES, N_ ("waiting"),
                                N_ ("for what ends by itself: an answer, a file, a job of a "
                                    "pool") },
  [INSPECTOR_STATE_SLEEPING] = { 0xa9b7c3, 0x66737e, UI_PATTERN_FALLING, N_ ("sleeping"),
                                 N_ ("until a timer is due") },
  [INSPECTOR_STATE_RESTING] = { 0xdfe3e6, 0x3d4348, UI_PATTERN_PLAIN, N_ ("resting"),
                                N_ ("it listens, watches or repeats, or waits for something to "
                                    "do") },
  [INSPECTOR_STATE_BLOCKED] = { 0xd55e00, 0xee6c20, UI_PATTERN_CROSS, N_ ("blocked"),
                                N_ ("for other code of its process: a lock, another task") },
  [INSPECTOR_STATE_UNKNOWN] = { 0xa8a260, 0x4e2a5a, UI_PATTERN_DASHES, N_ ("not known"),
                                N_ ("nothing was seen of what it waits for, nor that it became "
                                    "ready") },
};

const UiStateLook *
ui_state_get_look (InspectorState state)
{
  return &looks[(guint)state < INSPECTOR_N_STATES ? state : INSPECTOR_STATE_NONE];
}

const char *
ui_state_get_name (InspectorState state)
{
  return _ (ui_state_get_look (state)->name);
}

guint32
ui_state_get_colour (InspectorState state, gboolean is_dark)
{
  const UiStateLook *look = ui_state_get_look (state);

  return is_dark ? look->dark : look->light;
}

/* WCAG 2.1, relative luminance; both contrasts are the same at 0.179. */
guint32
ui_colour_get_ink (guint32 colour)
{
  static const double weights[] = { 0.2126, 0.7152, 0.0722 };
  double luminance = 0;

  for (guint i = 0; i < G_N_ELEMENTS (weights); i++)
    {
      double part = (colour >> (16 - 8 * i) & 255) / 255.0;

      luminance +=
          weights[i] * (part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4));
    }
  return luminance > 0.179 ? 0x000000 : 0xffffff;
}

gboolean
ui_is_dark (void)
{
  return adw_style_manager_get_dark (adw_style_manager_get_default ());
}

gboolean
ui_is_high_contrast (void)
{
  return adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
}

guint32
ui_colour_blend (guint32 colour, guint32 other, double share)
{
  guint32 mixed = 0;

  for (guint shift = 0; shift <= 16; shift += 8)
    {
      double a = colour >> shift & 255, b = other >> shift & 255;

      mixed |= (guint32)(a + (b - a) * share + 0.5) << shift;
    }
  return mixed;
}
