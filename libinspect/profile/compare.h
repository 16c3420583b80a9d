/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_COMPARE_H
#define PROFILE_COMPARE_H

/* Two sides of profiles, operation by operation: what has become slower, and whether that may be
 * chance. README.md says how that is known. */

#include "profile/condition.h"
#include "profile/profile-result.h"

G_BEGIN_DECLS

typedef enum
{
  COMPARE_BEFORE,
  COMPARE_AFTER,
  COMPARE_N_SIDES
} CompareSide;

/* An operation of that name and kind, or all tasks that began in a function. */
typedef struct
{
  char *key;
  char *name;
  gboolean is_tasks;
  ProfileOperationClass of;
  char *kind, *what;  /* (nullable) of tasks */
  FindingPlace place; /* on the side where it was seen last */
  Histogram all[COMPARE_N_SIDES];
  GPtrArray *runs[COMPARE_N_SIDES]; /* Histogram of each recording, empty where it has none */
} CompareRow;

typedef enum
{
  COMPARE_CHANCE, /* a difference, if there is one, may be that */
  COMPARE_SLOWER, /* for a count: more */
  COMPARE_FASTER,
  COMPARE_UNKNOWN, /* too few samples to tell */
} CompareVerdict;

typedef struct
{
  guint n_runs[COMPARE_N_SIDES];
  GPtrArray *rows; /* CompareRow */
} Compare;

Compare *compare_new (void);
void compare_free (Compare *compare);
/* One recording, or run; @results: ProfileResult of its programs */
void compare_add (Compare *compare, CompareSide side, const GPtrArray *results);
/* Whether recordings are compared as wholes, and not the samples within them. */
gboolean compare_is_by_runs (const Compare *compare);

/* Of a side: nanoseconds, of a count a number; of totals and counts the average of its recordings. */
double compare_get (const Compare *compare, const CompareRow *row, CompareSide side,
                    ConditionStatistic statistic, double share);
CompareVerdict compare_test (const Compare *compare, const CompareRow *row,
                             ConditionStatistic statistic, double share);

/* What one comparison came to. */
typedef struct
{
  const CompareRow *row;
  const ConditionComparison *comparison; /* of the condition, which must stand */
  double before, after;
  gboolean is_beyond; /* the limit */
  CompareVerdict verdict;
  gboolean holds; /* it is, and by more than chance */
} CompareOutcome;

/* @outcomes: (element-type CompareOutcome): one is added for each operation of the name. @even_chance:
 * it holds where a difference may be chance, too. */
gboolean compare_check (const Compare *compare, const Condition *condition, gboolean even_chance,
                        GArray *outcomes, gboolean *ret_holds, GError **error);

G_END_DECLS

#endif
