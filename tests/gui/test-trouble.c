/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the line above the views says: no alarm that may be false without a word that it may be. */

#include "trouble.h"

typedef struct
{
  const char *name;
  const char *target; /* of one in the report */
  const char *text;   /* NULL: nothing is wrong */
  guint64 task;
} Case;

#define STUCK                                                                                      \
  "\"stuck\": [{\"number\": 7, \"name\": \"fetch\", \"waiting_ns\": 2300000000, "                  \
  "\"waits_for\": \"http GET /posts\"}]"
#define DEADLOCK(certainty)                                                                        \
  "\"findings\": [{\"pending\": true, \"title\": \"deadlock: 2 tasks\", \"certainty\": "           \
  "\"" certainty "\", \"evidence\": [{\"task\": 3}]}]"

static const Case cases[] = {
  { "nothing", "\"stuck\": [], \"findings\": []", NULL, 0 },
  { "odd", "\"stuck\": 3, \"findings\": {}, \"inspection\": []", NULL, 0 },
  { "stuck", STUCK, "1 task is stuck: fetch, for 2.3 s, http GET /posts", 7 },
  { "stuck-or-lost", STUCK ", \"inspection\": {\"dropped\": 4}",
    "1 task is stuck, or its end was lost: fetch, for 2.3 s, http GET /posts", 7 },
  { "nothing-lost", STUCK ", \"inspection\": {\"dropped\": 0, \"skipped\": 9}",
    "1 task is stuck: fetch, for 2.3 s, http GET /posts", 7 },
  { "deadlock", DEADLOCK ("certain") ", " STUCK, "Deadlock: 2 tasks", 3 },
  { "deadlock-inferred", DEADLOCK ("inferred"), "Deadlock: 2 tasks (inferred)", 3 },
  { "deadlock-or-lost", DEADLOCK ("inferred") ", \"inspection\": {\"torn\": 1}",
    "Deadlock: 2 tasks (inferred: records were lost)", 3 },
};

static void
test_says (gconstpointer data)
{
  const Case *one = data;
  g_autofree char *report = g_strdup_printf ("{\"stuck\": 1, \"targets\": [{%s}]}", one->target);
  UiTrouble trouble;

  ui_trouble_find_in_json (report, &trouble);
  g_assert_cmpstr (trouble.text, ==, one->text);
  g_assert_cmpuint (trouble.task, ==, one->task);
  ui_trouble_clear (&trouble);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/trouble/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_says);
    }
  return g_test_run ();
}
