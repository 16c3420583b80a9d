/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The heads of requests as HTTP/2 sends them: those of RFC 7541, those that h2 makes, and what is none. */

#include "hpack.h"

#include <string.h>

#define HEAD(bytes) bytes, sizeof bytes - 1

typedef struct
{
  const char *name;
  const char *bytes;
  gsize length;
  const char *request; /* NULL: it is none */
} HeadCase;

static const HeadCase heads[] = {
  /* RFC 7541, C.3.1 and C.4.1: the same without and with codes */
  { "plain", HEAD ("\x82\x86\x84\x41\x0fwww.example.com"), "GET /" },
  { "coded", HEAD ("\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"),
    "GET /" },
  /* C.2.2 */
  { "literal-path", HEAD ("\x04\x0c/sample/path"), "/sample/path" },
  /* C.4.3, whose host refers to what was sent before */
  { "earlier-host",
    HEAD ("\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8"),
    "GET /index.html" },
  { "coded-path", HEAD ("\x83\x86\xbe\x04\x84\x63\xc0\xfd\x7f"), "POST /way" },
  { "rare-method", HEAD ("\x42\x03PUT\x87\x41\x01h\x04\x02/x"), "PUT /x" },
  /* A rare method that was sent before is a number of the connection's. */
  { "earlier-method", HEAD ("\xbf\x87\xbe\x04\x02/x"), "/x" },
  { "table-size-first", HEAD ("\x3f\xe1\x1f\x82\x86\x84"), "GET /" },
  { "never-indexed", HEAD ("\x82\x86\x14\x02/x"), "GET /x" },
  { "asterisk", HEAD ("\x42\x07OPTIONS\x04\x01*"), "OPTIONS *" },
  { "no-path", HEAD ("\x82\x86"), NULL },
  { "an-answer", HEAD ("\x88\x58\x07private"), NULL },
  { "empty", HEAD (""), NULL },
  { "cut-in-path", HEAD ("\x82\x04\x0c/sam"), NULL },
  { "cut-in-number", HEAD ("\x82\x04\x7f\x80"), NULL },
  { "endless-number", HEAD ("\x82\x04\x7f\xff\xff\xff\xff\xff\xff"), NULL },
  { "no-slash", HEAD ("\x82\x04\x02xy"), NULL },
  { "control-characters", HEAD ("\x82\x04\x03/\x1b["), NULL },
  { "number-zero", HEAD ("\x82\x80\x84"), NULL },
  { "filled-too-far", HEAD ("\x82\x04\x82\x63\xff"), NULL },
};

static void
test_head (gconstpointer data)
{
  const HeadCase *head = data;
  g_autofree guint8 *bytes = g_memdup2 (head->bytes, head->length);
  g_autofree char *request = rust_hpack_dup_request (bytes, head->length);

  g_assert_cmpstr (request, ==, head->request);
}

/* All characters that may be in an address, by their codes: those of RFC 7541, appendix B. */
static void
test_every_character (void)
{
  static const struct
  {
    char character;
    guint32 code;
    guint bits;
  } rows[] = {
    { '!', 0x3f8, 10 },  { '"', 0x3f9, 10 },  { '#', 0xffa, 12 },  { '$', 0x1ff9, 13 },
    { '%', 0x15, 6 },    { '&', 0xf8, 8 },    { '\'', 0x7fa, 11 }, { '(', 0x3fa, 10 },
    { ')', 0x3fb, 10 },  { '*', 0xf9, 8 },    { '+', 0x7fb, 11 },  { ',', 0xfa, 8 },
    { '-', 0x16, 6 },    { '.', 0x17, 6 },    { '/', 0x18, 6 },    { '0', 0x0, 5 },
    { '2', 0x2, 5 },     { '3', 0x19, 6 },    { '9', 0x1f, 6 },    { ':', 0x5c, 7 },
    { ';', 0xfb, 8 },    { '<', 0x7ffc, 15 }, { '=', 0x20, 6 },    { '>', 0xffb, 12 },
    { '?', 0x3fc, 10 },  { '@', 0x1ffa, 13 }, { 'A', 0x21, 6 },    { 'B', 0x5d, 7 },
    { 'W', 0x72, 7 },    { 'X', 0xfc, 8 },    { 'Y', 0x73, 7 },    { 'Z', 0xfd, 8 },
    { '[', 0x1ffb, 13 }, { ']', 0x1ffc, 13 }, { '^', 0x3ffc, 14 }, { '_', 0x22, 6 },
    { '`', 0x7ffd, 15 }, { 'a', 0x3, 5 },     { 'b', 0x23, 6 },    { 'j', 0x74, 7 },
    { 't', 0x9, 5 },     { 'u', 0x2d, 6 },    { 'z', 0x7b, 7 },    { '{', 0x7ffe, 15 },
    { '|', 0x7fc, 11 },  { '}', 0x3ffd, 14 }, { '~', 0x1ffd, 13 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      /* "/", the character, and ones to the end. */
      guint32 bits =
          0x18u << 26 | rows[i].code << (26 - rows[i].bits) | ((1u << (26 - rows[i].bits)) - 1);
      guint8 n = (guint8)((6 + rows[i].bits + 7) / 8);
      guint8 head[6] = { 0x04, 0x80 | n };
      char path[] = { '/', rows[i].character, '\0' };
      g_autofree char *request = NULL;

      for (guint k = 0; k < 4; k++)
        head[2 + k] = (guint8)(bits >> (24 - 8 * k));
      request = rust_hpack_dup_request (head, 2 + n);
      g_assert_cmpstr (request, ==, path);
    }
}

/* Of all that begins as a request does nothing is read that is not there: the sanitizers see to it. */
static void
test_noise (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7541);

  for (guint i = 0; i < 20000; i++)
    {
      gsize length = (gsize)g_rand_int_range (random, 1, 24);
      g_autofree guint8 *bytes = g_malloc (length);
      g_autofree char *request = NULL;

      for (gsize k = 0; k < length; k++)
        bytes[k] = (guint8)g_rand_int_range (random, 0, 256);
      bytes[0] = g_rand_boolean (random) ? 0x82 : 0x04;
      request = rust_hpack_dup_request (bytes, length);
      g_assert_true (request == NULL || g_utf8_validate (request, -1, NULL));
    }
}

