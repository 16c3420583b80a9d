/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The programs of an .eh_frame: DWARF 4, 6.4. */

#include "agent/cfi-cursor.h"

#include <string.h>

#define MAX_REMEMBERED 8
#define MAX_STEPS 65536 /* of one program */

typedef enum
{
  REGISTER_SAME,  /* as the caller had it, or never mentioned */
  REGISTER_AT,    /* saved at the CFA + offset */
  REGISTER_AT_FP, /* saved at the frame pointer + offset */
  REGISTER_GONE,  /* undefined: of the return address it means that there is no caller */
  REGISTER_OTHER,
} RegisterState;

typedef struct
{
  RegisterState state;
  int64_t offset;
} Register;

typedef struct
{
  AgentCfaKind cfa;
  int64_t cfa_offset;
  Register fp, ra;
} Row;

typedef struct
{
  const AgentCie *cie;
  uintptr_t location;
  Row row;
  Row initial; /* after the CIE's program */
  Row remembered[MAX_REMEMBERED];
  int n_remembered;
  bool failed;
} Machine;

/* NULL for a register that is not followed. */
static Register *
find_register (Row *row, uint64_t number)
{
  return number == AGENT_CFI_FP ? &row->fp : number == AGENT_CFI_RA ? &row->ra : NULL;
}

static void
set_register (Machine *machine, uint64_t number, RegisterState state, int64_t offset)
{
  Register *found = find_register (&machine->row, number);

  if (found != NULL)
    *found = (Register){ state, offset };
}

static void
restore_register (Machine *machine, uint64_t number)
{
  Register *found = find_register (&machine->row, number);

  if (found != NULL)
    *found = *find_register (&machine->initial, number);
}

static void
set_cfa_register (Machine *machine, uint64_t number)
{
  machine->row.cfa = number == AGENT_CFI_SP   ? AGENT_CFA_SP
                     : number == AGENT_CFI_FP ? AGENT_CFA_FP
                                              : AGENT_CFA_UNKNOWN;
}

/* The expressions that compilers write, of functions that realign their stack: an address counted
 * from the frame pointer (DW_OP_bregN), and for the CFA what lies there (DW_OP_deref). Returns:
 * whether it is that */
static bool
read_expression (AgentCursor *cursor, bool is_dereferenced, int64_t *ret_offset)
{
  uint64_t length = agent_cursor_uleb (cursor);
  AgentCursor expression = *cursor;
  bool is_known;

  agent_cursor_skip (cursor, length);
  expression.end = cursor->at;
  is_known = agent_cursor_word (&expression, 1) == 0x70 + AGENT_CFI_FP;
  *ret_offset = agent_cursor_sleb (&expression);
  if (is_dereferenced)
    is_known = is_known && agent_cursor_word (&expression, 1) == 0x06;
  return is_known && !expression.failed && expression.at == expression.end;
}

static void
set_cfa_expression (Machine *machine, AgentCursor *cursor)
{
  bool is_known = read_expression (cursor, true, &machine->row.cfa_offset);

  machine->row.cfa = is_known ? AGENT_CFA_AT_FP : AGENT_CFA_UNKNOWN;
}

static void
set_register_expression (Machine *machine, uint64_t number, AgentCursor *cursor)
{
  int64_t offset;
  bool is_known = read_expression (cursor, false, &offset);

  set_register (machine, number, is_known ? REGISTER_AT_FP : REGISTER_OTHER, offset);
}

static void
remember (Machine *machine)
{
  if (machine->n_remembered == MAX_REMEMBERED)
    machine->failed = true;
  else
    machine->remembered[machine->n_remembered++] = machine->row;
}

static void
recall (Machine *machine)
{
  if (machine->n_remembered == 0)
    machine->failed = true;
  else
    machine->row = machine->remembered[--machine->n_remembered];
}

static int64_t
factored (const Machine *machine, int64_t value)
{
  return (int64_t)((uint64_t)value * (uint64_t)machine->cie->data_alignment);
}

static void
advance (Machine *machine, uint64_t delta)
{
  machine->location += delta * machine->cie->code_alignment;
}

/* The operations whose operand is in their own low bits. */
static void
run_short (Machine *machine, uint8_t operation, AgentCursor *cursor)
{
  uint8_t operand = operation & 0x3f;

  if ((operation & 0xc0) == 0x40)
    advance (machine, operand);
  else if ((operation & 0xc0) == 0x80)
    set_register (machine, operand, REGISTER_AT,
                  factored (machine, (int64_t)agent_cursor_uleb (cursor)));
  else
    restore_register (machine, operand);
}

static void
skip_block (AgentCursor *cursor)
{
  agent_cursor_skip (cursor, agent_cursor_uleb (cursor));
}

static void
run_register (Machine *machine, uint8_t operation, AgentCursor *cursor)
{
  uint64_t number = agent_cursor_uleb (cursor);

  switch (operation)
    {
    case 0x05: /* offset_extended */
      set_register (machine, number, REGISTER_AT,
                    factored (machine, (int64_t)agent_cursor_uleb (cursor)));
      break;
    case 0x11: /* offset_extended_sf */
      set_register (machine, number, REGISTER_AT, factored (machine, agent_cursor_sleb (cursor)));
      break;
    case 0x2f: /* GNU_negative_offset_extended */
      set_register (machine, number, REGISTER_AT,
                    -factored (machine, (int64_t)agent_cursor_uleb (cursor)));
      break;
    case 0x06: /* restore_extended */
      restore_register (machine, number);
      break;
    case 0x07: /* undefined */
      set_register (machine, number, REGISTER_GONE, 0);
      break;
    case 0x08: /* same_value */
      set_register (machine, number, REGISTER_SAME, 0);
      break;
    case 0x10: /* expression */
      set_register_expression (machine, number, cursor);
      break;
    case 0x16: /* val_expression */
      skip_block (cursor);
      set_register (machine, number, REGISTER_OTHER, 0);
      break;
    case 0x15: /* val_offset_sf */
      agent_cursor_sleb (cursor);
      set_register (machine, number, REGISTER_OTHER, 0);
      break;
    default: /* register, val_offset */
      agent_cursor_uleb (cursor);
      set_register (machine, number, REGISTER_OTHER, 0);
      break;
    }
}

