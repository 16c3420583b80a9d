/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Numbers, addresses and foreign text as people read them. */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include "model/format.h"

typedef struct
{
  gint64 value;
  const char *text;
} NumberCase;

static const NumberCase durations[] = {
  { -5, "0 ns" },
  { 0, "0 ns" },
  { 999, "999 ns" },
  { 1000, "1.0 µs" },
  { 12345, "12.3 µs" },
  { 999499, "999 µs" },
  { 999500, "1.0 ms" },
  { 14700000, "14.7 ms" },
  { 99949999, "99.9 ms" },
  { 99950000, "100 ms" },
  { 145 * 1000000, "145 ms" },
  { 999499999, "999 ms" },
  { 999500000, "1.0 s" },
  { 2300000000, "2.3 s" },
  { 59949999999, "59.9 s" },
  { 59950000000, "1 m 0 s" },
  { 323000000000, "5 m 23 s" },
  { 3600000000000, "1 h 0 m" },
  { 90000000000000, "1 d 1 h" },
  { G_MAXINT64, "106751 d 23 h" },
};

static const NumberCase counts[] = {
  { 0, "0" }, { 999, "999" }, { 1200, "1,200" }, { 41203, "41,203" }, { 1234567, "1,234,567" },
};

static const NumberCase sizes[] = {
  { 0, "0 B" },
  { 87, "87 B" },
  { 1023, "1023 B" },
  { 1024, "1.0 KiB" },
  { 1258291, "1.2 MiB" },
  { 1048575, "1.0 MiB" },
  { 200 * 1024, "200 KiB" },
  { G_MAXINT64, "8.0 EiB" },
};

static void
test_numbers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      g_autofree char *text = model_format_duration (durations[i].value);
      g_assert_cmpstr (text, ==, durations[i].text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree char *text = model_format_count (counts[i].value);
      g_assert_cmpstr (text, ==, counts[i].text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = model_format_bytes (sizes[i].value);
      g_assert_cmpstr (text, ==, sizes[i].text);
    }
}

static void
test_percent (void)
{
  g_autofree char *some = model_format_percent (0.006);
  g_autofree char *none = model_format_percent (0);
  g_autofree char *little = model_format_percent (0.0001);
  g_autofree char *nonsense = model_format_percent (0.0 / 0.0);

  g_assert_cmpstr (some, ==, "0.6 %");
  g_assert_cmpstr (none, ==, "0.0 %");
  g_assert_cmpstr (little, ==, "under 0.1 %");
  g_assert_cmpstr (nonsense, ==, "0.0 %");
}

static void
test_status (void)
{
  g_autofree char *none = model_format_status (0);
  g_autofree char *refused = model_format_status (-ECONNREFUSED);
  g_autofree char *unknown = model_format_status (-4095);

  g_assert_cmpstr (none, ==, "");
  g_assert_nonnull (strstr (refused, "(ECONNREFUSED)"));
  g_assert_cmpstr (unknown, ==, "error -4095");
}

static void
assert_address (gconstpointer bytes, gsize length, const char *expected)
{
  g_autofree char *text = model_format_sockaddr (bytes, length);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_addresses (void)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET,
                            .sin_port = htons (8080),
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                             .sin6_port = htons (80),
                             .sin6_addr = IN6ADDR_LOOPBACK_INIT };
  struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "/run/a" };
  struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0bus" };

  assert_address (&v4, sizeof v4, "127.0.0.1:8080");
  assert_address (&v6, sizeof v6, "[::1]:80");
  assert_address (&path, sizeof path, "/run/a");
  assert_address (&abstract, G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 4, "@bus");
  assert_address (&path, sizeof (sa_family_t), "");
  /* Cut short, and of a family that nobody knows. */
  for (gsize length = 0; length < sizeof v4; length++)
    assert_address (&v4, length, "?");
  v4.sin_family = 4711;
  assert_address (&v4, sizeof v4, "?");
}

typedef struct
{
  const char *bytes;
  gsize length;
  const char *text;
} TextCase;

static const TextCase texts[] = {
  { "plain", 5, "plain" },
  { "äß日", 7, "äß日" },
  { "a\033[31mb", 7, "a\357\277\275[31mb" },
  { "a\nb\tc", 5, "a\357\277\275b\357\277\275c" },
  { "\xff", 1, "\357\277\275" },
  { "a\0b", 3, "a\357\277\275b" },
  { "\302\233m", 3, "\357\277\275m" },     /* C1 CSI */
  { "\342\200\256x", 4, "\357\277\275x" }, /* turns what follows around */
  { "", 0, "" },
};

static void
test_foreign_text (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = model_format_text (texts[i].bytes, texts[i].length);
      g_assert_cmpstr (text, ==, texts[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/format/numbers", test_numbers);
  g_test_add_func ("/format/percent", test_percent);
  g_test_add_func ("/format/status", test_status);
  g_test_add_func ("/format/addresses", test_addresses);
  g_test_add_func ("/format/foreign-text", test_foreign_text);
  return g_test_run ();
}
