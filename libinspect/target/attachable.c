/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What speaks against attaching to a process, as a table: the first row that applies is said. All of it
 * is found out without touching the process; whoever is in doubt does not attach. */

#include "config.h"

#include "target/attachable.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "channel/layout.h"
#include "target/image.h"
#include "target/mappings.h"
#include "target/target-private.h"

#define STATUS_MAX_BYTES 16384
#define CHANNEL_FILE "/memfd:async-inspect"
/* An inspector that has been silent for longer has gone (channel/layout.h). */
#define HEARTBEAT_OLD_NS G_GINT64_CONSTANT (1000000000)

typedef struct
{
  int pid;
  const GPtrArray *mappings; /* NULL: not ours to see */
  char *status;              /* /proc/PID/status */
} Subject;

/* ---- What /proc says -------------------------------------------------------------------------- */

/* The text behind "NAME:\t", not terminated; NULL where there is no such line. */
static const char *
find_line (const char *status, const char *name)
{
  g_autofree char *start = g_strdup_printf ("\n%s:\t", name);
  const char *found = strstr (status, start);

  return found != NULL ? found + strlen (start) : NULL;
}

static gint64
get_number (const Subject *subject, const char *name, gint64 fallback)
{
  const char *text = find_line (subject->status, name);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : fallback;
}

static char *
read_status (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);

  return pid > 0 ? target_proc_read (path, STATUS_MAX_BYTES, NULL) : NULL;
}

static gint64
read_setting (const char *path)
{
  g_autofree char *text = target_proc_read (path, 32, NULL);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static gboolean
is_kernel_thread (const char *status)
{
  const char *kernel = find_line (status, "Kthread");

  /* Older kernels do not say so; what has no memory of its own, and has not ended, is one. */
  if (kernel != NULL)
    return *kernel == '1';
  return find_line (status, "VmSize") == NULL && find_line (status, "State") != NULL &&
         *find_line (status, "State") != 'Z' && *find_line (status, "State") != 'X';
}

gboolean
target_attachable_is_kernel_thread (int pid)
{
  g_autofree char *status = read_status (pid);

  return status != NULL && is_kernel_thread (status);
}

/* A thread of it that still runs: the first one may have ended before the others. */
static gboolean
has_live_thread (int pid)
{
  g_autoptr (GArray) threads = target_facts_get_threads (pid);

  for (guint i = 0; threads != NULL && i < threads->len; i++)
    {
      char state = 'X';

      if (target_facts_get_thread (pid, g_array_index (threads, int, i), NULL, &state) &&
          state != 'Z' && state != 'X')
        return TRUE;
    }
  return FALSE;
}

/* The file of the program, also where it was removed, or lies in another namespace. */
static int
open_program (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/exe", pid);

  return open (path, O_RDONLY | O_CLOEXEC);
}

/* A library whose soname begins so, by the name of its file. */
static gboolean
has_library (const GPtrArray *mappings, const char *prefix)
{
  for (guint i = 0; i < mappings->len; i++)
    {
      const TargetMapping *mapping = mappings->pdata[i];
      g_autofree char *name = NULL;

      if (!target_mapping_is_object (mapping))
        continue;
      name = target_mapping_dup_name (mapping);
      if (g_str_has_prefix (name, prefix))
        return TRUE;
    }
  return FALSE;
}

/* ---- The reasons ------------------------------------------------------------------------------ */

static char *
refuse_machine (const Subject *subject)
{
#if defined(__x86_64__)
  return NULL;
#else
  return g_strdup (_ ("attaching is written for x86-64 alone; start the program by 'async-inspect "
                      "run'"));
#endif
}

static char *
refuse_oneself (const Subject *subject)
{
  if (subject->pid != getpid ())
    return NULL;
  return g_strdup (_ ("it is this very program, which would stop itself; inspect it from another "
                      "one"));
}

static char *
refuse_kernel_thread (const Subject *subject)
{
  if (!is_kernel_thread (subject->status))
    return NULL;
  return g_strdup (_ ("it is a thread of the kernel, which runs no program; choose a process"));
}

static char *
refuse_zombie (const Subject *subject)
{
  const char *state = find_line (subject->status, "State");

  if (state == NULL || (*state != 'Z' && *state != 'X') || has_live_thread (subject->pid))
    return NULL;
  return g_strdup_printf (_ ("it has ended already, and its parent (pid %d) has not asked for its "
                             "exit status yet"),
                          (int)get_number (subject, "PPid", 0));
}

static char *
refuse_other_user (const Subject *subject)
{
  const char *uids = find_line (subject->status, "Uid");
  gint64 uid = uids != NULL ? g_ascii_strtoll (uids, NULL, 10) : -1;
  struct passwd *user;

  if (geteuid () == 0 || uid == geteuid ())
    return NULL;
  user = getpwuid ((uid_t)uid);
  if (user != NULL)
    return g_strdup_printf (_ ("it belongs to the user %s; attach as that user, or as root"),
                            user->pw_name);
  return g_strdup_printf (
      _ ("it belongs to the user with the number %d; attach as that user, or as "
         "root"),
      (int)uid);
}

/* The kernel gives the files in /proc of such a process to root. Root may attach; but the agent
 * stays out of it, as the program's privileges are not those of whoever may read its channel. */
static char *
refuse_privileged (const Subject *subject)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/auxv", subject->pid);
  const char *uids = find_line (subject->status, "Uid");
  g_autofree char *text = NULL;
  struct stat status;
  gsize length = 0;
  gint64 uid = -1, euid = -2;
  char *end = NULL;

  if (uids != NULL)
    {
      uid = g_ascii_strtoll (uids, &end, 10);
      euid = g_ascii_strtoll (end, NULL, 10);
    }
  text = target_proc_read (path, STATUS_MAX_BYTES, &length);
  for (gsize i = 0; text != NULL && i + sizeof (Elf64_auxv_t) <= length; i += sizeof (Elf64_auxv_t))
    {
      Elf64_auxv_t entry;

      memcpy (&entry, text + i, sizeof entry);
      if (entry.a_type == AT_SECURE && entry.a_un.a_val != 0)
        euid = -2;
    }
  if (uid != euid)
    return g_strdup (
        _ ("it is setuid, setgid, or has file capabilities, and no agent goes into such "
           "a program; inspect a copy of it without those"));
  if (geteuid () != 0 && stat (path, &status) == 0 && status.st_uid != geteuid ())
    return g_strdup (
        _ ("it keeps others from looking at it (PR_SET_DUMPABLE, or its file cannot be "
           "read); attach as root"));
  return NULL;
}

