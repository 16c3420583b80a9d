/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "debuginfo/rust.h"

#include "plan.h"

/* Which types of tasks the runtime plugin "rust-live" follows, as it shows in the program: a word of the table of
 * each leads to the plugin. */

#define PLUGIN "/rust-live.so"

static gboolean
is_in_plugin (const InspectorProbeTarget *target, guint64 address)
{
  for (guint i = 0; i < target->n_modules; i++)
    if (address >= target->modules[i].start && address < target->modules[i].end)
      return g_str_has_suffix (target->modules[i].path, PLUGIN);
  return FALSE;
}

static gboolean
is_followed (const InspectorProbeTarget *target, const RustLayout *layout)
{
  const DebugMember *poll =
      debug_type_find_member (layout->functions, layout->of == RUST_ENTRY_TOKIO ? "poll" : "run");
  guint64 word;

  return poll != NULL &&
         target->read (target->data, layout->table + poll->offset, &word, sizeof word) &&
         is_in_plugin (target, word);
}

static char *
dup_name (const RustLayout *layout)
{
  DebugType *future = layout->of == RUST_ENTRY_TOKIO ? layout->running_future : layout->future;
  const RustPlan *plan = rust_plan_get (future);

  if (rust_job_is_one (future))
    return rust_job_dup_name (future);
  return plan->is_coroutine ? g_strdup (plan->function) : debug_rust_dup_short_name (future->name);
}

/* Of the names the first one in the alphabet: the same each time. */
static void
note (const RustLayout *layout, char **first)
{
  g_autofree char *name = dup_name (layout);

  if (*first != NULL && strcmp (*first, name) <= 0)
    return;
  g_free (*first);
  *first = g_steal_pointer (&name);
}

static gboolean
has_plugin (const InspectorProbeTarget *target)
{
  for (guint i = 0; i < target->n_modules; i++)
    if (g_str_has_suffix (target->modules[i].path, PLUGIN))
      return TRUE;
  return FALSE;
}

/* The plugin is there, and will never begin: of no type it would be told what it can follow. */
static char *
dup_none_followed (GPtrArray *programs, const InspectorProbeTarget *target)
{
  g_autoptr (GBytes) told = has_plugin (target) ? rust_live_describe (programs, target) : NULL;

  if (told != NULL || !has_plugin (target))
    return NULL;
  return g_strdup (
      _ ("no task of Rust is followed as it is polled: the program's tables of tasks are of a form "
         "that this release does not know; what tasks wait for is seen all the same, as with "
         "“async-inspect attach --look”"));
}

char *
rust_dup_unfollowed (GPtrArray *programs, const InspectorProbeTarget *target)
{
  g_autofree char *first = NULL;
  guint n_followed = 0, n_others = 0;

  for (guint i = 0; i < programs->len; i++)
    {
      GHashTableIter iter;
      gpointer layout;

      g_hash_table_iter_init (&iter, ((RustProgram *)programs->pdata[i])->layouts);
      while (g_hash_table_iter_next (&iter, NULL, &layout))
        if (((RustLayout *)layout)->is_internal)
          continue;
        else if (is_followed (target, layout))
          n_followed++;
        else
          {
            note (layout, &first);
            n_others++;
          }
    }
  if (n_others == 0)
    return NULL;
  if (n_followed == 0)
    return dup_none_followed (programs, target);
  if (n_others == 1)
    return g_strdup_printf (_ ("tasks of %s are not followed as they are polled: what they wait "
                               "for is seen, and no polls"),
                            first);
  return g_strdup_printf (
      ngettext ("tasks of %s and of %u more type are not followed as they are polled: what they "
                "wait for is seen, and no polls",
                "tasks of %s and of %u more types are not followed as they are polled: what they "
                "wait for is seen, and no polls",
                n_others - 1),
      first, n_others - 1);
}
