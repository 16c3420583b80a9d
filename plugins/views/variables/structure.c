/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "structure.h"

#include <string.h>

#define MAX_DEPTH 32
#define MAX_PARTS 4096u
#define ARROW " -> "
#define CUT "…"
/* What stands before a value, or opens a group. */
#define BEFORE_VALUE " {[(,:<"

typedef struct
{
  const char *begin; /* of the whole text */
  const char *at;
  guint n_left;
} Reader;

static gboolean read_group (Reader *self, Value *value, guint depth);

static void
skip_spaces (Reader *self)
{
  while (*self->at == ' ')
    self->at++;
}

/* Behind the end of what is quoted. */
static void
skip_quoted (Reader *self)
{
  char quote = *self->at++;

  while (*self->at != '\0' && *self->at != quote)
    self->at += *self->at == '\\' && self->at[1] != '\0' ? 2 : 1;
  if (*self->at == quote)
    self->at++;
}

/* An apostrophe within a word is none. */
static gboolean
is_quote (const Reader *self)
{
  return *self->at == '"' || (*self->at == '\'' && (self->at == self->begin ||
                                                    strchr (BEFORE_VALUE, self->at[-1]) != NULL));
}

/* Of the value that begins at @begin: "Pair(-3, true)" has parts, "went wrong (code 7)" has none. */
static gboolean
is_group (const Reader *self, const char *begin)
{
  return *self->at == '{' || *self->at == '[' ||
         (*self->at == '(' && (self->at == begin || g_ascii_isalnum (self->at[-1]) ||
                               strchr ("_>", self->at[-1]) != NULL));
}

/* "name: " before a value; NULL: it has none. */
static char *
read_name (Reader *self)
{
  Reader ahead = *self;
  const char *begin = self->at, *end;

  if (is_quote (&ahead))
    skip_quoted (&ahead);
  else
    ahead.at += strcspn (ahead.at, ":,{}[]()\"");
  if (ahead.at[0] != ':' || ahead.at[1] != ' ' || ahead.at == begin)
    return NULL;
  end = ahead.at;
  self->at = end + 1;
  skip_spaces (self);
  return g_strndup (begin, end - begin);
}

static char *
dup_stripped (const char *begin, const char *end)
{
  return g_strstrip (g_strndup (begin, end - begin));
}

/* What stands between two groups is the name of the second: "{a: 1} private: {b: 2}". */
static Value *
add_named_group (Value *value, const char *begin, const char *end)
{
  g_autofree char *name = dup_stripped (begin, end);

  if (g_str_has_suffix (name, ":"))
    name[strlen (name) - 1] = '\0';
  return *name != '\0' ? value_add (value, value_new (name, "", "")) : value;
}

/* A value to its end, which is a comma or what closes the group that it is in. */
static gboolean
read_value (Reader *self, Value *value, guint depth)
{
  const char *value_begin = self->at, *after_group = NULL;

  while (*self->at != '\0' && strchr (",}])", *self->at) == NULL)
    if (is_quote (self))
      skip_quoted (self);
    else if (is_group (self, value_begin))
      {
        const char *begin = self->at;
        Value *group = after_group != NULL ? add_named_group (value, after_group, begin) : value;

        if (!read_group (self, group, depth + 1))
          return FALSE;
        if (group != value)
          {
            g_free (group->text);
            group->text = dup_stripped (begin, self->at);
          }
        after_group = self->at;
      }
    else if (*self->at == '(')
      {
        /* "(code 7)" */
        self->at += strcspn (self->at, ")");
        self->at += *self->at == ')';
      }
    else
      self->at++;
  return TRUE;
}

/* What was left out is told as the last part. */
static void
name_part (Value *value, Value *part, char *name)
{
  g_free (part->name);
  if (name != NULL)
    part->name = name;
  else if (g_str_has_prefix (part->text, CUT))
    {
      part->name = g_strdup (CUT);
      memmove (part->text, part->text + strlen (CUT), strlen (part->text) - strlen (CUT) + 1);
      g_strstrip (part->text);
    }
  else
    part->name = g_strdup_printf ("[%u]", value->parts->len - 1);
}

static gboolean
read_part (Reader *self, Value *value, gboolean has_names, guint depth)
{
  char *name = has_names ? read_name (self) : NULL;
  const char *begin = self->at;
  Value *part;
  gboolean is_whole;

  if (self->n_left == 0 || depth > MAX_DEPTH)
    {
      g_free (name);
      return FALSE;
    }
  self->n_left--;
  part = value_add (value, value_new ("", "", ""));
  is_whole = read_value (self, part, depth);
  g_free (part->text);
  part->text = dup_stripped (begin, self->at);
  if (*part->text == '\0')
    is_whole = FALSE;
  name_part (value, part, name);
  g_free (part->type);
  part->type = structure_dup_type (part->text);
  return is_whole;
}

