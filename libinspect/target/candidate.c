/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/candidate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target/attachable.h"
#include "target/image.h"
#include "target/linked.h"
#include "target/mappings.h"
#include "target/target-private.h"

#define MAX_RUNTIMES 62u

struct _TargetSurvey
{
  GPtrArray *runtimes;
  GHashTable *files; /* FileKey -> mask of the runtimes that it tells of */
};

/* ---- Files ------------------------------------------------------------------------------------ */

typedef struct
{
  guint64 device, inode, size;
  gint64 seconds, nanoseconds;
} FileKey;

static guint
file_key_hash (gconstpointer data)
{
  const FileKey *key = data;

  return (guint)(key->inode * 31 + key->device + (guint64)key->nanoseconds);
}

static gboolean
file_key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (FileKey)) == 0;
}

/* libc has to do with threads in any program; what counts is whether others have. The agent decides
 * by the same rule (agent/runtimes.c). */
static gboolean
is_of_libc (const char *name)
{
  static const char *const prefixes[] = {
    "libc.so.",   "libc-2.",     "libpthread", "libdl.so.",      "libdl-2.",
    "librt.so.",  "librt-2.",    "libm.so.",   "libm-2.",        "libresolv",
    "libnss_",    "libutil.so.", "ld-linux",   "ld-2.",          "libthread_db",
    "libanl.so.", "ld-musl-",    "libc.musl-", "libinspect.so.",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
defines_one (const TargetImage *image, char **symbols)
{
  guint64 address;

  for (guint i = 0; symbols[i] != NULL; i++)
    if (target_image_lookup (image, symbols[i], &address))
      return TRUE;
  return FALSE;
}

/* Of a runtime in it that no agent finds. */
#define NAMELESS (G_GUINT64_CONSTANT (1) << 63)
#define MERGED (G_GUINT64_CONSTANT (1) << 62)

/* What many use counts where the data says for what. */
static gboolean
uses_one (const TargetImage *image, const TargetRuntime *runtime)
{
  return target_image_imports (image, runtime->imports) &&
         (runtime->texts == NULL || runtime->texts[0] == NULL ||
          target_image_has_text (image, runtime->texts));
}

/* Others call it, however it was optimised itself. */
static gboolean
is_library_of (const TargetRuntime *runtime, const char *name)
{
  for (guint i = 0; runtime->libraries != NULL && runtime->libraries[i] != NULL; i++)
    if (g_str_has_prefix (name, runtime->libraries[i]))
      return TRUE;
  return FALSE;
}

static guint64
find_runtimes (TargetSurvey *survey, const TargetImage *image, const char *name)
{
  gboolean may_import = !is_of_libc (name);
  guint64 mask = 0;

  for (guint i = 0; i < survey->runtimes->len && i < MAX_RUNTIMES; i++)
    {
      const TargetRuntime *runtime = survey->runtimes->pdata[i];

      TargetLinked linked = TARGET_LINKED_NAMED;

      if (defines_one (image, runtime->symbols))
        linked = !is_library_of (runtime, name) && target_linked_is_merged (image, runtime)
                     ? TARGET_LINKED_MERGED
                     : TARGET_LINKED_NAMED;
      else if (!(may_import && uses_one (image, runtime)))
        linked = target_linked_find (image, runtime);
      if (linked == TARGET_LINKED_NAMED)
        mask |= G_GUINT64_CONSTANT (1) << i;
      if (linked == TARGET_LINKED_NAMELESS)
        mask |= NAMELESS;
      if (linked == TARGET_LINKED_MERGED)
        mask |= MERGED;
    }
  return mask;
}

/* Files that have gone, which libraries do when they are brought up to date, are read from memory. */
static guint64
look_at_memory (TargetSurvey *survey, int pid, const TargetMapping *mapping, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", pid);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  TargetImage image;
  guint64 mask = 0;

  if (fd < 0)
    return 0;
  if (target_image_init_memory (&image, fd, mapping->begin))
    mask = find_runtimes (survey, &image, name);
  close (fd);
  return mask;
}

static guint64
look_at_object (TargetSurvey *survey, int pid, const TargetMapping *mapping)
{
  g_autofree char *name = target_mapping_dup_name (mapping);
  struct stat status;
  int fd = target_mapping_open_file (mapping, pid);
  const guint64 *known;
  TargetImage image;
  guint64 mask = 0;
  FileKey key;

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      if (fd >= 0)
        close (fd);
      return look_at_memory (survey, pid, mapping, name);
    }
  memset (&key, 0, sizeof key);
  key = (FileKey){ status.st_dev, status.st_ino, (guint64)status.st_size, status.st_mtim.tv_sec,
                   status.st_mtim.tv_nsec };
  known = g_hash_table_lookup (survey->files, &key);
  if (known != NULL)
    mask = *known;
  else
    {
      if (target_image_init_file (&image, fd))
        mask = find_runtimes (survey, &image, name);
      g_hash_table_insert (survey->files, g_memdup2 (&key, sizeof key),
                           g_memdup2 (&mask, sizeof mask));
    }
  close (fd);
  return mask;
}

/* ---- Processes -------------------------------------------------------------------------------- */

static void
take_runtimes (TargetSurvey *survey, TargetCandidate *candidate, const GPtrArray *mappings)
{
  guint64 mask = 0;

  for (guint i = 0; i < mappings->len; i++)
    if (target_mapping_is_object (mappings->pdata[i]))
      {
        guint64 found = look_at_object (survey, candidate->pid, mappings->pdata[i]);

        mask |= found;
        if ((found & (NAMELESS | MERGED)) != 0 && candidate->hidden == NULL)
          {
            candidate->hidden = target_mapping_dup_name (mappings->pdata[i]);
            candidate->hidden_how =
                (found & NAMELESS) != 0 ? TARGET_LINKED_NAMELESS : TARGET_LINKED_MERGED;
          }
      }
  for (guint i = 0; i < survey->runtimes->len && i < MAX_RUNTIMES; i++)
    if ((mask >> i & 1) != 0)
      g_ptr_array_add (candidate->runtimes, survey->runtimes->pdata[i]);
}

static guint
get_owner (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = target_proc_read (path, 4096, NULL);
  const char *uid = text != NULL ? strstr (text, "\nUid:\t") : NULL;

  return uid != NULL ? (guint)g_ascii_strtoull (uid + strlen ("\nUid:\t"), NULL, 10) : G_MAXUINT;
}

TargetCandidate *
target_survey_look (TargetSurvey *survey, int pid)
{
  g_autoptr (GPtrArray) mappings = NULL;
  TargetProcess process = { 0 };
  TargetCandidate *candidate;

  if (!target_facts_get_process (pid, &process))
    return NULL;
  mappings = target_mappings_read (pid);
  candidate = g_new0 (TargetCandidate, 1);
  *candidate = (TargetCandidate){
    .pid = pid,
    .uid = get_owner (pid),
    .start_ticks = process.start_ticks,
    .command = g_steal_pointer (&process.command),
    .executable = g_steal_pointer (&process.executable),
    .runtimes = g_ptr_array_new (),
    .refusal = target_attachable_dup_refusal (pid, mappings),
    .is_inspected = target_attachable_is_inspected (pid, mappings),
  };
  target_process_clear (&process);
  if (mappings != NULL)
    take_runtimes (survey, candidate, mappings);
  return candidate;
}

static int
compare_pids (gconstpointer a, gconstpointer b)
{
  return *(const int *)a - *(const int *)b;
}

static GArray *
list_pids (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc", 0, NULL);
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (int));
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      int pid = g_ascii_isdigit (*name) ? (int)g_ascii_strtoll (name, NULL, 10) : 0;

      if (pid > 0)
        g_array_append_val (pids, pid);
    }
  g_array_sort (pids, compare_pids);
  return pids;
}

