/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Call stacks as the compiler's own unwinder has them, of every kind of stack; and no fault where
 * the tables are damaged or gone. */

#include <alloca.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <glib.h>

#include "agent/code.h"
#include "agent/kernel.h"
#include "agent/memory.h"
#include "agent/unwind.h"
#include "channel/layout.h"

/* ---- The snapshot ---------------------------------------------------------------------------- */

static const void *ours; /* something in the object that counts as the agent's */

static bool
is_ours (const AgentObject *object)
{
  return ours != NULL && agent_object_contains (object, (uintptr_t)ours);
}

static void
update (const AgentObjects *objects, void *data)
{
  agent_code_update (objects, is_ours);
}

static void
mark_start (const AgentObjects *objects, void *data)
{
  agent_objects_mark_start (objects, false);
}

/* ---- Taking stacks --------------------------------------------------------------------------- */

typedef struct
{
  uintptr_t frames[64];
  guint n;
  gpointer expected[256]; /* of the compiler's unwinder */
  guint n_expected;
  uint64_t limits[2];
} Stack;

/* The first of both is the place in the caller. */
static __attribute__ ((noinline)) void
take (Stack *stack, guint max)
{
  gpointer all[256];
  AgentFrame frame;
  guint n, first = 0;

  AGENT_FRAME_HERE (frame);
  stack->n =
      agent_unwind (&frame, agent_stack_find_end (frame.sp, stack->limits), stack->frames, max);
  n = (guint)backtrace (all, G_N_ELEMENTS (all));
  /* A sanitizer stands in between. */
  while (first < n && all[first] != __builtin_return_address (0))
    first++;
  stack->n_expected = n - first;
  memcpy (stack->expected, all + first, stack->n_expected * sizeof *all);
}

