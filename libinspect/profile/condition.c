/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "profile/condition.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#define MAX_DEPTH 32

typedef enum
{
  NODE_COMPARISON,
  NODE_AND,
  NODE_OR,
} NodeType;

struct _Condition
{
  NodeType type;
  ConditionComparison comparison;
  Condition *left, *right;
};

typedef struct
{
  const char *text;
  const char *at;
  guint depth;
  GError **error;
} Parser;

void
condition_free (Condition *condition)
{
  if (condition == NULL)
    return;
  condition_free (condition->left);
  condition_free (condition->right);
  g_free (condition->comparison.name);
  g_free (condition->comparison.text);
  g_free (condition);
}

/* ---- Words ---------------------------------------------------------------------------------- */

static void G_GNUC_PRINTF (3, 4) fail (Parser *parser, const char *at, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (parser->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _ ("the condition '%s' cannot be read: %s (at character %u)"), parser->text, what,
               (guint)g_utf8_strlen (parser->text, at - parser->text) + 1);
}

static void
skip_space (Parser *parser)
{
  while (g_ascii_isspace (*parser->at))
    parser->at++;
}

static gboolean
take_char (Parser *parser, char c)
{
  skip_space (parser);
  if (*parser->at != c)
    return FALSE;
  parser->at++;
  return TRUE;
}

/* A word of its own: "order" begins with no "or". */
static gboolean
take_word (Parser *parser, const char *word, const char *symbol)
{
  gsize length = strlen (word);

  skip_space (parser);
  if (g_str_has_prefix (parser->at, symbol))
    {
      parser->at += strlen (symbol);
      return TRUE;
    }
  if (g_ascii_strncasecmp (parser->at, word, length) != 0 || g_ascii_isalnum (parser->at[length]) ||
      parser->at[length] == '_')
    return FALSE;
  parser->at += length;
  return TRUE;
}

/* ---- A comparison --------------------------------------------------------------------------- */

static const struct
{
  const char *word;
  ConditionStatistic statistic;
  double share;
} statistics[] = {
  { "avg", CONDITION_AVG, 0 },          { "mean", CONDITION_AVG, 0 },
  { "median", CONDITION_QUANTILE, .5 }, { "max", CONDITION_MAX, 0 },
  { "total", CONDITION_TOTAL, 0 },      { "count", CONDITION_COUNT, 0 },
};

static gboolean
read_statistic (Parser *parser, ConditionComparison *comparison)
{
  const char *begin;
  g_autofree char *word = NULL;
  char *end = NULL;

  skip_space (parser);
  begin = parser->at;
  while (g_ascii_isalnum (*parser->at) || *parser->at == '.')
    parser->at++;
  word = g_ascii_strdown (begin, parser->at - begin);
  for (guint i = 0; i < G_N_ELEMENTS (statistics); i++)
    if (g_str_equal (statistics[i].word, word))
      {
        comparison->statistic = statistics[i].statistic;
        comparison->share = statistics[i].share;
        return TRUE;
      }
  if (word[0] == 'p' && g_ascii_isdigit (word[1]))
    {
      comparison->statistic = CONDITION_QUANTILE;
      comparison->share = g_ascii_strtod (word + 1, &end) / 100;
      if (*end == '\0' && comparison->share <= 1)
        return TRUE;
    }
  if (*word == '\0')
    fail (parser, begin, _ ("a statistic is missing, such as p99(NAME)"));
  else
    fail (parser, begin, _ ("'%s' is no statistic; there are avg, p50 to p99.9, max, total, count"),
          word);
  return FALSE;
}

static gboolean
read_quoted (Parser *parser, ConditionComparison *comparison)
{
  const char *begin = parser->at;
  const char *end = strchr (begin + 1, *begin);

  if (end == NULL)
    {
      fail (parser, begin, _ ("the quotes are not closed"));
      return FALSE;
    }
  comparison->name = g_strndup (begin + 1, end - begin - 1);
  parser->at = end + 1;
  if (!take_char (parser, ')'))
    {
      fail (parser, parser->at, _ ("a ')' is missing after the name"));
      return FALSE;
    }
  return TRUE;
}

