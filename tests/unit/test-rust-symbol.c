/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Names of Rust's functions, of both manglings. */

#include <string.h>

#include "debuginfo/demangle.h"
#include "debuginfo/rust.h"

/* As rustc 1.80 and later wrote them, and as its own tools read them but for what a function was made for. */
static const struct
{
  const char *name;
  const char *text; /* NULL: it is no such name */
} rust_names[] = {
  { "_RNvCs9lDNNzzaJMq_4shop4main", "shop::main" },
  { "_RNvNvMs0_NtNtNtCsjrHSEGnQ3l9_3std3sys6thread4unixNtB7_6Thread3new12thread_start",
    "<std::sys::thread::unix::Thread>::new::thread_start" },
  { "_RNCNvNtCs123_4shop6orders4book0B5_", "shop::orders::book::{closure#0}" },
  { "_RNCNCNvC1a1b00B5_", "a::b::{closure#0}::{closure#0}" },
  { "_RNCNvC1a1bs_0B3_", "a::b::{closure#1}" },
  { "_RINvNtC3std3mem8align_ofdE", "std::mem::align_of" },
  { "_RNvMs_C4shopINtC3std3VecNtB4_5OrderE4push", "<std::Vec<shop::Order>>::push" },
  { "_RNvXs_C4shopNtB4_5OrderNtNtC4core3fmt5Debug3fmt", "<shop::Order as core::fmt::Debug>::fmt" },
  { "_RNvYRShNtC4shop5Bytes3len", "<&[u8] as shop::Bytes>::len" },
  { "_RNvMC1aTQlOeAhj5_FUKCmEuDNtB2_1TEL_E1f",
    "<(&mut i32, *mut str, [u8; 0x5], unsafe fn(u32), dyn a::T)>::f" },
  { "_RNvC1a1b.llvm.123", "a::b" },
  { "_RNvC1a9b", NULL },    /* shorter than it says */
  { "_RNvC1a", NULL },      /* cut */
  { "_RB_", NULL },         /* refers to itself */
  { "_RNvB1_1a", NULL },    /* in a circle */
  { "_R", NULL },           /* nothing */
  { "_RNvC1a1bB9_", NULL }, /* refers to what is to come */
  { "_Reset", NULL },       /* of C */
};

static void
test_demangle_rust (void)
{
  g_autofree char *deep = g_strnfill (2000, 'S');

  for (guint i = 0; i < G_N_ELEMENTS (rust_names); i++)
    {
      g_autofree char *text = debug_demangle (rust_names[i].name);

      g_assert_cmpstr (text, ==, rust_names[i].text);
    }
  memcpy (deep, "_RNvM", 5);
  g_assert_null (debug_demangle (deep));
}

/* Bytes of names in any order: each comes to an end. */
static void
test_demangle_rust_nonsense (void)
{
  static const char letters[] = "CMXYNIBLKRQPOASTFDEGUnpsuv_0123456789abhl";
  g_autoptr (GRand) rand = g_rand_new_with_seed (4711);

  for (guint i = 0; i < 20000; i++)
    {
      char name[64] = "_R";
      guint length = (guint)g_rand_int_range (rand, 3, sizeof name - 1);
      g_autofree char *text = NULL;

      for (guint j = 2; j < length; j++)
        name[j] = letters[g_rand_int_range (rand, 0, sizeof letters - 1)];
      text = debug_demangle (name);
      g_assert_true (text == NULL || strlen (text) < 8192);
    }
}

/* What the older mangling has for signs that C++ has not. */
static void
test_unescape_rust (void)
{
  static const char *const cases[][2] = {
    { "tokio::runtime::task::LocalNotified$LT$S$GT$::run",
      "tokio::runtime::task::LocalNotified<S>::run" },
    { "worker::run::_$u7b$$u7b$closure$u7d$$u7d$", "worker::run::{{closure}}" },
    { "_$LT$tokio..task..Task$LT$T$GT$$u20$as$u20$core..Future$GT$::poll",
      "<tokio::task::Task<T> as core::Future>::poll" },
    { "_private::$x::a_$b::u$u", "_private::$x::a_$b::u$u" },
    { "$u0$", "$u0$" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strdup (cases[i][0]);

      debug_rust_unescape (name);
      g_assert_cmpstr (name, ==, cases[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rust-symbol/names", test_demangle_rust);
  g_test_add_func ("/rust-symbol/nonsense", test_demangle_rust_nonsense);
  g_test_add_func ("/rust-symbol/older-names", test_unescape_rust);
  return g_test_run ();
}
