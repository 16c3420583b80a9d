/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Names of C++ and Rust in what is shown: long arguments are cut, and everything else stays. */

#include <string.h>

#include "inspector-names.h"

#define STRING "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >"
#define MAP                                                                                        \
  "std::map<" STRING ", int, std::less<" STRING " >, std::allocator<std::pair<" STRING             \
  " const, int> > >"

static const struct
{
  const char *text, *shown;
} cases[] = {
  { "fetch_posts at request.c:88", "fetch_posts at request.c:88" },
  { "", "" },
  /* Short arguments, and what is written as always. */
  { "std::vector<int, std::allocator<int> >::push_back", "std::vector<int>::push_back" },
  { "store (" STRING ")", "store (std::string)" },
  { "std::vector<" STRING ", std::allocator<" STRING " > >::at", "std::vector<std::string>::at" },
  { "std::unique_ptr<Session, std::default_delete<Session> >::reset",
    "std::unique_ptr<Session>::reset" },
  /* Long ones, also within others, and more than once. */
  { "app::Cache<" MAP ", Loader>::refresh waits", "app::Cache<…>::refresh waits" },
  { "void app::run<std::chrono::duration<long>, Loop>(" MAP " const&, int)",
    "void app::run<…>(std::map<std::string, int> const&, int)" },
  { "Timer<std::ratio<1l, 1000l>, A> has Lock<(anonymous namespace)::Guard>, at a.cc:7",
    "Timer<…> has Lock<…>, at a.cc:7" },
  { "main::{closure#0}<core::option::Option<alloc::string::String>>", "main::{closure#0}<…>" },
  { "tokio::join<fetch::{async_fn_env#0}<i32>, u8>", "tokio::join<…>" },
  /* Brackets that are none of arguments. */
  { "refresh<main()::<lambda()> >", "refresh<main()::<lambda()>>" },
  { "refresh<app::(anonymous namespace)::run()::<lambda(" STRING ")> >::operator()",
    "refresh<…>::operator()" },
  { "operator<(Key<int> const&, Key<int> const&)", "operator<(Key<int> const&, Key<int> const&)" },
  { "bool operator<<less_than_sixteen_characters>",
    "bool operator<<less_than_sixteen_characters>" },
  { "Box<dyn Fn(u8) -> Result<(), Error>>", "Box<…>" },
  { "waits for less than 5 < 6 > 3 of those that are long",
    "waits for less than 5 < 6 > 3 of those that are long" },
  { "GET <https://example.org/a/very/long/path>", "GET <https://example.org/a/very/long/path>" },
  { "cut<off, and nothing that would end it", "cut<off, and nothing that would end it" },
  { "two\nlines<that are\nnone of one name>", "two\nlines<that are\nnone of one name>" },
  { "x<zwölf Zeichen ö>", "x<zwölf Zeichen ö>" },
};

static void
test_arguments (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = inspector_format_names (cases[i].text);

      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

/* A name is what a program says it is. */
static void
test_hostile (void)
{
  static const char *const parts[] = { "a<",        "<",  "(",  ">", ", std::less<",
                                       "operator<", "->", "ö<", ")", " >" };
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *shown = NULL;

      for (guint k = 0; k < 40; k++)
        g_string_append (text, parts[g_rand_int_range (random, 0, G_N_ELEMENTS (parts))]);
      shown = inspector_format_names (text->str);
      g_assert_true (g_utf8_validate (shown, -1, NULL));
      g_assert_cmpuint (strlen (shown), <=, text->len);
    }
}

/* Nor does one of a megabyte of brackets keep anybody waiting, or need a stack of that depth. */
static void
test_deep (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *shown = NULL;

  for (guint i = 0; i < 500000; i++)
    g_string_append (text, "a<");
  shown = inspector_format_names (text->str);
  g_assert_cmpstr (shown, ==, text->str);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/names/arguments", test_arguments);
  g_test_add_func ("/names/hostile", test_hostile);
  g_test_add_func ("/names/deep", test_deep);
  return g_test_run ();
}
