/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_CFI_H
#define AGENT_CFI_H

/* How to get from a frame to its caller's, as an object's .eh_frame says. Other people's compilers
 * and assemblers wrote it: every read is checked against the bytes that were handed in. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DWARF numbers of the registers that are followed. */
#if defined(__x86_64__)
#define AGENT_CFI_SP 7u
#define AGENT_CFI_FP 6u
#define AGENT_CFI_RA 16u
#elif defined(__aarch64__)
#define AGENT_CFI_SP 31u
#define AGENT_CFI_FP 29u
#define AGENT_CFI_RA 30u
#endif

typedef enum
{
  AGENT_CFA_NONE = 0,    /* it cannot be told, or there is no caller */
  AGENT_CFA_SP = 1,      /* the stack pointer + cfa_offset */
  AGENT_CFA_FP = 2,      /* the frame pointer + cfa_offset */
  AGENT_CFA_AT_FP = 3,   /* what lies at the frame pointer + cfa_offset (a realigned stack) */
  AGENT_CFA_UNKNOWN = 4, /* some other way: unwinding ends here, though there is a caller */
} AgentCfaKind;

/* Where the caller's value of a register is. */
typedef enum
{
  AGENT_SAVED_NOT = 0,    /* still in the register */
  AGENT_SAVED_AT_CFA = 1, /* in memory, counted from the CFA */
  AGENT_SAVED_AT_FP = 2,  /* counted from the frame pointer (a realigned stack) */
} AgentSaved;

/* Fits a word, so that a cache can hold it. All offsets are in words of 8 bytes: a frame of more than
 * 256 KiB is not followed. */
typedef struct
{
  uint8_t kind;         /* an AgentCfaKind */
  uint8_t ra_saved : 4; /* an AgentSaved, of the return address */
  uint8_t fp_saved : 4; /* and of the frame pointer */
  int16_t ra_offset;
  int16_t fp_offset;
  int16_t cfa_offset;
} AgentUnwindRule;

/* Some bytes of an object: they lie at @address in the process, and are read from @bytes. */
typedef struct
{
  const uint8_t *bytes;
  size_t length;
  uintptr_t address;
} AgentCfiBytes;

/* What a CIE says to its FDEs. */
typedef struct
{
  uint64_t code_alignment;
  int64_t data_alignment;
  uint8_t pointer_encoding;
  bool has_augmentation; /* FDEs have data of that */
  bool is_signal_frame;
  AgentCfiBytes program;
} AgentCie;

typedef struct
{
  uintptr_t start, end; /* what code it is about */
  AgentCfiBytes program;
} AgentFde;

/* Length of the whole entry that starts with these bytes (8 are enough), and where its CIE is: @fde
 * itself has address @address. False for an entry that is no FDE. */
bool agent_cfi_measure_fde (const AgentCfiBytes *head, size_t *ret_length, uintptr_t *ret_cie);
bool agent_cfi_measure_cie (const AgentCfiBytes *head, size_t *ret_length);

/* @entry: the whole of it, with its length. */
bool agent_cfi_read_cie (const AgentCfiBytes *entry, AgentCie *ret_cie);
bool agent_cfi_read_fde (const AgentCfiBytes *entry, const AgentCie *cie, AgentFde *ret_fde);

/* The rule at @pc, which lies within @fde. False where the program makes no sense. */
bool agent_cfi_evaluate (const AgentCie *cie, const AgentFde *fde, uintptr_t pc,
                         AgentUnwindRule *ret_rule);

#endif