/* "operator()" has parentheses of its own. */
static gboolean
read_name (Parser *parser, ConditionComparison *comparison)
{
  const char *begin;
  guint open = 1;

  skip_space (parser);
  if (!take_char (parser, '('))
    {
      fail (parser, parser->at, _ ("a '(' is missing, as in p99(NAME)"));
      return FALSE;
    }
  skip_space (parser);
  begin = parser->at;
  if (*begin == '"' || *begin == '\'')
    return read_quoted (parser, comparison);
  for (; *parser->at != '\0'; parser->at++)
    {
      open += *parser->at == '(';
      open -= *parser->at == ')';
      if (open == 0)
        break;
    }
  if (*parser->at == '\0')
    {
      fail (parser, begin, _ ("the name has no ')' after it"));
      return FALSE;
    }
  comparison->name = g_strstrip (g_strndup (begin, parser->at - begin));
  parser->at++;
  if (*comparison->name == '\0')
    {
      fail (parser, begin, _ ("the name of an operation is missing"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_operator (Parser *parser, ConditionComparison *comparison)
{
  skip_space (parser);
  if (*parser->at != '>' && *parser->at != '<')
    {
      fail (parser, parser->at, _ ("one of > >= < <= is missing"));
      return FALSE;
    }
  comparison->op = *parser->at == '>' ? CONDITION_ABOVE : CONDITION_BELOW;
  parser->at++;
  if (*parser->at == '=')
    {
      comparison->op += CONDITION_AT_LEAST - CONDITION_ABOVE;
      parser->at++;
    }
  return TRUE;
}

static const struct
{
  const char *unit;
  double ns;
} units[] = {
  { "ns", 1 }, { "us", 1e3 }, { "µs", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 },
};

static gboolean
read_unit (Parser *parser, ConditionComparison *comparison)
{
  const char *begin = parser->at;
  gboolean is_count = comparison->statistic == CONDITION_COUNT;
  g_autofree char *unit = NULL;

  while (*parser->at != '\0' && *parser->at != ')' && !g_ascii_isspace (*parser->at) &&
         *parser->at != '&' && *parser->at != '|')
    parser->at++;
  unit = g_strndup (begin, parser->at - begin);
  if (g_str_equal (unit, "x") || g_str_equal (unit, "%"))
    {
      comparison->is_ratio = TRUE;
      if (*unit == '%')
        comparison->value = 1 + comparison->value / 100;
      if (comparison->value >= 0)
        return TRUE;
      fail (parser, begin, _ ("nothing is less than 100 %% below what it was"));
      return FALSE;
    }
  for (guint i = 0; !is_count && i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (units[i].unit, unit))
      {
        comparison->value *= units[i].ns;
        return TRUE;
      }
  if (is_count && *unit == '\0')
    return TRUE;
  if (is_count)
    fail (parser, begin, _ ("'%s' is no unit of a count; write 10, 1.2x or 20%%"), unit);
  else if (*unit == '\0')
    fail (parser, begin, _ ("the value has no unit; write 1.2x, 20%%, 300ms or 2s"));
  else
    fail (parser, begin, _ ("'%s' is no unit; there are x, %%, ns, us, ms, s and m"), unit);
  return FALSE;
}

static gboolean
read_value (Parser *parser, ConditionComparison *comparison)
{
  char *end;

  skip_space (parser);
  if (!g_ascii_isdigit (*parser->at) && strchr ("+-.", *parser->at) == NULL)
    end = (char *)parser->at;
  else
    comparison->value = g_ascii_strtod (parser->at, &end);
  if (end == parser->at || !isfinite (comparison->value) || *parser->at == '\0')
    {
      fail (parser, parser->at, _ ("a number is missing, such as 1.2x or 300ms"));
      return FALSE;
    }
  parser->at = end;
  return read_unit (parser, comparison);
}

static Condition *
parse_comparison (Parser *parser)
{
  Condition *condition = g_new0 (Condition, 1);
  ConditionComparison *comparison = &condition->comparison;
  const char *begin;

  skip_space (parser);
  begin = parser->at;
  if (!read_statistic (parser, comparison) || !read_name (parser, comparison) ||
      !read_operator (parser, comparison) || !read_value (parser, comparison))
    {
      condition_free (condition);
      return NULL;
    }
  comparison->text = g_strndup (begin, parser->at - begin);
  return condition;
}

/* ---- What joins them ------------------------------------------------------------------------ */

static Condition *parse_or (Parser *parser);

static Condition *
parse_factor (Parser *parser)
{
  Condition *condition;

  if (!take_char (parser, '('))
    return parse_comparison (parser);
  if (++parser->depth > MAX_DEPTH)
    {
      fail (parser, parser->at, _ ("parentheses are too deep"));
      return NULL;
    }
  condition = parse_or (parser);
  parser->depth--;
  if (condition != NULL && !take_char (parser, ')'))
    {
      fail (parser, parser->at, _ ("a ')' is missing"));
      condition_free (condition);
      return NULL;
    }
  return condition;
}

static Condition *
parse_joined (Parser *parser, NodeType type, const char *word, const char *symbol,
              Condition *(*parse) (Parser *parser))
{
  Condition *left = parse (parser);

  while (left != NULL && take_word (parser, word, symbol))
    {
      Condition *joined = g_new0 (Condition, 1);

      joined->type = type;
      joined->left = left;
      joined->right = parse (parser);
      left = joined;
      if (joined->right == NULL)
        {
          condition_free (joined);
          return NULL;
        }
    }
  return left;
}

static Condition *
parse_and (Parser *parser)
{
  return parse_joined (parser, NODE_AND, "and", "&&", parse_factor);
}

static Condition *
parse_or (Parser *parser)
{
  return parse_joined (parser, NODE_OR, "or", "||", parse_and);
}

Condition *
condition_parse (const char *text, GError **error)
{
  Parser parser = { .text = text, .at = text, .error = error };
  Condition *condition;

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _ ("the condition is not valid UTF-8"));
      return NULL;
    }
  condition = parse_or (&parser);
  skip_space (&parser);
  if (condition != NULL && *parser.at != '\0')
    {
      fail (&parser, parser.at, _ ("'%s' is too much; conditions are joined by 'and' or 'or'"),
            parser.at);
      g_clear_pointer (&condition, condition_free);
    }
  return condition;
}

/* ---- What comes of it ----------------------------------------------------------------------- */

gboolean
condition_evaluate (const Condition *condition, ConditionFunc func, gpointer data,
                    gboolean *ret_holds, GError **error)
{
  gboolean left, right;

  if (condition->type == NODE_COMPARISON)
    return func (data, &condition->comparison, ret_holds, error);
  if (!condition_evaluate (condition->left, func, data, &left, error) ||
      !condition_evaluate (condition->right, func, data, &right, error))
    return FALSE;
  *ret_holds = condition->type == NODE_AND ? left && right : left || right;
  return TRUE;
}

gboolean
condition_compare (const ConditionComparison *comparison, double value, double before)
{
  double limit = comparison->is_ratio ? comparison->value * before : comparison->value;

  switch (comparison->op)
    {
    case CONDITION_ABOVE:
      return value > limit;
    case CONDITION_AT_LEAST:
      return value >= limit;
    case CONDITION_BELOW:
      return value < limit;
    case CONDITION_AT_MOST:
      break;
    }
  return value <= limit;
}
