/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

/* One for each word that can be changed: which one was gone through is all that tells the functions of one
 * type of task from those of another. It comes as the third argument, behind the two that there may be. */

#define STUB_BYTES 16

#if defined(__x86_64__)
__asm__(".text\n"
        ".p2align 4\n"
        ".type rust_live_stubs, @function\n"
        "rust_live_stubs:\n"
        ".set stub, 0\n"
        ".rept 8192\n"
        "  movl $stub, %edx\n"
        "  jmp rust_live_call\n"
        "  .p2align 4\n"
        "  .set stub, stub + 1\n"
        ".endr\n"
        ".size rust_live_stubs, . - rust_live_stubs\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".p2align 4\n"
        ".type rust_live_stubs, @function\n"
        "rust_live_stubs:\n"
        ".set stub, 0\n"
        ".rept 8192\n"
        "  mov w2, #stub\n"
        "  b rust_live_call\n"
        "  .p2align 4\n"
        "  .set stub, stub + 1\n"
        ".endr\n"
        ".size rust_live_stubs, . - rust_live_stubs\n");
#endif
_Static_assert(INSPECT_SLOTS_MAX == 8192, "as many stubs");

extern const char rust_live_stubs[] __attribute__ ((visibility ("hidden")));

void *
stub_get (uint32_t index)
{
  return (void *)(uintptr_t)(rust_live_stubs + (size_t)index * STUB_BYTES);
}
