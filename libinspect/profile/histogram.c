/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "profile/histogram.h"

#include <math.h>

#define LINEAR_BITS 6
#define MAX_VALUE ((G_GINT64_CONSTANT (1) << (LINEAR_BITS + HISTOGRAM_OCTAVES - 1)) - 1)

G_STATIC_ASSERT (HISTOGRAM_LINEAR == 1 << LINEAR_BITS);

void
histogram_clear (Histogram *histogram)
{
  for (guint i = 0; i < HISTOGRAM_OCTAVES; i++)
    g_free (histogram->octaves[i]);
  *histogram = (Histogram){ 0 };
}

/* Octave 0 has the values below 64, each its own counter; octave n those of which 6 bits follow the
 * highest one, bit n + 5. */
static void
locate (gint64 value, guint *ret_octave, guint *ret_index)
{
  guint top;

  if (value < HISTOGRAM_LINEAR)
    {
      *ret_octave = 0;
      *ret_index = (guint)value;
      return;
    }
  value = MIN (value, MAX_VALUE);
  top = 63 - (guint)__builtin_clzll ((guint64)value);
  *ret_octave = top - LINEAR_BITS + 1;
  *ret_index = (guint)(value >> (top - LINEAR_BITS)) & (HISTOGRAM_LINEAR - 1);
}

/* The middle of what a counter stands for. */
static gint64
value_of (guint octave, guint index)
{
  gint64 width;

  if (octave == 0)
    return index;
  width = G_GINT64_CONSTANT (1) << (octave - 1);
  return (HISTOGRAM_LINEAR + (gint64)index) * width + width / 2;
}

static gint64
add_sums (gint64 a, gint64 b)
{
  return a > G_MAXINT64 - b ? G_MAXINT64 : a + b;
}

void
histogram_add (Histogram *histogram, gint64 value)
{
  guint octave, index;

  value = MAX (value, 0);
  locate (value, &octave, &index);
  if (histogram->octaves[octave] == NULL)
    histogram->octaves[octave] = g_new0 (guint64, HISTOGRAM_LINEAR);
  histogram->octaves[octave][index]++;
  histogram->min = histogram->count == 0 ? value : MIN (histogram->min, value);
  histogram->max = MAX (histogram->max, value);
  histogram->count++;
  histogram->sum = add_sums (histogram->sum, value);
  histogram->squares += (double)value * (double)value;
}

void
histogram_merge (Histogram *histogram, const Histogram *from)
{
  if (from->count == 0)
    return;
  for (guint i = 0; i < HISTOGRAM_OCTAVES; i++)
    {
      if (from->octaves[i] == NULL)
        continue;
      if (histogram->octaves[i] == NULL)
        histogram->octaves[i] = g_new0 (guint64, HISTOGRAM_LINEAR);
      for (guint j = 0; j < HISTOGRAM_LINEAR; j++)
        histogram->octaves[i][j] += from->octaves[i][j];
    }
  histogram->min = histogram->count == 0 ? from->min : MIN (histogram->min, from->min);
  histogram->max = MAX (histogram->max, from->max);
  histogram->count += from->count;
  histogram->sum = add_sums (histogram->sum, from->sum);
  histogram->squares += from->squares;
}

double
histogram_get_mean (const Histogram *histogram)
{
  return histogram->count == 0 ? 0 : (double)histogram->sum / (double)histogram->count;
}

gint64
histogram_get_rank (const Histogram *histogram, guint64 rank)
{
  guint64 seen = 0;

  if (rank <= 1 || histogram->count == 0)
    return histogram->min;
  if (rank >= histogram->count)
    return histogram->max;
  for (guint i = 0; i < HISTOGRAM_OCTAVES; i++)
    for (guint j = 0; histogram->octaves[i] != NULL && j < HISTOGRAM_LINEAR; j++)
      {
        seen += histogram->octaves[i][j];
        if (seen >= rank)
          return CLAMP (value_of (i, j), histogram->min, histogram->max);
      }
  return histogram->max;
}

gint64
histogram_get_quantile (const Histogram *histogram, double share)
{
  double rank = ceil (CLAMP (share, 0, 1) * (double)histogram->count);

  /* 0.95 of 100 is a little more than 95 in binary. */
  if (rank - CLAMP (share, 0, 1) * (double)histogram->count > 1 - 1e-9)
    rank--;
  return histogram_get_rank (histogram, (guint64)MAX (rank, 1));
}

guint64
histogram_count_between (const Histogram *histogram, gint64 from_ns, gint64 to_ns)
{
  guint64 count = 0;

  for (guint i = 0; i < HISTOGRAM_OCTAVES; i++)
    {
      gint64 begin = i == 0 ? 0 : G_GINT64_CONSTANT (1) << (i + LINEAR_BITS - 1);

      if (histogram->octaves[i] == NULL || begin < from_ns || begin >= to_ns)
        continue;
      for (guint j = 0; j < HISTOGRAM_LINEAR; j++)
        count += histogram->octaves[i][j];
    }
  return count;
}