static void
assert_same (const Stack *stack, guint n)
{
  g_assert_cmpuint (stack->n, ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmphex (stack->frames[i], ==, (uintptr_t)stack->expected[i]);
}

/* All of them, down to where the program or the thread was started. */
static void
assert_whole (const Stack *stack)
{
  g_assert_cmpuint (stack->n_expected, >, 3);
  assert_same (stack, stack->n_expected);
}

/* Frames of many kinds: of a fixed size, with a frame pointer, realigned, as deep as asked. */
static __attribute__ ((noinline)) guint
call_deeper (Stack *stack, guint depth)
{
  volatile char *variable = NULL;
  __attribute__ ((aligned (64))) volatile char aligned[128];

  aligned[0] = 1;
  if (depth == 0)
    take (stack, 64);
  else if (depth % 3 == 0)
    {
      variable = alloca (16 + depth % 8 * 16);
      variable[0] = (char)call_deeper (stack, depth - 1);
    }
  else
    call_deeper (stack, depth - 1);
  return aligned[0] + (variable != NULL ? (guchar)variable[0] : 0);
}

static int
compare (const void *a, const void *b, void *data)
{
  Stack *stack = data;

  if (stack->n == 0)
    call_deeper (stack, 4);
  return 0;
}

static void
test_through_others (void)
{
  Stack stack = { 0 };
  int numbers[] = { 3, 1, 2 };

  /* Through libglib, and where it uses it libc. */
  g_qsort_with_data (numbers, G_N_ELEMENTS (numbers), sizeof *numbers, compare, &stack);
  assert_whole (&stack);
  /* From what was remembered. */
  stack.n = 0;
  g_qsort_with_data (numbers, G_N_ELEMENTS (numbers), sizeof *numbers, compare, &stack);
  assert_whole (&stack);
}

static void
test_depths (void)
{
  Stack stack = { 0 };

  for (guint depth = 0; depth < 40; depth++)
    {
      call_deeper (&stack, depth);
      assert_same (&stack, MIN (stack.n_expected, 64));
    }
  /* Much deeper than what is asked for, and up again. */
  call_deeper (&stack, 5000);
  assert_same (&stack, 64);
  call_deeper (&stack, 1);
  assert_whole (&stack);
}

static void
test_ours_are_left_out (void)
{
  Stack stack = { 0 };

  ours = (gconstpointer)test_depths;
  g_assert_true (agent_objects_with (update, NULL));
  call_deeper (&stack, 3);
  /* What is left is libc's, which called main(). */
  g_assert_cmpuint (stack.n, <, stack.n_expected);
  for (guint i = 0; i < stack.n; i++)
    {
      Dl_info info;

      g_assert_true (dladdr ((gpointer)stack.frames[i], &info));
      g_assert_true (info.dli_fbase != NULL &&
                     strstr (info.dli_fname, "test-agent-unwind") == NULL);
    }
}

/* ---- Other stacks ---------------------------------------------------------------------------- */

static gpointer
take_in_thread (gpointer data)
{
  Stack *stack = data;

  call_deeper (stack, 7);
  g_assert_cmpuint (stack->limits[1], >, (uintptr_t)&stack);
  return NULL;
}

static void
test_threads (void)
{
  Stack stacks[4] = { 0 };
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    threads[i] = g_thread_new (NULL, take_in_thread, &stacks[i]);
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    {
      g_thread_join (threads[i]);
      assert_whole (&stacks[i]);
    }
}

static ucontext_t outside, inside;
static Stack *of_coroutine;

static void
run_coroutine (void)
{
  call_deeper (of_coroutine, 5);
}

/* A stack that the thread does not own, between pages that must not be touched: it is unwound, and
 * nothing is remembered of it, for it may be gone the next time. */
static void
test_coroutines (void)
{
  gsize page = agent_memory_page_size (), size = 64 * page;
  Stack stack = { 0 };
  char *memory;

  for (guint i = 0; i < 3; i++)
    {
      memory = mmap (NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      g_assert_true (memory != MAP_FAILED);
      g_assert_cmpint (mprotect (memory + page, size - 2 * page, PROT_READ | PROT_WRITE), ==, 0);
      /* What lies above is what an unwinder that went on would find. */
      getcontext (&inside);
      inside.uc_stack.ss_sp = memory + page;
      inside.uc_stack.ss_size = size - 2 * page;
      inside.uc_link = &outside;
      makecontext (&inside, run_coroutine, 0);
      of_coroutine = &stack;
      swapcontext (&outside, &inside);
      munmap (memory, size);

      g_assert_cmpuint (stack.n, >=, 7);
      assert_same (&stack, MIN (stack.n, stack.n_expected));
      g_assert_cmpuint (stack.limits[1], ==, 0);
    }
}

static void
on_signal (int number)
{
  call_deeper (of_coroutine, 3);
}

static void
test_signal_stack (void)
{
  static char memory[64 * 1024];
  stack_t alternate = { .ss_sp = memory, .ss_size = sizeof memory }, before;
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK }, old;
  Stack stack = { 0 };

  of_coroutine = &stack;
  g_assert_cmpint (sigaltstack (&alternate, &before), ==, 0);
  sigaction (SIGUSR1, &action, &old);
  raise (SIGUSR1);
  sigaction (SIGUSR1, &old, NULL);
  sigaltstack (&before, NULL);
  /* Up to what was interrupted; its registers are somewhere else. */
  g_assert_cmpuint (stack.n, >=, 5);
  assert_same (&stack, stack.n);
}

/* ---- What the tables say --------------------------------------------------------------------- */

/* All words of a stack that was full of nonsense; the result does not matter. */
static void
test_nonsense (void)
{
  uintptr_t frames[64];
  guint64 words[512];
  uint64_t limits[2] = { 0 };
  GRand *rand = g_rand_new_with_seed (7);
  const uintptr_t code[] = { (uintptr_t)call_deeper, (uintptr_t)qsort, (uintptr_t)g_list_foreach };

  for (guint round = 0; round < 20000; round++)
    {
      AgentFrame frame;

      for (guint i = 0; i < G_N_ELEMENTS (words); i++)
        switch (g_rand_int_range (rand, 0, 4))
          {
          case 0:
            words[i] = (uintptr_t)&words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))];
            break;
          case 1:
            words[i] = (guint64)g_rand_int (rand) << 32 | g_rand_int (rand);
            break;
          default:
            words[i] = code[g_rand_int_range (rand, 0, G_N_ELEMENTS (code))] +
                       (uintptr_t)g_rand_int_range (rand, 0, 4096);
            break;
          }
      frame = (AgentFrame){ words[0], (uintptr_t)words, words[1] };
      g_assert_cmpuint (agent_unwind (&frame, agent_stack_find_end ((uintptr_t)words, limits),
                                      frames, G_N_ELEMENTS (frames)),
                        <=, G_N_ELEMENTS (frames));
    }
  g_rand_free (rand);
}

