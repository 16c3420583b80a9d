/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/cfi.h"

#include <string.h>

/* From the Linux Standard Base, "Exception Frames", and DWARF 4, 6.4. */

#define MAX_REMEMBERED 8
#define MAX_STEPS 65536 /* of one program */

#define ENCODING_OMITTED 0xff
#define ENCODING_INDIRECT 0x80

/* ---- Bytes ----------------------------------------------------------------------------------- */

typedef struct
{
  const uint8_t *at, *end;
  uintptr_t address; /* of `at` in the process */
  bool failed;       /* something was read beyond the end: what was read is 0 */
} Cursor;

static Cursor
cursor_of (const AgentCfiBytes *bytes)
{
  return (Cursor){ bytes->bytes, bytes->bytes + bytes->length, bytes->address, false };
}

static AgentCfiBytes
rest_of (const Cursor *cursor)
{
  return (AgentCfiBytes){ cursor->at, (size_t)(cursor->end - cursor->at), cursor->address };
}

static void
skip (Cursor *cursor, uint64_t length)
{
  if (length > (size_t)(cursor->end - cursor->at))
    {
      cursor->failed = true;
      length = (uint64_t)(cursor->end - cursor->at);
    }
  cursor->at += length;
  cursor->address += length;
}

static uint64_t
read_word (Cursor *cursor, size_t size)
{
  uint64_t value = 0;

  if (size > (size_t)(cursor->end - cursor->at))
    {
      cursor->failed = true;
      return 0;
    }
  memcpy (&value, cursor->at, size);
  skip (cursor, size);
  return value;
}

