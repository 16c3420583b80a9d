/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_CONDITION_H
#define PROFILE_CONDITION_H

/* "p99(fetch_posts) > 1.2x and count(retry) > 10": what makes a comparison fail.
 *
 *   condition   = term { "or" term }
 *   term        = factor { "and" factor }
 *   factor      = "(" condition ")" | comparison
 *   comparison  = statistic "(" name ")" ( ">" | ">=" | "<" | "<=" ) value
 *   statistic   = "avg" | "p" NUMBER | "max" | "total" | "count"
 *   name        = in quotes, or up to the parenthesis that closes; "*" and "?" stand for others
 *   value       = NUMBER ( "x" | "%" | "ns" | "us" | "ms" | "s" | "m" )     a count has no unit, x or %
 *
 * "1.2x" is that many times what it was before, "20%" that much more than before ("< -10%": less). */

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  CONDITION_AVG,
  CONDITION_QUANTILE,
  CONDITION_MAX,
  CONDITION_TOTAL,
  CONDITION_COUNT,
} ConditionStatistic;

typedef enum
{
  CONDITION_ABOVE,
  CONDITION_AT_LEAST,
  CONDITION_BELOW,
  CONDITION_AT_MOST,
} ConditionOperator;

typedef struct
{
  ConditionStatistic statistic;
  double share; /* of a quantile, 0 to 1 */
  char *name;
  ConditionOperator op;
  gboolean is_ratio; /* @value is a multiple of what it was before */
  double value;      /* nanoseconds, or a count */
  char *text;        /* as it was written */
} ConditionComparison;

typedef struct _Condition Condition;

/* What is wrong is said with where: "... (at character 5)". */
Condition *condition_parse (const char *text, GError **error);
void condition_free (Condition *condition);

/* Whether one comparison holds; FALSE and @error: that cannot be told. */
typedef gboolean (*ConditionFunc) (gpointer data, const ConditionComparison *comparison,
                                   gboolean *ret_holds, GError **error);
/* Asks @func for every comparison, so that each can be told of. */
gboolean condition_evaluate (const Condition *condition, ConditionFunc func, gpointer data,
                             gboolean *ret_holds, GError **error);

/* Whether @value, or that many times @before, is beyond the limit. */
gboolean condition_compare (const ConditionComparison *comparison, double value, double before);

G_END_DECLS

#endif