GPtrArray *
target_survey_look_at_all (TargetSurvey *survey, gboolean of_all_users, GCancellable *cancellable)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func ((GDestroyNotify)target_candidate_free);
  g_autoptr (GArray) pids = list_pids ();

  for (guint i = 0; i < pids->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      int pid = g_array_index (pids, int, i);
      TargetCandidate *candidate;

      if (pid == getpid () || (!of_all_users && get_owner (pid) != geteuid ()) ||
          target_attachable_is_kernel_thread (pid))
        continue;
      candidate = target_survey_look (survey, pid);
      if (candidate != NULL)
        g_ptr_array_add (candidates, candidate);
    }
  return candidates;
}

void
target_candidate_free (TargetCandidate *candidate)
{
  if (candidate == NULL)
    return;
  g_free (candidate->command);
  g_free (candidate->hidden);
  g_free (candidate->executable);
  g_free (candidate->refusal);
  g_ptr_array_unref (candidate->runtimes);
  g_free (candidate);
}

TargetSurvey *
target_survey_new (GPtrArray *runtimes)
{
  TargetSurvey *survey = g_new0 (TargetSurvey, 1);

  survey->runtimes = g_ptr_array_ref (runtimes);
  survey->files = g_hash_table_new_full (file_key_hash, file_key_equal, g_free, g_free);
  return survey;
}

void
target_survey_free (TargetSurvey *survey)
{
  if (survey == NULL)
    return;
  g_ptr_array_unref (survey->runtimes);
  g_hash_table_unref (survey->files);
  g_free (survey);
}
