/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_HISTOGRAM_H
#define PROFILE_HISTOGRAM_H

#include <glib.h>

G_BEGIN_DECLS

/* Durations, counted. Log-linear: 64 counters for each power of two, so that a value that is read
 * back is off by less than 1/128 (0.8 %) of itself; below 64 ns it is exact. Count, sum, smallest and
 * largest are exact. At most 30 KiB, however much is added; usually 2. */

#define HISTOGRAM_LINEAR 64 /* counters of one power of two */
#define HISTOGRAM_OCTAVES 56
#define HISTOGRAM_MAX_ERROR (1.0 / 128)

typedef struct
{
  guint64 count;
  gint64 sum;                          /* stops at G_MAXINT64 */
  double squares;                      /* of the values, added up */
  gint64 min, max;                     /* 0 while there is none */
  guint64 *octaves[HISTOGRAM_OCTAVES]; /* NULL: nothing in it */
} Histogram;

void histogram_clear (Histogram *histogram);
/* What is below 0 counts as 0. */
void histogram_add (Histogram *histogram, gint64 value);
void histogram_merge (Histogram *histogram, const Histogram *from);

double histogram_get_mean (const Histogram *histogram); /* 0 where there is none */
/* The value of that rank, 1 being the smallest; those beyond are the smallest and the largest. */
gint64 histogram_get_rank (const Histogram *histogram, guint64 rank);
/* The smallest value that at least @share of all do not exceed (nearest rank); @share: 0 to 1 */
gint64 histogram_get_quantile (const Histogram *histogram, double share);
/* How many lie from @from_ns up to, and not including, @to_ns, both powers of two of at least 64 (or
 * @from_ns 0): exact. */
guint64 histogram_count_between (const Histogram *histogram, gint64 from_ns, gint64 to_ns);

G_END_DECLS

#endif
