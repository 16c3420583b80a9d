/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The language of filters: what matches, what is refused and how, what is offered. */

#include <string.h>

#include "query.h"

enum
{
  NAME,
  KIND,
  STATE,
  WAIT,
  POLLS,
};

static const char *const states[] = { "running", "ready", "blocked", "resting", NULL };
static const UiQueryField fields[] = {
  { "name", UI_QUERY_TEXT, "", NULL, TRUE }, { "kind", UI_QUERY_TEXT, "", NULL, TRUE },
  { "state", UI_QUERY_WORD, "", states },    { "wait", UI_QUERY_DURATION, "" },
  { "polls", UI_QUERY_NUMBER, "" },          { NULL },
};

#define MS G_GINT64_CONSTANT (1000000)

typedef struct
{
  const char *name, *kind;
  gint64 state, wait, polls;
} Thing;

static const Thing things[] = {
  { "fetch_posts", "uv.tcp-connect", 2, 2300 * MS, 156 },
  { "Fetch user", "uv.timer", 0, 0, 12 },
  { "store", NULL, 3, 61000 * MS, 0 },
};

static guint n_asked;

static void
get (gpointer data, guint field, UiQueryValue *ret_value)
{
  const Thing *thing = data;

  n_asked++;
  switch (field)
    {
    case NAME:
      ret_value->text = thing->name;
      break;
    case KIND:
      ret_value->text = thing->kind;
      break;
    case STATE:
      ret_value->number = thing->state;
      break;
    case WAIT:
      ret_value->number = thing->wait;
      break;
    default:
      ret_value->number = thing->polls;
    }
}

/* A letter for each thing that matches. */
static const struct
{
  const char *query, *matching;
} matches[] = {
  { "", "abc" },
  { "   ", "abc" },
  { "fetch", "ab" },
  { "FETCH", "ab" },
  { "-fetch", "c" },
  { "tcp", "a" },
  { "nothing-like-it", "" },
  { "\"Fetch user\"", "b" },
  { "fetch user", "b" },
  { "user,store", "bc" },
  { "name:fetch*", "ab" },
  { "name:*posts", "a" },
  { "name:etch", "ab" },
  { "name:etch*", "" },
  { "name=store", "c" },
  { "name=stor", "" },
  { "name:\"fetch user\"", "b" },
  { "name:\"fetch*\"", "" },
  { "kind:tcp", "a" },
  { "-kind:tcp", "bc" },
  { "state:blocked", "a" },
  { "state:bl", "a" },
  { "state:r", "bc" },
  { "state:blocked,running", "ab" },
  { "-state:resting fetch", "ab" },
  { "state:blocked,", "a" },
  { "STATE:Blocked", "a" },
  { "wait>1s", "ac" },
  { "wait>2300ms", "c" },
  { "wait>=2300ms", "ac" },
  { "wait<1m", "ab" },
  { "wait:0", "b" },
  { "wait:1s..1min", "a" },
  { "wait:2..3s", "a" },
  { "wait:..2.5s", "ab" },
  { "wait:1m..", "c" },
  { "wait>1000000us", "ac" },
  { "wait>0.5m -polls:0", "" },
  { "polls>100", "a" },
  { "polls:12", "b" },
  { "polls=0,12", "bc" },
  { "polls:#12", "b" },
  { "polls<=12", "bc" },
  { "polls>1e2", "a" },
  { "state:blocked wait>1s kind:tcp name:fetch* polls>100", "a" },
  { "-", "a" },
};

static void
test_matches (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (matches); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (UiQuery) query = ui_query_new (fields, matches[i].query, &error);
      g_autoptr (GString) matching = g_string_new (NULL);

      g_assert_no_error (error);
      for (guint k = 0; k < G_N_ELEMENTS (things); k++)
        if (ui_query_match (query, get, (gpointer)&things[k]))
          g_string_append_c (matching, (char)('a' + k));
      g_test_message ("%s", matches[i].query);
      g_assert_cmpstr (matching->str, ==, matches[i].matching);
    }
}

static const struct
{
  const char *query, *said;
} refusals[] = {
  { "foo:1",
    "There is no “foo” to ask for, but name, kind, state, wait, polls; quotes look for the "
    "text itself" },
  { "state:odd", "state: “odd” is none of running, ready, blocked, resting" },
  { "state:", "“state:” does not say what is wanted" },
  { "name:,", "“name:,” does not say what is wanted" },
  { "state>blocked", "state has no order: write state:blocked" },
  { "name<b", "name has no order: write name:b" },
  { "wait>1", "wait: “1” is no duration, like 20ms, 1.5s or 3m" },
  { "wait>1x", "wait: “1x” is no duration, like 20ms, 1.5s or 3m" },
  { "wait>s", "wait: “s” is no duration, like 20ms, 1.5s or 3m" },
  { "wait:1s..2x", "wait: “1s..2x” is no duration, like 20ms, 1.5s or 3m" },
  { "polls>1s", "polls: “1s” is no number" },
  { "polls:nan", "polls: “nan” is no number" },
  { "polls>inf", "polls: “inf” is no number" },
  { "polls>1..2", "polls: “1..2” is no number" },
  { "polls:..", "polls: “..” is no number" },
  { "\xff", "The query is not UTF-8" },
};