static void
count_rules (const AgentObjects *objects, void *data)
{
  guint *counts = data;

  for (gsize i = 0; i < objects->n; i++)
    {
      const AgentObject *object = &objects->objects[i];

      for (gsize k = 1; k < object->n_symbols; k++)
        {
          const char *name = agent_object_symbol_name (object, k);
          const Elf64_Sym *symbol = &object->symbols[k];
          AgentUnwindRule rule;

          /* The table may end before n_symbols. */
          if (name == NULL || ELF64_ST_TYPE (symbol->st_info) > STT_GNU_IFUNC)
            break;
          if (ELF64_ST_TYPE (symbol->st_info) != STT_FUNC || symbol->st_size < 16 ||
              !agent_object_has_segment (object, object->bias + symbol->st_value, symbol->st_size,
                                         PF_X))
            continue;
          for (gsize at = 0; at < symbol->st_size; at += 7)
            {
              AgentCodeOwner owner =
                  agent_code_find_rule (object->bias + symbol->st_value + at, &rule);

              if (owner == AGENT_CODE_UNKNOWN)
                g_error ("nothing is known of %s in %s", name, object->name);
              counts[rule.kind]++;
            }
        }
    }
}

/* Every instruction, or nearly, of every function of libc, libglib and others. */
static void
test_all_functions (void)
{
  guint counts[AGENT_CFA_UNKNOWN + 1] = { 0 };
  guint n_known = 0;

  g_assert_true (agent_objects_with (update, NULL));
  g_assert_true (agent_objects_with (count_rules, counts));
  for (guint i = AGENT_CFA_SP; i <= AGENT_CFA_AT_FP; i++)
    n_known += counts[i];
  g_test_message ("none %u, sp %u, fp %u, at fp %u, unknown %u", counts[0], counts[1], counts[2],
                  counts[3], counts[4]);
  g_assert_cmpuint (n_known, >, 100000);
  g_assert_cmpuint (counts[AGENT_CFA_SP], >, 0);
  g_assert_cmpuint (counts[AGENT_CFA_FP], >, 0);
  /* Signal frames, functions without an entry. */
  g_assert_cmpuint (counts[AGENT_CFA_UNKNOWN], <, n_known / 50);
}

static void
test_unloaded (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("TEST_AGENT_BUILD"), "libtoy-gnu.so", NULL);
  void *handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  guint generation = agent_code_get_generation ();
  AgentUnwindRule rule;
  uintptr_t pc;

  g_assert_nonnull (handle);
  pc = (uintptr_t)dlsym (handle, "toy_twice") + 1;
  g_assert_cmpint (agent_code_find_rule (pc, &rule), ==, AGENT_CODE_UNKNOWN);
  g_assert_true (agent_objects_with (update, NULL));
  g_assert_cmpint (agent_code_find_rule (pc, &rule), ==, AGENT_CODE_PROGRAM);
  g_assert_cmpuint (rule.kind, !=, AGENT_CFA_UNKNOWN);
  g_assert_cmpuint (agent_code_get_generation (), ==, generation);

  dlclose (handle);
  /* Nobody has said so yet. */
  g_assert_cmpint (agent_code_find_rule (pc, &rule), ==, AGENT_CODE_PROGRAM);
  g_assert_cmpuint (rule.kind, ==, AGENT_CFA_UNKNOWN);
  g_assert_true (agent_objects_with (update, NULL));
  g_assert_cmpint (agent_code_find_rule (pc, &rule), ==, AGENT_CODE_UNKNOWN);
  g_assert_cmpuint (agent_code_get_generation (), !=, generation);
}

