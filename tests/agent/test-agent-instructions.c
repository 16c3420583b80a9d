/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Lengths against those of objdump, over the code of a whole library; and beginnings of functions that
 * run elsewhere as they do where they are. */

#include <string.h>
#include <sys/mman.h>
#include <gio/gio.h>

#include "agent/instructions.h"

/* ---- Lengths ---------------------------------------------------------------------------------- */

/* "  4011a0:<tab>48 89 e5 <tab>mov ...": the bytes of one instruction. */
static gsize
parse_line (const char *line, guint8 *bytes, gsize max)
{
  const char *at = strchr (line, '\t');
  gsize n = 0;

  if (line[0] != ' ' || at == NULL)
    return 0;
  for (at++; n < max && g_ascii_isxdigit (at[0]) && g_ascii_isxdigit (at[1]) && at[2] == ' ';
       at += 3)
    bytes[n++] = (guint8)(g_ascii_xdigit_value (at[0]) << 4 | g_ascii_xdigit_value (at[1]));
  return n;
}

static void
test_lengths (void)
{
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  const char *argv[] = { "objdump", "-d", "--insn-width=16", "-j", ".text", NULL, NULL };
  char *line, *rest;
  guint n = 0, n_known = 0;

  argv[5] = g_getenv ("TEST_CODE");
  if (!g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL,
                     &error))
    {
      g_test_skip (error->message);
      return;
    }
  for (line = out; line != NULL && *line != '\0'; line = rest)
    {
      guint8 bytes[32] = { 0 };
      AgentInstruction instruction;
      gsize length;

      rest = strchr (line, '\n');
      if (rest != NULL)
        *rest++ = '\0';
      length = parse_line (line, bytes, 16);
      if (length == 0 || strstr (line, "(bad)") != NULL)
        continue;
      n++;
      instruction = agent_instruction_read (bytes, sizeof bytes);
      if (instruction.length == 0)
        continue;
      n_known++;
      if (instruction.length != length)
        g_error ("%u bytes and not %u: %s", (guint)length, instruction.length, line);
    }
  g_test_message ("%u of %u instructions are known", n_known, n);
  g_assert_cmpuint (n, >, 10000);
  g_assert_cmpuint (n_known, >, n / 100 * 95);
}

/* Whatever the bytes are, it reads none behind them. */
static void
test_cut_off (void)
{
  static const guint8 code[] = { 0x48, 0x81, 0xec, 0x00, 0x10, 0x00, 0x00 };

  for (gsize n = 0; n < sizeof code; n++)
    {
      g_autofree guint8 *copy = g_memdup2 (code, MAX (n, 1));

      g_assert_cmpuint (agent_instruction_read (copy, n).length, ==, 0);
    }
  g_assert_cmpuint (agent_instruction_read (code, sizeof code).length, ==, sizeof code);
}

/* ---- Moving ----------------------------------------------------------------------------------- */

typedef int (*Function) (int a, int b);

