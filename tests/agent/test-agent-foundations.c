/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the agent stands on: its hook table, its lock, and how it learns what a page allows. */

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib.h>

#include "agent/hooks.h"
#include "agent/lock.h"
#include "agent/memory.h"
#include "agent/object.h"

static AgentHook
make_hook (const char *name, gsize number)
{
  return (AgentHook){ .name = name,
                      .hash = agent_object_hash_name (name),
                      .replacement = GSIZE_TO_POINTER (number) };
}

/* "name-7" is replaced by 7, its original is NULL. */
static void
test_hooks_in_front_of_each_other (void)
{
  AgentHook hook = make_hook ("name-7", 1000);
  const AgentHook *found;

  /* Who comes second stands in front of the first, and slots that have the first are known. */
  g_assert_true (agent_hooks_add (&hook, 1));
  found = agent_hooks_find ("name-7");
  g_assert_cmpuint (GPOINTER_TO_SIZE (found->replacement), ==, 1000);
  g_assert_true (agent_hook_replaces_by (found, GSIZE_TO_POINTER (1000)));
  g_assert_true (agent_hook_replaces_by (found, GSIZE_TO_POINTER (7)));
  g_assert_false (agent_hook_replaces_by (found, GSIZE_TO_POINTER (8)));

  /* Nor is it taken away by who means another function of that name, */
  hook = make_hook ("name-7", 2000);
  hook.original = &hook;
  g_assert_true (agent_hooks_add (&hook, 1));
  g_assert_cmpuint (GPOINTER_TO_SIZE (agent_hooks_find ("name-7")->replacement), ==, 1000);

  /* and what the loader has for itself is not shared. */
  hook = make_hook ("loader", 1);
  hook.runtime = AGENT_HOOK_OF_LOADER;
  g_assert_true (agent_hooks_add (&hook, 1));
  hook = make_hook ("loader", 2);
  g_assert_true (agent_hooks_add (&hook, 1));
  g_assert_cmpuint (GPOINTER_TO_SIZE (agent_hooks_find ("loader")->replacement), ==, 1);
}

static void
test_hooks (void)
{
  enum
  {
    N = 700
  };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  AgentHook hook;

  g_assert_null (agent_hooks_find ("name-1"));
  g_assert_cmpuint (agent_hooks_get_generation (), ==, 0);
  for (gsize i = 1; i <= N; i++)
    {
      guint before = agent_hooks_get_generation ();

      g_ptr_array_add (names, g_strdup_printf ("name-%" G_GSIZE_FORMAT, i));
      hook = make_hook (names->pdata[i - 1], i);
      g_assert_true (agent_hooks_add (&hook, 1));
      g_assert_cmpuint (agent_hooks_get_generation (), !=, before);
    }
  for (gsize i = 1; i <= N; i++)
    {
      const AgentHook *found = agent_hooks_find (names->pdata[i - 1]);

      g_assert_nonnull (found);
      g_assert_cmpuint (GPOINTER_TO_SIZE (found->replacement), ==, i);
    }
  g_assert_null (agent_hooks_find ("name-0"));
  g_assert_null (agent_hooks_find (""));

  test_hooks_in_front_of_each_other ();

  agent_hooks_clear ();
  g_assert_null (agent_hooks_find ("name-1"));
}

static void
test_lock (void)
{
  AgentLock lock = { 0 };
  int status = 0;
  pid_t child;

  g_assert_true (agent_lock_try (&lock));
  /* A signal handler on top of its holder, or another thread, goes on without it. */
  g_assert_false (agent_lock_try (&lock));

  /* The child's copy is held by nobody: its holder stayed in the parent. */
  child = fork ();
  if (child == 0)
    {
      gboolean taken = agent_lock_try (&lock) && !agent_lock_try (&lock);

      agent_lock_release (&lock);
      _exit (taken && agent_lock_try (&lock) ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);

  g_assert_false (agent_lock_try (&lock));
  agent_lock_release (&lock);
  g_assert_true (agent_lock_try (&lock));
}

static void
test_probe (void)
{
  gsize page = agent_memory_page_size ();
  guint32 *word = mmap (NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  guintptr address = (guintptr)word;

  g_assert_true (word != MAP_FAILED);
  *word = 0x12345678;
  g_assert_cmpint (agent_memory_probe (address), ==, AGENT_MEMORY_WRITABLE);
  g_assert_cmphex (*word, ==, 0x12345678);
  mprotect (word, page, PROT_READ);
  g_assert_cmpint (agent_memory_probe (address), ==, AGENT_MEMORY_PROTECTED);
  g_assert_cmphex (*word, ==, 0x12345678);
  mprotect (word, page, PROT_READ | PROT_WRITE);
  g_assert_cmpint (agent_memory_probe (address + page - 4), ==, AGENT_MEMORY_WRITABLE);
  munmap (word, page);
  g_assert_cmpint (agent_memory_probe (address), ==, AGENT_MEMORY_PROTECTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/hooks", test_hooks);
  g_test_add_func ("/agent/lock/is-only-tried-and-not-inherited", test_lock);
  g_test_add_func ("/agent/memory/probe-changes-nothing", test_probe);
  return g_test_run ();
}
