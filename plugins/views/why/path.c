/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "path.h"

#include <glib/gi18n-lib.h>

#define MAX_PIECES 4096u
#define MAX_DEPTH 8u
/* Wakes that are looked at, of all tasks. */
#define MAX_CAUSES 65536u
#define BLOCK 512u
/* Instants that are read from the recording, to see who had what was waited for: of the longest waits. */
#define MAX_MOMENTS 6u
#define WORTH_A_MOMENT 20 /* a wait of one part in so many of the whole */
#define MAX_LINES 8u
#define LEAST_SHARE 200 /* one part in so many is worth a line */

typedef struct
{
  InspectorHistory *history;
  WhyHolders *holders;
  GArray *pieces; /* from the last to the first */
  gint64 total_ns;
  guint n_causes_left, n_moments_left;
} Path;

static void follow (Path *self, guint track, gint64 from_ns, gint64 to_ns, guint depth,
                    gboolean is_inferred);

static void
add_piece (Path *self, guint track, const InspectorSpan *span, gint64 from_ns, gint64 to_ns,
           gboolean is_inferred)
{
  const WhyPiece piece = { .track = track,
                           .state = span->state,
                           .kind = span->kind,
                           .location = span->location,
                           .from_ns = from_ns,
                           .to_ns = to_ns,
                           .is_inferred = is_inferred };

  if (to_ns > from_ns)
    g_array_append_val (self->pieces, piece);
}

/* ---- Who ended a wait --------------------------------------------------------------------------- */

/* The last one that woke @number from @from_ns on, before @to_ns; those just before the end first. */
static gboolean
find_cause (Path *self, guint64 number, gint64 from_ns, gint64 to_ns, InspectorCause *ret_cause)
{
  InspectorCause causes[BLOCK];

  for (gint64 window_ns = 100000; self->n_causes_left >= BLOCK; window_ns *= 16)
    {
      gint64 at_ns = MAX (from_ns, to_ns - window_ns);
      gboolean is_found = FALSE;
      guint n = BLOCK;

      while (n == BLOCK && self->n_causes_left >= BLOCK)
        {
          n = inspector_history_get_causes (self->history, at_ns, to_ns, causes, BLOCK);
          self->n_causes_left -= n;
          for (guint i = 0; i < n; i++)
            if (causes[i].to == number)
              {
                *ret_cause = causes[i];
                is_found = TRUE;
              }
          if (n > 0)
            at_ns = MAX (causes[n - 1].at_ns, at_ns + 1);
        }
      if (is_found || to_ns - window_ns <= from_ns)
        return is_found;
    }
  return FALSE;
}

/* ---- The path ----------------------------------------------------------------------------------- */

static gboolean
is_wait (const InspectorSpan *span)
{
  return span->state != INSPECTOR_STATE_RUNNING && span->state != INSPECTOR_STATE_READY &&
         span->state != INSPECTOR_STATE_UNKNOWN && span->state != INSPECTOR_STATE_NONE;
}

static void
add_wait (Path *self, guint track, const InspectorSpan *span, gint64 from_ns, gint64 to_ns,
          guint depth, gboolean is_inferred)
{
  InspectorTrack info;
  InspectorCause cause;
  guint other = G_MAXUINT;
  gboolean is_guess = FALSE;

  inspector_history_get_track (self->history, track, &info);
  if (depth < MAX_DEPTH && find_cause (self, info.number, from_ns, to_ns + 1, &cause) &&
      cause.from != 0 && cause.from != info.number &&
      inspector_history_find_track (self->history, cause.from, &other))
    {
      /* Between being woken and going on. */
      add_piece (self, track, span, MIN (cause.at_ns, to_ns), to_ns, is_inferred);
      follow (self, other, from_ns, MIN (cause.at_ns, to_ns), depth + 1, is_inferred);
      return;
    }
  if (depth < MAX_DEPTH && self->n_moments_left > 0 && span->state == INSPECTOR_STATE_BLOCKED &&
      (to_ns - from_ns) * WORTH_A_MOMENT > self->total_ns)
    {
      self->n_moments_left--;
      other = why_holders_find (self->holders, track, to_ns - 1, &is_guess);
    }
  if (other != G_MAXUINT)
    follow (self, other, from_ns, to_ns, depth + 1, is_inferred || is_guess);
  else
    add_piece (self, track, span, from_ns, to_ns, is_inferred);
}

/* Backwards, from the end: what came last was waited for last. */
static void
follow (Path *self, guint track, gint64 from_ns, gint64 to_ns, guint depth, gboolean is_inferred)
{
  while (to_ns > from_ns && self->pieces->len < MAX_PIECES)
    {
      InspectorSpan span;
      gint64 begin_ns;

      if (!inspector_history_get_state_at (self->history, track, to_ns - 1, &span))
        {
          InspectorTrack info;
          guint parent;

          /* Before it was: what began it is what it waited for. */
          if (depth < MAX_DEPTH && inspector_history_get_track (self->history, track, &info) &&
              info.parent != 0 &&
              inspector_history_find_track (self->history, info.parent, &parent))
            follow (self, parent, from_ns, to_ns, depth + 1, is_inferred);
          else
            add_piece (self, track, &(InspectorSpan){ .state = INSPECTOR_STATE_NONE }, from_ns,
                       to_ns, is_inferred);
          return;
        }
      begin_ns = MAX (span.begin_ns, from_ns);
      if (is_wait (&span))
        add_wait (self, track, &span, begin_ns, to_ns, depth, is_inferred);
      else
        add_piece (self, track, &span, begin_ns, to_ns, is_inferred);
      to_ns = begin_ns;
    }
  /* More than can be told: it is there, and not known. */
  if (to_ns > from_ns)
    add_piece (self, track, &(InspectorSpan){ .state = INSPECTOR_STATE_NONE }, from_ns, to_ns,
               is_inferred);
}

