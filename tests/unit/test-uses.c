/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What callbacks take their pointers for, and which structs have handles in them. */

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <gio/gio.h>

#include "analysis/objects-heap.h"
#include "debuginfo/embedding.h"
#include "debuginfo/instruction.h"
#include "debuginfo/symbols.h"
#include "debuginfo/uses.h"

/* "parameter 0 at 0 + 0: client" */
static char *
describe (const DebugUse *use)
{
  g_autofree char *at = use->is_loaded ? g_strdup_printf (" at %d", (int)use->at) : g_strdup ("");

  return g_strdup_printf ("%u%s%+d: %s", use->parameter, at, (int)use->offset, use->type->name);
}

static char *
list_uses (DebugTypes *types, const char *path, const char *function)
{
  DebugSymbols *symbols = debug_symbols_new ();
  g_autoptr (GArray) ranges = NULL;
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  guint n = 0;

  debug_symbols_add_module (symbols, path, 0, G_MAXUINT32, 0, NULL, 0);
  ranges = debug_symbols_find_function (symbols, function);
  g_assert_cmpuint (ranges->len, >, 0);
  /* Of those that the compiler has put elsewhere, too, it is none. */
  for (guint i = 0; i < ranges->len && n == 0; i++)
    {
      g_autoptr (GArray) uses =
          debug_uses_list (types, g_array_index (ranges, DebugRange, i).low, &n);

      for (guint j = 0; j < uses->len; j++)
        {
          const DebugUse *use = &g_array_index (uses, DebugUse, j);

          /* The library's own types tell nothing. */
          if (!g_str_has_prefix (use->type->name, "lib_"))
            g_ptr_array_add (words, describe (use));
        }
    }
  g_ptr_array_add (words, NULL);
  debug_symbols_free (symbols);
  return g_strjoinv ("; ", (char **)words->pdata);
}

static const struct
{
  const char *function, *uses, * or ; /* the order of the ways is the compiler's */
} use_cases[] = {
  { "by_data", "0 at 0+0: client", NULL },
  { "by_data_later", "0 at 0+0: client", NULL },
  { "by_container", "0-24: client", NULL },
  { "by_cast", "0+0: write_request", NULL },
  { "by_parameter", "0 at 0+0: other", NULL },
  { "by_user_data", "2+0: other", NULL },
  { "by_own_type", "0+0: client", NULL },
  { "by_nothing", "", NULL },
  { "by_either", "0 at 0+0: client; 0 at 0+0: other", "0 at 0+0: other; 0 at 0+0: client" },
  { "by_floating", "1 at 0+0: client", NULL },
};

static void
test_uses (gconstpointer name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, name, NULL);
  g_autoptr (DebugTypes) types = debug_types_open (path, NULL, 0);

#ifndef __x86_64__
  g_test_skip ("code of this machine is not followed");
  return;
#endif
  g_assert_nonnull (types);
  for (gsize i = 0; i < G_N_ELEMENTS (use_cases); i++)
    {
      g_autofree char *uses = list_uses (types, path, use_cases[i].function);

      if (!g_str_equal (uses, use_cases[i].uses) && g_strcmp0 (uses, use_cases[i].or) != 0)
        g_error ("%s: %s: '%s', not '%s'", (const char *)name, use_cases[i].function, uses,
                 use_cases[i].uses);
    }
}

static void
test_embeddings (gconstpointer name)
{
  static const struct
  {
    const char *inner, *outer;
    guint64 offset;
  } cases[] = {
    { "lib_handle", "client", 24 },
    { "lib_request", "write_request", 0 },
    { "lib_request", "wrapper", 8 },
  };
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, name, NULL);
  g_autoptr (DebugTypes) types = debug_types_open (path, NULL, 0);
  DebugEmbeddings *embeddings;

  g_assert_nonnull (types);
  embeddings = debug_embeddings_new (types);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GArray *found = debug_embeddings_list (embeddings, cases[i].inner);
      guint n = 0;

      for (guint j = 0; j < found->len; j++)
        {
          const DebugEmbedding *one = &g_array_index (found, DebugEmbedding, j);

          if (g_str_equal (one->type->name, cases[i].outer))
            {
              g_assert_cmpuint (one->offset, ==, cases[i].offset);
              n++;
            }
        }
      g_assert_cmpuint (n, ==, 1);
    }
  g_assert_cmpuint (debug_embeddings_list (embeddings, "lib_handle")->len, ==, 1);
  g_assert_cmpuint (debug_embeddings_list (embeddings, "lib_request")->len, ==, 2);
  g_assert_cmpuint (debug_embeddings_list (embeddings, "other")->len, ==, 0);
  g_assert_cmpuint (debug_embeddings_list (embeddings, "no such struct")->len, ==, 0);
  debug_embeddings_free (embeddings);
}

