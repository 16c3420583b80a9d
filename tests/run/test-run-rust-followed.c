/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the probe of Rust says where the runtime plugin follows some types of tasks and not others. The probe is
 * given a process in which the words of some tables seem to lead to that plugin. */

#include "cargo.h"
#include "fixture.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "target/probed.h"

#define PROJECT "rust"
/* Where the plugin seems to be: no program has anything there. */
#define PLUGIN_BEGIN 0x1000u
#define PLUGIN_END 0x2000u

static char *why_skipped; /* NULL: they are built */

typedef struct
{
  const InspectorProbeTarget *whole;
  GArray *words;       /* guint64: where words that lead to code were read, in order */
  gboolean is_told;    /* more of them may be added */
  guint every;         /* so many of these lead to the plugin: 1 all, 2 every second; 0 none */
  gboolean is_strange; /* none of them leads to code at all */
} Other;

static gboolean
is_code (const Other *self, guint64 address)
{
  for (guint i = 0; i < self->whole->n_regions; i++)
    if (address >= self->whole->regions[i].begin && address < self->whole->regions[i].end)
      return self->whole->regions[i].is_code;
  return FALSE;
}

static int
find_word (const Other *self, guint64 address)
{
  for (guint i = 0; i < self->words->len; i++)
    if (g_array_index (self->words, guint64, i) == address)
      return (int)i;
  return -1;
}

static gboolean
read_other (gpointer data, guint64 address, void *buffer, gsize length)
{
  Other *self = data;
  guint64 word;
  int index;

  if (!self->whole->read (self->whole->data, address, buffer, length))
    return FALSE;
  if (length != sizeof word)
    return TRUE;
  memcpy (&word, buffer, sizeof word);
  index = find_word (self, address);
  if (index < 0 && self->is_told && is_code (self, word))
    g_array_append_val (self->words, address);
  word = PLUGIN_BEGIN + 16;
  if (index >= 0 && self->every > 0 && (guint)index % self->every == 0)
    memcpy (buffer, &word, sizeof word);
  word = 8;
  if (index >= 0 && self->is_strange)
    memcpy (buffer, &word, sizeof word);
  return TRUE;
}

static void
read_many_other (gpointer data, InspectorProbeRead *reads, guint n)
{
  for (guint i = 0; i < n; i++)
    reads[i].is_read = read_other (data, reads[i].address, reads[i].buffer, reads[i].length);
}

static gboolean
is_never_cancelled (gpointer data)
{
  return FALSE;
}

static const InspectorProbe *
load_probe (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("ASYNC_INSPECT_PLUGIN_PATH"), "rust", "rust.so", NULL);
  void *module = dlopen (path, RTLD_NOW);
  const InspectorProbe *probe = module != NULL ? dlsym (module, INSPECTOR_PROBE_SYMBOL) : NULL;

  if (probe == NULL)
    g_error ("%s: %s", path, dlerror ());
  return probe;
}

/* What it warns of, where that plugin seems to be. */
static char *
dup_warning (const InspectorProbe *probe, Other *other, guint every)
{
  g_autofree InspectorProbeModule *modules =
      g_new0 (InspectorProbeModule, other->whole->n_modules + 1);
  InspectorProbeTarget target = *other->whole;
  g_autofree char *detail = NULL;
  char *warning = NULL;
  gpointer opened;

  memcpy (modules, other->whole->modules, other->whole->n_modules * sizeof *modules);
  modules[target.n_modules++] = (InspectorProbeModule){ .path = "/usr/lib/rust-live/rust-live.so",
                                                        .name = "rust-live.so",
                                                        .start = PLUGIN_BEGIN,
                                                        .end = PLUGIN_END };
  target.modules = modules;
  target.data = other;
  target.read = read_other;
  target.read_many = read_many_other;
  target.is_cancelled = is_never_cancelled;
  other->every = every;
  opened = probe->open (&target, &detail, &warning);
  g_assert_nonnull (opened);
  probe->close (opened);
  return warning;
}

static void
test_types_that_are_not_followed (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "waits");
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (TargetProbed) probed = NULL;
  g_autofree char *some = NULL;
  g_autofree char *none = NULL;
  const InspectorProbe *probe;
  Other other = { .is_told = TRUE };

  if (why_skipped != NULL)
    {
      g_test_skip (why_skipped);
      return;
    }
  probe = load_probe ();
  process = run_cargo_start (program, "waits", "60");
  probed = target_probed_new (atoi (g_subprocess_get_identifier (process)), NULL);
  other.whole = target_probed_look (probed);
  if (other.whole == NULL || other.whole->n_modules == 0)
    g_test_skip ("the memory of a child cannot be read here");
  else
    {
      other.words = g_array_new (FALSE, FALSE, sizeof (guint64));
      g_assert_null (dup_warning (probe, &other, 0));
      other.is_told = FALSE;
      g_assert_cmpuint (other.words->len, >=, 17);
      g_assert_null (dup_warning (probe, &other, 1));
      some = dup_warning (probe, &other, 2);
      g_test_message ("%s", some);
      g_assert_nonnull (some);
      g_assert_true (g_str_has_prefix (some, "tasks of "));
      g_assert_nonnull (strstr (some, "are not followed as they are polled"));
      other.is_strange = TRUE;
      none = dup_warning (probe, &other, 0);
      g_test_message ("%s", none);
      g_assert_nonnull (none);
      g_assert_nonnull (strstr (none, "no task of Rust is followed"));
      g_assert_nonnull (strstr (none, "attach --look"));
      g_array_unref (other.words);
    }
  /* The signal is sent by another thread. */
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins"));
  g_test_add_func ("/run/rust-followed/types-that-are-not", test_types_that_are_not_followed);
  return g_test_run ();
}
