/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "plan.h"

#include <string.h>
#include "debuginfo/rust.h"

/* rustc names the type of a coroutine by where it is written: "app::fetch::{async_fn_env#0}" is what the
 * async fn app::fetch() becomes, "app::main::{async_fn#0}::{async_block_env#1}" the second async block
 * in it. */

static const struct
{
  const char *begin;
  const char *is; /* (nullable): said before the name of the function */
} coroutines[] = {
  { "{async_fn_env#", NULL },
  { "{async_block_env#", "async block" },
  { "{async_closure_env#", "async closure" },
  { "{async_closure_body_env#", "async closure" },
  { "{coroutine_env#", "coroutine" },
  { "{async_gen_fn_env#", NULL },
  { "{async_gen_block_env#", "async gen block" },
};

gboolean
rust_name_is_coroutine (const char *base_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (coroutines); i++)
    if (g_str_has_prefix (base_name, coroutines[i].begin))
      return TRUE;
  return FALSE;
}

/* "::" outside of all brackets. */
static GPtrArray *
split (const char *name)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);
  const char *begin = name;
  int depth = 0;

  for (const char *at = name;; at++)
    {
      if (*at == '<' || *at == '(' || *at == '[')
        depth++;
      else if ((*at == '>' && at > name && at[-1] != '-') || *at == ')' || *at == ']')
        depth--;
      if (*at == '\0' || (depth == 0 && at[0] == ':' && at[1] == ':'))
        {
          g_ptr_array_add (parts, g_strndup (begin, at - begin));
          if (*at == '\0')
            return parts;
          at++;
          begin = at + 1;
        }
    }
}

static const char *
describe_end (const char *part)
{
  for (guint i = 0; i < G_N_ELEMENTS (coroutines); i++)
    if (g_str_has_prefix (part, coroutines[i].begin))
      return coroutines[i].is;
  return NULL;
}

/* "Mutex" of "&tokio::sync::mutex::Mutex<i32>". */
static char *
dup_self (const char *type_name)
{
  g_autofree char *name = NULL;
  char *begin, *end;

  name = debug_rust_dup_short_name (type_name);
  begin = name + strspn (name, "&* ");
  if (g_str_has_prefix (begin, "mut "))
    begin += strlen ("mut ");
  if (g_str_has_prefix (begin, "Pin<") || g_str_has_prefix (begin, "Arc<") ||
      g_str_has_prefix (begin, "Box<"))
    begin = strchr (begin, '<') + 1;
  begin += strspn (begin, "&* ");
  if (g_str_has_prefix (begin, "mut "))
    begin += strlen ("mut ");
  end = begin + strcspn (begin, "<>, ");
  return g_strndup (begin, end - begin);
}

char *
rust_name_dup_function (const char *type_name, const char *self_name)
{
  g_autoptr (GPtrArray) parts = split (type_name);
  const char *end = parts->pdata[parts->len - 1];
  const char *is = describe_end (end);
  const char *function = NULL;
  gboolean is_method = FALSE;
  g_autofree char *whole = NULL;

  for (guint i = parts->len - 1; i-- > 0 && function == NULL;)
    {
      const char *part = parts->pdata[i];

      if (*part == '{')
        continue;
      function = part;
      is_method = i > 0 && g_str_has_prefix (parts->pdata[i - 1], "{impl#");
    }
  if (function == NULL)
    return debug_rust_dup_short_name (type_name);
  if (is_method && self_name != NULL)
    {
      g_autofree char *self = dup_self (self_name);

      if (*self != '\0' && *self != '{')
        whole = g_strdup_printf ("%s::%s", self, function);
    }
  if (whole == NULL)
    whole = g_strdup (function);
  return is != NULL ? g_strdup_printf ("%s in %s", is, whole) : g_steal_pointer (&whole);
}

void
rust_name_cut_block (char *function)
{
  static const char block[] = "async block in ";

  if (g_str_has_prefix (function, block))
    memmove (function, function + strlen (block), strlen (function + strlen (block)) + 1);
}

char *
rust_name_dup_scope (const char *type_name)
{
  g_autoptr (GPtrArray) parts = split (type_name);
  GString *scope = g_string_new (NULL);

  for (guint i = 0; i + 1 < parts->len; i++)
    g_string_append_printf (scope, "%s%s", i > 0 ? "::" : "", (char *)parts->pdata[i]);
  return g_string_free (scope, FALSE);
}

/* ---- Names of symbols ------------------------------------------------------------------------------ */

/* The newer one has identifiers with their lengths before them: the last is the function's own. */
static char *
dup_last_identifier (const char *symbol)
{
  const char *last = symbol;
  gsize length = strlen (symbol);

  for (const char *at = symbol; *at != '\0';)
    {
      char *end;
      guint64 n = g_ascii_isdigit (*at) ? g_ascii_strtoull (at, &end, 10) : 0;

      if (n == 0 || n > strlen (end))
        {
          at++;
          continue;
        }
      last = end + (*end == '_');
      length = (gsize)n;
      at = end + n;
    }
  return g_strndup (last, length);
}

/* "_ZN5waits4runs17h0174cec15fc4130cE": parts with their lengths before them, the last one a hash. */
static char *
dup_parts (const char *symbol)
{
  GString *name = g_string_new (NULL);
  const char *at = symbol + strlen ("_ZN");

  while (g_ascii_isdigit (*at))
    {
      char *end;
      guint64 n = g_ascii_strtoull (at, &end, 10);
      gboolean is_hash;

      if (n > strlen (end))
        break;
      at = end + n;
      is_hash = n == 17 && *end == 'h' && *at == 'E';
      if (!is_hash)
        g_string_append_printf (name, "%s%.*s", name->len > 0 ? "::" : "", (int)n, end);
    }
  return g_string_free (name, FALSE);
}

char *
rust_name_dup_readable (const char *symbol)
{
  char *name;

  if (g_str_has_prefix (symbol, "_R"))
    return dup_last_identifier (symbol);
  name = g_str_has_prefix (symbol, "_ZN") ? dup_parts (symbol) : g_strdup (symbol);
  debug_rust_unescape (name);
  return name;
}

gboolean
rust_name_matches (const char *name, const char *prefix)
{
  for (; *prefix != '\0'; name++, prefix++)
    {
      if (*name != *prefix)
        return FALSE;
      if (*prefix == '#')
        while (g_ascii_isdigit (name[1]))
          name++;
    }
  return TRUE;
}