static char *
refuse_other_machine (const Subject *subject)
{
  int fd = open_program (subject->pid);
  Elf64_Ehdr header = { 0 };
  gssize length;

  if (fd < 0)
    return NULL;
  length = pread (fd, &header, sizeof header, 0);
  close (fd);
  if (length != sizeof header || memcmp (header.e_ident, ELFMAG, SELFMAG) != 0)
    return g_strdup (_ ("its file is no ELF program that this version knows"));
  if (header.e_ident[EI_CLASS] != ELFCLASS64)
    return g_strdup (_ ("it is a 32-bit program, and the agent is 64-bit; build it for x86-64"));
#if defined(__x86_64__)
  if (header.e_machine != EM_X86_64)
    return g_strdup_printf (_ ("it is a program for another machine (ELF machine %u); build it for "
                               "x86-64"),
                            header.e_machine);
#endif
  return NULL;
}

static char *
refuse_unseen (const Subject *subject)
{
  if (subject->mappings != NULL && subject->mappings->len > 0)
    return NULL;
  if (geteuid () == 0)
    return g_strdup (_ ("its memory is not to be seen, not even by root"));
  return g_strdup (_ ("its memory is not ours to see; attach as root"));
}

static char *
refuse_static (const Subject *subject)
{
  if (has_library (subject->mappings, "libc.so.6"))
    return NULL;
  if (has_library (subject->mappings, "ld-musl-") || has_library (subject->mappings, "libc.musl-"))
    return g_strdup (_ ("it uses musl, with which attaching is not known to be safe; start it by "
                        "'async-inspect run'"));
  return g_strdup (
      _ ("it is statically linked, so the agent cannot be loaded; link it dynamically, or "
         "look at it from outside (attach --look)"));
}

static char *
refuse_seccomp (const Subject *subject)
{
  if (get_number (subject, "Seccomp", 0) == 0)
    return NULL;
  return g_strdup (_ ("it has a seccomp filter, which may end it for a system call that it did not "
                      "foresee; start it without (of a container: --security-opt "
                      "seccomp=unconfined), or by 'async-inspect run'"));
}

static char *
refuse_traced (const Subject *subject)
{
  gint64 tracer = get_number (subject, "TracerPid", 0);
  TargetProcess process = { 0 };
  char *line;

  if (tracer == 0)
    return NULL;
  if (!target_facts_get_process ((int)tracer, &process))
    return g_strdup_printf (
        _ ("another program traces it (pid %d); end that first, or look at it from "
           "outside (attach --look)"),
        (int)tracer);
  line =
      g_strdup_printf (_ ("another program traces it (%s, pid %d); end that first, or look at it "
                          "from outside (attach --look)"),
                       process.command, (int)tracer);
  target_process_clear (&process);
  return line;
}

static char *
refuse_stopped (const Subject *subject)
{
  const char *state = find_line (subject->status, "State");

  if (state == NULL || (*state != 'T' && *state != 't'))
    return NULL;
  return g_strdup_printf (_ ("it is stopped; let it go on first: kill -CONT %d"), subject->pid);
}

