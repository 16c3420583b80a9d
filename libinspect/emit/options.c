/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/options.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emit/sys.h"

#define ENVIRONMENT_MAX ((size_t)4 << 20)

extern char **environ __attribute__ ((weak));
extern unsigned long getauxval (unsigned long type) __attribute__ ((weak));

/* Whoever starts a program with raised privileges must not be told what it does. */
static bool
is_privileged (void)
{
  return getauxval != NULL && getauxval (AT_SECURE) != 0;
}

/* The environment as the kernel gave it, kept mapped for good; "" where it cannot be read. */
static const char *
read_environment (void)
{
  static const char *environment;
  char *text;
  size_t length = 0;
  long got;
  int fd;

  if (environment != NULL)
    return environment;
  environment = "";

  text = sys_mmap (NULL, ENVIRONMENT_MAX, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (sys_is_error (text))
    return environment;
  fd = sys_openat (AT_FDCWD, "/proc/self/environ", O_RDONLY | O_CLOEXEC, 0);
  if (fd >= 0)
    {
      /* Two bytes stay zero: the end of the last entry, and the empty one that ends the list. */
      while (length < ENVIRONMENT_MAX - 2 &&
             (got = sys_read (fd, text + length, ENVIRONMENT_MAX - 2 - length)) > 0)
        length += (size_t)got;
      sys_close (fd);
    }
  environment = text;
  return environment;
}

/* What whoever has attached has said; empty while nobody has. Process-wide, as the environment. */
static char named_path[108], named_options[1024];
static bool is_named;

bool
emit_options_name (const char *path, const char *options)
{
  if (strlen (path) >= sizeof named_path || strlen (options) >= sizeof named_options)
    return false;
  memcpy (named_path, path, strlen (path) + 1);
  memcpy (named_options, options, strlen (options) + 1);
  is_named = true;
  return true;
}

const char *
emit_process_getenv (const char *name)
{
  size_t length = strlen (name);

  if (is_privileged ())
    return NULL;
  if (is_named && strcmp (name, CHANNEL_ENV_SOCKET) == 0)
    return named_path;
  if (is_named && strcmp (name, CHANNEL_ENV_OPTIONS) == 0)
    return named_options;
  if (&environ != NULL && environ != NULL)
    return getenv (name);

  for (const char *entry = read_environment (); *entry != '\0'; entry += strlen (entry) + 1)
    if (strncmp (entry, name, length) == 0 && entry[length] == '=')
      return entry + length + 1;
  return NULL;
}

/* The text after "name=" up to the next comma; NULL where there is none. */
static const char *
find_option (const char *name, size_t *ret_length)
{
  const char *option = emit_process_getenv (CHANNEL_ENV_OPTIONS);
  size_t name_length = strlen (name);

  while (option != NULL && *option != '\0')
    {
      const char *end = option;

      while (*end != '\0' && *end != ',')
        end++;
      if ((size_t)(end - option) > name_length && option[name_length] == '=' &&
          strncmp (option, name, name_length) == 0)
        {
          *ret_length = (size_t)(end - option) - name_length - 1;
          return option + name_length + 1;
        }
      option = *end == ',' ? end + 1 : end;
    }
  return NULL;
}

uint64_t
emit_process_option (const char *name, uint64_t fallback)
{
  size_t length = 0;
  const char *text = find_option (name, &length);
  uint64_t value = 0;

  if (text == NULL || length == 0 || length > 18)
    return fallback;
  for (size_t i = 0; i < length; i++)
    {
      if (text[i] < '0' || text[i] > '9')
        return fallback;
      value = value * 10 + (uint64_t)(text[i] - '0');
    }
  return value;
}

ChannelPolicy
emit_option_policy (void)
{
  static const struct
  {
    const char *name;
    ChannelPolicy policy;
  } policies[] = {
    { "drop", CHANNEL_POLICY_DROP },
    { "overwrite", CHANNEL_POLICY_OVERWRITE },
    { "block", CHANNEL_POLICY_BLOCK },
  };
  size_t length = 0;
  const char *text = find_option ("policy", &length);

  for (size_t i = 0; text != NULL && i < sizeof policies / sizeof *policies; i++)
    if (strlen (policies[i].name) == length && memcmp (policies[i].name, text, length) == 0)
      return policies[i].policy;
  return CHANNEL_POLICY_DROP;
}
