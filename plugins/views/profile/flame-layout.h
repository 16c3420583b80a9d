/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_FLAME_LAYOUT_H
#define PROFILE_FLAME_LAYOUT_H

#include <inspector-profile.h>

G_BEGIN_DECLS

/* Where the frames of a flame graph are: programs in row 0, what they did below, over a width of 1. Does
 * not change once it is made, in any thread; knows nothing of pixels. */

typedef struct
{
  double x, width;
  guint parent; /* index; of a program its own */
  guint depth;
  guint end; /* the first one after it that is not within it */
  InspectorFlameKind kind;
  guint shade; /* of its colour; the same for the same name */
  gint64 own_ns, total_ns;
  const char *name, *where; /* the flame's */
} FlameBox;

typedef struct
{
  InspectorFlame *flame;
  FlameBox *boxes; /* as the nodes of the flame */
  guint n_boxes;
  GArray **rows; /* guint: of each depth, from the left to the right */
  guint n_rows;
} FlameLayout;

#define FLAME_NONE G_MAXUINT
#define FLAME_SHADES 5

FlameLayout *flame_layout_new (InspectorFlame *flame); /* keeps a reference */
FlameLayout *flame_layout_ref (FlameLayout *layout);
void flame_layout_unref (FlameLayout *layout); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlameLayout, flame_layout_unref)

/* The box in row @depth at @x; FLAME_NONE: none is. */
guint flame_layout_find (const FlameLayout *layout, guint depth, double x);
/* The position in row @depth of the first box that ends behind @x. */
guint flame_layout_find_from (const FlameLayout *layout, guint depth, double x);

typedef enum
{
  FLAME_OUT, /* towards the program */
  FLAME_IN,  /* what took most time in it */
  FLAME_LEFT,
  FLAME_RIGHT,
} FlameStep;
/* The box that is next to @from; @from where there is none. Of FLAME_NONE, the first program. */
guint flame_layout_walk (const FlameLayout *layout, guint from, FlameStep step);
/* The box of the same names as @index of @other, or of the nearest ones above it; FLAME_NONE. */
guint flame_layout_match (const FlameLayout *layout, const FlameLayout *other, guint index);

/* Which boxes have @text in their name or place, in any case. */
typedef struct
{
  guint8 *is_found;
  guint n_found;
  gint64 total_ns; /* of them, none counted twice */
} FlameSearch;

void flame_search_run (FlameSearch *search, const FlameLayout *layout, const char *text);
void flame_search_clear (FlameSearch *search);
/* The next one that was found, from @from on in the order of the boxes, around the end; FLAME_NONE. */
guint flame_search_next (const FlameSearch *search, const FlameLayout *layout, guint from,
                         gboolean backwards);

G_END_DECLS

#endif
