/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "agent/attachment.h"
#include "agent/known-layout.h"
#include "target/answer.h"
#include "target/injector.h"
#include "target/known-symbols.h"
#include "target/target-private.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif
#define LIBRARY "libinspect.so.0"
#define FD_PATH "/proc/self/fd/"

/* ---- Files ------------------------------------------------------------------------------------ */

static guint
get_uid (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d", pid);
  struct stat status;

  return stat (path, &status) == 0 ? status.st_uid : G_MAXUINT;
}

/* The same file, at the same path, for the process as for us. */
static gboolean
is_seen (int pid, const char *path)
{
  g_autofree char *theirs = g_strdup_printf ("/proc/%d/root%s", pid, path);
  struct stat ours, seen;

  return stat (path, &ours) == 0 && stat (theirs, &seen) == 0 && ours.st_dev == seen.st_dev &&
         ours.st_ino == seen.st_ino;
}

static int
copy_to_memfd (const char *path, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = NULL;
  int from = open (path, O_RDONLY | O_CLOEXEC), to;
  struct stat status;
  off_t offset = 0;

  /* So that it is recognised in /proc/PID/maps. */
  shown = g_str_has_prefix (name, "libasync-inspect-") ? g_strdup (name + strlen ("lib"))
                                                       : g_strconcat ("async-inspect-", name, NULL);
  to = memfd_create (shown, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (to < 0 && errno == EINVAL)
    to = memfd_create (shown, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (from >= 0 && to >= 0 && fstat (from, &status) == 0)
    while (offset < status.st_size && sendfile (to, from, &offset, (gsize)status.st_size) > 0)
      ;
  if (from < 0 || to < 0 || offset == 0 || offset < status.st_size ||
      fcntl (to, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED, _ ("%s cannot be copied (%s)"), path,
                   g_strerror (errno));
      if (to >= 0)
        close (to);
      to = -1;
    }
  if (from >= 0)
    close (from);
  return to;
}

/* How the process opens that file; a memfd of it goes with the message where that is needed. */
static gboolean
append_file (TargetParcel *parcel, GString *to, const char *path, GError **error)
{
  int fd;

  if (parcel->sees_our_files)
    {
      g_string_append (to, path);
      return TRUE;
    }
  fd = copy_to_memfd (path, error);
  if (fd < 0)
    return FALSE;
  g_array_append_val (parcel->fds, fd);
  g_string_append (to, FD_PATH);
  for (guint i = 0; i < BOOTSTRAP_FD_WIDTH; i++)
    g_string_append_c (to, i == 0 ? BOOTSTRAP_FD_MARK : '/');
  return TRUE;
}

/* libinspect.so.0, as the agent finds it: beside it, one folder up, or, in a build tree, where the linker
 * was told. */
static char *
find_library (const char *agent)
{
  static const char *const folders[] = { ".", "..", "../emit", "../../libinspect/emit" };
  g_autofree char *folder = g_path_get_dirname (agent);

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      char *path = g_build_filename (folder, folders[i], LIBRARY, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return path;
      g_free (path);
    }
  return NULL;
}

/* ---- The message ------------------------------------------------------------------------------ */

guint32
target_parcel_append_text (TargetParcel *parcel, const char *text)
{
  guint32 offset = (guint32)(sizeof (BootstrapMessage) + parcel->texts->len);

  g_string_append_len (parcel->texts, text, (gssize)strlen (text) + 1);
  return offset;
}

static gboolean
append_libraries (TargetParcel *parcel, GError **error)
{
  g_autofree char *agent = target_agent_find (error);
  g_autofree char *library = agent != NULL ? find_library (agent) : NULL;
  const char *const paths[] = { parcel->sees_our_files ? NULL : library, agent };

  if (agent == NULL)
    return FALSE;
  if (library == NULL && !parcel->sees_our_files)
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("cannot use the agent %s: there is no %s beside it; install async-inspect "
                      "again"),
                   agent, LIBRARY);
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GString) path = g_string_new (NULL);
      guint32 offset;

      if (paths[i] == NULL)
        continue;
      if (!append_file (parcel, path, paths[i], error))
        return FALSE;
      offset = target_parcel_append_text (parcel, path->str);
      if (parcel->head.n_libraries++ == 0)
        parcel->head.libraries = offset;
    }
  return TRUE;
}

static void
answer_clear (gpointer data)
{
  TargetInjectionAnswer *answer = data;

  g_free ((char *)answer->runtime);
  if (answer->bytes != NULL)
    g_bytes_unref (answer->bytes);
}