static void
test_refusals (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ui_query_new (fields, refusals[i].query, &error));
      g_assert_error (error, UI_QUERY_ERROR, 0);
      g_assert_cmpstr (error->message, ==, refusals[i].said);
    }
}

static void
get_known (gpointer data, guint field, UiQueryValue *ret_value)
{
  get (data, field, ret_value);
  ret_value->id = 7;
}

/* A million tasks of one name cost one comparison: what has the same number is not read again. */
static void
test_equal_texts (void)
{
  g_autoptr (UiQuery) query = ui_query_new (fields, "name:store", NULL);

  g_assert_true (ui_query_match (query, get_known, (gpointer)&things[2]));
  g_assert_true (ui_query_match (query, get_known, (gpointer)&things[0]));
}

static void
test_questions (void)
{
  g_autoptr (UiQuery) query = ui_query_new (fields, "state:blocked -state:ready x", NULL);
  g_autoptr (UiQuery) empty = ui_query_new (fields, " ", NULL);

  g_assert_true (ui_query_wants_word (query, STATE, 2));
  g_assert_false (ui_query_wants_word (query, STATE, 1));
  g_assert_true (ui_query_has_field (query, NAME));
  g_assert_true (ui_query_has_field (query, STATE));
  g_assert_false (ui_query_has_field (query, POLLS));
  g_assert_false (ui_query_is_empty (query));
  g_assert_true (ui_query_is_empty (empty));
  g_assert_true (ui_query_is_empty (NULL));
  /* No term, no look at the thing. */
  n_asked = 0;
  g_assert_true (ui_query_match (empty, get, (gpointer)&things[0]));
  g_assert_cmpuint (n_asked, ==, 0);
}

static char **
list (gpointer data, guint field)
{
  static const char *const names[] = { "fetch_posts", "fetch user", NULL };

  return field == NAME ? g_strdupv ((char **)names) : NULL;
}

static const struct
{
  const char *text, *offered;
  gsize start;
} completions[] = {
  { "", "name: kind: state: wait> polls>", 0 },
  { "st", "state:", 0 },
  { "fetch ", "name: kind: state: wait> polls>", 6 },
  { "fetch -st", "state:", 7 },
  { "state:", "running ready blocked resting", 6 },
  { "state:b", "blocked", 6 },
  { "state:blocked,re", "ready resting", 14 },
  { "x name:fetch", "fetch_posts \"fetch user\"", 7 },
  { "name:\"fe", "fetch_posts \"fetch user\"", 5 },
  { "foo:", "", 4 },
  { "wait>", "", 5 },
};

static void
test_completions (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (completions); i++)
    {
      gsize start;
      g_auto (GStrv) offered = ui_query_complete (fields, completions[i].text,
                                                  strlen (completions[i].text), list, NULL, &start);
      g_autofree char *all = g_strjoinv (" ", offered);

      g_assert_cmpstr (all, ==, completions[i].offered);
      g_assert_cmpuint (start, ==, completions[i].start);
    }
}

static void
test_toggle (void)
{
  static const char *const steps[][3] = {
    { "", "state:blocked", "state:blocked" },
    { "fetch", "state:blocked", "fetch state:blocked" },
    { "fetch  state:blocked wait>1s", "state:blocked", "fetch wait>1s" },
    { "state:blocked", "state:blocked", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *text = ui_query_toggle (steps[i][0], steps[i][1]);

      g_assert_cmpstr (text, ==, steps[i][2]);
    }
}

/* What a menu writes finds what it was made of. */
static void
test_terms (void)
{
  static const char *const names[] = { "fetch_posts", "Fetch user", "a,b", "what?", "-x", "" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *term = ui_query_dup_term ("name", "=", names[i]);
      g_autoptr (UiQuery) query = ui_query_new (fields, term, NULL);
      const Thing thing = { names[i] };

      if (*names[i] == '\0')
        continue;
      g_assert_nonnull (query);
      g_assert_true (ui_query_match (query, get, (gpointer)&thing));
      g_assert_false (ui_query_match (query, get, (gpointer)&things[2]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/query/matches", test_matches);
  g_test_add_func ("/query/refusals", test_refusals);
  g_test_add_func ("/query/equal-texts", test_equal_texts);
  g_test_add_func ("/query/questions", test_questions);
  g_test_add_func ("/query/completions", test_completions);
  g_test_add_func ("/query/toggle", test_toggle);
  g_test_add_func ("/query/terms", test_terms);
  return g_test_run ();
}
