/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/unwind.h"

#include <assert.h>
#include <string.h>

#include "agent/code.h"

/* ---- Rules that were looked up before -------------------------------------------------------- */

#define CACHE_BITS 12
#define OURS 0x80u /* beside the kind of a rule */

/* Two words that other threads may write at the same time: a pair that does not belong together
 * fails the check. A pc that is no longer what it was has another generation. */
typedef struct
{
  uint64_t check; /* key ^ value */
  uint64_t value;
} CacheEntry;

/* Process-wide, as the code is; pages that no pc falls into are never touched. */
static CacheEntry cache[1u << CACHE_BITS] __attribute__ ((aligned (64)));

static_assert (sizeof (AgentUnwindRule) == sizeof (uint64_t), "a rule is one word of the cache");

static inline CacheEntry *
find_entry (uint64_t key)
{
  return &cache[(key * UINT64_C (0x9e3779b97f4a7c15)) >> (64 - CACHE_BITS)];
}

/* False where nothing is known of the code at @pc. */
static __attribute__ ((noinline)) bool
look_up_rule (uintptr_t pc, uint64_t key, AgentUnwindRule *ret_rule)
{
  AgentCodeOwner owner = agent_code_find_rule (pc, ret_rule);
  CacheEntry *entry = find_entry (key);
  uint64_t value;

  if (owner == AGENT_CODE_UNKNOWN)
    return false;
  if (owner == AGENT_CODE_OURS)
    ret_rule->kind |= OURS;
  memcpy (&value, ret_rule, sizeof value);
  __atomic_store_n (&entry->value, value, __ATOMIC_RELAXED);
  __atomic_store_n (&entry->check, key ^ value, __ATOMIC_RELAXED);
  return true;
}

static inline bool
get_rule (uintptr_t pc, uint64_t generation, AgentUnwindRule *ret_rule)
{
  uint64_t key = pc ^ generation << 48;
  const CacheEntry *entry = find_entry (key);
  uint64_t value = __atomic_load_n (&entry->value, __ATOMIC_RELAXED);

  if ((__atomic_load_n (&entry->check, __ATOMIC_RELAXED) ^ value) != key)
    return look_up_rule (pc, key, ret_rule);
  __builtin_memcpy (ret_rule, &value, sizeof value);
  return true;
}

/* ---- The walk -------------------------------------------------------------------------------- */

typedef struct
{
  uintptr_t low, end; /* what may be read */
} Readable;

/* A test of it runs under a sanitizer, which guards what lies between variables. */
#if defined(__SANITIZE_ADDRESS__)
#define READS_ANY_STACK __attribute__ ((no_sanitize ("address")))
#else
#define READS_ANY_STACK inline
#endif

static READS_ANY_STACK bool
read_stack (const Readable *stack, uintptr_t address, uintptr_t *ret_value)
{
  if (address % sizeof (uintptr_t) != 0 || address < stack->low ||
      address > stack->end - sizeof (uintptr_t))
    return false;
  *ret_value = *(const uintptr_t *)address;
  return true;
}

/* Without the signature that a return address may carry. */
static inline uintptr_t
strip (uintptr_t address)
{
#if defined(__aarch64__)
  return address & UINT64_C (0x0000ffffffffffff);
#else
  return address;
#endif
}

static inline uintptr_t
add_words (uintptr_t address, int16_t words)
{
  return address + (uintptr_t)((intptr_t)words * 8);
}

/* A register that the function saved. False where that cannot be read. */
static inline bool
read_saved (const Readable *stack, const AgentFrame *frame, uintptr_t cfa, AgentSaved saved,
            int16_t words, uintptr_t *ret_value)
{
  return read_stack (stack, add_words (saved == AGENT_SAVED_AT_FP ? frame->fp : cfa, words),
                     ret_value);
}

/* To the caller's frame; its pc is then the return address. Every step leads up the stack, so that
 * there is an end to them. */
static inline bool
step (AgentFrame *frame, const AgentUnwindRule *rule, Readable *stack)
{
  uintptr_t cfa, ra, fp;

  switch (rule->kind & ~OURS)
    {
    case AGENT_CFA_SP:
      cfa = add_words (frame->sp, rule->cfa_offset);
      break;
    case AGENT_CFA_FP:
      cfa = add_words (frame->fp, rule->cfa_offset);
      break;
    case AGENT_CFA_AT_FP:
      if (!read_stack (stack, add_words (frame->fp, rule->cfa_offset), &cfa))
        return false;
      break;
    default:
      return false;
    }
  /* A return address in its register is that of the innermost frame, which ours never is. */
  if (cfa <= frame->sp || cfa > stack->end || rule->ra_saved == AGENT_SAVED_NOT ||
      !read_saved (stack, frame, cfa, rule->ra_saved, rule->ra_offset, &ra))
    return false;
  if (rule->fp_saved != AGENT_SAVED_NOT)
    {
      if (!read_saved (stack, frame, cfa, rule->fp_saved, rule->fp_offset, &fp))
        return false;
      frame->fp = fp;
    }
  frame->sp = cfa;
  frame->pc = strip (ra);
  return frame->pc != 0;
}

uint32_t
agent_unwind (const AgentFrame *start, uintptr_t end, uintptr_t *frames, uint32_t max)
{
  uint64_t generation = agent_code_get_generation () & 0xffff;
  AgentFrame frame = *start;
  Readable stack = { start->sp, end };
  AgentUnwindRule rule;
  uint32_t n = 0;

  if (end < start->sp + sizeof (uintptr_t) || !get_rule (frame.pc, generation, &rule))
    return 0;
  while (n < max && step (&frame, &rule, &stack))
    {
      /* The call is before the return address, and may be the last instruction of its function. */
      if (!get_rule (frame.pc - 1, generation, &rule))
        {
          /* Code of no object: a compiler at run time. It was called from, and no more is known. */
          frames[n++] = frame.pc;
          break;
        }
      if ((rule.kind & OURS) == 0)
        frames[n++] = frame.pc;
    }
  return n;
}