static guint is_over;

/* As the scan does, which has the agent's lock. */
static gpointer
load_and_unload (gpointer path)
{
  while (g_atomic_int_get (&is_over) == 0)
    {
      void *handle = dlopen (path, RTLD_NOW | RTLD_LOCAL);

      g_assert_true (agent_objects_with (update, NULL));
      dlclose (handle);
      g_assert_true (agent_objects_with (update, NULL));
    }
  return NULL;
}

/* A walk that meets the scan at work may end early, but never goes astray. */
static void
test_while_loading (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("TEST_AGENT_BUILD"), "libtoy-gnu.so", NULL);
  GThread *thread = g_thread_new ("loads", load_and_unload, path);
  guint n_whole = 0;

  for (guint i = 0; i < 2000; i++)
    {
      Stack stack = { 0 };

      call_deeper (&stack, 5);
      for (guint k = 0; k < stack.n; k++)
        g_assert_cmphex (stack.frames[k], ==, (uintptr_t)stack.expected[k]);
      n_whole += stack.n == stack.n_expected;
    }
  g_atomic_int_set (&is_over, 1);
  g_thread_join (thread);
  g_assert_cmpuint (n_whole, >, 0);
}

/* ---- Damaged tables -------------------------------------------------------------------------- */

typedef struct
{
  const guint8 *start; /* of the tables of some object */
  gsize length;
  uintptr_t header; /* offset within them */
} Tables;

static void
find_tables (const AgentObjects *objects, void *data)
{
  Tables *tables = data;

  for (gsize i = 0; i < objects->n; i++)
    {
      const AgentObject *object = &objects->objects[i];
      const Elf64_Phdr *header = NULL;

      for (guint k = 0; k < object->n_headers; k++)
        if (object->headers[k].p_type == PT_GNU_EH_FRAME)
          header = &object->headers[k];
      for (guint k = 0; header != NULL && k < object->n_headers; k++)
        {
          const Elf64_Phdr *segment = &object->headers[k];

          if (segment->p_type != PT_LOAD || header->p_vaddr - segment->p_vaddr >= segment->p_memsz)
            continue;
          tables->start = (const guint8 *)(object->bias + segment->p_vaddr);
          tables->length = segment->p_filesz;
          tables->header = header->p_vaddr - segment->p_vaddr;
        }
      if (strstr (object->name, "libtoy-sysv.so") != NULL)
        return;
    }
  g_assert_not_reached ();
}

/* As an object that is loaded, which ends where the next page must not be touched. Whatever it says
 * about the code around it, the answer is a rule. @is_lasting: it is read in place, else through the
 * kernel. */
