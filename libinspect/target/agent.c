/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "channel/layout.h"
#include "target/target-private.h"

#define AGENT_ENV "ASYNC_INSPECT_AGENT"
#define AGENT_FILE "libasync-inspect-agent.so"

/* What the agent says about itself, in data that needs no relocation, so that it can be read from
 * the file before any program is started with it. */
#define AGENT_VERSION_SYMBOL "inspect_agent_version" /* const char[] */
#define AGENT_ABI_SYMBOL "inspect_agent_abi"         /* const uint32_t: CHANNEL_ABI_MAJOR */

static gboolean
read_at_address (Elf *elf, int fd, GElf_Addr address, void *buffer, gsize size)
{
  size_t n_headers = 0;

  if (elf_getphdrnum (elf, &n_headers) != 0)
    return FALSE;
  for (size_t i = 0; i < n_headers; i++)
    {
      GElf_Phdr header;

      if (gelf_getphdr (elf, (int)i, &header) == NULL || header.p_type != PT_LOAD)
        continue;
      if (address >= header.p_vaddr && address - header.p_vaddr <= header.p_filesz &&
          size <= header.p_filesz - (address - header.p_vaddr))
        return pread (fd, buffer, size, (off_t)(header.p_offset + address - header.p_vaddr)) ==
               (gssize)size;
    }
  return FALSE;
}

static gboolean
find_in_table (Elf *elf, Elf_Scn *section, const char *name, GElf_Sym *ret_symbol)
{
  Elf_Data *data = elf_getdata (section, NULL);
  GElf_Shdr header;
  gsize n_symbols;

  if (data == NULL || gelf_getshdr (section, &header) == NULL || header.sh_entsize == 0)
    return FALSE;
  n_symbols = data->d_size / header.sh_entsize;
  for (gsize i = 0; i < n_symbols; i++)
    {
      const char *found;

      if (gelf_getsym (data, (int)i, ret_symbol) == NULL)
        return FALSE;
      found = elf_strptr (elf, header.sh_link, ret_symbol->st_name);
      if (found != NULL && strcmp (found, name) == 0 && ret_symbol->st_shndx != SHN_UNDEF)
        return TRUE;
    }
  return FALSE;
}

/* The bytes of an exported variable; @buffer is zeroed behind them. */
static gboolean
read_variable (Elf *elf, int fd, const char *name, void *buffer, gsize size)
{
  Elf_Scn *section = NULL;
  GElf_Sym symbol;

  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;

      if (gelf_getshdr (section, &header) == NULL || header.sh_type != SHT_DYNSYM)
        continue;
      if (!find_in_table (elf, section, name, &symbol))
        continue;
      memset (buffer, 0, size);
      return symbol.st_size > 0 && symbol.st_size <= size &&
             read_at_address (elf, fd, symbol.st_value, buffer, symbol.st_size);
    }
  return FALSE;
}

static gboolean
check_version (int fd, const char *path, GError **error)
{
  char version[65] = "";
  guint32 abi = 0;
  gboolean known;
  Elf *elf;

  elf_version (EV_CURRENT);
  elf = elf_begin (fd, ELF_C_READ, NULL);
  known = elf != NULL && elf_kind (elf) == ELF_K_ELF &&
          read_variable (elf, fd, AGENT_VERSION_SYMBOL, version, sizeof version - 1) &&
          read_variable (elf, fd, AGENT_ABI_SYMBOL, &abi, sizeof abi);
  elf_end (elf);

  if (!known)
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("cannot use the agent %s: it is no agent of async-inspect, or damaged; "
                      "install async-inspect again"),
                   path);
      return FALSE;
    }
  if (strcmp (version, PACKAGE_VERSION) != 0 || abi != CHANNEL_ABI_MAJOR)
    {
      g_autofree char *shown = g_utf8_make_valid (version, -1);

      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("cannot use the agent %s: it is of version %s (channel %u), this is %s "
                      "(channel %u); install both from the same build"),
                   path, shown, abi, PACKAGE_VERSION, (guint)CHANNEL_ABI_MAJOR);
      return FALSE;
    }
  return TRUE;
}

static char *
dup_agent_path (void)
{
  const char *path = g_getenv (AGENT_ENV);

  if (path != NULL && *path != '\0')
    return g_canonicalize_filename (path, NULL);
  return g_build_filename (PKGLIBDIR, AGENT_FILE, NULL);
}

char *
target_agent_find (GError **error)
{
  g_autofree char *path = dup_agent_path ();
  g_autofree char *distrust = NULL;
  struct stat status;
  gboolean good;
  int fd;

  /* LD_PRELOAD splits at spaces and colons, and replaces $ORIGIN and the like. */
  if (strpbrk (path, " \t\n\r\v\f:$") != NULL)
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("cannot use the agent %s: its path has a space, a colon or a dollar sign, "
                      "which LD_PRELOAD cannot hold; install it elsewhere"),
                   path);
      return NULL;
    }
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &status) < 0 || !S_ISREG (status.st_mode))
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("cannot use the agent %s: %s; install async-inspect again, or set %s"), path,
                   fd < 0 ? g_strerror (errno) : _ ("it is not a file"), AGENT_ENV);
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  distrust = target_path_dup_distrust (path);
  if (distrust != NULL)
    g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED, _ ("cannot use the agent %s: %s"), path,
                 distrust);
  good = distrust == NULL && check_version (fd, path, error);
  close (fd);
  return good ? g_steal_pointer (&path) : NULL;
}
