/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/demangle.h"
#include "debuginfo/rust-symbol.h"
#include "debuginfo/rust.h"

/* A longer name is shown as it is: demangling can grow a name exponentially. */
#define NAME_MAX_BYTES 2048

typedef char *(*DemangleFunc) (const char *name, char *buffer, size_t *length, int *status);

/* The C++ runtime has the demangler. It is not linked, as a C program should not need it, but a
 * machine on which C++ programs run has it. Once: a process has one C++ runtime. */
static DemangleFunc
get_demangler (void)
{
  static gsize once;
  static DemangleFunc function;

  if (g_once_init_enter (&once))
    {
      void *library = dlopen ("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);

      if (library != NULL)
        function = (DemangleFunc)dlsym (library, "__cxa_demangle");
      g_once_init_leave (&once, 1);
    }
  return function;
}

/* A letter of the older mangling; 0: none begins there. @ret_length: of what stands for it */
static gunichar
find_escape (const char *text, gsize *ret_length)
{
  static const struct
  {
    const char *escape;
    char letter;
  } escapes[] = {
    { "$LT$", '<' }, { "$GT$", '>' }, { "$RF$", '&' }, { "$BP$", '*' },
    { "$LP$", '(' }, { "$RP$", ')' }, { "$SP$", '@' }, { "$C$", ',' },
  };
  char *end;
  guint64 letter;

  for (guint i = 0; i < G_N_ELEMENTS (escapes); i++)
    if (g_str_has_prefix (text, escapes[i].escape))
      {
        *ret_length = strlen (escapes[i].escape);
        return (gunichar)escapes[i].letter;
      }
  if (text[0] != '$' || text[1] != 'u' || !g_ascii_isxdigit (text[2]))
    return 0;
  letter = g_ascii_strtoull (text + 2, &end, 16);
  *ret_length = (gsize)(end - text) + 1;
  return *end == '$' && letter >= 0x20 && letter < 0x7f ? (gunichar)letter : 0;
}

void
debug_rust_unescape (char *name)
{
  char *out = name;

  for (const char *at = name; *at != '\0';)
    {
      gsize length = 1;
      gunichar letter = find_escape (at, &length);

      /* An escape cannot be the first of a part: an underscore stands before it. */
      if (*at == '_' && (at == name || at[-1] == ':') && find_escape (at + 1, &length) != 0)
        at++;
      else if (letter != 0)
        {
          *out++ = (char)letter;
          at += length;
        }
      else if (at[0] == '.' && at[1] == '.')
        {
          *out++ = ':';
          *out++ = ':';
          at += 2;
        }
      else
        *out++ = *at++;
    }
  *out = '\0';
}

/* Rust's older mangling is C++'s with a hash as the last component: "app::main::h0123456789abcdef".
 */
static void
cut_rust_hash (char *name)
{
  gsize length = strlen (name);
  char *hash;

  if (length <= 19)
    return;
  hash = name + length - 19;
  if (strncmp (hash, "::h", 3) != 0 || strspn (hash + 3, "0123456789abcdef") != 16)
    return;
  *hash = '\0';
  debug_rust_unescape (name);
}

/* A function is entered by way of one where its object is seen as one of another base class: it is that function. */
static const char *
skip_thunk (const char *name)
{
  static const char *const thunks[] = { "non-virtual thunk to ", "virtual thunk to " };

  for (guint i = 0; i < G_N_ELEMENTS (thunks); i++)
    if (g_str_has_prefix (name, thunks[i]))
      return name + strlen (thunks[i]);
  return name;
}

char *
debug_demangle (const char *name)
{
  DemangleFunc demangle;
  char *demangled;
  char *copy;
  int status = -1;

  if (name == NULL || strlen (name) > NAME_MAX_BYTES)
    return NULL;
  if (strncmp (name, "_Z", 2) != 0)
    return debug_rust_demangle (name);
  demangle = get_demangler ();
  if (demangle == NULL)
    return NULL;
  demangled = demangle (name, NULL, NULL, &status);
  if (status != 0 || demangled == NULL)
    {
      free (demangled);
      return NULL;
    }
  copy = g_strdup (skip_thunk (demangled));
  free (demangled);
  cut_rust_hash (copy);
  return copy;
}

char *
debug_dup_source_name (const char *name)
{
  static const char *const suffixes[] = { ".constprop.", ".isra.",     ".part.",
                                          ".cold",       ".lto_priv.", ".llvm." };
  char *copy = g_strndup (name, strcspn (name, "@"));

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      char *suffix = strstr (copy + (*copy != '\0'), suffixes[i]);

      if (suffix != NULL)
        *suffix = '\0';
    }
  return copy;
}