static void
test_damaged (gconstpointer is_lasting)
{
  g_autofree char *path = g_build_filename (g_getenv ("TEST_AGENT_BUILD"), "libtoy-sysv.so", NULL);
  gsize page = agent_memory_page_size (), room;
  GRand *rand = g_rand_new_with_seed (4711);
  Tables tables = { 0 };
  Elf64_Phdr headers[2] = { 0 };
  AgentObject object = { .headers = headers, .n_headers = 2, .name = "damaged" };
  AgentObjects objects = { &object, 1, 1, 1, 0 };
  char *memory;

  g_assert_nonnull (dlopen (path, RTLD_NOW | RTLD_LOCAL));
  g_assert_true (agent_objects_with (find_tables, &tables));
  room = (tables.length + page - 1) & ~(page - 1);
  memory = mmap (NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true (memory != MAP_FAILED);
  mprotect (memory + room, page, PROT_NONE);
  object.bias = object.start = (uintptr_t)memory + room - tables.length;
  /* Code on either side of the tables; it is never read. */
  object.start -= 1 << 20;
  object.end = object.start + (3 << 20);
  headers[0] = (Elf64_Phdr){
    .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = tables.length, .p_memsz = tables.length
  };
  headers[1] = (Elf64_Phdr){ .p_type = PT_GNU_EH_FRAME, .p_vaddr = tables.header };
  ours = is_lasting != NULL ? (gconstpointer)object.bias : NULL;
  agent_code_update (&objects, is_ours);

  for (guint round = 0; round < (is_lasting != NULL ? 20000 : 2000); round++)
    {
      guint n = round % 8;

      memcpy ((char *)object.bias, tables.start, tables.length);
      for (guint i = 0; i < n; i++)
        ((guint8 *)
             object.bias)[tables.header + (guint)g_rand_int_range (
                                              rand, 0, (gint)(tables.length - tables.header))] =
            (guint8)g_rand_int (rand);
      for (guint i = 0; i < 16; i++)
        {
          AgentUnwindRule rule;
          uintptr_t pc = object.bias + tables.header - (uintptr_t)g_rand_int_range (rand, 0, 8192);

          g_assert_cmpint (agent_code_find_rule (pc, &rule), ==,
                           is_lasting != NULL ? AGENT_CODE_OURS : AGENT_CODE_PROGRAM);
          g_assert_cmpuint (rule.kind, <=, AGENT_CFA_UNKNOWN);
        }
    }
  munmap (memory, room + page);
  g_rand_free (rand);
  ours = NULL;
  g_assert_true (agent_objects_with (update, NULL));
}

/* Entries by themselves, of exactly the memory that they have. */
static void
test_random_entries (void)
{
  GRand *rand = g_rand_new_with_seed (42);
  guint n_evaluated = 0;

  for (guint round = 0; round < 200000; round++)
    {
      static const guint8 good[] = { 20, 0,    0,  0, 0, 0,  0, 0, 1,    'z', 'R', 0,
                                     1,  0x78, 16, 1, 0, 12, 7, 8, 0x90, 1,   0,   0 };
      gsize length = (gsize)g_rand_int_range (rand, 16, 64);
      guint8 *bytes = g_malloc (length);
      AgentCfiBytes entry = { bytes, length, 0x1000 };
      AgentUnwindRule rule;
      AgentCie cie;
      AgentFde fde;

      for (gsize i = 0; i < length; i++)
        bytes[i] = i < sizeof good ? good[i] : (guint8)g_rand_int (rand);
      if (round % 2 == 0)
        bytes[g_rand_int_range (rand, 0, (gint)length)] = (guint8)g_rand_int (rand);
      if (agent_cfi_read_cie (&entry, &cie))
        {
          fde = (AgentFde){ 0x400000, 0x500000, { bytes, length, 0x1000 } };
          n_evaluated += agent_cfi_evaluate (&cie, &fde, 0x400100, &rule);
        }
      agent_cfi_read_fde (&entry, &cie, &fde);
      g_free (bytes);
    }
  g_assert_cmpuint (n_evaluated, >, 1000);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_kernel_begin ();
  g_assert_true (agent_objects_with (mark_start, NULL));
  g_assert_true (agent_objects_with (update, NULL));

  g_test_add_func ("/agent/unwind/through-others", test_through_others);
  g_test_add_func ("/agent/unwind/depths", test_depths);
  g_test_add_func ("/agent/unwind/threads", test_threads);
  g_test_add_func ("/agent/unwind/coroutines", test_coroutines);
  g_test_add_func ("/agent/unwind/signal-stack", test_signal_stack);
  g_test_add_func ("/agent/unwind/nonsense", test_nonsense);
  g_test_add_func ("/agent/unwind/all-functions", test_all_functions);
  g_test_add_func ("/agent/unwind/unloaded", test_unloaded);
  g_test_add_func ("/agent/unwind/while-loading", test_while_loading);
  g_test_add_data_func ("/agent/unwind/damaged-tables", "lasting", test_damaged);
  g_test_add_data_func ("/agent/unwind/damaged-tables-that-may-go", NULL, test_damaged);
  g_test_add_func ("/agent/unwind/random-entries", test_random_entries);
  g_test_add_func ("/agent/unwind/ours-are-left-out", test_ours_are_left_out);
  return g_test_run ();
}