GArray *
why_path_find (InspectorHistory *history, WhyHolders *holders, guint track, gint64 from_ns,
               gint64 to_ns)
{
  Path self = { .history = history,
                .holders = holders,
                .pieces = g_array_new (FALSE, FALSE, sizeof (WhyPiece)),
                .total_ns = to_ns - from_ns,
                .n_causes_left = MAX_CAUSES,
                .n_moments_left = MAX_MOMENTS };

  follow (&self, track, from_ns, to_ns, 0, FALSE);
  for (guint i = 0; i < self.pieces->len / 2; i++)
    {
      WhyPiece *one = &g_array_index (self.pieces, WhyPiece, i);
      WhyPiece *other = &g_array_index (self.pieces, WhyPiece, self.pieces->len - 1 - i);
      WhyPiece piece = *one;

      *one = *other;
      *other = piece;
    }
  return self.pieces;
}

/* ---- What is told of it ------------------------------------------------------------------------- */

/* Pieces of the same are one, with the time of all. */
static GArray *
join_pieces (const GArray *pieces)
{
  GArray *sums = g_array_new (FALSE, FALSE, sizeof (WhyPiece));

  for (guint i = 0; i < pieces->len; i++)
    {
      WhyPiece piece = g_array_index (pieces, WhyPiece, i);
      guint k;

      piece.to_ns -= piece.from_ns;
      piece.from_ns = 0;
      for (k = 0; k < sums->len; k++)
        {
          WhyPiece *sum = &g_array_index (sums, WhyPiece, k);

          if (sum->track == piece.track && sum->state == piece.state && sum->kind == piece.kind &&
              sum->location == piece.location)
            {
              sum->to_ns += piece.to_ns;
              sum->is_inferred |= piece.is_inferred;
              break;
            }
        }
      if (k == sums->len)
        g_array_append_val (sums, piece);
    }
  return sums;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const WhyPiece *x = a, *y = b;

  return x->to_ns > y->to_ns ? -1 : x->to_ns < y->to_ns;
}

static char *
dup_what (InspectorHistory *history, const WhyPiece *piece)
{
  const char *words = inspector_history_get_kind_words (history, piece->track, piece->kind);

  if (piece->state == INSPECTOR_STATE_NONE || piece->state == INSPECTOR_STATE_UNKNOWN)
    return g_strdup (_ ("not known"));
  if (piece->state == INSPECTOR_STATE_RUNNING)
    return g_strdup (_ ("code that ran"));
  if (piece->state == INSPECTOR_STATE_READY)
    return g_strdup (_ ("ready, while something else ran"));
  return *words != '\0' ? g_strdup_printf (_ ("waiting: %s"), words) : g_strdup (_ ("waiting"));
}

static void
add_sum (InspectorHistory *history, guint track, const WhyPiece *sum, gint64 total_ns,
         GPtrArray *lines)
{
  g_autofree char *what = dup_what (history, sum);
  g_autofree char *place = inspector_history_dup_place (history, sum->track, sum->location);
  guint share = (guint)(sum->to_ns * 100 / MAX (total_ns, 1));
  WhyLine *line;

  if (sum->track != track)
    {
      g_autofree char *name = inspector_history_dup_name (history, sum->track);
      g_autofree char *number = NULL;
      InspectorTrack info;

      inspector_history_get_track (history, sum->track, &info);
      number = g_strdup_printf ("%" G_GUINT64_FORMAT, info.number);
      line = why_lines_add (lines, WHY_FACT, 0,
                            g_strdup_printf (_ ("%u %%  #%s %s: %s"), share, number, name, what));
      line->task = info.number;
    }
  else
    line = why_lines_add (lines, WHY_FACT, 0, g_strdup_printf (_ ("%u %%  %s"), share, what));
  line->is_inferred = sum->is_inferred;
  why_line_set_age (line, sum->to_ns);
  why_line_set_place (line, place);
}

void
why_path_add (InspectorHistory *history, WhyHolders *holders, guint track, gint64 at_ns,
              GPtrArray *lines)
{
  g_autoptr (GArray) pieces = NULL, sums = NULL;
  gint64 total_ns, told_ns = 0;
  InspectorTrack info;

  if (!inspector_history_get_track (history, track, &info) || info.end_ns > at_ns)
    return;
  total_ns = info.end_ns - info.begin_ns;
  pieces = why_path_find (history, holders, track, info.begin_ns, info.end_ns);
  sums = join_pieces (pieces);
  if (sums->len == 0)
    return;
  g_array_sort (sums, compare);
  why_lines_add (lines, WHY_SECTION, 0, g_strdup (_ ("Critical path: what its time hung on")));
  if (why_holders_lack (holders))
    {
      why_lines_add (lines, WHY_NOTE, 0,
                     g_strdup (_ ("being read: who had what it waited for is not known yet")));
      return;
    }
  for (guint i = 0; i < MIN (sums->len, MAX_LINES); i++)
    {
      const WhyPiece *sum = &g_array_index (sums, WhyPiece, i);

      if (i > 0 && sum->to_ns * LEAST_SHARE < total_ns)
        break;
      add_sum (history, track, sum, total_ns, lines);
      told_ns += sum->to_ns;
    }
  if (told_ns < total_ns)
    why_line_set_age (why_lines_add (lines, WHY_NOTE, 0, g_strdup (_ ("the rest, in small parts"))),
                      total_ns - told_ns);
}