/* A call that is made for it would have no return address on the shadow stack. */
static char *
refuse_shadow_stack (const Subject *subject)
{
  const char *features = find_line (subject->status, "x86_Thread_features");
  const char *end = features != NULL ? strchrnul (features, '\n') : NULL;
  const char *found = features != NULL ? strstr (features, "shstk") : NULL;

  if (found == NULL || found > end)
    return NULL;
  return g_strdup (_ ("it runs with a shadow stack, with which attaching is not known to be safe; "
                      "start it by 'async-inspect run'"));
}

/* Asked of the kernel by what it asks itself, and said in the words of who decides. */
static char *
refuse_forbidden (const Subject *subject)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", subject->pid);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gint64 scope;

  if (fd >= 0)
    {
      close (fd);
      return NULL;
    }
  scope = read_setting ("/proc/sys/kernel/yama/ptrace_scope");
  if (scope == 1 || scope == 2)
    return g_strdup_printf (
        _ ("this system lets nobody but root attach (kernel.yama.ptrace_scope is "
           "%d); as root: sysctl kernel.yama.ptrace_scope=0, or attach by sudo, or "
           "start the program by 'async-inspect run'"),
        (int)scope);
  if (scope == 3)
    return g_strdup (
        _ ("this system lets nobody attach until it is started anew "
           "(kernel.yama.ptrace_scope is 3); start the program by 'async-inspect run'"));
  return g_strdup_printf (
      _ ("the system does not allow it (%s); attach as root, or start the program "
         "by 'async-inspect run'"),
      g_strerror (errno));
}

char *
target_attachable_dup_look_refusal (int pid)
{
  static char *(*const reasons[]) (const Subject *subject) = {
    refuse_kernel_thread, refuse_zombie, refuse_other_user, refuse_other_machine, refuse_forbidden,
  };
  g_autofree char *status = read_status (pid);
  const Subject subject = { pid, NULL, status };

  if (status == NULL)
    return g_strdup (_ ("there is no such process; see 'async-inspect ps'"));
  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      char *refusal = reasons[i](&subject);

      if (refusal != NULL)
        return refusal;
    }
  return NULL;
}

char *
target_attachable_dup_refusal (int pid, const GPtrArray *mappings)
{
  static char *(*const reasons[]) (const Subject *subject) = {
    refuse_machine,      refuse_oneself,       refuse_kernel_thread, refuse_zombie,
    refuse_other_user,   refuse_other_machine, refuse_privileged,    refuse_traced,
    refuse_unseen,       refuse_static,        refuse_seccomp,       refuse_stopped,
    refuse_shadow_stack, refuse_forbidden,
  };
  g_autofree char *status = read_status (pid);
  const Subject subject = { pid, mappings, status };

  if (status == NULL)
    return g_strdup (_ ("there is no such process; see 'async-inspect ps'"));
  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      char *refusal = reasons[i](&subject);

      if (refusal != NULL)
        return refusal;
    }
  return NULL;
}

/* ---- Is somebody there? ----------------------------------------------------------------------- */

typedef enum
{
  CHANNEL_OVER,      /* closed in order */
  CHANNEL_READ,      /* an inspector reads it */
  CHANNEL_ABANDONED, /* one did */
} ChannelUse;

static ChannelUse
get_use (int mem_fd, const TargetMapping *mapping)
{
  ChannelHeader header;
  ChannelControl control;

  if (pread (mem_fd, &header, sizeof header, (off_t)mapping->begin) != sizeof header ||
      header.magic != CHANNEL_MAGIC || header.state.value == CHANNEL_STATE_EXITED ||
      pread (mem_fd, &control, sizeof control, (off_t)(mapping->begin + CHANNEL_PAGE)) !=
          sizeof control)
    return CHANNEL_OVER;
  return header.state.value == CHANNEL_STATE_LIVE && control.looking != 0 &&
                 g_get_monotonic_time () * 1000 - (gint64)control.heartbeat_ns < HEARTBEAT_OLD_NS
             ? CHANNEL_READ
             : CHANNEL_ABANDONED;
}

static gboolean
has_channel (int pid, const GPtrArray *mappings, ChannelUse use)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", pid);
  gboolean found = FALSE;
  int fd = -1;

  for (guint i = 0; mappings != NULL && i < mappings->len && !found; i++)
    {
      const TargetMapping *mapping = mappings->pdata[i];

      if (!mapping->is_shared || mapping->offset != 0 ||
          !g_str_has_prefix (mapping->path, CHANNEL_FILE))
        continue;
      if (fd < 0)
        fd = open (path, O_RDONLY | O_CLOEXEC);
      found = fd >= 0 && get_use (fd, mapping) == use;
    }
  if (fd >= 0)
    close (fd);
  return found;
}

gboolean
target_attachable_is_inspected (int pid, const GPtrArray *mappings)
{
  return has_channel (pid, mappings, CHANNEL_READ);
}

gboolean
target_attachable_is_abandoned (int pid, const GPtrArray *mappings)
{
  return has_channel (pid, mappings, CHANNEL_ABANDONED);
}
