/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include <cairo.h>
#include <glib.h>

#include <font.h>

/* A drawing beside the one that it should be. Kept as text, a letter for each square of pixels: what has
 * changed is seen in a diff, and how some version of cairo rounds a corner does not matter. */

typedef struct
{
  char letter;
  guint32 colour; /* 0xRRGGBB */
  guint least;    /* pixels of it in a square: the first row that has so many gives the letter */
} GoldenColour;

#define GOLDEN_CELL 8

/* Letters that are the same everywhere: boxes. */
extern const UiFont golden_font;

/* Compares with tests/unit/golden/NAME.txt; a few squares may differ. With
 * GOLDEN_UPDATE set, the file is written instead, and a picture beside the test. */
void golden_compare (cairo_surface_t *surface, const GoldenColour *colours, guint n_colours,
                     const char *name);

#endif
