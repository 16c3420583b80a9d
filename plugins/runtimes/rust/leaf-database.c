/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "leaf.h"

#include <string.h>

/* Queries of sqlx and tokio-postgres. The text of one is an argument of the functions of these libraries on the way to
 * where the answer is waited for: a &str, which stays what it is when it is handed on. What is bound to its
 * parameters is not looked at. */

/* By the functions around: which database, and that they are such. */
static const struct
{
  const char *scope, *database;
} databases[] = {
  { "sqlx_postgres::", "PostgreSQL" },
  { "tokio_postgres::", "PostgreSQL" },
  { "sqlx_mysql::", "MySQL" },
};

static const char *const names[] = { "sql", "query", "statement" };

static const char *
get_database (const RustWalk *walk)
{
  for (guint i = 0; i < G_N_ELEMENTS (databases); i++)
    if (rust_find_frame (walk, databases[i].scope) != NULL)
      return databases[i].database;
  return NULL;
}

/* On one line, as programs write a long one on several. */
static const char *
dup_query (RustWalk *walk, DebugValue value)
{
  g_autoptr (GString) query = g_string_new (NULL);
  const char *text = rust_leaf_dup_text (walk, value);
  gboolean is_apart = FALSE;

  for (const char *at = text; *at != '\0'; at++)
    {
      gboolean is_escape = at[0] == '\\' && at[1] != '\0';

      if (*at == ' ' || (is_escape && strchr ("nrt", at[1]) != NULL))
        is_apart = query->len > 0;
      else
        {
          if (is_apart)
            g_string_append_c (query, ' ');
          is_apart = FALSE;
          if (is_escape && strchr ("\"'\\", at[1]) == NULL)
            g_string_append_c (query, *at);
          g_string_append_c (query, is_escape ? at[1] : *at);
        }
      at += is_escape;
    }
  return g_string_chunk_insert (walk->texts, query->str);
}

/* (nullable): the innermost one that is known as text. */
static const char *
find_query (RustWalk *walk)
{
  for (guint i = walk->n_frames; i-- > 0;)
    {
      const RustFrame *frame = &walk->frames[i];

      if (!frame->plan->is_library)
        continue;
      for (guint j = 0; j < G_N_ELEMENTS (names); j++)
        {
          DebugValue value;

          if (debug_value_get_member (frame->form, names[j], &value) &&
              g_str_equal (value.type->name, "&str"))
            return dup_query (walk, value);
        }
    }
  return NULL;
}

static void
say (RustWalk *walk, RustAwait *await, const char *database)
{
  const char *query = await != NULL ? find_query (walk) : NULL;

  if (await == NULL)
    return;
  if (query == NULL || *query == '\0')
    await->kind = &rust_await_database_unnamed;
  else
    rust_await_add_text (await, &rust_key_query, query);
  rust_await_add_text (await, &rust_key_database, database);
}

/* What sqlx reads from a connection. */
gboolean
rust_leaf_database_read (RustWalk *walk, DebugValue value, guint depth)
{
  const char *database = get_database (walk);
  guint n = walk->awaits->len;

  if (database == NULL)
    return rust_leaf_descriptor_as (walk, value, &rust_await_read);
  if (!rust_leaf_descriptor_as (walk, value, &rust_await_database))
    rust_walk_add (walk, &rust_await_database, value.address);
  if (walk->awaits->len > n)
    say (walk, walk->awaits->pdata[n], database);
  return TRUE;
}

/* What the task that has the connection will hand to who has sent a query. */
gboolean
rust_leaf_database_answer (RustWalk *walk, DebugValue value, guint depth)
{
  say (walk, rust_walk_add (walk, &rust_await_database, value.address), "PostgreSQL");
  return TRUE;
}

/* That task. */
gboolean
rust_leaf_database_connection (RustWalk *walk, DebugValue value, guint depth)
{
  guint n = walk->awaits->len;

  if (!rust_leaf_descriptor_as (walk, value, &rust_await_database_connection))
    rust_walk_add (walk, &rust_await_database_connection, value.address);
  if (walk->awaits->len > n)
    rust_await_add_text (walk->awaits->pdata[n], &rust_key_database, "PostgreSQL");
  return TRUE;
}