static uint64_t
read_uleb (Cursor *cursor)
{
  uint64_t value = 0;

  for (unsigned shift = 0;; shift += 7)
    {
      uint8_t byte = (uint8_t)read_word (cursor, 1);

      if (shift < 64)
        value |= (uint64_t)(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        return value;
    }
}

static int64_t
read_sleb (Cursor *cursor)
{
  uint64_t value = 0;
  unsigned shift = 0;
  uint8_t byte;

  do
    {
      byte = (uint8_t)read_word (cursor, 1);
      if (shift < 64)
        value |= (uint64_t)(byte & 0x7f) << shift;
      shift += 7;
    }
  while ((byte & 0x80) != 0);
  if (shift < 64 && (byte & 0x40) != 0)
    value |= ~UINT64_C (0) << shift;
  return (int64_t)value;
}

/* A value in one of the DW_EH_PE_ formats, without what it is relative to. */
static uint64_t
read_format (Cursor *cursor, uint8_t encoding)
{
  switch (encoding & 0x0f)
    {
    case 0x00: /* absptr */
    case 0x04: /* udata8 */
    case 0x0c: /* sdata8 */
      return read_word (cursor, 8);
    case 0x01:
      return read_uleb (cursor);
    case 0x02:
      return read_word (cursor, 2);
    case 0x03:
      return read_word (cursor, 4);
    case 0x09:
      return (uint64_t)read_sleb (cursor);
    case 0x0a:
      return (uint64_t)(int16_t)read_word (cursor, 2);
    case 0x0b:
      return (uint64_t)(int32_t)read_word (cursor, 4);
    default:
      cursor->failed = true;
      return 0;
    }
}

/* Absolute, or relative to where it stands: what linkers write of code. */
static uintptr_t
read_address (Cursor *cursor, uint8_t encoding)
{
  uintptr_t base = (encoding & 0x70) == 0x10 ? cursor->address : 0;

  if ((encoding & 0x70) > 0x10 || (encoding & ENCODING_INDIRECT) != 0)
    cursor->failed = true;
  return base + read_format (cursor, encoding);
}

/* ---- Entries --------------------------------------------------------------------------------- */

/* The sizes of a 64-bit entry would differ; nobody writes any. */
static bool
measure (const AgentCfiBytes *head, size_t *ret_length, uint32_t *ret_id)
{
  Cursor cursor = cursor_of (head);
  uint64_t length = read_word (&cursor, 4);

  *ret_id = (uint32_t)read_word (&cursor, 4);
  if (cursor.failed || length < 8 || length >= 0xfffffff0)
    return false;
  *ret_length = (size_t)length + 4;
  return true;
}

bool
agent_cfi_measure_fde (const AgentCfiBytes *head, size_t *ret_length, uintptr_t *ret_cie)
{
  uint32_t id;

  if (!measure (head, ret_length, &id) || id == 0 || id > head->address + 4)
    return false;
  *ret_cie = head->address + 4 - id;
  return true;
}

bool
agent_cfi_measure_cie (const AgentCfiBytes *head, size_t *ret_length)
{
  uint32_t id;

  return measure (head, ret_length, &id) && id == 0;
}

/* Every letter has to be known, for each may have data. */
static bool
read_augmentation (Cursor *cursor, const char *letters, AgentCie *cie)
{
  uint64_t length = read_uleb (cursor);
  Cursor data = *cursor;

  skip (cursor, length);
  if (cursor->failed)
    return false;
  data.end = cursor->at;
  for (; *letters != '\0'; letters++)
    switch (*letters)
      {
      case 'R':
        cie->pointer_encoding = (uint8_t)read_word (&data, 1);
        break;
      case 'P':
        {
          uint8_t encoding = (uint8_t)read_word (&data, 1);

          if (encoding == 0x50) /* aligned */
            return false;
          read_format (&data, encoding);
          break;
        }
      case 'L':
        read_word (&data, 1);
        break;
      case 'S':
        cie->is_signal_frame = true;
        break;
      case 'B': /* signed with the other key */
      case 'G': /* tagged memory */
        break;
      default:
        return false;
      }
  return !data.failed;
}

bool
agent_cfi_read_cie (const AgentCfiBytes *entry, AgentCie *ret_cie)
{
  Cursor cursor = cursor_of (entry);
  const char *letters;
  uint64_t version, ra;

  memset (ret_cie, 0, sizeof *ret_cie);
  skip (&cursor, 8);
  version = read_word (&cursor, 1);
  letters = (const char *)cursor.at;
  while (!cursor.failed && read_word (&cursor, 1) != 0)
    ;
  if (version == 4)
    skip (&cursor, 2); /* sizes of an address and of a segment */
  ret_cie->code_alignment = read_uleb (&cursor);
  ret_cie->data_alignment = read_sleb (&cursor);
  ra = version == 1 ? read_word (&cursor, 1) : read_uleb (&cursor);
  if (cursor.failed || (version != 1 && version != 3 && version != 4) || ra != AGENT_CFI_RA ||
      (letters[0] != '\0' && letters[0] != 'z'))
    return false;
  ret_cie->has_augmentation = letters[0] == 'z';
  if (ret_cie->has_augmentation && !read_augmentation (&cursor, letters + 1, ret_cie))
    return false;
  ret_cie->program = rest_of (&cursor);
  return ret_cie->pointer_encoding != ENCODING_OMITTED;
}

bool
agent_cfi_read_fde (const AgentCfiBytes *entry, const AgentCie *cie, AgentFde *ret_fde)
{
  Cursor cursor = cursor_of (entry);

  skip (&cursor, 8);
  ret_fde->start = read_address (&cursor, cie->pointer_encoding);
  ret_fde->end = ret_fde->start + read_format (&cursor, cie->pointer_encoding);
  if (cie->has_augmentation)
    skip (&cursor, read_uleb (&cursor));
  ret_fde->program = rest_of (&cursor);
  return !cursor.failed && ret_fde->start < ret_fde->end;
}

/* ---- Programs -------------------------------------------------------------------------------- */

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
read_expression (Cursor *cursor, bool is_dereferenced, int64_t *ret_offset)
{
  uint64_t length = read_uleb (cursor);
  Cursor expression = *cursor;
  bool is_known;

  skip (cursor, length);
  expression.end = cursor->at;
  is_known = read_word (&expression, 1) == 0x70 + AGENT_CFI_FP;
  *ret_offset = read_sleb (&expression);
  if (is_dereferenced)
    is_known = is_known && read_word (&expression, 1) == 0x06;
  return is_known && !expression.failed && expression.at == expression.end;
}

static void
set_cfa_expression (Machine *machine, Cursor *cursor)
{
  bool is_known = read_expression (cursor, true, &machine->row.cfa_offset);

  machine->row.cfa = is_known ? AGENT_CFA_AT_FP : AGENT_CFA_UNKNOWN;
}

static void
set_register_expression (Machine *machine, uint64_t number, Cursor *cursor)
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
run_short (Machine *machine, uint8_t operation, Cursor *cursor)
{
  uint8_t operand = operation & 0x3f;

  if ((operation & 0xc0) == 0x40)
    advance (machine, operand);
  else if ((operation & 0xc0) == 0x80)
    set_register (machine, operand, REGISTER_AT, factored (machine, (int64_t)read_uleb (cursor)));
  else
    restore_register (machine, operand);
}

static void
skip_block (Cursor *cursor)
{
  skip (cursor, read_uleb (cursor));
}

static void
run_register (Machine *machine, uint8_t operation, Cursor *cursor)
{
  uint64_t number = read_uleb (cursor);

  switch (operation)
    {
    case 0x05: /* offset_extended */
      set_register (machine, number, REGISTER_AT, factored (machine, (int64_t)read_uleb (cursor)));
      break;
    case 0x11: /* offset_extended_sf */
      set_register (machine, number, REGISTER_AT, factored (machine, read_sleb (cursor)));
      break;
    case 0x2f: /* GNU_negative_offset_extended */
      set_register (machine, number, REGISTER_AT, -factored (machine, (int64_t)read_uleb (cursor)));
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
      read_sleb (cursor);
      set_register (machine, number, REGISTER_OTHER, 0);
      break;
    default: /* register, val_offset */
      read_uleb (cursor);
      set_register (machine, number, REGISTER_OTHER, 0);
      break;
    }
}

static void
run_long (Machine *machine, uint8_t operation, Cursor *cursor)
{
  switch (operation)
    {
    case 0x00: /* nop */
      break;
    case 0x01: /* set_loc */
      machine->location = read_address (cursor, machine->cie->pointer_encoding);
      break;
    case 0x02:
      advance (machine, read_word (cursor, 1));
      break;
    case 0x03:
      advance (machine, read_word (cursor, 2));
      break;
    case 0x04:
      advance (machine, read_word (cursor, 4));
      break;
    case 0x0a: /* remember_state */
      remember (machine);
      break;
    case 0x0b: /* restore_state */
      recall (machine);
      break;
    case 0x0c: /* def_cfa */
      set_cfa_register (machine, read_uleb (cursor));
      machine->row.cfa_offset = (int64_t)read_uleb (cursor);
      break;
    case 0x0d: /* def_cfa_register */
      set_cfa_register (machine, read_uleb (cursor));
      break;
    case 0x0e: /* def_cfa_offset */
      machine->row.cfa_offset = (int64_t)read_uleb (cursor);
      break;
    case 0x0f: /* def_cfa_expression */
      set_cfa_expression (machine, cursor);
      break;
    case 0x12: /* def_cfa_sf */
      set_cfa_register (machine, read_uleb (cursor));
      machine->row.cfa_offset = factored (machine, read_sleb (cursor));
      break;
    case 0x13: /* def_cfa_offset_sf */
      machine->row.cfa_offset = factored (machine, read_sleb (cursor));
      break;
    case 0x2d: /* AARCH64_negate_ra_state: the signature is taken off all return addresses */
      break;
    case 0x2e: /* GNU_args_size */
      read_uleb (cursor);
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
  Cursor cursor = cursor_of (program);

  for (int steps = 0; cursor.at < cursor.end && steps < MAX_STEPS; steps++)
    {
      uint8_t operation = (uint8_t)read_word (&cursor, 1);

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