/* What is in a buffer after requests on streams 1, 3 and 5, and what was written over them. */
static void
test_sent (void)
{
  static const char settings[] = "\0\0\0\4\1\0\0\0\0", ping[] = "\0\0\x8\6\0\0\0\0\0"
                                                                "12345678";
  static const char three[] = "\0\0\6\1\5\0\0\0\1\x82\x86\x04\2/a"
                              "\0\0\6\1\5\0\0\0\3\x83\x86\x04\2/b"
                              "\0\0\6\1\5\0\0\0\5\x82\x86\x04\2/c";
  static const struct
  {
    const char *over;
    gsize n_over;
    gsize n_sent; /* of @three */
    guint32 number;
    gboolean is_newest;
    const char *request;
  } rows[] = {
    { "", 0, sizeof three - 1, 1, FALSE, "GET /a" },
    { "", 0, sizeof three - 1, 3, FALSE, "POST /b" },
    { "", 0, sizeof three - 1, 5, TRUE, "GET /c" },
    { "", 0, sizeof three - 1, 7, TRUE, NULL },
    { settings, sizeof settings - 1, sizeof three - 1, 1, FALSE, "GET /a" },
    { settings, sizeof settings - 1, sizeof three - 1, 3, FALSE, "POST /b" },
    { settings, sizeof settings - 1, sizeof three - 1, 7, TRUE, NULL },
    { settings, sizeof settings - 1, 15, 1, TRUE, "GET /a" },
    /* It may be of one of those that came later. */
    { settings, sizeof settings - 1, 15, 1, FALSE, NULL },
    { settings, sizeof settings - 1, 15, 3, TRUE, NULL },
    /* More was written over it than the number of its stream. */
    { ping, sizeof ping - 1, sizeof three - 1, 1, FALSE, NULL },
    /* Of the second one no more than how long it is. */
    { ping, sizeof ping - 1, sizeof three - 1, 3, FALSE, "POST /b" },
    { ping, sizeof ping - 1, sizeof three - 1, 5, TRUE, "GET /c" },
    { "", 0, 0, 1, TRUE, NULL },
    { "", 0, 9, 1, TRUE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree guint8 *sent = g_memdup2 (three, MAX (rows[i].n_sent, 1));
      g_autofree char *request = NULL;

      memcpy (sent, rows[i].over, MIN (rows[i].n_over, rows[i].n_sent));
      request = rust_hpack_dup_sent (sent, rows[i].n_sent, rows[i].number, rows[i].is_newest);
      g_test_message ("%u", (guint)i);
      g_assert_cmpstr (request, ==, rows[i].request);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autofree char *path = g_strconcat ("/rust-hpack/head/", heads[i].name, NULL);

      g_test_add_data_func (path, &heads[i], test_head);
    }
  g_test_add_func ("/rust-hpack/every-character", test_every_character);
  g_test_add_func ("/rust-hpack/noise", test_noise);
  g_test_add_func ("/rust-hpack/sent", test_sent);
  return g_test_run ();
}
