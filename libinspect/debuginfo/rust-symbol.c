/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The grammar is that of Rust's RFC 2603, "symbol name mangling v0". Names come from any program: how deep they go, how
 * many steps they take and how long they become is bounded. */

#include "config.h"

#include "debuginfo/rust-symbol.h"

#include <string.h>

#define MAX_DEPTH 96
#define MAX_STEPS 8192 /* what a name refers back to is read once more */
#define MAX_BYTES 4096

typedef struct
{
  const char *text; /* behind "_R" */
  gsize length, at;
  GString *out;
  guint depth, steps;
  guint silent; /* what is read is not said */
  gboolean failed;
} Name;

static void read_path (Name *self, gboolean in_type);
static void read_type (Name *self);

static void
fail (Name *self)
{
  self->failed = TRUE;
  self->at = self->length;
}

static char
peek (const Name *self)
{
  return self->at < self->length ? self->text[self->at] : '\0';
}

static char
take (Name *self)
{
  char c = peek (self);

  if (c == '\0')
    fail (self);
  else
    self->at++;
  return c;
}

static gboolean
try_take (Name *self, char c)
{
  if (peek (self) != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static void
say (Name *self, const char *text, gssize length)
{
  if (self->silent > 0)
    return;
  if (self->out->len > MAX_BYTES)
    fail (self);
  else
    g_string_append_len (self->out, text, length);
}

/* Each thing that is read is within another one. */
static gboolean
enter (Name *self)
{
  if (++self->depth <= MAX_DEPTH && ++self->steps <= MAX_STEPS && !self->failed)
    return TRUE;
  fail (self);
  return FALSE;
}

static void
leave (Name *self)
{
  self->depth--;
}

/* ---- Numbers and identifiers ------------------------------------------------------------------- */

static int
get_digit (char c)
{
  if (g_ascii_isdigit (c))
    return c - '0';
  if (g_ascii_islower (c))
    return c - 'a' + 10;
  return g_ascii_isupper (c) ? c - 'A' + 36 : -1;
}

/* "_" is 0, "0_" is 1. */
static guint64
read_base_62 (Name *self)
{
  guint64 value = 0;

  if (try_take (self, '_'))
    return 0;
  while (!self->failed && !try_take (self, '_'))
    {
      int digit = get_digit (take (self));

      if (digit < 0 || value > (G_MAXUINT64 - 61) / 62)
        fail (self);
      else
        value = value * 62 + (guint64)digit;
    }
  return value + 1;
}

static guint64
read_marked (Name *self, char mark)
{
  return try_take (self, mark) ? read_base_62 (self) + 1 : 0;
}

static const char *
read_identifier (Name *self, gsize *ret_length)
{
  gsize length = 0;
  const char *start;

  try_take (self, 'u');
  if (!g_ascii_isdigit (peek (self)))
    fail (self);
  if (!try_take (self, '0'))
    while (g_ascii_isdigit (peek (self)) && length <= self->length)
      length = length * 10 + (gsize)(take (self) - '0');
  try_take (self, '_');
  *ret_length = 0;
  if (self->failed || length > self->length - self->at)
    {
      fail (self);
      return "";
    }
  start = self->text + self->at;
  self->at += length;
  *ret_length = length;
  return start;
}

/* What is meant stands further to the left. */
static void
read_again (Name *self, void (*read) (Name *self, gboolean in_type), gboolean in_type)
{
  gsize here = self->at - 1;
  guint64 to = read_base_62 (self);
  gsize behind = self->at;

  if (self->failed || to >= here)
    {
      fail (self);
      return;
    }
  self->at = (gsize)to;
  read (self, in_type);
  self->at = self->failed ? self->length : behind;
}

/* ---- Paths --------------------------------------------------------------------------------------- */

static void
read_named (Name *self, gboolean in_type)
{
  char space = take (self);
  guint64 number;
  gsize length;
  const char *name;

  read_path (self, in_type);
  number = read_marked (self, 's');
  name = read_identifier (self, &length);
  if (g_ascii_isupper (space))
    {
      g_autofree char *text =
          g_strdup_printf ("::{%s%s%.*s#%" G_GUINT64_FORMAT "}", space == 'C' ? "closure" : "shim",
                           length > 0 ? ":" : "", (int)length, name, number);

      say (self, text, -1);
    }
  else if (length > 0)
    {
      say (self, "::", 2);
      say (self, name, (gssize)length);
    }
}

static void
read_impl (Name *self, gboolean has_trait, gboolean has_place)
{
  if (has_place)
    {
      self->silent++;
      read_marked (self, 's');
      read_path (self, TRUE);
      self->silent--;
    }
  say (self, "<", 1);
  read_type (self);
  if (has_trait)
    {
      say (self, " as ", 4);
      read_path (self, TRUE);
    }
  say (self, ">", 1);
}

static void
read_constant (Name *self, gboolean in_type)
{
  gboolean is_negative;
  gsize start;

  if (try_take (self, 'p'))
    {
      say (self, "_", 1);
      return;
    }
  if (try_take (self, 'B'))
    {
      read_again (self, read_constant, in_type);
      return;
    }
  self->silent++;
  read_type (self);
  self->silent--;
  is_negative = try_take (self, 'n');
  start = self->at;
  while (g_ascii_isxdigit (peek (self)))
    self->at++;
  say (self, is_negative ? "-0x" : "0x", -1);
  say (self, self->text + start, (gssize)(self->at - start));
  if (take (self) != '_')
    fail (self);
}

static void
read_argument (Name *self)
{
  if (try_take (self, 'L'))
    {
      read_base_62 (self);
      say (self, "'_", 2);
    }
  else if (try_take (self, 'K'))
    read_constant (self, TRUE);
  else
    read_type (self);
}

static void
read_list (Name *self, void (*read) (Name *self))
{
  for (guint i = 0; !self->failed && !try_take (self, 'E'); i++)
    {
      if (i > 0)
        say (self, ", ", 2);
      read (self);
    }
}

static void
read_generic (Name *self, gboolean in_type)
{
  read_path (self, in_type);
  self->silent += !in_type;
  say (self, "<", 1);
  read_list (self, read_argument);
  say (self, ">", 1);
  self->silent -= !in_type;
}

static void
read_crate (Name *self)
{
  gsize length;
  const char *name;

  read_marked (self, 's');
  name = read_identifier (self, &length);
  say (self, name, (gssize)length);
}

static void
read_path (Name *self, gboolean in_type)
{
  if (!enter (self))
    return;
  switch (take (self))
    {
    case 'C':
      read_crate (self);
      break;
    case 'M':
      read_impl (self, FALSE, TRUE);
      break;
    case 'X':
      read_impl (self, TRUE, TRUE);
      break;
    case 'Y':
      read_impl (self, TRUE, FALSE);
      break;
    case 'N':
      read_named (self, in_type);
      break;
    case 'I':
      read_generic (self, in_type);
      break;
    case 'B':
      read_again (self, read_path, in_type);
      break;
    default:
      fail (self);
    }
  leave (self);
}

/* ---- Types --------------------------------------------------------------------------------------- */

static const char *
find_basic (char letter)
{
  static const char *const basic[] = {
    ['a' - 'a'] = "i8",    ['b' - 'a'] = "bool", ['c' - 'a'] = "char", ['d' - 'a'] = "f64",
    ['e' - 'a'] = "str",   ['f' - 'a'] = "f32",  ['h' - 'a'] = "u8",   ['i' - 'a'] = "isize",
    ['j' - 'a'] = "usize", ['l' - 'a'] = "i32",  ['m' - 'a'] = "u32",  ['n' - 'a'] = "i128",
    ['o' - 'a'] = "u128",  ['p' - 'a'] = "_",    ['s' - 'a'] = "i16",  ['t' - 'a'] = "u16",
    ['u' - 'a'] = "()",    ['v' - 'a'] = "...",  ['x' - 'a'] = "i64",  ['y' - 'a'] = "u64",
    ['z' - 'a'] = "!",
  };

  return g_ascii_islower (letter) ? basic[letter - 'a'] : NULL;
}

static void
read_reference (Name *self, const char *sign)
{
  if (try_take (self, 'L'))
    read_base_62 (self);
  say (self, sign, -1);
  read_type (self);
}

static void
read_function (Name *self)
{
  gsize length;

  read_marked (self, 'G');
  if (try_take (self, 'U'))
    say (self, "unsafe ", -1);
  if (try_take (self, 'K') && !try_take (self, 'C'))
    read_identifier (self, &length);
  say (self, "fn(", -1);
  read_list (self, read_type);
  say (self, ")", 1);
  if (try_take (self, 'u'))
    return;
  say (self, " -> ", -1);
  read_type (self);
}

static void
read_trait (Name *self)
{
  gsize length;

  read_path (self, TRUE);
  /* What its associated types are. */
  self->silent++;
  while (!self->failed && try_take (self, 'p'))
    {
      read_identifier (self, &length);
      read_type (self);
    }
  self->silent--;
}

static void
read_traits (Name *self)
{
  read_marked (self, 'G');
  say (self, "dyn ", 4);
  for (guint i = 0; !self->failed && !try_take (self, 'E'); i++)
    {
      if (i > 0)
        say (self, " + ", 3);
      read_trait (self);
    }
  if (take (self) != 'L')
    fail (self);
  else
    read_base_62 (self);
}

static void
read_type_again (Name *self, gboolean in_type)
{
  read_type (self);
}

static void
read_array (Name *self, gboolean has_length)
{
  say (self, "[", 1);
  read_type (self);
  if (has_length)
    {
      say (self, "; ", 2);
      read_constant (self, TRUE);
    }
  say (self, "]", 1);
}

static void
read_tuple (Name *self)
{
  say (self, "(", 1);
  read_list (self, read_type);
  say (self, ")", 1);
}

static void
read_type (Name *self)
{
  const char *basic = find_basic (peek (self));
  char letter;

  if (!enter (self))
    return;
  letter = take (self);
  if (basic != NULL)
    say (self, basic, -1);
  else if (letter == 'R' || letter == 'Q')
    read_reference (self, letter == 'R' ? "&" : "&mut ");
  else if (letter == 'P' || letter == 'O')
    read_reference (self, letter == 'P' ? "*const " : "*mut ");
  else if (letter == 'A' || letter == 'S')
    read_array (self, letter == 'A');
  else if (letter == 'T')
    read_tuple (self);
  else if (letter == 'F')
    read_function (self);
  else if (letter == 'D')
    read_traits (self);
  else if (letter == 'B')
    read_again (self, read_type_again, TRUE);
  else if (!self->failed)
    {
      self->at--;
      read_path (self, TRUE);
    }
  leave (self);
}

/* ---- Names --------------------------------------------------------------------------------------- */

char *
debug_rust_demangle (const char *name)
{
  Name self = { .out = NULL };

  if (name == NULL || !g_str_has_prefix (name, "_R"))
    return NULL;
  self.text = name + 2;
  /* What was added to it by a linker is no part of it. */
  self.length = strcspn (self.text, ".$");
  self.out = g_string_new (NULL);
  read_path (&self, FALSE);
  if (!self.failed && self.at < self.length)
    {
      self.silent++; /* the crate that it was made for */
      read_path (&self, FALSE);
    }
  if (self.failed || self.at != self.length || self.out->len == 0)
    {
      g_string_free (self.out, TRUE);
      return NULL;
    }
  return g_string_free (self.out, FALSE);
}