/* The lengths are those that a disassembler gives. */
static const struct
{
  const char *bytes;
  gsize n;
  InstructionOf of;
} length_cases[] = {
#define CASE(of, ...)                                                                              \
  {                                                                                                \
    (const char[]){ __VA_ARGS__ }, sizeof ((const char[]){ __VA_ARGS__ }), INSTRUCTION_##of        \
  }
#define X(byte) ((char)0x##byte)
  CASE (OTHER, X (f3), X (0f), X (1e), X (fa)),                        /* endbr64 */
  CASE (PUSH, X (55)),                                                 /* push rbp */
  CASE (STORE, X (48), X (89), X (e5)),                                /* mov rbp, rsp */
  CASE (ADD, X (48), X (83), X (ec), X (20)),                          /* sub rsp, 32 */
  CASE (ADD, X (48), X (81), X (ec), X (00), X (10), X (00), X (00)),  /* sub rsp, 4096 */
  CASE (STORE, X (48), X (89), X (7d), X (e8)),                        /* mov [rbp-24], rdi */
  CASE (LOAD, X (48), X (8b), X (45), X (e8)),                         /* mov rax, [rbp-24] */
  CASE (LOAD, X (48), X (8b), X (05), X (01), X (02), X (03), X (04)), /* mov rax, [rip+...] */
  CASE (LOAD, X (64), X (48), X (8b), X (04), X (25), X (28), X (00), X (00),
        X (00)),                                          /* mov rax, fs:40 */
  CASE (ADDRESS, X (48), X (8d), X (44), X (24), X (08)), /* lea rax, [rsp+8] */
  CASE (OTHER, X (48), X (b8), X (01), X (02), X (03), X (04), X (05), X (06), X (07),
        X (08)),                                                        /* mov rax, imm64 */
  CASE (OTHER, X (66), X (c7), X (45), X (fe), X (01), X (00)),         /* mov word [rbp-2], 1 */
  CASE (OTHER, X (f7), X (45), X (fc), X (01), X (00), X (00), X (00)), /* test [rbp-4], 1 */
  CASE (OTHER, X (f2), X (0f), X (10), X (45), X (f8)),                 /* movsd xmm0, [rbp-8] */
  CASE (OTHER, X (66), X (2e), X (0f), X (1f), X (84), X (00), X (00), X (00), X (00),
        X (00)),                                                 /* nop */
  CASE (OTHER, X (c5), X (f8), X (77)),                          /* vzeroupper */
  CASE (OTHER, X (c5), X (fe), X (7f), X (44), X (24), X (10)),  /* vmovdqu [rsp+16], ymm0 */
  CASE (OTHER, X (c4), X (e3), X (7d), X (39), X (c1), X (01)),  /* vextracti128 */
  CASE (OTHER, X (0f), X (b6), X (c0)),                          /* movzx eax, al */
  CASE (CALL, X (e8), X (00), X (00), X (00), X (00)),           /* call */
  CASE (CALL, X (ff), X (50), X (08)),                           /* call [rax+8] */
  CASE (BRANCH, X (74), X (05)),                                 /* je */
  CASE (BRANCH, X (0f), X (84), X (05), X (00), X (00), X (00)), /* je */
  CASE (JUMP, X (eb), X (fe)),                                   /* jmp */
  CASE (END, X (ff), X (e0)),                                    /* jmp rax */
  CASE (END, X (c3)),                                            /* ret */
  CASE (LEAVE, X (c9)),                                          /* leave */
};

static void
test_lengths (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (length_cases); i++)
    {
      const guint8 *bytes = (const guint8 *)length_cases[i].bytes;
      Instruction instruction;

      g_assert_true (instruction_decode (bytes, 16 > length_cases[i].n ? length_cases[i].n : 16, 0,
                                         &instruction));
      if (instruction.length != length_cases[i].n || instruction.of != length_cases[i].of)
        g_error ("row %u: %u bytes, sort %d", (guint)i, instruction.length, instruction.of);
      /* One byte less is not enough. */
      g_assert_false (instruction_decode (bytes, length_cases[i].n - 1, 0, &instruction));
    }
}

/* ---- Memory of malloc() ------------------------------------------------------------------------------ */

static gboolean
read_self (gpointer data, guint64 address, void *buffer, gsize length)
{
  struct iovec local = { buffer, length }, remote = { (void *)(gsize)address, length };

  return process_vm_readv (getpid (), &local, 1, &remote, 1, 0) == (gssize)length;
}

static void
test_heap (void)
{
  const DebugMemory memory = { read_self, NULL };
  const guint64 on_stack[8] = { 0 };

#if defined(SANITIZED) || !defined(__GLIBC__)
  g_test_skip ("memory is not glibc's malloc()'s");
  return;
#endif
  for (gsize size = 1; size < 2000; size += 7)
    {
      void *block = malloc (size), *behind = malloc (16);
      guint64 address = GPOINTER_TO_SIZE (block);

      g_assert_cmpint (objects_heap_fits (&memory, address, size), ==, OBJECTS_HEAP_EXACT);
      g_assert_cmpint (objects_heap_fits (&memory, address, size + 64), ==, OBJECTS_HEAP_TOO_SMALL);
      if (size > 100)
        g_assert_cmpint (objects_heap_fits (&memory, address, size - 64), ==, OBJECTS_HEAP_LARGER);
      free (behind);
      free (block);
    }
  g_assert_cmpint (objects_heap_fits (&memory, GPOINTER_TO_SIZE (&on_stack[2]) & ~15ull, 8), ==,
                   OBJECTS_HEAP_UNKNOWN);
  g_assert_cmpint (objects_heap_fits (&memory, 16, 8), ==, OBJECTS_HEAP_UNKNOWN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/uses/callbacks/O0", "uses-subject-O0", test_uses);
  g_test_add_data_func ("/uses/callbacks/O1", "uses-subject-O1", test_uses);
  g_test_add_data_func ("/uses/callbacks/O2", "uses-subject-O2", test_uses);
  g_test_add_data_func ("/uses/embeddings/O2", "uses-subject-O2", test_embeddings);
  g_test_add_func ("/uses/instructions", test_lengths);
  g_test_add_func ("/uses/heap", test_heap);
  return g_test_run ();
}
