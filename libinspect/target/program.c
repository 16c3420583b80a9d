/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/target-private.h"

GQuark
target_error_quark (void)
{
  return g_quark_from_static_string ("async-inspect-target-error");
}

#if defined __x86_64__
#define OWN_MACHINE EM_X86_64
#define OWN_MACHINE_NAME "x86-64"
#elif defined __aarch64__
#define OWN_MACHINE EM_AARCH64
#define OWN_MACHINE_NAME "aarch64"
#else
#error "the agent is written for x86-64 and aarch64"
#endif

#define SCRIPT_LINE_MAX 256

static void G_GNUC_PRINTF (4, 5)
    refuse (GError **error, TargetError code, const char *path, const char *format, ...)
{
  g_autofree char *name = g_filename_display_name (path);
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, TARGET_ERROR, code, _ ("cannot inspect %s: %s"), name, why);
}

/* ---- Finding it --------------------------------------------------------------------------------
 */

/* 0 where exec would take it, else the errno with which it would not. */
static int
try_candidate (const char *path)
{
  struct stat status;

  if (stat (path, &status) < 0)
    return errno;
  if (S_ISDIR (status.st_mode))
    return EISDIR;
  if (!S_ISREG (status.st_mode))
    return EACCES;
  return access (path, X_OK) == 0 ? 0 : EACCES;
}

static gboolean
refuse_candidate (GError **error, const char *path, int reason)
{
  switch (reason)
    {
    case ENOENT:
    case ENOTDIR:
      refuse (error, TARGET_ERROR_NOT_FOUND, path, _ ("there is no such program; check its path"));
      break;
    case EISDIR:
      refuse (error, TARGET_ERROR_CANNOT_RUN, path, _ ("it is a directory; name a program in it"));
      break;
    case EACCES:
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it is not executable, or in a folder that must not be entered; see chmod(1)"));
      break;
    default:
      refuse (error, TARGET_ERROR_CANNOT_RUN, path, "%s", g_strerror (reason));
      break;
    }
  return FALSE;
}

/* As execvp(3): a name without a slash is looked for in PATH, and the first that can be executed
 * wins, also over an earlier one that cannot. */
static char *
find_program (const char *program, GError **error)
{
  const char *path = g_getenv ("PATH");
  g_auto (GStrv) folders = NULL;
  g_autofree char *seen = NULL;
  int seen_reason = 0;

  if (strchr (program, '/') != NULL)
    {
      int reason = try_candidate (program);

      if (reason == 0)
        return g_strdup (program);
      refuse_candidate (error, program, reason);
      return NULL;
    }
  if (*program == '\0')
    {
      refuse (error, TARGET_ERROR_NOT_FOUND, "''", _ ("that is no name; name a program"));
      return NULL;
    }

  folders = g_strsplit (path != NULL ? path : "/bin:/usr/bin", ":", -1);
  for (guint i = 0; folders[i] != NULL; i++)
    {
      /* An empty entry is the working directory. */
      g_autofree char *candidate =
          g_build_filename (*folders[i] != '\0' ? folders[i] : ".", program, NULL);
      int reason = try_candidate (candidate);

      if (reason == 0)
        return g_steal_pointer (&candidate);
      /* Not where the folder itself is closed: that says nothing about the program. */
      if (seen == NULL && reason == EACCES && g_file_test (candidate, G_FILE_TEST_EXISTS))
        {
          seen = g_steal_pointer (&candidate);
          seen_reason = reason;
        }
    }
  if (seen != NULL)
    refuse_candidate (error, seen, seen_reason);
  else
    refuse (error, TARGET_ERROR_NOT_FOUND, program,
            _ ("there is no program of that name in PATH; give its path, as ./%s"), program);
  return NULL;
}

/* ---- What it is --------------------------------------------------------------------------------
 */

/* ---- Scripts ------------------------------------------------------------------------------------
 */

/* The kernel follows as many interpreters that are scripts themselves. */
#define MAX_SCRIPTS 4u

static gboolean check_path (const char *path, guint n_scripts, GError **error);

/* A script runs as its interpreter does, which the agent goes into: that is what has to be inspected. */
static gboolean
check_interpreter (const char *interpreter, const char *script, guint n_scripts, GError **error)
{
  g_autofree char *path = find_program (interpreter, NULL);
  g_autoptr (GError) why = NULL;

  if (path == NULL)
    refuse (error, TARGET_ERROR_CANNOT_RUN, script,
            _ ("it is a script, and there is no interpreter %s to run it; install that"),
            interpreter);
  else if (n_scripts >= MAX_SCRIPTS)
    refuse (error, TARGET_ERROR_CANNOT_RUN, script,
            _ ("it is a script whose interpreter is one, too, again and again; name a program"));
  else if (check_path (path, n_scripts + 1, &why))
    return TRUE;
  else
    refuse (error, TARGET_ERROR_CANNOT_RUN, script,
            _ ("it is a script, and its interpreter is not to be inspected: %s"), why->message);
  return FALSE;
}

/* What "env" will run, as of "-S NAME=value python3 -u"; NULL: that is not seen. */
static const char *
find_command (char **words)
{
  for (; *words != NULL; words++)
    if (**words != '\0' && **words != '-' && strchr (*words, '=') == NULL)
      return *words;
  return NULL;
}

