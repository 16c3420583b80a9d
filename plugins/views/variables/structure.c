/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "structure.h"

#include <string.h>

#define MAX_DEPTH 32
#define MAX_PARTS 4096u
#define ARROW " -> "

typedef struct
{
  const char *at;
  guint n_left;
} Reader;

static gboolean read_parts (Reader *self, Value *value, guint depth);

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

/* "name: " before a value; NULL: it has none. */
static char *
read_name (Reader *self)
{
  Reader ahead = *self;
  const char *begin = self->at, *end;

  if (*ahead.at == '"')
    skip_quoted (&ahead);
  else
    ahead.at += strcspn (ahead.at, ":,{}[]\"");
  if (*ahead.at != ':' || ahead.at == begin)
    return NULL;
  end = ahead.at;
  self->at = end + 1;
  skip_spaces (self);
  return g_strndup (begin, end - begin);
}

static Value *
add_part (Value *value, const char *name, const char *begin, const char *end)
{
  g_autofree char *text = g_strndup (begin, end - begin);
  g_autofree char *number = g_strdup_printf ("[%u]", value->parts->len);

  return value_add (value, value_new (name != NULL ? name : number, g_strstrip (text), ""));
}

static gboolean
read_part (Reader *self, Value *value, gboolean has_names, guint depth)
{
  g_autofree char *name = has_names ? read_name (self) : NULL;
  const char *begin = self->at;
  Value *part;

  if (self->n_left == 0 || depth > MAX_DEPTH)
    return FALSE;
  self->n_left--;
  while (*self->at != '\0' && strchr (",{}[]", *self->at) == NULL)
    if (*self->at == '"' || *self->at == '\'')
      skip_quoted (self);
    else
      self->at++;
  part = add_part (value, name, begin, self->at);
  if (*self->at != '{' && *self->at != '[')
    return *part->text != '\0';
  /* What leads to it: "0x55d0". */
  if (g_str_has_suffix (part->text, "->"))
    {
      part->text[strlen (part->text) - 2] = '\0';
      g_strchomp (part->text);
    }
  return read_parts (self, part, depth + 1);
}

/* From a bracket to the one that closes it. */
static gboolean
read_parts (Reader *self, Value *value, guint depth)
{
  gboolean has_names = *self->at == '{';
  char close = has_names ? '}' : ']';

  self->at++;
  skip_spaces (self);
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

void
structure_add_parts (Value *value, const char *text)
{
  const char *arrow = strstr (text, ARROW);
  Reader reader = { arrow != NULL ? arrow + strlen (ARROW) : text, MAX_PARTS };

  if (*reader.at != '{' && *reader.at != '[')
    return;
  if (!read_parts (&reader, value, 0) || *reader.at != '\0')
    g_ptr_array_set_size (value->parts, 0);
}