/* "uv_tcp_s {…}": it is not told of what it has. */
static gboolean
skip_untold (Reader *self, char close)
{
  if (!g_str_has_prefix (self->at, CUT) || self->at[strlen (CUT)] != close)
    return FALSE;
  self->at += strlen (CUT) + 1;
  return TRUE;
}

/* From a bracket to the one that closes it. */
static gboolean
read_group (Reader *self, Value *value, guint depth)
{
  gboolean has_names = *self->at == '{';
  char close = has_names ? '}' : *self->at == '[' ? ']' : ')';

  self->at++;
  skip_spaces (self);
  if (skip_untold (self, close))
    return TRUE;
  while (*self->at != '\0' && *self->at != close)
    {
      if (!read_part (self, value, has_names, depth))
        return FALSE;
      skip_spaces (self);
      if (*self->at == ',')
        self->at++;
      else if (*self->at != close)
        return FALSE;
      skip_spaces (self);
    }
  if (*self->at != close)
    return FALSE;
  self->at++;
  return TRUE;
}

/* Behind "0x55d0 -> ", where it leads to something. */
static const char *
skip_address (const char *text)
{
  const char *arrow = strstr (text, ARROW);

  return g_str_has_prefix (text, "0x") && arrow != NULL && arrow == strchr (text, ' ')
             ? arrow + strlen (ARROW)
             : text;
}

/* Behind the name of a type: "tokio::time::Instant", "Vec<u8>" */
static const char *
skip_type (const char *text)
{
  for (;;)
    if (g_str_has_prefix (text, "::"))
      text += 2;
    else if (g_ascii_isalnum (*text) || (*text != '\0' && strchr ("_<>&", *text) != NULL))
      text++;
    else
      return text;
}

/* "{", "request {", "Some(": a sentence that has a brace in it is no structure. */
static gboolean
is_structure (const char *text)
{
  const char *end = skip_type (text);

  return (*end != '\0' && strchr ("{[(", *end) != NULL) ||
         (end > text && g_str_has_prefix (end, " {"));
}

void
structure_add_parts (Value *value, const char *text)
{
  const char *begin = skip_address (text);
  Reader reader = { begin, begin, MAX_PARTS };

  if (!is_structure (begin))
    return;
  if (!read_value (&reader, value, 0) || *reader.at != '\0')
    g_ptr_array_set_size (value->parts, 0);
}

/* ---- Types ---------------------------------------------------------------------------------------- */

/* Forms of Rust's own types that everybody knows by these. */
static const struct
{
  const char *form, *type;
} forms[] = { { "Some", "Option" }, { "None", "Option" }, { "Ok", "Result" }, { "Err", "Result" } };

static const struct
{
  const char *first; /* one of these characters */
  const char *type;
} signs[] = { { "\"", "text" }, { "'", "character" }, { "[", "list" }, { "(", "tuple" } };

/* "request {id: 12}", "User{id: 5}", "Pair(-3, true)", "None" */
static char *
dup_name (const char *text)
{
  const char *end = skip_type (text);
  g_autofree char *name = g_strndup (text, end - text);

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (g_str_equal (name, forms[i].form))
      return g_strdup (forms[i].type);
  return is_structure (text) ? g_steal_pointer (&name) : g_strdup ("");
}

static char *
dup_type_of_number (const char *text)
{
  char *end = NULL;

  g_ascii_strtoll (text, &end, 10);
  if (*end == '\0')
    return g_strdup ("integer");
  g_ascii_strtod (text, &end);
  return g_strdup (*end == '\0' ? "real" : "");
}

char *
structure_dup_type (const char *text)
{
  const char *target = skip_address (text);

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (target == text && *text != '\0' && strchr (signs[i].first, *text) != NULL)
      return g_strdup (signs[i].type);
  if (g_str_equal (text, "true") || g_str_equal (text, "false"))
    return g_strdup ("boolean");
  if (target != text)
    {
      g_autofree char *name = dup_name (target);

      return *name != '\0' ? g_strdup_printf ("%s *", name) : g_strdup ("pointer");
    }
  if (g_str_equal (text, "NULL") || g_str_has_prefix (text, "0x"))
    return g_strdup ("pointer");
  if (g_ascii_isdigit (*text) || *text == '-' || *text == '.')
    return dup_type_of_number (text);
  return dup_name (text);
}
