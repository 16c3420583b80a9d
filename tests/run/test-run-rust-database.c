/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What tasks of Rust wait for that ask a database: the query, and who has the connections of a pool. */

#include "cargo.h"
#include "fixture.h"

#define PROJECT "rust-database"

static char *why_skipped; /* NULL: it is built */

static const RunCargoWait waits[] = {
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

static gboolean
has_waits (JsonObject *target)
{
  static const char *const lists[] = { "stuck", "pending", NULL };

  return run_cargo_has_waits (target, PROJECT, lists, waits, G_N_ELEMENTS (waits));
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
