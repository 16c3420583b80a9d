/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_COLOURS_H
#define UI_COLOURS_H

#include "session.h"

G_BEGIN_DECLS

/* Colours that stay apart for people who see fewer of them (after Okabe and Ito, "Color Universal
 * Design", 2008), and a pattern for each state beside its colour. */

/** UiPattern: what is drawn over a colour, in ink of the background. */
typedef enum
{
  UI_PATTERN_PLAIN,
  UI_PATTERN_STRIPES, /* rising */
  UI_PATTERN_FALLING, /* falling stripes */
  UI_PATTERN_DOTS,
  UI_PATTERN_CROSS,
  UI_PATTERN_LINES, /* from side to side */
  UI_PATTERN_BARS,  /* upright */
  UI_PATTERN_GRID,
  UI_PATTERN_CHECKS,
  UI_PATTERN_WAVES,
  UI_PATTERN_SPOTS,  /* fewer than dots, and larger */
  UI_PATTERN_DASHES, /* short lines from side to side, with gaps between them */
} UiPattern;

/** UiStateLook: how a state is shown. */
typedef struct
{
  guint32 light, dark; /* 0xRRGGBB, on a light and a dark background */
  UiPattern pattern;
  const char *name;    /* marked for translation: "blocked" */
  const char *meaning; /* the same: "for other code of its process: a lock, a condition, ..." */
} UiStateLook;

/** Returns: (transfer none): how @state is shown */
UI_API const UiStateLook *ui_state_get_look (InspectorState state);
/** Returns: translated: "blocked" */
UI_API const char *ui_state_get_name (InspectorState state);
/** Returns: 0xRRGGBB, for the background that there is */
UI_API guint32 ui_state_get_colour (InspectorState state, gboolean is_dark);
/** Returns: 0xRRGGBB, as far as @share (0 to 1) from @colour to @other */
UI_API guint32 ui_colour_blend (guint32 colour, guint32 other, double share);
/** Returns: 0xRRGGBB of what is to be seen on @colour with high contrast: black or white */
UI_API guint32 ui_colour_get_ink (guint32 colour);
/** Whether the app is dark now. */
UI_API gboolean ui_is_dark (void);
/** Whether the user wants high contrast: patterns are drawn then, and thin lines are not. */
UI_API gboolean ui_is_high_contrast (void);

G_END_DECLS

#endif