/* Beginnings as compilers write them; each function has something behind what is moved. */
#define CODE(name, body)                                                                           \
  extern const guint8 name[], name##_end[];                                                        \
  __asm__(".text\n.globl " #name "\n" #name ":\n" body "\n.globl " #name "_end\n" #name "_end:\n")

CODE (pushes,
      "push %rbx\n push %r12\n mov %edi, %ebx\n lea (%rbx,%rsi), %eax\n pop %r12\n pop %rbx\n ret");
CODE (tests_first,
      "test %edi, %edi\n je 1f\n lea (%rdi,%rsi), %eax\n ret\n 1: mov $77, %eax\n ret");
CODE (far_branch, "cmp $5, %edi\n jg 1f\n mov %esi, %eax\n ret\n .skip 200, 0x90\n 1: lea "
                  "(%rdi,%rsi,2), %eax\n ret");
CODE (loads_global, "mov moved_global(%rip), %eax\n add %edi, %eax\n add %esi, %eax\n ret");
CODE (compares_global,
      "cmpl $9, moved_global(%rip)\n jne 1f\n lea 1(%rdi), %eax\n ret\n 1: mov %esi, %eax\n ret");
CODE (calls_first, "call moved_helper\n add %esi, %eax\n add %edi, %eax\n ret");
CODE (jumps_away, ".byte 0xe9\n .long moved_helper_two - . - 4\n ret");
CODE (has_frame,
      "push %rbp\n mov %rsp, %rbp\n sub $0x20, %rsp\n lea (%rdi,%rsi), %eax\n leave\n ret");
CODE (guards_stack, "sub $0x18, %rsp\n mov %fs:0x28, %rax\n mov %rax, 8(%rsp)\n lea (%rdi,%rsi), "
                    "%eax\n add $0x18, %rsp\n ret");

CODE (too_short, "ret\n nop\n nop\n nop\n nop\n nop");
CODE (loops_inside, "xor %eax, %eax\n 1: add %esi, %eax\n dec %edi\n jne 1b\n ret");
CODE (loops_to_begin, "1: dec %edi\n nop\n nop\n nop\n jne 1b\n mov %esi, %eax\n ret");
CODE (comes_back_inside, "call *%rax\n nop\n nop\n nop\n ret");
CODE (unknown_first, "vzeroupper\n nop\n nop\n ret");
__asm__(".text\nmoved_helper: lea 100(%rdi), %eax\n ret\nmoved_helper_two: lea 200(%rdi,%rsi), "
        "%eax\n ret\n");
int moved_global = 9;

typedef struct
{
  const char *name;
  const guint8 *code, *end;
} Sample;

#define SAMPLE(name)                                                                               \
  {                                                                                                \
#name, name, name##_end                                                                        \
  }

/* Near the program, as the agent has it. */
static guint8 *
map_near (void)
{
  uintptr_t from = (uintptr_t)pushes & ~(uintptr_t)0xfffff;

  for (guint i = 1; i < 1024; i++)
    {
      void *memory =
          mmap ((void *)(from - ((uintptr_t)i << 20)), 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                MAP_PRIVATE | MAP_ANONYMOUS | 0x100000 /* MAP_FIXED_NOREPLACE */, -1, 0);

      if (memory != MAP_FAILED && (uintptr_t)memory == from - ((uintptr_t)i << 20))
        return memory;
    }
  return NULL;
}

static void
test_moved (void)
{
  static const Sample samples[] = { SAMPLE (pushes),          SAMPLE (tests_first),
                                    SAMPLE (far_branch),      SAMPLE (loads_global),
                                    SAMPLE (compares_global), SAMPLE (calls_first),
                                    SAMPLE (jumps_away),      SAMPLE (has_frame),
                                    SAMPLE (guards_stack) };
  guint8 *memory = map_near ();

  if (memory == NULL)
    {
      g_test_skip ("no memory that can be executed near the program");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      const Sample *sample = &samples[i];
      gsize size = (gsize)(sample->end - sample->code);
      Function plain = (Function)(uintptr_t)sample->code, moved = (Function)(uintptr_t)memory;

      g_test_message ("%s", sample->name);
      memset (memory, 0xcc, 4096);
      g_assert_cmpuint (agent_instructions_move (sample->code, size, (uintptr_t)sample->code,
                                                 memory, (uintptr_t)memory),
                        >=, AGENT_JUMP_BYTES);
      for (int a = -1; a < 10; a++)
        for (int b = 0; b < 3; b++)
          g_assert_cmpint (moved (a, b), ==, plain (a, b));
    }
  munmap (memory, 4096);
}

static void
test_refused (void)
{
  static const Sample samples[] = { SAMPLE (too_short), SAMPLE (loops_inside),
                                    SAMPLE (loops_to_begin), SAMPLE (comes_back_inside),
                                    SAMPLE (unknown_first) };
  guint8 to[AGENT_MOVED_BYTES];

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      const Sample *sample = &samples[i];

      g_test_message ("%s", sample->name);
      g_assert_cmpuint (agent_instructions_move (sample->code, (gsize)(sample->end - sample->code),
                                                 (uintptr_t)sample->code, to, (uintptr_t)to),
                        ==, 0);
    }
}

static void
test_too_far (void)
{
  guint8 jump[AGENT_JUMP_BYTES];

  g_assert_true (agent_instructions_write_jump (jump, 0x1000, 0x2000));
  g_assert_false (agent_instructions_write_jump (jump, 0x1000, G_GUINT64_CONSTANT (0x100001000)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/instructions/lengths", test_lengths);
  g_test_add_func ("/instructions/cut-off", test_cut_off);
  g_test_add_func ("/instructions/moved", test_moved);
  g_test_add_func ("/instructions/refused", test_refused);
  g_test_add_func ("/instructions/too-far", test_too_far);
  return g_test_run ();
}
