/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who holds what a task of Rust waits for: guards that lie in what a variable owns, permits of semaphores,
 * and guards that only a stack has. */

#include "cargo.h"
#include "fixture.h"

#include <string.h>

#define PROJECT "rust"
/* tests/apps/rust/src/guards.rs */
#define GUARDS "rust/src/guards.rs"

static char *why_skipped; /* NULL: they are built */

static void
see (const char *scenario, RunSeenFunc is_seen)
{
  g_autofree char *program = run_cargo_program (PROJECT, "waits");

  if (why_skipped != NULL)
    g_test_skip (why_skipped);
  else
    g_assert_true (run_cargo_see (PROGRAM (program, scenario, "2", "120"), is_seen));
}

static JsonObject *
find_task (JsonObject *target, const char *name)
{
  JsonArray *stuck = json_object_get_array_member (target, "stuck");

  for (guint i = 0; i < json_array_get_length (stuck); i++)
    {
      JsonObject *task = json_array_get_object_element (stuck, i);

      if (g_str_equal (json_object_get_string_member_with_default (task, "began_in", ""), name))
        return task;
    }
  return NULL;
}

static gboolean
is_behind (JsonObject *target, const char *name, const char *text)
{
  JsonObject *task = find_task (target, name);

  return task != NULL &&
         strstr (json_object_get_string_member_with_default (task, "behind", ""), text) != NULL;
}

/* ---- Guards in what a variable owns ------------------------------------------------------------------ */

static gboolean
has_holders (JsonObject *target)
{
  static const char *const things[] = { "vec",   "deque", "map",   "option", "box",
                                        "slice", "tuple", "array", "depth",  "tree",
                                        "arc",   "arcs",  "rc" };

  for (guint i = 0; i < G_N_ELEMENTS (things); i++)
    {
      g_autofree char *waiter = g_strconcat ("want_of_", things[i], NULL);
      g_autofree char *holder = g_strconcat ("held by hold_in_", things[i], " (", NULL);

      if (!is_behind (target, waiter, holder))
        return FALSE;
    }
  return TRUE;
}

static void
test_guards_in_what_is_owned (void)
{
  see ("holders", has_holders);
}

/* ---- Guards on the stack of a thread -------------------------------------------------------------------- */

static gboolean
is_unknown (JsonObject *target)
{
  return is_behind (target, "want_of_blocked", "who holds it is not known");
}

static void
test_a_guard_on_a_stack_is_not_known (void)
{
  see ("blocked", is_unknown);
}

/* ---- A guard that anybody could take ------------------------------------------------------------------ */

static gboolean
has_none (JsonObject *target)
{
  return is_behind (target, "want_of_parked", "who holds it is not known");
}

static void
test_a_guard_in_a_cell_that_is_shared_is_nobodys (void)
{
  see ("parked", has_none);
}

/* ---- Deadlocks ------------------------------------------------------------------------------------------ */

/* Where @label is in the source, "guards.rs:12". */
static char *
dup_place (const char *label)
{
  g_autofree char *path = run_app_source (GUARDS);
  g_autofree char *marker = g_strdup_printf ("// AWAIT: %s\n", label);
  g_autofree char *text = NULL;
  const char *at;
  guint line = 1;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  at = strstr (text, marker);
  g_assert_nonnull (at);
  for (const char *c = text; c < at; c++)
    line += *c == '\n';
  return g_strdup_printf ("guards.rs:%u", line);
}

static const char *
get_place (JsonObject *evidence, const char *member)
{
  JsonObject *thing = json_object_get_object_member (evidence, member);

  return json_object_get_string_member (json_object_get_object_member (thing, "at"), "place");
}

/* Two tasks, each of which holds what the other wants. */
static gboolean
has_deadlock (JsonObject *target, const char *certainty, const char *taken, const char *wanted)
{
  g_autofree char *taken_at = dup_place (taken);
  g_autofree char *wanted_at = dup_place (wanted);
  JsonArray *findings = json_object_get_array_member (target, "findings");

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);
      JsonArray *evidence = json_object_get_array_member (finding, "evidence");

      if (!g_str_equal (json_object_get_string_member (finding, "kind"), "deadlock"))
        continue;
      g_assert_cmpstr (json_object_get_string_member (finding, "certainty"), ==, certainty);
      g_assert_cmpuint (json_array_get_length (evidence), >=, 2);
      for (guint j = 0; j < 2; j++)
        {
          JsonObject *one = json_array_get_object_element (evidence, j);

          g_assert_cmpstr (get_place (one, "holds"), ==, taken_at);
          g_assert_cmpstr (get_place (one, "wants"), ==, wanted_at);
        }
      return TRUE;
    }
  return FALSE;
}

static gboolean
has_deadlock_of_vectors (JsonObject *target)
{
  return has_deadlock (target, "certain", "vec-first", "vec-second");
}

static gboolean
has_deadlock_of_permits (JsonObject *target)
{
  return has_deadlock (target, "inferred", "permit-first", "permit-second");
}

static gboolean
has_no_deadlock (JsonObject *target)
{
  JsonArray *pending = json_object_get_array_member (target, "pending");
  JsonArray *others = json_object_get_array_member (target, "others");

  g_assert_null (find_task (target, "take_or_give"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (target, "findings")), ==,
                    0);
  return json_array_get_length (pending) + json_array_get_length (others) > 2;
}

static void
test_a_deadlock_of_guards_in_vectors (void)
{
  see ("vectors", has_deadlock_of_vectors);
}

static void
test_a_deadlock_of_permits_is_inferred (void)
{
  see ("permits", has_deadlock_of_permits);
}

/* One of those who hold a permit waits for something else. */
static void
test_permits_that_come_back_are_no_deadlock (void)
{
  see ("permits-to-come", has_no_deadlock);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins"));
  g_test_add_func ("/run/rust-holders/guards-in-what-is-owned", test_guards_in_what_is_owned);
  g_test_add_func ("/run/rust-holders/a-guard-on-a-stack-is-not-known",
                   test_a_guard_on_a_stack_is_not_known);
  g_test_add_func ("/run/rust-holders/a-guard-in-a-cell-that-is-shared-is-nobodys",
                   test_a_guard_in_a_cell_that_is_shared_is_nobodys);
  g_test_add_func ("/run/rust-holders/a-deadlock-of-guards-in-vectors",
                   test_a_deadlock_of_guards_in_vectors);
  g_test_add_func ("/run/rust-holders/a-deadlock-of-permits-is-inferred",
                   test_a_deadlock_of_permits_is_inferred);
  g_test_add_func ("/run/rust-holders/permits-that-come-back-are-no-deadlock",
                   test_permits_that_come_back_are_no_deadlock);
  return g_test_run ();
}
