/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks of Rust wait for that ask a database: the query, and who has the connections of a pool. */

#include "cargo.h"
#include "fixture.h"

#define PROJECT "rust-database"

static char *why_skipped; /* NULL: it is built */

typedef struct
{
  const char *task; /* where it began, or what it is called */
  const char *waits_for;
  const char *label;  /* (nullable): of the line */
  const char *behind; /* (nullable): what else is said of it */
} Wait;

static const Wait waits[] = {
  { "sqlx_query",
    "for an answer of PostgreSQL to SELECT name FROM users WHERE name <> \"x\" AND id = $1",
    "sqlx_query" },
  { "hold_connection", "a timer due in *", "hold_connection" },
  { "want_connection", "for a connection of a pool of 1 → hold_connection: a timer due in *",
    "want_connection", "connection pool *, held by hold_connection (task *" },
  { "want_transaction", "for a connection of a pool of 1 → hold_connection: a timer due in *",
    "want_transaction", "connection pool *, held by hold_connection (task *" },
  { "pg_query", "for an answer of PostgreSQL to SELECT balance FROM accounts", "pg_query" },
  { "pg_simple", "for an answer of PostgreSQL to VACUUM", "pg_simple" },
  { "Connection<Socket, NoTlsStream>", "for what PostgreSQL sends, or is to be sent" },
};

static const char *
get_text (JsonObject *task, const char *name)
{
  return json_object_get_string_member_with_default (task, name, "");
}

static gboolean
is_wait (JsonObject *task, const Wait *wait)
{
  g_autofree char *marker = wait->label != NULL ? g_strconcat ("AWAIT: ", wait->label, NULL) : NULL;
  g_autofree char *place = wait->label != NULL ? run_cargo_place (PROJECT, "src", marker) : NULL;

  return (g_str_equal (get_text (task, "began_in"), wait->task) ||
          g_str_equal (get_text (task, "name"), wait->task)) &&
         g_pattern_match_simple (wait->waits_for, get_text (task, "waits_for")) &&
         (place == NULL || g_str_equal (get_text (task, "place"), place)) &&
         (wait->behind == NULL || g_pattern_match_simple (wait->behind, get_text (task, "behind")));
}

static gboolean
has_wait (JsonObject *target, const Wait *wait)
{
  static const char *const lists[] = { "stuck", "pending" };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      JsonArray *tasks = json_object_get_array_member (target, lists[i]);

      for (guint j = 0; j < json_array_get_length (tasks); j++)
        if (is_wait (json_array_get_object_element (tasks, j), wait))
          return TRUE;
    }
  g_test_message ("not seen: %s, %s", wait->task, wait->waits_for);
  return FALSE;
}

static gboolean
has_waits (JsonObject *target)
{
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    if (!has_wait (target, &waits[i]))
      return FALSE;
  return TRUE;
}

static void
test_queries_and_who_has_the_connections (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "database");

  if (!run_cargo_is_missing (why_skipped))
    g_assert_true (run_cargo_see (PROGRAM (program, "queries", "2", "200"), has_waits));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins"));
  g_test_add_func ("/run/rust-database/queries-and-who-has-the-connections",
                   test_queries_and_who_has_the_connections);
  return g_test_run ();
}
