/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "waits.h"

#include <glib/gi18n-lib.h>

/* Of what rests, the share of the colour of what it waits for. */
#define REST_SHARE 0.3

static const UiStateLook looks[INSPECTOR_N_FAMILIES] = {
  [INSPECTOR_FAMILY_NONE] = { 0xfafafa, 0x242424, UI_PATTERN_PLAIN, N_ ("nothing"),
                              N_ ("it waits for nothing") },
  [INSPECTOR_FAMILY_TIMER] = { 0xa9b7c3, 0x66737e, UI_PATTERN_FALLING, N_ ("timer"),
                               N_ ("until a timer is due") },
  [INSPECTOR_FAMILY_NETWORK] = { 0x56b4e9, 0x4a9ade, UI_PATTERN_STRIPES, N_ ("network"),
                                 N_ ("a socket, a pipe, another descriptor, a name that is looked "
                                     "up") },
  [INSPECTOR_FAMILY_FILE] = { 0xb960a2, 0xd1abdc, UI_PATTERN_LINES, N_ ("file"),
                              N_ ("a file or a disk") },
  [INSPECTOR_FAMILY_LOCK] = { 0xd55e00, 0xee6c20, UI_PATTERN_CROSS, N_ ("lock"),
                              N_ ("a lock, a condition, a semaphore, a barrier") },
  [INSPECTOR_FAMILY_CHANNEL] = { 0x971d17, 0x940819, UI_PATTERN_BARS, N_ ("channel"),
                                 N_ ("a channel, a queue, a wake-up from another thread") },
  [INSPECTOR_FAMILY_PROCESS] = { 0xf1e463, 0xf6ec9d, UI_PATTERN_CHECKS, N_ ("process"),
                                 N_ ("another process, or a signal") },
  [INSPECTOR_FAMILY_POOL] = { 0x4a42a1, 0x2e508e, UI_PATTERN_GRID, N_ ("thread pool"),
                              N_ ("a job that a pool of threads does") },
  [INSPECTOR_FAMILY_TASK] = { 0xfcbaa6, 0xeb817a, UI_PATTERN_WAVES, N_ ("task"),
                              N_ ("another task, or a thread that is to end") },
  [INSPECTOR_FAMILY_OTHER] = { 0x4e463d, 0x786046, UI_PATTERN_SPOTS, N_ ("other"),
                               N_ ("something else") },
};

const UiStateLook *
ui_family_get_look (InspectorFamily family)
{
  return &looks[(guint)family < INSPECTOR_N_FAMILIES ? family : INSPECTOR_FAMILY_OTHER];
}

const char *
ui_family_get_name (InspectorFamily family)
{
  return _ (ui_family_get_look (family)->name);
}

/* What waits has a family; of the other states each has a colour of its own. */
static gboolean
has_look_of_state (InspectorState state, InspectorFamily family)
{
  return family == INSPECTOR_FAMILY_NONE || state < INSPECTOR_STATE_WAITING ||
         state == INSPECTOR_STATE_UNKNOWN;
}

static gboolean
has_own_red (InspectorFamily family)
{
  return family == INSPECTOR_FAMILY_LOCK || family == INSPECTOR_FAMILY_CHANNEL ||
         family == INSPECTOR_FAMILY_TASK;
}

UiStateLook
ui_part_get_look (InspectorState state, InspectorFamily family)
{
  UiStateLook look = *ui_state_get_look (state);
  const UiStateLook *wait = ui_family_get_look (family);

  if (has_look_of_state (state, family))
    return look;
  look.pattern = wait->pattern;
  if (state == INSPECTOR_STATE_RESTING)
    {
      look.light = ui_colour_blend (look.light, wait->light, REST_SHARE);
      look.dark = ui_colour_blend (look.dark, wait->dark, REST_SHARE);
    }
  else if (state != INSPECTOR_STATE_BLOCKED || has_own_red (family))
    {
      look.light = wait->light;
      look.dark = wait->dark;
    }
  return look;
}

char *
ui_part_dup_name (InspectorState state, InspectorFamily family)
{
  if (has_look_of_state (state, family))
    return g_strdup (ui_state_get_name (state));
  /* A state of a task, and what it waits for: "waiting (network)". */
  return g_strdup_printf (_ ("%s (%s)"), ui_state_get_name (state), ui_family_get_name (family));
}