/* While the process stands still nobody can be asked: what its plugins need to know is found before. */
static void
find_answer (TargetParcel *parcel, const char *runtime, GCancellable *cancellable)
{
  TargetInjectionAnswer answer = { NULL, NULL };

  if (!target_answer_is_awaited (runtime))
    return;
  answer.runtime = g_strdup (runtime);
  answer.bytes = target_answer_find (parcel->pid, runtime, cancellable);
  g_array_append_val (parcel->answers, answer);
}

/* Whoever has stopped is not to read files. */
static void
append_known_symbols (TargetParcel *parcel, TargetLauncher *launcher)
{
  TargetInjectionAnswer answer = {
    g_strdup (AGENT_KNOWN_QUESTION),
    target_known_symbols_find (parcel->pid, target_launcher_get_found (launcher)),
  };

  g_array_append_val (parcel->answers, answer);
}

static gboolean
append_runtimes (TargetParcel *parcel, TargetLauncher *launcher, GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) entries = g_strsplit (target_launcher_get_runtimes (launcher), ":", -1);

  for (guint i = 0; entries[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (entries[i], "=", 3);

      if (g_strv_length (parts) != 3)
        continue;
      g_string_append_printf (text, "%s%s=", text->len > 0 ? ":" : "", parts[0]);
      if (!append_file (parcel, text, parts[1], error))
        return FALSE;
      g_string_append_printf (text, "=%s", parts[2]);
      find_answer (parcel, parts[0], cancellable);
    }
  parcel->head.runtimes = target_parcel_append_text (parcel, text->str);
  return TRUE;
}

/* Whether the agent, as it is in the process or is to be, can come back to us later by our socket. */
static const char *
get_reachable_path (const TargetParcel *parcel, TargetLauncher *launcher)
{
  const char *path = target_launcher_get_path (launcher);
  guint uid = get_uid (parcel->pid);

  return (uid == geteuid () || uid == 0) && is_seen (parcel->pid, path) ? path : "";
}

gboolean
target_parcel_fill_for_attach (TargetParcel *parcel, TargetLauncher *launcher, gboolean has_agent,
                               GCancellable *cancellable, GError **error)
{
  parcel->head.is_attach = 1;
  if (!has_agent && !append_libraries (parcel, error))
    return FALSE;
  parcel->head.function = target_parcel_append_text (parcel, AGENT_ATTACH_SYMBOL);
  append_known_symbols (parcel, launcher);
  if (!append_runtimes (parcel, launcher, cancellable, error))
    return FALSE;
  parcel->head.path = target_parcel_append_text (parcel, get_reachable_path (parcel, launcher));
  parcel->head.options = target_parcel_append_text (parcel, target_launcher_get_options (launcher));
  return TRUE;
}

void
target_parcel_init (TargetParcel *parcel, int pid)
{
  g_autofree char *agent = target_agent_find (NULL);
  guint uid = get_uid (pid);

  *parcel = (TargetParcel){ .pid = pid,
                            .fds = g_array_new (FALSE, FALSE, sizeof (int)),
                            .texts = g_string_new (NULL),
                            .answers = g_array_new (FALSE, FALSE, sizeof (TargetInjectionAnswer)) };
  g_array_set_clear_func (parcel->answers, answer_clear);
  parcel->sees_our_files = agent != NULL && (uid == geteuid () || uid == 0) && is_seen (pid, agent);
}

void
target_parcel_clear (TargetParcel *parcel)
{
  for (guint i = 0; i < parcel->fds->len; i++)
    close (g_array_index (parcel->fds, int, i));
  g_array_unref (parcel->fds);
  g_string_free (parcel->texts, TRUE);
  g_array_unref (parcel->answers);
}

/* Returns: (transfer full) (nullable): the message, NULL: it does not fit */
guint8 *
target_parcel_wrap (TargetParcel *parcel, gsize *ret_size, GError **error)
{
  gsize size = sizeof parcel->head + parcel->texts->len;
  guint8 *bytes;

  if (size > BOOTSTRAP_MESSAGE_MAX || parcel->fds->len > BOOTSTRAP_MAX_FDS)
    {
      g_set_error_literal (
          error, TARGET_ERROR, TARGET_ERROR_FAILED,
          _ ("there are too many runtime plugins; shorten ASYNC_INSPECT_PLUGIN_PATH"));
      return NULL;
    }
  parcel->head.size = (guint32)size;
  bytes = g_malloc (size);
  memcpy (bytes, &parcel->head, sizeof parcel->head);
  memcpy (bytes + sizeof parcel->head, parcel->texts->str, parcel->texts->len);
  *ret_size = size;
  return bytes;
}
