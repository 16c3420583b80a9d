/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "debuginfo/short-name.h"

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

/* ---- Rust --------------------------------------------------------------------------------------- */

/* "alloc::vec::Vec" -> "Vec": from each path only its end. What is in braces has none of its own,
 * and so keeps what is before it: "fetch::{async_fn_env#0}". */
char *
debug_rust_dup_short_name (const char *name)
{
  GString *text = g_string_new (NULL);
  gsize segment = 0; /* where the last segment of a path begins in @text */

  for (const char *at = name; *at != '\0';)
    {
      if (g_str_has_prefix (at, ", alloc::alloc::Global>"))
        {
          at += strlen (", alloc::alloc::Global");
          continue;
        }
      if (at[0] == ':' && at[1] == ':')
        {
          at += 2;
          if (*at == '{')
            g_string_append (text, "::");
          else
            g_string_truncate (text, segment);
          continue;
        }
      if (*at == '{' || is_word (*at))
        {
          while (*at == '{' || *at == '}' || *at == '#' || is_word (*at))
            g_string_append_c (text, *at++);
          continue;
        }
      g_string_append_c (text, *at++);
      segment = text->len;
    }
  return g_string_free (text, FALSE);
}

/* ---- Arguments ---------------------------------------------------------------------------------- */

/* Longer ones say less than the room that they take. */
#define MAX_CHARS 20u
#define MAX_DEPTH 64u
/* In a text with so many brackets that have no other, what looks like arguments is none. */
#define MAX_FAILURES 8u

static const struct
{
  const char *written, *said;
} replacements[] = {
  { "std::__cxx11::", "std::" },
  { "std::basic_string<char>", "std::string" },
  { "std::basic_string_view<char>", "std::string_view" },
};

/* What a template has where nobody says otherwise. */
static const char *const defaults[] = {
  ", std::allocator<", ", std::char_traits<", ", std::default_delete<",
  ", std::equal_to<",  ", std::hash<",        ", std::less<",
};

/* Behind what begins with a bracket at @at; NULL: it does not end. */
static const char *
skip_bracket (const char *at, guint depth)
{
  char close = *at == '<' ? '>' : ')';

  if (depth >= MAX_DEPTH)
    return NULL;
  for (at++; at != NULL && *at != '\0' && *at != '\n';)
    {
      if (*at == close && !(close == '>' && at[-1] == '-'))
        return at + 1;
      if (*at == ')')
        return NULL;
      at = *at == '<' || *at == '(' ? skip_bracket (at, depth + 1) : at + 1;
    }
  return NULL;
}

static const char *
skip_default (const char *at)
{
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (g_str_has_prefix (at, defaults[i]))
      return skip_bracket (at + strlen (defaults[i]) - 1, 0);
  return NULL;
}

/* Without what only a compiler writes: arguments that are as always, "> >", and the namespace of an ABI. */
static char *
dup_plain (const char *text)
{
  GString *plain = g_string_new (NULL);

  for (const char *at = text; *at != '\0';)
    {
      const char *end = *at == ',' ? skip_default (at) : NULL;

      if (end != NULL)
        at = end;
      else if (*at == ' ' && at[1] == '>' && (at > text && at[-1] == '>'))
        at++;
      else
        g_string_append_c (plain, *at++);
    }
  for (guint i = 0; i < G_N_ELEMENTS (replacements); i++)
    g_string_replace (plain, replacements[i].written, replacements[i].said, 0);
  return g_string_free (plain, FALSE);
}

/* "less" in a sentence, and operator<, have none. */
static gboolean
begins_arguments (const char *text, const char *at)
{
  gsize n = (gsize)(at - text);

  return *at == '<' && n > 0 && (is_word (at[-1]) || at[-1] == '}') &&
         !(n >= strlen ("operator") &&
           strncmp (at - strlen ("operator"), "operator", strlen ("operator")) == 0);
}

char *
debug_dup_short_arguments (const char *text)
{
  g_autofree char *plain = NULL;
  GString *text_of = NULL;
  guint n_failures = 0;

  if (strchr (text, '<') == NULL)
    return g_strdup (text);
  plain = dup_plain (text);
  text_of = g_string_new (NULL);
  for (const char *at = plain; *at != '\0';)
    {
      const char *end =
          begins_arguments (plain, at) && n_failures < MAX_FAILURES ? skip_bracket (at, 0) : NULL;

      n_failures += begins_arguments (plain, at) && end == NULL;
      if (end != NULL && g_utf8_strlen (at + 1, end - at - 2) > (glong)MAX_CHARS)
        {
          g_string_append (text_of, "<…>");
          at = end;
        }
      else
        g_string_append_c (text_of, *at++);
    }
  return g_string_free (text_of, FALSE);
}