static void
run_long (Machine *machine, uint8_t operation, AgentCursor *cursor)
{
  switch (operation)
    {
    case 0x00: /* nop */
      break;
    case 0x01: /* set_loc */
      machine->location = agent_cursor_address (cursor, machine->cie->pointer_encoding);
      break;
    case 0x02:
      advance (machine, agent_cursor_word (cursor, 1));
      break;
    case 0x03:
      advance (machine, agent_cursor_word (cursor, 2));
      break;
    case 0x04:
      advance (machine, agent_cursor_word (cursor, 4));
      break;
    case 0x0a: /* remember_state */
      remember (machine);
      break;
    case 0x0b: /* restore_state */
      recall (machine);
      break;
    case 0x0c: /* def_cfa */
      set_cfa_register (machine, agent_cursor_uleb (cursor));
      machine->row.cfa_offset = (int64_t)agent_cursor_uleb (cursor);
      break;
    case 0x0d: /* def_cfa_register */
      set_cfa_register (machine, agent_cursor_uleb (cursor));
      break;
    case 0x0e: /* def_cfa_offset */
      machine->row.cfa_offset = (int64_t)agent_cursor_uleb (cursor);
      break;
    case 0x0f: /* def_cfa_expression */
      set_cfa_expression (machine, cursor);
      break;
    case 0x12: /* def_cfa_sf */
      set_cfa_register (machine, agent_cursor_uleb (cursor));
      machine->row.cfa_offset = factored (machine, agent_cursor_sleb (cursor));
      break;
    case 0x13: /* def_cfa_offset_sf */
      machine->row.cfa_offset = factored (machine, agent_cursor_sleb (cursor));
      break;
    case 0x2d: /* AARCH64_negate_ra_state: the signature is taken off all return addresses */
      break;
    case 0x2e: /* GNU_args_size */
      agent_cursor_uleb (cursor);
      break;
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x10:
    case 0x11:
    case 0x14:
    case 0x15:
    case 0x16:
    case 0x2f:
      run_register (machine, operation, cursor);
      break;
    default:
      machine->failed = true;
    }
}

/* Up to the last row that begins at or before @pc. */
static bool
run (Machine *machine, const AgentCfiBytes *program, uintptr_t pc)
{
  AgentCursor cursor = agent_cursor_of (program);

  for (int steps = 0; cursor.at < cursor.end && steps < MAX_STEPS; steps++)
    {
      uint8_t operation = (uint8_t)agent_cursor_word (&cursor, 1);

      if ((operation & 0xc0) != 0)
        run_short (machine, operation, &cursor);
      else
        run_long (machine, operation, &cursor);
      if (cursor.failed || machine->failed)
        return false;
      if (machine->location > pc)
        break;
    }
  return true;
}

/* ---- Rules ----------------------------------------------------------------------------------- */

/* In words, as a rule has it; false where that cannot be said. */
static bool
get_words (int64_t bytes, int16_t *ret_words)
{
  *ret_words = (int16_t)(bytes / 8);
  return bytes % 8 == 0 && *ret_words == bytes / 8;
}

static bool
get_saved (const Register *from, AgentSaved *ret_saved, int16_t *ret_words)
{
  if (from->state == REGISTER_SAME)
    {
      *ret_saved = AGENT_SAVED_NOT;
      *ret_words = 0;
      return true;
    }
  *ret_saved = from->state == REGISTER_AT ? AGENT_SAVED_AT_CFA : AGENT_SAVED_AT_FP;
  return (from->state == REGISTER_AT || from->state == REGISTER_AT_FP) &&
         get_words (from->offset, ret_words);
}

static AgentUnwindRule
make_rule (const Row *row)
{
  AgentUnwindRule rule = { .kind = (uint8_t)row->cfa };
  AgentSaved ra, fp;

  if (row->ra.state == REGISTER_GONE)
    return (AgentUnwindRule){ .kind = AGENT_CFA_NONE };
  if (row->cfa == AGENT_CFA_NONE || !get_words (row->cfa_offset, &rule.cfa_offset) ||
      !get_saved (&row->ra, &ra, &rule.ra_offset) || !get_saved (&row->fp, &fp, &rule.fp_offset))
    return (AgentUnwindRule){ .kind = AGENT_CFA_UNKNOWN };
  rule.ra_saved = (uint8_t)(ra & 0x0f);
  rule.fp_saved = (uint8_t)(fp & 0x0f);
  return rule;
}

bool
agent_cfi_evaluate (const AgentCie *cie, const AgentFde *fde, uintptr_t pc,
                    AgentUnwindRule *ret_rule)
{
  Machine machine = { .cie = cie, .location = 0 };

  /* The return address of a signal frame is exact and its registers lie in a context: not
   * followed. */
  if (cie->is_signal_frame)
    {
      *ret_rule = (AgentUnwindRule){ .kind = AGENT_CFA_UNKNOWN };
      return true;
    }
  if (!run (&machine, &cie->program, UINTPTR_MAX))
    return false;
  machine.initial = machine.row;
  machine.location = fde->start;
  if (!run (&machine, &fde->program, pc))
    return false;
  *ret_rule = make_rule (&machine.row);
  return true;
}