/* @line: the first one of the script, from behind "#!" on */
static gboolean
check_script (const char *path, const char *line, guint n_scripts, GError **error)
{
  g_autofree char *raw = g_strndup (line, strcspn (line, "\n"));
  g_autofree char *text = g_utf8_make_valid (raw, -1);
  g_auto (GStrv) words = g_strsplit_set (g_strstrip (text), " \t", -1);
  g_autofree char *base = NULL;
  const char *command;

  if (words[0] == NULL || *words[0] == '\0')
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it is a script that names no interpreter; write one behind its “#!”"));
      return FALSE;
    }
  if (!check_interpreter (words[0], path, n_scripts, error))
    return FALSE;
  base = g_path_get_basename (words[0]);
  command = g_str_equal (base, "env") ? find_command (words + 1) : NULL;
  return command == NULL || check_interpreter (command, path, n_scripts, error);
}

/* ---- The file -----------------------------------------------------------------------------------
 */

static gboolean
check_privileges (int fd, const char *path, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) < 0)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path, "%s", g_strerror (errno));
      return FALSE;
    }
  /* The loader takes nothing from the environment of these. */
  if ((status.st_mode & (S_ISUID | S_ISGID)) != 0)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it is setuid or setgid, and the system lets no agent into such a program; "
                 "inspect a copy without that bit (chmod ug-s)"));
      return FALSE;
    }
  if (fgetxattr (fd, "security.capability", NULL, 0) > 0)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it has file capabilities, and the system lets no agent into such a program; "
                 "inspect a copy, which has none"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_machine (const GElf_Ehdr *header, const char *path, GError **error)
{
  if (header->e_ident[EI_CLASS] != ELFCLASS64)
    refuse (error, TARGET_ERROR_CANNOT_RUN, path,
            _ ("it is a 32-bit program, and the agent is 64-bit; build it for %s"),
            OWN_MACHINE_NAME);
  else if (header->e_machine != OWN_MACHINE ||
           header->e_ident[EI_DATA] !=
               (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB))
    refuse (error, TARGET_ERROR_CANNOT_RUN, path,
            _ ("it is a program for another machine (ELF machine %u); build it for %s"),
            header->e_machine, OWN_MACHINE_NAME);
  else if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
    refuse (error, TARGET_ERROR_CANNOT_RUN, path,
            _ ("it is an ELF file, but no program; link it first"));
  else
    return TRUE;
  return FALSE;
}

/* The path of the loader that it asks for; NULL where it asks for none. */
static char *
dup_loader (Elf *elf, int fd)
{
  size_t n_headers = 0;

  if (elf_getphdrnum (elf, &n_headers) != 0)
    return NULL;
  for (size_t i = 0; i < n_headers; i++)
    {
      GElf_Phdr header;
      g_autofree char *text = NULL;

      if (gelf_getphdr (elf, (int)i, &header) == NULL)
        return NULL;
      if (header.p_type != PT_INTERP || header.p_filesz == 0 || header.p_filesz > 4096)
        continue;
      text = g_malloc0 (header.p_filesz + 1);
      if (pread (fd, text, header.p_filesz, (off_t)header.p_offset) == (gssize)header.p_filesz)
        return g_steal_pointer (&text);
    }
  return NULL;
}

static gboolean
check_elf (Elf *elf, int fd, const char *path, GError **error)
{
  g_autofree char *loader = NULL;
  GElf_Ehdr header;

  if (elf == NULL || elf_kind (elf) != ELF_K_ELF || gelf_getehdr (elf, &header) == NULL)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it is a damaged ELF file; build or install it again"));
      return FALSE;
    }
  if (!check_machine (&header, path, error))
    return FALSE;
  loader = dup_loader (elf, fd);
  if (loader == NULL)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it is statically linked, so the agent cannot be loaded; link it dynamically"));
      return FALSE;
    }
  if (access (loader, X_OK) < 0)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("its loader %s cannot be run here (%s); install the C library that it was "
                 "built for"),
              loader, g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_file (int fd, const char *path, guint n_scripts, GError **error)
{
  char start[SCRIPT_LINE_MAX + 1] = "";
  gssize length = pread (fd, start, SCRIPT_LINE_MAX, 0);
  gboolean good;
  Elf *elf;

  if (length == 0)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path, _ ("it is an empty file; build it first"));
      return FALSE;
    }
  if (length >= 2 && memcmp (start, "#!", 2) == 0)
    return check_script (path, start + 2, n_scripts, error);
  if (length < SELFMAG || memcmp (start, ELFMAG, SELFMAG) != 0)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it is of no format that this system runs; if it is a shell script, inspect "
                 "the shell: async-inspect run sh %s"),
              path);
      return FALSE;
    }
  if (!check_privileges (fd, path, error))
    return FALSE;

  elf_version (EV_CURRENT);
  elf = elf_begin (fd, ELF_C_READ, NULL);
  good = check_elf (elf, fd, path, error);
  elf_end (elf);
  return good;
}

static gboolean
check_path (const char *path, guint n_scripts, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gboolean good;

  if (fd < 0)
    {
      refuse (error, TARGET_ERROR_CANNOT_RUN, path,
              _ ("it cannot be read (%s), so nothing tells what it is; see chmod(1)"),
              g_strerror (errno));
      return FALSE;
    }
  good = check_file (fd, path, n_scripts, error);
  close (fd);
  return good;
}

char *
target_launch_check (const char *program, GError **error)
{
  g_autofree char *path = find_program (program, error);
  g_autofree char *agent = NULL;

  if (path == NULL || !check_path (path, 0, error))
    return NULL;
  agent = target_agent_find (error);
  return agent != NULL ? g_steal_pointer (&path) : NULL;
}
